// sign_in.mjs URL PICTURES CHROMIUM: signing in, what a viewer is not offered, and Admin. One JSON object on standard input
// says who there is: {"name": "password"}. Each step is a line of JSON on standard output (tests/e2e/secure_test.py).
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { Desk } from './page.mjs';

const [url, pictures, executablePath] = process.argv.slice(2);
const people = JSON.parse(readFileSync(0, 'utf8'));
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'] });
const context = await browser.newContext({ viewport: { width: 1600, height: 950 }, colorScheme: 'dark', ignoreHTTPSErrors: true });
const page = await context.newPage();
page.setDefaultTimeout(30_000);
const desk = new Desk(page, url);
const axe = readFileSync(new URL('../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');

let failures = 0;
async function step(name, run) {
  const start = performance.now();
  const done = (more) => process.stdout.write(`${JSON.stringify({ step: name, ms: Math.round(performance.now() - start), ...more })}\n`);
  try {
    await run();
    done({ ok: true });
  } catch (error) {
    failures += 1;
    await page.screenshot({ path: `${pictures}/failed-sign-in-${failures}.png` }).catch(() => {});
    done({ ok: false, error: error.stack ?? String(error) });
  }
}

async function signIn(name, password = people[name]) {
  await page.waitForSelector('#sign-in');
  await page.fill('#sign-in-user', name);
  await page.fill('#sign-in-password', password);
  await page.keyboard.press('Enter');
}
async function signOut() {
  await page.click('#sign-out');
  await page.waitForSelector('#sign-in');
}

await step('who is not known sees the sign-in and nothing else', async () => {
  await page.goto(`${url}/#/trade/BTCUSDT`);
  await page.waitForSelector('#sign-in');
  assert.equal(await page.locator('#ticket').count(), 0);
  await page.screenshot({ path: `${pictures}/sign-in.png` });
  assert.deepEqual(await desk.axe(axe), []);
});

await step('a wrong password is told, and leads nowhere', async () => {
  await signIn('vera', 'not the password');
  await page.waitForSelector('[role="alert"]:has-text("the name or the password is wrong")');
  assert.equal(await page.inputValue('#sign-in-password'), '');
});

await step('a viewer sees the market and cannot trade', async () => {
  await signIn('vera');
  await page.waitForSelector('#who:has-text("cannot trade")');
  await desk.live();
  await page.waitForSelector('#ticket');
  await desk.fillTicket({ side: 'Buy', type: 'LIMIT', quantity: '0.01', price: '40000' });
  assert.equal(await page.isDisabled('#ticket-send'), true);
  await desk.open('risk');
  assert.equal(await page.isDisabled('#kill-engage'), true);
  await page.screenshot({ path: `${pictures}/viewer.png` });
});

await step('a session lasts over a reload, no script can read it, and it ends with the sign-out', async () => {
  await page.reload();
  await page.waitForSelector('#who:has-text("vera")');
  assert.equal(await page.evaluate(() => document.cookie), '');
  await signOut();
  await page.reload();
  await page.waitForSelector('#sign-in');
});

await step('an admin makes a user and a key, whose secret is shown once', async () => {
  await signIn('admin');
  await page.waitForSelector('#who:has-text("admin")');
  await desk.open('admin');
  await page.waitForSelector('[data-row="vera"]');
  await page.click('#user-new');
  await page.fill('#user-name', 'nora');
  await page.fill('#user-password', 'another horse battery');
  await page.fill('#user-accounts', 'demo');
  await page.click('#user-save');
  await page.waitForSelector('[data-row="nora"]');
  await page.click('#key-new');
  await page.fill('#key-label', 'from the page');
  await page.click('#key-make');
  assert.match((await page.textContent('#key-secret')).trim(), /^twk_/);
  await page.keyboard.press('Escape');
  await page.waitForSelector('[aria-label="Revoke from the page"]');
  assert.equal(await page.locator('#key-secret').count(), 0);
  await page.waitForSelector('[data-row]:has-text("user created")');
  await page.screenshot({ path: `${pictures}/admin.png` });
  assert.deepEqual(await desk.axe(axe), []);
});

await browser.close();
process.exit(failures === 0 ? 0 : 1);
