// One tick in the deployed stack: infra/rehearsal node tests/browser/tick.js. An administrator links four people, Anna connects,
// then the fan-out is woken as its schedule would wake it, and her session must end in step. Mails are not followed: the
// stand-in for AWS keeps them to itself.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { screenshot, withPage } from "./browser.js";
import { anna } from "./calendars.js";
import * as newcomer from "./newcomer.js";
import { withWhole } from "./whole.js";

const python = fileURLToPath(new URL("../../target/tools/ministack/bin/python", import.meta.url));
const settler = fileURLToPath(new URL("../../infra/rehearsal.py", import.meta.url));

await withWhole(async (at) => {
  await withPage(async (page) => {
    await newcomer.signIn(page, at);
    await newcomer.createProfile(page);
    await newcomer.autoLink(page);
  });
  await withPage(async (page) => {
    await newcomer.signIn(page, at, anna);
    await newcomer.connect(page, "50-rehearsal-mailbox");
    const first = await newcomer.sessionAfter(page, at, "");
    const before = await newcomer.lastSession(page, at);
    console.log(execFileSync(python, [settler, "tick"], { encoding: "utf8" }));
    const after = await newcomer.sessionAfter(page, at, before);
    await screenshot(page, "51-rehearsal-in-step");
    console.log(`first session: ${first}; after the tick: ${after}`);
    assert.equal(after, "In step");
  });
});
