// desk.mjs URL PICTURES CHROMIUM: a day at the desk, step by step. Each step is a line of JSON on standard output; what only
// the platform's keeper can do is asked for there as {"wish": "kill gateway"} and answered by a line on standard input
// (tests/e2e/web_test.py). A step that fails leaves a picture, and the rest goes on.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { chromium } from 'playwright-core';
import { linkedSteps } from './linked.mjs';
import { Desk } from './page.mjs';
import { parentSteps } from './parents.mjs';
import { riskSteps } from './risk.mjs';
import { venueSteps } from './venues.mjs';

const [url, pictures, executablePath] = process.argv.slice(2);
const answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);
async function wish(text) {
  say({ wish: text });
  await answers.next();
}

const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'] });
const context = await browser.newContext({ viewport: { width: 1600, height: 950 }, colorScheme: 'dark', acceptDownloads: true });
const page = await context.newPage();
page.setDefaultTimeout(30_000);
const complaints = [];
page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
page.on('console', (message) => {
  // A server that is away, or says 404, is a state and not a fault of the page.
  if (message.type() === 'error' && !/Failed to load resource|WebSocket connection/.test(message.text())) complaints.push(message.text());
});
const desk = new Desk(page, url);

let failures = 0;
async function step(name, run) {
  const start = performance.now();
  const done = (more) => say({ step: name, ms: Math.round(performance.now() - start), ...more });
  try {
    await run();
    done({ ok: true });
  } catch (error) {
    failures += 1;
    await page.screenshot({ path: `${pictures}/failed-${failures}.png` }).catch(() => {});
    done({ ok: false, error: error.stack ?? String(error) });
  }
}

await step('the first load is under 200 KB, and nothing comes from elsewhere', async () => {
  const network = await context.newCDPSession(page);
  await network.send('Network.enable');
  let bytes = 0;
  const foreign = [];
  network.on('Network.loadingFinished', (event) => (bytes += event.encodedDataLength));
  page.on('request', (request) => {
    if (!request.url().startsWith(url) && !request.url().startsWith(url.replace('http', 'ws'))) foreign.push(request.url());
  });
  await desk.open('trade/BTCUSDT', 'day');
  await desk.live();
  await page.waitForSelector('[aria-label^="Candle chart"] canvas');
  assert.ok(bytes > 20_000 && bytes < 200_000, `${bytes} bytes came over the wire`);
  assert.deepEqual(foreign, []);
  await network.detach();
});

await step('prices live: the watch list, the ladder and the tape move', async () => {
  await page.waitForFunction(() => /\d/.test(document.querySelector('[data-symbol="BTCUSDT"] [data-last]')?.textContent ?? ''));
  const before = await page.textContent('#ladder tbody');
  await page.waitForFunction((text) => document.querySelector('#ladder tbody')?.textContent !== text, before);
  assert.equal(await page.locator('[data-symbol]').count(), 4);
});

await step('indicators are chosen, and their values asked for', async () => {
  await page.click('button:text-is("Indicators")');
  await page.check('label:has-text("ema_12") input');
  await page.check('label:has-text("session_vwap") input');
  const asked = page.waitForResponse((response) => response.url().includes('/features/BTCUSDT?') && response.url().includes('ema_12'));
  assert.equal((await asked).status(), 200);
  await page.keyboard.press('Escape');
  await page.waitForSelector('button:text-is("Indicators 2")');
});

await step('a market order is filled, and stands in orders, position and P&L', async () => {
  await page.keyboard.press('b');
  await page.keyboard.press('Escape');
  await page.keyboard.press('m');
  await page.fill('#ticket-quantity', '0.05');
  await page.waitForSelector('#preview[data-approved="true"] [data-check="max_position"][data-passed="true"]');
  await page.click('#ticket-send');
  await desk.open('orders');
  const row = page.locator('tr[data-row]').first();
  await row.locator('[data-status="FILLED"]').waitFor();
  assert.equal(await row.locator('[data-column="filled_quantity"]').textContent(), '0.05000');
  await desk.open('portfolio');
  await page.waitForSelector('tr[data-row="BTCUSDT"] [data-column="quantity"]:has-text("0.05000")');
  await page.waitForFunction(() => !/^1,000,000\.00$/.test(document.querySelector('[data-total="Cash"]')?.textContent ?? '1,000,000.00'));
  await page.waitForSelector('table[aria-label^="Fills"] tr[data-row]');
});

await step('its execution shows what it cost and, a second later, where the market went', async () => {
  await desk.open('execution');
  const row = page.locator('table[aria-label^="Executed orders"] tr[data-row]').first();
  await row.waitFor();
  await page.waitForFunction(() => /\d/.test(document.querySelector('table[aria-label^="Executed orders"] tr[data-row] [data-column="mark_out_1s"]')?.textContent ?? ''));
  assert.match(await row.locator('[data-column="shortfall"]').textContent(), /\d/);
  await desk.open('portfolio');
});

