// The same path with Google: an administrator makes a profile, a user connects, and what people do on either side arrives on
// the other.

import assert from "node:assert/strict";
import { test } from "node:test";
import { pictures, withPage } from "./browser.js";
import { act, create, day, differences, open, shown } from "./calendars.js";
import * as newcomer from "./newcomer.js";
import { eventually, withWhole } from "./whole.js";

const { google } = newcomer;
const weeks = 14;

test("with Google: from a profile to two calendars in step", { timeout: 600_000 }, async () => {
  await withWhole(async (at) => {
    await withPage(async (page) => {
      await newcomer.signIn(page, at);
      await newcomer.createProfile(page, google);
      const alone = await newcomer.autoLink(page, google);
      assert.match(alone.join("\n"), /Ingrid Solheim: no mailbox has the address/);
    });
    await eventually("five mails lie on the desk", async () => (await newcomer.mails(at)).length === google.linked);
    await withPage(async (page) => {
      await newcomer.followMail(page, at, "google-20-mail-activation");
      await newcomer.signInHere(page, "google-21-please-sign-in");
      await pictures(page, "google-21-home-not-connected");
      await newcomer.connect(page, "google-22-is-this-your-mailbox", google);
      assert.equal(await newcomer.sessionAfter(page, at, ""), "In step");
      await pictures(page, "google-24-home-in-step");
      await agree(page, at);
      await inGoogle(page, at.google);
      await inSuperOffice(page, at.superoffice);
      assert.equal(await newcomer.syncNow(page, at), "In step");
      await pictures(page, "google-31-home-journal");
      expected(await agree(page, at));
    });
    for (const sandbox of [at.superoffice, at.google]) {
      assert.deepEqual(await (await fetch(`${sandbox}/sandbox/outbox`)).json(), []);
    }
  }, ["--every", "10h"]);
});

/// Both calendars show the same; answers what.
async function agree(page, at) {
  const mailbox = await shown(page, at.google, weeks);
  assert.ok(mailbox.length > 20, `only ${mailbox.length} events are shown`);
  assert.deepEqual(differences(await shown(page, at.superoffice, weeks), mailbox), []);
  await open(page, at.google, day(1, 0));
  await pictures(page, "google-30-calendar");
  return mailbox;
}

async function inGoogle(page, sandbox) {
  await create(page, sandbox, { subject: "Coffee with Élodie", start: `${day(1, 2)}T15:30`, end: `${day(1, 2)}T16:00`, location: "Kaffebrenneriet" });
  await act(page, sandbox, ["Lunch with Ola", day(1, 1)], "Save", { subject: "Lunch with Kari and Ola", location: "Café Süd" });
  await act(page, sandbox, ["Trade fair", day(2, 1)], "Delete");
  await act(page, sandbox, ["Team stand-up", day(4, 0)], "Save this occurrence", { start: `${day(4, 1)}T10:00`, end: `${day(4, 1)}T10:20` });
  await act(page, sandbox, ["Team stand-up", day(5, 0)], "Cancel this occurrence");
}

async function inSuperOffice(page, sandbox) {
  await create(page, sandbox, { subject: "Befaring hos Dahl", start: `${day(1, 3)}T12:00`, end: `${day(1, 3)}T13:30`, location: "Bergen" });
  await act(page, sandbox, ["Årsgjennomgang", day(1, 1)], "Save", { start: `${day(2, 3)}T08:30`, end: `${day(2, 3)}T10:00` });
  await act(page, sandbox, ["Tannlege", day(1, 4)], "Delete");
  await act(page, sandbox, ["Ukesmøte", day(4, 0)], "Save this occurrence", { start: `${day(4, 2)}T14:00`, end: `${day(4, 2)}T14:30` });
  await act(page, sandbox, ["Ukesmøte", day(6, 0)], "Cancel this occurrence");
}

/// What both calendars must show after those acts, and what they must not.
function expected(calendar) {
  const count = (subject, start) => calendar.filter((one) => one.subject.includes(subject) && one.start.startsWith(start)).length;
  for (const [subject, start] of [
    ["Coffee with Élodie", `${day(1, 2)}T15:30`],
    ["Lunch with Kari and Ola", `${day(1, 1)}T11:30`],
    ["Team stand-up", `${day(4, 1)}T10:00`],
    ["Befaring hos Dahl", `${day(1, 3)}T12:00`],
    ["Årsgjennomgang", `${day(2, 3)}T08:30`],
    ["Ukesmøte", `${day(4, 2)}T14:00`],
  ]) assert.equal(count(subject, start), 1, `${subject} at ${start}`);
  for (const [subject, date] of [
    ["Team stand-up", day(4, 0)],
    ["Team stand-up", day(5, 0)],
    ["Årsgjennomgang", day(1, 1)],
    ["Ukesmøte", day(4, 0)],
    ["Ukesmøte", day(6, 0)],
  ]) assert.equal(count(subject, date), 0, `${subject} still on ${date}`);
  for (const gone of ["Trade fair", "Tannlege"]) assert.ok(!calendar.some((one) => one.subject.includes(gone)), `${gone} is still there`);
}
