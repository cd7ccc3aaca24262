// The steps of parent orders: from the ticket to the tree of children, paused, changed and canceled.
import assert from 'node:assert/strict';

export async function parentSteps({ step, page, desk, pictures }) {
  const row = page.locator('.area-parents tr[data-row]:has([aria-label^="Children of"])').first();
  const children = page.locator('.area-parents tr[data-row]:not(:has([aria-label^="Children of"]))');

  await step('the settings of an algorithm are checked before they are sent', async () => {
    await desk.open('trade/BTCUSDT');
    await page.click('#ticket-mode-algo');
    await page.click('#ticket [role="radio"]:text-is("Buy")');
    await page.selectOption('#ticket-algo', 'ICEBERG');
    await page.fill('#ticket-quantity', '0.4');
    assert.equal(await page.isDisabled('#ticket-send'), true, 'an iceberg needs its limit');
    await page.selectOption('#ticket-algo', 'TWAP');
    await page.fill('#algo-end', '10m');
    await page.fill('#algo-slices', '1001');
    await page.waitForSelector('#algo-slices-fault:has-text("from 1 to 1000")');
    assert.equal(await page.isDisabled('#ticket-send'), true);
  });

  await step('a TWAP goes out from the ticket, and its children stand below it', async () => {
    await page.fill('#algo-slices', '100');
    await page.waitForSelector('#preview[data-approved="true"]:has-text("one slice of 0.004 BTC")');
    await page.click('#ticket-send');
    await page.waitForSelector('[data-notice="good"]:has-text("TWAP")');
    await desk.open('orders');
    await row.locator('[data-status="WORKING"]').waitFor();
    await children.first().locator('[data-status="FILLED"]').waitFor();
    assert.equal(await children.first().locator('[data-column="quantity"]').textContent(), '0.00400');
    const [parent] = await desk.get('/api/v1/parents?account=day');
    assert.deepEqual([parent.algo, parent.slices, parent.quantity], ['TWAP', 100, '0.4']);
    const child = (await desk.get('/api/v1/orders?account=day&limit=1000')).find((order) => order.parent_order_id === parent.parent_order_id);
    await page.waitForSelector(`.area-orders tr[data-row="${child.order_id}"]`);
    await page.screenshot({ path: `${pictures}/parents-dark-1600.png` });
  });

  await step('a parent is paused and resumed by keyboard, and its quantity changed', async () => {
    await row.click();
    await page.locator('.area-parents [role="group"]').focus();
    await page.keyboard.press('p');
    await row.locator('[data-status="PAUSED"]').waitFor();
    assert.equal((await desk.get('/api/v1/parents?account=day'))[0].status, 'PAUSED');
    await page.keyboard.press('p');
    await row.locator('[data-status="WORKING"]').waitFor();
    await page.keyboard.press('r');
    await page.fill('#parent-quantity', '0.001');
    assert.equal(await page.isDisabled('[data-confirm]'), true, 'more than that is filled');
    await page.fill('#parent-quantity', '0.6');
    await page.click('[data-confirm]');
    await row.locator('[data-column="quantity"]:text-is("0.60000")').waitFor();
  });

  await step('a parent is canceled: what was filled stays, nothing more is sent', async () => {
    await row.locator('[aria-label^="Cancel"]').click();
    await row.locator('[data-status="CANCELED"]').waitFor();
    const [listed] = await desk.get('/api/v1/parents?account=day');
    const parent = await desk.get(`/api/v1/parents/${listed.parent_order_id}`);
    assert.equal(parent.working_quantity, '0');
    await page.waitForFunction((count) => document.querySelectorAll('.area-parents tr[data-row]').length === count + 1, parent.child_orders.length);
    await page.click('[aria-label^="Children of"]');
    await children.first().waitFor({ state: 'detached' });
    await desk.open('trade/BTCUSDT');
    await page.click('#ticket-mode-order');
  });
}
