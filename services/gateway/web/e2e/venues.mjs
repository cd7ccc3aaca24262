// The steps of venues: where an order went, how each venue is, a trade that a venue takes back.
import assert from 'node:assert/strict';

export async function venueSteps({ step, page, desk, wish, pictures }) {
  await step('the life of an order says at which venue its parts are', async () => {
    const fills = await desk.get('/api/v1/fills?account=day&limit=1000');
    await desk.open('orders');
    await page.click(`[aria-label="Life of ${fills.at(-1).order_id}"]`);
    await page.waitForSelector(`[data-life] [data-leg="${fills.at(-1).venue}"]`);
    await page.keyboard.press('Escape');
    await page.waitForSelector('[data-life]', { state: 'detached' });
  });

  await step('Health shows each venue as routing sees it', async () => {
    await desk.open('health');
    await page.waitForSelector('table[aria-label="Venues"] tr[data-row="PAPER"]:has-text("taken")');
  });

  await step('a trade that the venue takes back is shown as busted, in fills and in its order', async () => {
    const fill = (await desk.get('/api/v1/fills?account=day&limit=1000')).at(-1);
    await wish(`bust ${fill.fill_id}`);
    await desk.open('portfolio');
    await page.waitForSelector(`tr[data-row="${fill.fill_id}"] [data-note]:has-text("busted")`);
    await page.waitForSelector(`tr[data-row] [data-note]:has-text("takes back ${fill.fill_id}")`);
    await page.screenshot({ path: `${pictures}/bust-dark-1600.png` });
    await page.click(`tr[data-row="${fill.fill_id}"]`);
    await page.locator('[aria-label^="Fills"][role="group"]').focus();
    await page.keyboard.press('Enter');
    await page.waitForSelector(`[data-life] [data-event="TRADE_BUSTED"]:has-text("takes back ${fill.fill_id}")`);
    await page.keyboard.press('Escape');
    await page.waitForSelector('[data-life]', { state: 'detached' });
    assert.equal((await desk.get(`/api/v1/orders/${fill.order_id}`)).status, 'CANCELED');
  });
}
