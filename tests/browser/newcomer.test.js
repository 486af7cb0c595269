// The path of somebody who sees the product for the first time, from the desk to two equal calendars, and what then happens
// on either side. Pictures of every page on the way are kept in target/screenshots.

import assert from "node:assert/strict";
import { test } from "node:test";
import { pictures, withPage } from "./browser.js";
import { act, anna, create, day, differences, open, shown } from "./calendars.js";
import * as newcomer from "./newcomer.js";
import { eventually, withWhole } from "./whole.js";

// Everything the demo world holds lies in these weeks.
const weeks = 14;

test("a newcomer's path, from the first click to two calendars in step", { timeout: 900_000 }, async (path) => {
  const step = async (what, act) => {
    let done = false;
    await path.test(what, async () => {
      await act();
      done = true;
    });
    assert.ok(done, `the path ends here: ${what}`);
  };
  // Nothing happens by itself: a session comes only when somebody asks for it.
  await withWhole(async (at) => {
    await withPage(async (page) => {
      await step("an administrator makes a profile and links four of six", () => administrate(page, at));
    });
    await step("each of the four gets one mail", () => mailed(at));
    await withPage(async (page) => {
      await step("what goes wrong is said, with what to do; no page needs a script", () => stumble(page, at));
    }, { javaScriptEnabled: false });
    await withPage(async (page) => {
      await step("a linked user follows the mail and connects", () => activate(page, at));
      await step("both calendars show the same", () => agree(page, at));
      await step("what people do in Microsoft 365 arrives in SuperOffice, and the other way", () => edit(page, at));
      await step("a refused connection is one mail, and goes on after reconnecting", () => reconnect(page, at));
    });
    await withPage(async (page) => {
      await step("the administrator sees who is in step", () => look(page, at));
    });
    await step("nobody outside was mailed", () => silent(at));
  }, ["--every", "10h"]);
});

async function administrate(page, at) {
  await newcomer.arrive(page, at);
  await newcomer.createProfile(page);
  const alone = await newcomer.autoLink(page);
  assert.equal(alone.length, 2);
  assert.match(alone.join("\n"), /Eva Kowalczyk: no mailbox has the address/);
  assert.match(alone.join("\n"), /Ingrid Solheim: no mailbox has the address/);
  await newcomer.lookAround(page, at);
}

async function mailed(at) {
  const all = await eventually("four mails lie on the desk", async () => {
    const sent = await newcomer.mails(at);
    return sent.length >= 4 ? sent : null;
  });
  const to = all.flatMap((mail) => mail.to).sort();
  assert.deepEqual(to.map((address) => address.split("@")[0]), ["anna.lindqvist", "bjorn.hakonsen", "camille.weber-dubois", "dmitri.papadopoulos"]);
}

async function stumble(page, at) {
  await newcomer.signIn(page, at, "eva.kowalczyk@nordlys.example");
  await newcomer.told(page, "Your calendar is not linked yet", "60-not-linked");
  await newcomer.signIn(page, at, anna);
  await newcomer.declines(page);
  await newcomer.told(page, "The sign-in was not completed", "61-declined");
  await newcomer.connectAs(page, at, "bjorn.hakonsen@nordlys.example");
  await newcomer.told(page, "This is another mailbox", "62-another-mailbox");
  await page.goto(`${at.portal}/connect/microsoft/callback?code=made-up&state=made-up`);
  await newcomer.told(page, "This sign-in link was used already", "63-made-up-return");
  await page.goto(`${at.portal}/profiles`);
  await newcomer.told(page, "For administrators only", "64-not-an-administrator");
}

async function activate(page, at) {
  await newcomer.followMail(page, at, "20-mail-activation");
  await newcomer.signInHere(page, "21-please-sign-in");
  await pictures(page, "21-home-not-connected");
  await newcomer.connect(page, "22-is-this-your-mailbox");
  await pictures(page, "23-home-first-session");
  assert.equal(await newcomer.sessionAfter(page, at, ""), "In step");
  assert.equal(await newcomer.syncNow(page, at), "In step");
  await pictures(page, "24-home-in-step");
  await page.goto(`${at.portal}/home/preferences`);
  await pictures(page, "25-my-settings");
}

async function agree(page, at) {
  const mailbox = await shown(page, at.microsoft, weeks);
  assert.ok(mailbox.length > 30, `only ${mailbox.length} events are shown`);
  assert.deepEqual(differences(await shown(page, at.superoffice, weeks), mailbox), []);
  for (const [sandbox, name] of [[at.superoffice, "superoffice"], [at.microsoft, "microsoft"]]) {
    await open(page, sandbox, day(1, 0));
    await pictures(page, `30-${name}`);
  }
}

async function edit(page, at) {
  await inMicrosoft(page, at.microsoft);
  await inSuperOffice(page, at.superoffice);
  assert.equal(await newcomer.syncNow(page, at), "In step");
  await pictures(page, "31-home-journal");
  const [crm, mailbox] = [await shown(page, at.superoffice, weeks), await shown(page, at.microsoft, weeks)];
  for (const calendar of [crm, mailbox]) expected(calendar);
  assert.deepEqual(differences(crm, mailbox), []);
}

