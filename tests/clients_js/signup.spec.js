// A sign-up tested with Playwright's own runner. Run by test_javascript.py.

import { createServer } from "node:http";
import { createRequire } from "node:module";

import { test as base } from "@playwright/test";
import { withMailsink } from "mailsink/playwright";

const nodemailer = createRequire(import.meta.url)("nodemailer");
const test = withMailsink(base);
const { expect } = test;

/** A shop that mails a link to whoever signs up. */
async function shop() {
  const transport = nodemailer.createTransport({ host: "127.0.0.1", port: process.env.SHOP_SMTP_PORT });
  const server = createServer(async (request, response) => {
    const url = new URL(request.url, "http://127.0.0.1");
    let page = '<form action="/signup"><label>Address <input name="to"></label><button>Sign up</button></form>';
    if (url.pathname === "/signup") {
      const link = `http://${request.headers.host}/confirm`;
      const to = url.searchParams.get("to");
      await transport.sendMail({ from: "shop@example.org", to, subject: "Confirm", html: `<a href="${link}">Yes</a>` });
      page = "<p>Look into your inbox</p>";
    } else if (url.pathname === "/confirm") {
      page = "<h1>Welcome</h1>";
    }
    response.writeHead(200, { "Content-Type": "text/html" }).end(page);
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return { url: `http://127.0.0.1:${server.address().port}/`, close: () => server.close() };
}

for (const name of ["ada", "grace"]) {
  test(`${name} signs up`, async ({ page, mailsink }) => {
    const site = await shop();
    await page.goto(site.url);
    await page.getByLabel("Address").fill(mailsink.address(name));
    await page.getByRole("button").click();

    const mail = await mailsink.expect({ subject: "Confirm" });
    expect(mail.rcpts).toEqual([mailsink.address(name)]);
    await page.goto(mail.link("/confirm"));

    await expect(page.getByRole("heading")).toHaveText("Welcome");
    site.close();
  });
}

test("a failed test shows its mail", async ({ mailsink }) => {
  await mailsink.add({ from: "shop@example.org", to: "ada@example.org", subject: "Hello" });

  await mailsink.expect({ subject: "Confirm" }, { timeout: 10 });
});
