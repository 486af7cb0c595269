// What people do in the portal, one act after the other, for the stories of a newcomer. Each act looks at the page it leaves.

import assert from "node:assert/strict";
import { pictures } from "./browser.js";
import { anna } from "./calendars.js";
import { eventually } from "./whole.js";

const ingrid = "ingrid.solheim@nordlys.example";

/// The calendar systems, as a person meets them, and how many of the demo people find their mailbox there by themselves.
/// `shelf` begins the names of their pictures.
export const microsoft = { label: "Microsoft 365", word: "microsoft", shelf: "", administrator: "ms.admin@nordlys.example", linked: 4 };
export const google = { label: "Google", word: "google", shelf: "google-", administrator: "google.admin@nordlys.example", linked: 5 };
const people = 6;

const link = (page, name) => page.getByRole("link", { name, exact: true });
const button = (page, name) => page.getByRole("button", { name, exact: true });
const heading = (page, name) => page.getByRole("heading", { name }).first().waitFor({ state: "attached" });

// Both vendors' sign-in pages show their people as buttons.
const choose = (page, address) => page.locator(`button[name=user][value="${address}"]`).click();

/// Signs in at the portal's front door.
export async function signIn(page, at, address = ingrid) {
  await page.goto(at.portal);
  await link(page, "Sign in with SuperOffice").click();
  await choose(page, address);
  await page.waitForURL(`${at.portal}/**`);
}

/// The front doors: the desk, the portal, and SuperOffice's sign-in.
export async function arrive(page, at) {
  await page.goto(at.desk);
  await pictures(page, "01-desk");
  await link(page, "Open the portal").click();
  await pictures(page, "02-front");
  await link(page, "Sign in with SuperOffice").click();
  await pictures(page, "03-superoffice-sign-in");
  await choose(page, ingrid);
  await heading(page, "Profiles");
  await pictures(page, "04-profiles-empty");
}

/// Makes a profile for a calendar system and connects it, so that it can list mailboxes.
export async function createProfile(page, system = microsoft) {
  await link(page, "Create a profile").click();
  await heading(page, "New profile");
  await pictures(page, `${system.shelf}05-profile-new`);
  await page.getByLabel("Name").fill("Nordlys");
  await page.getByRole("radio", { name: system.label }).check();
  await button(page, "Create profile").click();
  await page.getByText("The profile was created").waitFor();
  await pictures(page, `${system.shelf}06-profile`);
  await link(page, "Link users").click();
  await page.getByRole("alert").waitFor();
  await pictures(page, `${system.shelf}07-linking-too-early`);
  await link(page, `Connect ${system.label}`).click();
  await pictures(page, `${system.shelf}08-${system.word}-sign-in`);
  await choose(page, system.administrator);
  await page.getByText("Connected. You can link users now.").waitFor();
  await pictures(page, `${system.shelf}09-profile-connected`);
}

/// Links everybody whose address is the same on both sides; answers who was left alone.
export async function autoLink(page, system = microsoft) {
  await page.goto(page.url().replace(/(\/profiles\/[^/?]+).*/, "$1/users"));
  await heading(page, "Link users");
  await pictures(page, `${system.shelf}10-linking`);
  await button(page, "Auto-link").click();
  const report = page.locator(".report");
  await report.waitFor();
  await pictures(page, `${system.shelf}11-auto-link`);
  const alone = await report.locator("li").allTextContents();
  assert.match(await report.locator("h3").textContent(), new RegExp(`${system.linked} linked, ${people - system.linked} left alone`));
  await page.getByRole("button", { name: `Save ${system.linked} links` }).click();
  await page.getByText("Each new user gets a mail").waitFor();
  await pictures(page, `${system.shelf}12-linked`);
  return alone;
}

/// The administrator's other pages, as they look before anybody has connected.
export async function lookAround(page, at) {
  await page.getByRole("link", { name: "Manage Dmitri" }).click();
  await pictures(page, "13-linked-user");
  await link(page, "Remove the link …").click();
  await pictures(page, "14-remove-link");
  for (const [path, name] of [["profiles", "15-profiles"], ["status", "16-status-waiting"], ["administrators", "17-administrators"], ["audit", "18-audit"]]) {
    await page.goto(`${at.portal}/${path}`);
    await pictures(page, name);
  }
}

/// All mails on the desk, oldest first.
export async function mails(at) {
  return (await fetch(`${at.desk}/mails.json`)).json();
}

/// Opens the newest mail to Anna on the desk and follows its link to the portal.
export async function followMail(page, at, name) {
  await page.goto(at.desk);
  await page.locator(`[data-to*="${anna}"] a`).first().click();
  const door = page.frameLocator("iframe").getByRole("link").first();
  await door.waitFor();
  await pictures(page, name);
  await door.click();
  await page.waitForURL(`${at.portal}/**`);
}

/// Signs in on the page that a mail's link leads to.
export async function signInHere(page, name) {
  await heading(page, "Please sign in");
  await pictures(page, name);
  await link(page, "Sign in with SuperOffice").click();
  await choose(page, anna);
  await heading(page, "My calendar");
}

/// Anna joins her mailbox to her diary.
export async function connect(page, name, system = microsoft) {
  await link(page, `Connect ${system.label}`).click();
  await choose(page, anna);
  await heading(page, "Is this your mailbox?");
  await pictures(page, name);
  await button(page, "Yes, connect this mailbox").click();
  await page.getByText("The first session was asked for").waitFor();
}

/// Goes to Microsoft from Anna's own page, and presses *Cancel* there.
export async function declines(page) {
  await link(page, "Connect Microsoft 365").click();
  await button(page, "Cancel").click();
}

/// Goes to Microsoft from Anna's own page, and signs in there as somebody.
export async function connectAs(page, at, address) {
  await page.goto(`${at.portal}/home`);
  await link(page, "Connect Microsoft 365").click();
  await choose(page, address);
}

/// The page says what went wrong, and keeps a picture of it.
export async function told(page, title, name) {
  await page.locator(".failure").getByRole("heading", { name: title }).waitFor();
  await pictures(page, name);
}

const timer = (page) => page.locator("[data-timer]");

/// When the last session ended, as the page knows it.
export async function lastSession(page, at) {
  await page.goto(`${at.portal}/home`);
  return timer(page).getAttribute("data-last");
}

/// Waits until a session has ended after `last`; answers the word for how Anna stands.
export function sessionAfter(page, at, last) {
  return eventually("a session ends", async () => {
    const now = await lastSession(page, at);
    const working = await timer(page).getAttribute("data-working");
    return now !== last && working === "false" ? page.locator(".now .chip").textContent() : null;
  });
}

/// Presses *Sync now* until it is granted (once a minute), and waits for the session's end.
export async function syncNow(page, at) {
  const last = await lastSession(page, at);
  await eventually("a session is granted", async () => {
    await page.goto(`${at.portal}/home`);
    await button(page, "Sync now").click();
    return page.getByText("A session was asked for. It usually begins").isVisible();
  }, 1_000);
  return sessionAfter(page, at, last);
}
