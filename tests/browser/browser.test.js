// The instrument before what it measures: a browser that shows pages, keeps pictures and notices what is wrong.

import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { screenshot, withPage } from "./browser.js";

const pages = {
  "/": "<title>ok</title><link rel=icon href=data:,><h1>In step</h1><button onclick='this.textContent=\"done\"'>go</button>",
  "/broken": "<title>broken</title><link rel=icon href=data:,><script>throw new Error('on purpose')</script>",
  "/nosy": "<title>nosy</title><link rel=icon href=data:,><img src='http://elsewhere.invalid/pixel.png'>",
};
let server;
let address;

before(async () => {
  server = createServer((request, response) => {
    response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(pages[request.url]);
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  address = `http://127.0.0.1:${server.address().port}`;
});
after(() => server.close());

test("a page is shown, clicked and photographed", async () => {
  await withPage(async (page) => {
    await page.goto(address);
    await page.getByRole("button", { name: "go" }).click();
    await page.getByRole("button", { name: "done" }).waitFor();
    const path = await screenshot(page, "browser");
    assert.ok(statSync(path).size > 1000);
  });
});

test("a script error on a page fails the test", async () => {
  await assert.rejects(withPage((page) => page.goto(`${address}/broken`)), /on purpose/);
});

test("a page that asks another host for anything fails the test", async () => {
  await assert.rejects(withPage((page) => page.goto(`${address}/nosy`)), /asks elsewhere\.invalid/);
});