await step('flatten closes the position', async () => {
  await page.click('[aria-label="Flatten BTCUSDT"]');
  await page.click('[data-confirm]');
  await page.waitForFunction(() => !document.querySelector('[aria-label="Flatten BTCUSDT"]'));
  assert.equal((await desk.get('/api/v1/positions?account=day'))[0].quantity, '0');
});

await step('a limit order is placed from the ladder, replaced in place, and canceled by keyboard', async () => {
  await desk.open('trade/BTCUSDT');
  await page.keyboard.press('l');
  await page.fill('#ticket-quantity', '0.01');
  await page.keyboard.press('Escape');
  await page.click('button:has-text("Click places")');
  await page.waitForSelector('#ladder tr[data-side="BUY"]');
  // At once, where a finger would be: the level may be another one a moment later.
  await page.evaluate(() => [...document.querySelectorAll('#ladder tr[data-side="BUY"] td:nth-child(2) button')].at(-1).click());
  const row = page.locator('.area-blotter tr[data-row]').first();
  await row.locator('[data-status="NEW"], [data-status="PENDING_NEW"]').waitFor();
  await page.waitForSelector('#ladder [data-own="0.01"]');
  const id = await row.getAttribute('data-row');
  const order = page.locator(`.area-blotter tr[data-row="${id}"]`);
  await order.locator('[data-status="NEW"]').waitFor();
  await page.click(`[aria-label="Replace ${id}"]`);
  await page.fill('[data-edit="quantity"]', '0.02');
  await page.fill('[data-edit="price"]', '44000.5');
  await page.keyboard.press('Enter');
  await page.waitForSelector(`.area-blotter tr[data-row="${id}"] [data-column="price"]:text-is("44,000.50")`);
  assert.equal(await order.locator('[data-column="quantity"]').textContent(), '0.02000');
  await page.locator('.area-blotter [role="group"]').focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('c');
  await order.waitFor({ state: 'detached' });
  assert.equal((await desk.get(`/api/v1/orders/${id}`)).status, 'CANCELED');
  await page.click('button:has-text("Click places")');
});

await step('the life of an order shows events, every check, and latency stages', async () => {
  await desk.open('orders');
  await page.locator('tr[data-row]').first().click();
  await page.keyboard.press('Enter');
  for (const kind of ['SUBMITTED', 'APPROVED', 'ACCEPTED', 'REPLACED', 'CANCELED']) await page.waitForSelector(`[data-life] [data-event="${kind}"]`);
  await page.waitForSelector('[data-life] [data-check="max_firm_exposure"]');
  await page.waitForSelector('[data-life] table[aria-label="Latency stages"] tr');
  await page.screenshot({ path: `${pictures}/life-dark-1600.png` });
  await page.keyboard.press('Escape');
  await page.waitForSelector('[data-life]', { state: 'detached' });
});

await step('a stop is held with its price, outside the book, given another, and canceled', async () => {
  await desk.open('trade/ETHUSDT');
  await desk.fillTicket({ side: 'Sell', type: 'STOP', quantity: '0.1', stop: '2000' });
  await page.waitForSelector('#preview[data-approved="true"]');
  await page.click('#ticket-send');
  const row = page.locator('.area-blotter tr[data-row]:has-text("stop")').first();
  await row.locator('[data-status="NEW"]').waitFor();
  assert.equal(await row.locator('[data-column="trigger_price"]').textContent(), '2,000.00');
  assert.equal(await page.locator('#ladder [data-own="0.1"]').count(), 0);
  await row.locator('[aria-label^="Replace"]').click();
  await page.fill('[data-edit="stop"]', '2010');
  await page.keyboard.press('Enter');
  await row.locator('[data-column="trigger_price"]:text-is("2,010.00")').waitFor();
  await row.locator('[aria-label^="Cancel"]').click();
  await row.waitFor({ state: 'detached' });
});

await step('a faulty ticket is not sent, and an order past a limit says which', async () => {
  await desk.open('trade/IBM');
  await desk.fillTicket({ side: 'Buy', type: 'LIMIT', quantity: '1.5', price: '180' });
  await page.waitForSelector('#ticket-quantity-fault:has-text("must be a multiple of 1")');
  assert.equal(await page.isDisabled('#ticket-send'), true);
  await page.fill('#ticket-quantity', '900');
  await page.waitForSelector('#preview[data-approved="false"] [data-check="max_order_notional"][data-passed="false"]');
  await desk.sendRefused('max order notional');
  await desk.open('risk');
  await page.waitForSelector('table[aria-label^="Refusals"] tr[data-row]:has-text("day")');
});

