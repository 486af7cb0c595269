// Starts the whole product for a test, the way a person does, and stops it again. Each start has its own ports and an empty
// memory, so that tests neither meet each other nor a `cargo run` in another window.

import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const executable = fileURLToPath(new URL("../../target/debug/local", import.meta.url));
let nextBase = 18_080;

/// Runs `story(addresses)` against a fresh whole: `{ portal, superoffice, microsoft, desk }`. `options` are further words of
/// its command line. With PORTAL (and SUPEROFFICE, MICROSOFT, DESK) in the environment nothing is started, and the story
/// meets what already runs there.
export async function withWhole(story, options = []) {
  if (process.env.PORTAL) return story(running());
  const base = nextBase;
  nextBase += 20;
  const whole = spawn(executable, ["--port-base", String(base), ...options], { stdio: ["ignore", "pipe", "pipe"] });
  const said = [];
  for (const stream of [whole.stdout, whole.stderr]) stream.on("data", (text) => said.push(text.toString()));
  const ended = new Promise((done) => whole.once("exit", done));
  try {
    const addresses = around(base);
    await answers(addresses.portal, whole);
    return await story(addresses);
  } catch (error) {
    error.message += `\n\nwhat the whole said last:\n${said.join("").split("\n").slice(-25).join("\n")}`;
    throw error;
  } finally {
    whole.kill("SIGTERM");
    await ended;
  }
}

function around(base) {
  const at = (distance) => `http://localhost:${base + distance}`;
  return { portal: at(0), superoffice: at(1), microsoft: at(2), desk: at(10) };
}

function running() {
  const { PORTAL, SUPEROFFICE, MICROSOFT, DESK } = process.env;
  return { ...around(8080), portal: PORTAL, ...definedOnly({ superoffice: SUPEROFFICE, microsoft: MICROSOFT, desk: DESK }) };
}

function definedOnly(fields) {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

async function answers(address, whole) {
  const until = Date.now() + 30_000;
  while (Date.now() < until) {
    if (whole.exitCode !== null) throw new Error(`the whole stopped with ${whole.exitCode} before it answered`);
    const status = await fetch(address).then((answer) => answer.status, () => 0);
    if (status === 200) return;
    await new Promise((soon) => setTimeout(soon, 100));
  }
  throw new Error(`${address} did not answer 200 within 30 s`);
}
