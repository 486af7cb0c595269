// Starts the whole product for a test, the way a person does, and stops it again. Each start has its own ports and an empty
// memory, so that tests neither meet each other nor a `cargo run` in another window. Never leaves a process behind.

import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";

const executable = fileURLToPath(new URL("../../target/debug/local", import.meta.url));
// What the whole listens on, as distances from the portal's port.
const family = [0, 1, 2, 3, 4, 10, -80, -3514];

/// Runs `story(addresses)` against a fresh whole: `{ portal, superoffice, microsoft, google, desk }`. `options` are further words of
/// its command line. With PORTAL (and, where they do not keep their usual distance from it, SUPEROFFICE, MICROSOFT, GOOGLE, DESK) in
/// the environment nothing is started, and the story meets what already runs there.
export async function withWhole(story, options = []) {
  if (process.env.PORTAL) return story(running());
  const base = await freeBase();
  const whole = spawn(executable, ["--port-base", String(base), ...options], { stdio: ["ignore", "pipe", "pipe"] });
  const said = [];
  for (const stream of [whole.stdout, whole.stderr]) stream.on("data", (text) => said.push(text.toString()));
  const ended = new Promise((done) => whole.once("exit", done));
  const withUs = () => whole.kill("SIGKILL");
  process.once("exit", withUs);
  try {
    const addresses = around(base);
    await answers(addresses.portal, whole);
    return await story(addresses);
  } catch (error) {
    error.message += `\n\nwhat the whole said last:\n${said.join("").split("\n").slice(-25).join("\n")}`;
    throw error;
  } finally {
    whole.kill("SIGTERM");
    const stubborn = setTimeout(withUs, 5_000);
    await ended;
    clearTimeout(stubborn);
    process.removeListener("exit", withUs);
  }
}

// Below the ports that systems hand out by themselves (from 32768), so that no outgoing connection is in the way.
async function freeBase() {
  for (let base = 18_080 + (process.pid % 500) * 20; base < 32_000; base += 20) {
    const free = await Promise.all(family.map((distance) => isFree(base + distance)));
    if (free.every(Boolean)) return base;
  }
  throw new Error("no free ports between 18080 and 32000");
}

function isFree(port) {
  return new Promise((answer) => {
    const door = createServer();
    door.once("error", () => answer(false));
    door.listen(port, "127.0.0.1", () => door.close(() => answer(true)));
  });
}

function around(base) {
  const at = (distance) => `http://localhost:${base + distance}`;
  return { portal: at(0), superoffice: at(1), microsoft: at(2), google: at(3), desk: at(10) };
}

function running() {
  const { PORTAL, SUPEROFFICE, MICROSOFT, GOOGLE, DESK } = process.env;
  return { ...around(Number(new URL(PORTAL).port)), portal: PORTAL, ...definedOnly({ superoffice: SUPEROFFICE, microsoft: MICROSOFT, google: GOOGLE, desk: DESK }) };
}

function definedOnly(fields) {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

async function answers(address, whole) {
  await eventually(`${address} answers`, async () => {
    if (whole.exitCode !== null) throw new Error(`the whole stopped with ${whole.exitCode} before it answered`);
    return (await fetch(address).then((answer) => answer.status, () => 0)) === 200;
  });
}

/// Asks until there is an answer that is not false, null or undefined, and gives it.
export async function eventually(what, ask, pause = 100) {
  const until = Date.now() + 180_000;
  while (Date.now() < until) {
    const answer = await ask();
    if (answer !== false && answer !== null && answer !== undefined) return answer;
    await new Promise((soon) => setTimeout(soon, pause));
  }
  throw new Error(`it never happened that ${what}`);
}