await step('an order goes out with its strategy, self-trade prevention, what is in sight, and an end', async () => {
  await desk.open('trade/ETHUSDT');
  await desk.fillTicket({ side: 'Buy', type: 'LIMIT', quantity: '0.2', price: '2410' });
  await page.selectOption('#ticket-tif', 'GTD');
  await page.fill('#ticket-expires', '1h');
  await page.click('#ticket-more summary');
  await page.fill('#ticket-strategy', 'two words');
  await page.waitForSelector('#ticket-strategy-fault:has-text("letters")');
  await page.fill('#ticket-strategy', 'mm-1');
  await page.selectOption('#ticket-self-trade', 'CANCEL_OLDEST');
  await page.fill('#ticket-display', '0.05');
  await page.check('#ticket-post-only');
  await page.waitForSelector('#preview[data-approved="true"]');
  await page.click('#ticket-send');
  const row = page.locator('.area-blotter tr[data-row]').first();
  await row.locator('[data-status="NEW"]').waitFor();
  const order = await desk.get(`/api/v1/orders/${await row.getAttribute('data-row')}`);
  assert.deepEqual([order.strategy, order.self_trade_prevention, order.display_quantity, order.post_only], ['mm-1', 'CANCEL_OLDEST', '0.05', true]);
  assert.ok(Date.parse(order.expire_time) > Date.now());
  await row.locator('[aria-label^="Cancel"]').click();
  await row.waitFor({ state: 'detached' });
  await page.fill('#ticket-strategy', '');
  await page.selectOption('#ticket-self-trade', '');
});

await step('a trailing stop follows by a part of the price', async () => {
  await page.selectOption('#ticket-type', 'TRAILING_STOP');
  await page.click('#ticket [role="radio"]:text-is("Sell")');
  await page.fill('#ticket-trailing', '101%');
  await page.waitForSelector('#ticket-trailing-fault:has-text("below 100")');
  await page.fill('#ticket-trailing', '5%');
  await page.waitForSelector('#preview[data-approved="true"]');
  await page.click('#ticket-send');
  const row = page.locator('.area-blotter tr[data-row]:has-text("trailing stop")').first();
  await row.locator('[data-column="trigger_price"]:has-text("2,")').waitFor();
  await row.locator('[aria-label^="Cancel"]').click();
  await row.waitFor({ state: 'detached' });
});

await parentSteps({ step, page, desk, pictures });
await linkedSteps({ step, page, desk, pictures });

await step('cancel all asks first, and cancels', async () => {
  await desk.open('trade/ETHUSDT');
  for (const price of ['2300', '2310']) {
    await desk.fillTicket({ side: 'Buy', type: 'LIMIT', quantity: '0.1', price });
    await page.click('#ticket-send');
    await page.waitForSelector(`.area-blotter tr[data-row] [data-column="price"]:text-is("${price.replace('2', '2,')}.00")`);
  }
  await page.click('#cancel-all');
  await page.click('[data-confirm]');
  await page.waitForSelector('.area-blotter:has-text("Nothing is working")');
});

await step('a page loaded again in a pending state shows it as pending', async () => {
  await wish('stop exeq');
  try {
    await desk.fillTicket({ side: 'Buy', type: 'LIMIT', quantity: '0.1', price: '2320' });
    await page.click('#ticket-send');
    await page.waitForSelector('.area-blotter [data-status="PENDING_NEW"]');
    await page.reload();
    await desk.live();
    await page.waitForSelector('.area-blotter [data-status="PENDING_NEW"].badge-pending');
  } finally {
    await wish('start exeq');
  }
  await page.waitForSelector('.area-blotter [data-status="NEW"]', { timeout: 60_000 });
});

await step('the server restarts under an open page: seen at once, whole again by itself', async () => {
  const killed = wish('kill gateway');
  await page.waitForSelector('[data-link="lost"], [data-link="connecting"]');
  await killed;
  await desk.live();
  await page.waitForSelector('.area-blotter [data-status="NEW"]');
  const before = await page.textContent('#ladder tbody');
  await page.waitForFunction((text) => document.querySelector('#ladder tbody')?.textContent !== text, before);
});

await step('a stream that dies is seen: what is old is greyed, and fresh again when it comes back', async () => {
  await wish('stop hot-cache');
  try {
    await page.waitForSelector('.area-watch.stale [role="status"]:has-text("stale")');
    await page.waitForSelector('.area-ladder.stale');
  } finally {
    await wish('start hot-cache');
  }
  await page.waitForSelector('.area-watch:not(.stale)');
  await page.waitForSelector('.area-ladder:not(.stale)');
});