async function inMicrosoft(page, sandbox) {
  await create(page, sandbox, { subject: "Coffee with Élodie", start: `${day(1, 2)}T15:30`, end: `${day(1, 2)}T16:00`, location: "Kaffebrenneriet" });
  await act(page, sandbox, ["Lunch with Kari", day(1, 1)], "Save", { subject: "Lunch with Kari and Ola", location: "Café Nord" });
  await act(page, sandbox, ["Project call", day(1, 4)], "Save", { start: `${day(2, 1)}T09:30`, end: `${day(2, 1)}T10:15` });
  await act(page, sandbox, ["Trade fair", day(2, 1)], "Delete");
  await act(page, sandbox, ["Team stand-up", day(4, 0)], "Save this occurrence", { start: `${day(4, 1)}T10:00`, end: `${day(4, 1)}T10:20` });
  await act(page, sandbox, ["Team stand-up", day(5, 0)], "Cancel this occurrence");
}

async function inSuperOffice(page, sandbox) {
  await create(page, sandbox, { subject: "Befaring hos Dahl", start: `${day(1, 3)}T12:00`, end: `${day(1, 3)}T13:30`, location: "Bergen" });
  await act(page, sandbox, ["Kick-off Fjordprosjekt", day(0, 3)], "Save", { subject: "Kick-off Fjordprosjekt 2", location: "Oslo, møterom Elv" });
  await act(page, sandbox, ["Årsgjennomgang", day(1, 1)], "Save", { start: `${day(2, 3)}T08:30`, end: `${day(2, 3)}T10:00` });
  await act(page, sandbox, ["Tannlege", day(1, 4)], "Delete");
  await act(page, sandbox, ["Ukesmøte", day(4, 0)], "Save this occurrence", { start: `${day(4, 2)}T14:00`, end: `${day(4, 2)}T14:30` });
  await act(page, sandbox, ["Ukesmøte", day(6, 0)], "Cancel this occurrence");
}

/// What both calendars must show after those acts, and what they must not.
function expected(calendar) {
  const at = (subject, date, time) => calendar.filter((one) => one.subject.includes(subject) && one.start.startsWith(`${date}T${time ?? ""}`));
  for (const [subject, date, time] of [
    ["Coffee with Élodie", day(1, 2), "15:30"],
    ["Lunch with Kari and Ola", day(1, 1), "11:30"],
    ["Project call", day(2, 1), "09:30"],
    ["Team stand-up", day(4, 1), "10:00"],
    ["Befaring hos Dahl", day(1, 3), "12:00"],
    ["Kick-off Fjordprosjekt 2", day(0, 3), "09:00"],
    ["Årsgjennomgang", day(2, 3), "08:30"],
    ["Ukesmøte", day(4, 2), "14:00"],
  ]) assert.equal(at(subject, date, time).length, 1, `${subject} at ${date} ${time}`);
  for (const [subject, date] of [
    ["Project call", day(1, 4)],
    ["Team stand-up", day(4, 0)],
    ["Team stand-up", day(5, 0)],
    ["Årsgjennomgang", day(1, 1)],
    ["Ukesmøte", day(4, 0)],
    ["Ukesmøte", day(6, 0)],
  ]) assert.equal(at(subject, date).length, 0, `${subject} still on ${date}`);
  for (const gone of ["Trade fair", "Tannlege"]) assert.ok(!calendar.some((one) => one.subject.includes(gone)), `${gone} is still there`);
}

async function reconnect(page, at) {
  const calls = () => fetch(`${at.microsoft}/sandbox/requests`).then((answer) => answer.json());
  const tick = () => fetch(`${at.desk}/tick`, { method: "POST", redirect: "manual" });
  const revoke = { switch: "revoke", user: anna, access: true };
  await fetch(`${at.microsoft}/sandbox/switch`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(revoke) });
  await tick();
  await eventually("the page asks to reconnect", async () => {
    await page.goto(`${at.portal}/home`);
    return page.locator(".now a.button").isVisible();
  });
  await pictures(page, "40-home-refused");
  const mails = async () => (await newcomer.mails(at)).filter((mail) => mail.to.includes(anna)).map((mail) => mail.subject);
  const welcomed = 1;
  await eventually("a mail says so", async () => (await mails()).length > welcomed);
  const before = (await calls()).length;
  await tick();
  await newcomer.followMail(page, at, "41-mail-refused");
  assert.equal((await calls()).length, before, "no further call to a side that refused us");
  await create(page, at.microsoft, { subject: "Written while refused", start: `${day(1, 0)}T16:00`, end: `${day(1, 0)}T16:30`, location: "" });
  await page.goto(`${at.portal}/home`);
  const last = await newcomer.lastSession(page, at);
  await newcomer.connect(page, "42-is-this-your-mailbox-again");
  assert.equal(await newcomer.sessionAfter(page, at, last), "In step");
  assert.deepEqual(differences(await shown(page, at.superoffice, 3), await shown(page, at.microsoft, 3)), []);
  assert.match((await mails()).slice(welcomed).join("\n"), /^[^\n]*Microsoft 365 is no longer connected$/, "exactly one mail");
}

async function look(page, at) {
  await newcomer.signIn(page, at);
  for (const [way, name] of [["status", "50-status"], ["profiles", "51-profiles"], ["audit", "52-audit"]]) {
    await page.goto(`${at.portal}/${way}`);
    await pictures(page, name);
  }
  await page.goto(`${at.portal}/no-such-page`);
  await pictures(page, "53-no-such-page");
}

async function silent(at) {
  for (const sandbox of [at.superoffice, at.microsoft]) {
    assert.deepEqual(await (await fetch(`${sandbox}/sandbox/outbox`)).json(), []);
  }
}
