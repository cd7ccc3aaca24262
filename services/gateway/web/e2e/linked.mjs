// The steps of linked orders: a bracket from the ticket to its legs and a cancel of them all; an OCO.
import assert from 'node:assert/strict';

export async function linkedSteps({ step, page, desk, pictures }) {
  const working = (what) => page.locator(`.area-blotter tr[data-row]:has([data-link-id]:text("${what}"))`);
  // Within the collar, and too far for the market to come by.
  const far = { entry: '43500', profit: '46900', stop: '43000' };

  await step('the legs of a bracket are checked against its entry', async () => {
    await desk.open('trade/BTCUSDT');
    await page.click('#ticket-mode-bracket');
    await page.click('#ticket [role="radio"]:text-is("Buy")');
    await page.selectOption('#ticket-type', 'LIMIT');
    await page.fill('#ticket-quantity', '0.02');
    await page.fill('#ticket-price', far.entry);
    await page.fill('#leg-profit', '43400');
    await page.fill('#leg-stop', far.stop);
    await page.waitForSelector('#leg-profit-fault:has-text("must be above the entry")');
    assert.equal(await page.isDisabled('#ticket-send'), true);
  });

  await step('a bracket goes out: an entry that works and two legs that wait for it, one beside the other', async () => {
    await page.fill('#leg-profit', far.profit);
    await page.waitForSelector('#preview[data-approved="true"]:has-text("Risk on the entry")');
    await page.click('#ticket-send');
    await working('entry').locator('[data-status="NEW"]').waitFor();
    await working('take profit').locator('[data-status="NEW"]:has-text("waits")').waitFor();
    await working('stop').locator('[data-status="NEW"]:has-text("waits")').waitFor();
    assert.equal(await page.locator('#ladder [data-own="0.02"]').count(), 1, 'only the entry is in the book');
    await working('entry').locator('[data-link-id]').click();
    await page.waitForFunction(() => document.querySelectorAll('.area-orders tr[data-row]').length === 3);
    await page.screenshot({ path: `${pictures}/bracket-dark-1600.png` });
  });

  await step('a bracket is canceled as one', async () => {
    await page.locator('.area-orders [aria-label^="Cancel all of link"]').first().click();
    await page.waitForFunction(() => document.querySelectorAll('.area-orders [data-status="CANCELED"]').length === 3);
    const link = await page.locator('.area-orders [data-link-id]').first().getAttribute('data-link-id');
    assert.deepEqual((await desk.get(`/api/v1/orders?account=day&link_id=${link}`)).map((order) => order.status), ['CANCELED', 'CANCELED', 'CANCELED']);
    await page.click('[aria-label^="Show more than"]');
  });

  await step('of a bracket whose entry fills both legs stay; one canceled takes the other along', async () => {
    await desk.open('trade/BTCUSDT');
    await page.selectOption('#ticket-type', 'MARKET');
    await page.fill('#ticket-quantity', '0.02');
    await page.waitForSelector('#preview[data-approved="true"]');
    await page.click('#ticket-send');
    await working('take profit').locator('[data-status="NEW"]:not(:has-text("waits"))').waitFor();
    await working('take profit').locator('[aria-label^="Cancel"]').first().click();
    await page.waitForSelector('.area-blotter:has-text("Nothing is working")');
  });

  await step('an OTO goes out: an entry that works and one leg that waits for it', async () => {
    await page.click('#ticket-mode-oto');
    await page.click('#ticket [role="radio"]:text-is("Buy")');
    await page.selectOption('#ticket-type', 'LIMIT');
    await page.fill('#ticket-quantity', '0.02');
    await page.fill('#ticket-price', far.entry);
    await page.fill('#leg-profit', far.profit);
    await page.waitForSelector('#leg-profit-fault:has-text("one leg")');
    await page.fill('#leg-stop', '');
    await page.waitForSelector('#preview[data-approved="true"]:has-text("Risk on the entry")');
    await page.click('#ticket-send');
    await working('entry').locator('[data-status="NEW"]').waitFor();
    await working('limit').locator('[data-status="NEW"]:has-text("waits")').waitFor();
    await working('entry').locator('[aria-label^="Cancel"]').first().click();
    await page.waitForSelector('.area-blotter:has-text("Nothing is working")');
    await page.fill('#leg-stop', far.stop);
  });

  await step('an OCO goes out: canceling one cancels the other', async () => {
    await page.click('#ticket-mode-oco');
    await page.click('#ticket [role="radio"]:text-is("Sell")');
    await page.fill('#ticket-quantity', '0.02');
    await page.waitForSelector('#preview[data-approved="true"]');
    await page.click('#ticket-send');
    await working('limit').locator('[data-status="NEW"]').waitFor();
    await working('stop').locator('[aria-label^="Cancel"]').first().click();
    await page.waitForSelector('.area-blotter:has-text("Nothing is working")');
    await page.click('#ticket-mode-order');
  });
}