await step('the kill switch stops orders, cancels what works, says how long it took, and is released', async () => {
  await desk.open('risk');
  await page.click('#kill-engage');
  assert.equal(await page.isDisabled('[data-confirm]'), true, 'a reason is required');
  await page.fill('#reason', 'a drill');
  await page.click('[data-confirm]');
  await page.waitForSelector('[data-kill="engaged"]:has-text("a drill")');
  await page.waitForSelector('[data-kill-measured]:has-text("Nothing was working any more after")');
  await desk.open('trade/ETHUSDT');
  await desk.fillTicket({ side: 'Buy', type: 'LIMIT', quantity: '0.1', price: '2330' });
  await page.waitForSelector('#preview[data-approved="false"]');
  await desk.sendRefused('kill switch');
  await desk.open('risk');
  await page.click('#kill-release');
  await page.fill('#reason', 'the drill is over');
  await page.click('[data-confirm]');
  await page.waitForSelector('[data-kill-state="false"]');
  await desk.open('trade/ETHUSDT');
  await desk.fillTicket({ side: 'Buy', type: 'LIMIT', quantity: '0.1', price: '2330' });
  await page.waitForSelector('#preview[data-approved="true"]');
});

await step('a limit is changed with a reason, and refused without one', async () => {
  await desk.open('risk');
  await page.click('[aria-label="Edit limits of symbol BTCUSDT"]');
  await page.fill('#limit-max_order_quantity', '9');
  assert.equal(await page.isDisabled('dialog .btn-accent'), true);
  await page.fill('#limit-reason', 'smaller clips');
  await page.click('dialog .btn-accent');
  await page.waitForSelector('tr[data-row="symbol//BTCUSDT"] [data-column="max_order_quantity"]:text-is("9")');
});

await riskSteps({ step, page, desk, pictures });

await step('the palette finds any symbol, and "?" lists the keys', async () => {
  await page.waitForSelector('dialog', { state: 'detached' });
  await page.keyboard.press('Control+k');
  await page.waitForSelector('[role="combobox"]:focus');
  await page.keyboard.type('solus');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => location.hash === '#/trade/SOLUSDT');
  await page.waitForSelector('h2:has-text("Ticket SOLUSDT")');
  await page.keyboard.press('?');
  await page.waitForSelector('dialog:has-text("Cancel"), dialog:has-text("Go to Orders")');
  await page.keyboard.press('Escape');
  await page.waitForSelector('dialog', { state: 'detached' });
  await page.keyboard.press('g');
  await page.keyboard.press('h');
  await page.waitForSelector('h2:has-text("14 of 14 healthy")');
});

await venueSteps({ step, page, desk, wish, pictures });

await step('orders go into a file as they are', async () => {
  await desk.open('orders');
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('.area-orders button:text-is("CSV")')]);
  const lines = readFileSync(await download.path(), 'utf8').trim().split('\r\n');
  assert.ok(lines[0].startsWith('Time,Order,Symbol,Side'), lines[0]);
  assert.equal(lines.length, (await desk.get('/api/v1/orders?account=day&limit=1000')).length + 1);
});

await step('no screen has a serious fault for those who see or move otherwise; each is pictured', async () => {
  const axe = readFileSync(new URL('../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
  const faults = [];
  // What stands behind the first sight of a screen; the last one is the first again.
  const parts = {
    'trade/BTCUSDT': ['#ticket-mode-algo', '#ticket-mode-bracket', '#ticket-mode-oco', '#ticket-mode-order', '#ticket-more summary'],
    orders: ['[aria-label^="Children of"]'],
    risk: ['#record-kills', '#record-strategies', '#record-changes', '#record-alerts'],
  };
  for (const [colours, width, height] of [['dark', 1600, 950], ['light', 1600, 950], ['light', 390, 844], ['dark', 390, 844]]) {
    await page.emulateMedia({ colorScheme: colours });
    await page.setViewportSize({ width, height });
    for (const screen of ['trade/BTCUSDT', 'orders', 'portfolio', 'risk', 'execution', 'health']) {
      await desk.open(screen);
      await page.waitForTimeout(250);
      const name = `${screen.split('/')[0]}-${colours}-${width}`;
      await page.screenshot({ path: `${pictures}/${name}.png`, fullPage: width < 500 });
      if (colours === 'dark' && width < 500) continue; // the same page as in light, but for the colours that were looked at
      for (const fault of await desk.axe(axe)) faults.push(`${name}: ${fault}`);
      for (const part of width > 500 ? (parts[screen] ?? []) : []) {
        await page.click(part);
        await page.screenshot({ path: `${pictures}/${name}-${/[a-z]+$/.exec(part.replace(/[^a-z]+$/, ''))[0]}.png` });
        for (const fault of await desk.axe(axe)) faults.push(`${name} ${part}: ${fault}`);
      }
    }
  }
  assert.deepEqual(faults, []);
});

await step('the page itself had nothing to complain of', async () => {
  assert.deepEqual(complaints, []);
});

await browser.close();
process.exit(failures === 0 ? 0 : 1);
