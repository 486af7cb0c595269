// Opens headless Chromium and watches it: a page that reports an error, or asks anybody but this machine for anything, fails
// the test. It must never be pointed at an address off this machine.

import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const shelf = fileURLToPath(new URL("../../target/screenshots/", import.meta.url));

// Without these, Chromium looks for its maker's servers at every start.
const quiet = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/// Runs `story(page, browser)` with a fresh browser that knows nothing yet, and closes it whatever happens.
/// `options` are Playwright's for a new context, for instance `{ javaScriptEnabled: false }`.
export async function withPage(story, options = {}) {
  if (!existsSync(executablePath)) throw new Error(`no browser at ${executablePath}: install chromium or set CHROMIUM`);
  const browser = await chromium.launch({ executablePath, args: quiet });
  try {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: "en-GB", ...options });
    const complaints = [];
    context.on("page", (page) => watch(page, complaints));
    const page = await context.newPage();
    await story(page, context);
    if (complaints.length > 0) throw new Error(`the browser complained:\n  ${complaints.join("\n  ")}`);
  } finally {
    await browser.close();
  }
}

function watch(page, complaints) {
  page.on("pageerror", (error) => complaints.push(`${page.url()}: ${error.message}`));
  page.on("console", (message) => {
    // A page that is itself a refusal (404, 429) is the story's to judge.
    if (message.type() === "error" && message.location().url !== page.url()) complaints.push(`${page.url()}: ${message.text()}`);
  });
  page.on("request", (request) => {
    const { protocol, hostname } = new URL(request.url());
    const ours = protocol === "data:" || protocol === "blob:" || hostname === "localhost" || hostname === "127.0.0.1";
    if (!ours) complaints.push(`${page.url()}: asks ${hostname} for ${request.resourceType()}`);
  });
}

/// Keeps a picture of the whole page as target/screenshots/NAME.png and answers its path.
export async function screenshot(page, name) {
  mkdirSync(shelf, { recursive: true });
  const path = join(shelf, `${name}.png`);
  await page.screenshot({ path, fullPage: true });
  return path;
}

/// Keeps two pictures of a page: as on a desk (NAME-wide) and as on a telephone (NAME-narrow). A page that must be scrolled
/// sideways fails the test.
export async function pictures(page, name) {
  const before = page.viewportSize();
  for (const [shape, width, least] of [["wide", 1440, 900], ["narrow", 390, 844]]) {
    await page.setViewportSize({ width, height: least });
    const [inside, height] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.scrollHeight]);
    if (inside > width) throw new Error(`${page.url()}: ${inside} pixels wide on ${width}`);
    // As tall as the page, so that what sticks to the window's edge stands where the page ends.
    await page.setViewportSize({ width, height: Math.max(least, height) });
    // The first picture only makes the browser paint what came into sight, frames included.
    await page.screenshot();
    await screenshot(page, `${name}-${shape}`);
  }
  await page.setViewportSize(before);
}
