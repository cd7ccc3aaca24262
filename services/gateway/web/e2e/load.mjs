// load.mjs URL CHROMIUM SECONDS: the Trade screen of IBM while its market moves a thousand times a second
// (tests/e2e/page_load_test.py). One JSON object on standard output: what the page's main thread and heap did.
//
//   tasks      of the main thread, and the longest by its own processor time: what others on the machine take is not in it
//   long       tasks of 50 ms and more by the clock, as the browser itself reports them
//   heap       bytes in use after a collection, at even intervals
//   moved      how often the shown price of the ladder changed
//   messages   of market data that came to the page in `elapsed_s`, and merged: the updates besides that they stand for
import { chromium } from 'playwright-core';
import { Desk } from './page.mjs';

const [url, executablePath, seconds] = process.argv.slice(2);
const SAMPLES = 12;
const WARM_MS = 5_000;
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--js-flags=--expose-gc'] });
const page = await (await browser.newContext({ viewport: { width: 1600, height: 950 }, colorScheme: 'dark' })).newPage();
page.setDefaultTimeout(60_000);
const errors = [];
page.on('pageerror', (error) => errors.push(error.message));
const desk = new Desk(page, url);
await page.addInitScript(() => {
  globalThis.longTasks = [];
  // What the page is told, counted beside it. The head of a message says what it is of and what it stands for.
  globalThis.told = { messages: 0, merged: 0 };
  const Socket = globalThis.WebSocket;
  globalThis.WebSocket = class extends Socket {
    constructor(...args) {
      super(...args);
      this.addEventListener('message', ({ data }) => {
        const head = /^\{"channel":"(?:tickers|book|trades|bars)[^{]*/.exec(data)?.[0];
        if (head === undefined || head.includes('"snapshot":true')) return;
        globalThis.told.messages += 1;
        globalThis.told.merged += Number(/"merged":(\d+)/.exec(head)?.[1] ?? 0);
      });
    }
  };
  new PerformanceObserver((list) => globalThis.longTasks.push(...list.getEntries().map((one) => Math.round(one.duration)))).observe({ type: 'longtask' });
});
await desk.open('trade/IBM', 'load');
await desk.live();
await page.waitForSelector('#ladder tbody tr');
await page.waitForTimeout(WARM_MS);
await page.evaluate(() => {
  globalThis.longTasks.length = 0;
  globalThis.moved = 0;
  globalThis.begun = { ...globalThis.told, at: performance.now() };
  new MutationObserver(() => (globalThis.moved += 1)).observe(document.querySelector('#ladder tbody'), { subtree: true, characterData: true, childList: true });
});

// The page's own renderer: the one whose tasks carry its frames.
const client = await page.context().newCDPSession(page);
const traced = await browser.newBrowserCDPSession();
const mains = new Set();
const tasks = new Map(); // by process and thread: how many, the longest in microseconds
traced.on('Tracing.dataCollected', ({ value }) => {
  for (const event of value) {
    const thread = `${event.pid}/${event.tid}`;
    if (event.name === 'thread_name' && event.args?.name === 'CrRendererMain') mains.add(thread);
    if (event.name !== 'ThreadControllerImpl::RunTask' && event.name !== 'RunTask') continue;
    const known = tasks.get(thread) ?? { count: 0, longest: 0, over: 0 };
    known.count += 1;
    known.longest = Math.max(known.longest, event.tdur ?? 0);
    known.over += (event.tdur ?? 0) > 50_000 ? 1 : 0;
    tasks.set(thread, known);
  }
});
await traced.send('Tracing.start', { transferMode: 'ReportEvents', traceConfig: { includedCategories: ['toplevel'], recordMode: 'recordContinuously' } });
const heap = [];
const each = (Number(seconds) * 1000) / SAMPLES;
for (let i = 0; i < SAMPLES; i += 1) {
  await page.waitForTimeout(each);
  await client.send('HeapProfiler.enable');
  await client.send('HeapProfiler.collectGarbage');
  heap.push((await client.send('Runtime.getHeapUsage')).usedSize);
  await client.send('HeapProfiler.disable');
}
const over = new Promise((resolve) => traced.once('Tracing.tracingComplete', resolve));
await traced.send('Tracing.end');
await over;
const [long, moved, told] = await page.evaluate(() => {
  const { begun, told } = globalThis;
  return [globalThis.longTasks, globalThis.moved, { messages: told.messages - begun.messages, merged: told.merged - begun.merged, elapsed_s: (performance.now() - begun.at) / 1000 }];
});
const link = await page.getAttribute('[data-link]', 'data-link');
const own = [...tasks].filter(([thread]) => mains.has(thread)).map(([, one]) => one);
const main = own.sort((a, b) => b.count - a.count)[0] ?? { count: 0, longest: 0, over: 0 };
process.stdout.write(`${JSON.stringify({ tasks: main.count, longest_ms: main.longest / 1000, over: main.over, long, heap, moved, ...told, link, errors })}\n`);
await browser.close();
