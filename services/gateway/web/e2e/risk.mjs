// The steps of a risk officer: a switch for one account, its report, limits of a strategy, one switched off and on again.
import assert from 'node:assert/strict';

export async function riskSteps({ step, page, desk, pictures }) {
  await step('a switch thrown for one account stops that one alone, and its report says how long it took', async () => {
    await desk.open('trade/ETHUSDT');
    await desk.fillTicket({ side: 'Buy', type: 'LIMIT', quantity: '0.1', price: '2400' });
    await page.click('#ticket-send');
    await page.waitForSelector('.area-blotter [data-status="NEW"]');
    await desk.open('risk');
    await page.click('#kill-engage');
    await page.selectOption('#kill-scope', 'account');
    await page.fill('#reason', 'one account');
    assert.equal(await page.isDisabled('[data-confirm]'), true, 'a name is required');
    await page.fill('#kill-name', 'day');
    await page.check('#kill-drill');
    await page.click('[data-confirm]');
    await page.waitForSelector('[data-kill="scoped"]:has-text("account day")');
    await page.waitForSelector('[data-kill-measured]:has-text("Nothing was working any more after")');
    assert.equal((await desk.get('/api/v1/orders?account=day&open_only=true')).length, 0);
    await page.click('#record-kills');
    const report = page.locator('table[aria-label="Kill switch reports"] tr[data-row]').first();
    await report.locator('[data-column="drill"]:has-text("drill")').waitFor();
    assert.match(await report.locator('[data-column="blocked"]').textContent(), /^[\d.]+ ms$/);
    assert.match(await report.locator('[data-column="confirmed"]').textContent(), /^[\d.]+ ms$/);
    await page.screenshot({ path: `${pictures}/kill-dark-1600.png` });
    await desk.open('trade/ETHUSDT');
    await desk.fillTicket({ side: 'Buy', type: 'LIMIT', quantity: '0.1', price: '2401' });
    await page.waitForSelector('#preview[data-approved="false"]');
    const other = await desk.post('/api/v1/orders/preview', { account: 'other', symbol: 'ETHUSDT', side: 'buy', quantity: '0.1', price: '2401' });
    assert.equal(other.approved, true, 'another account trades on');
    await desk.open('risk');
    await page.click('[aria-label="Release account day"]');
    await page.fill('#reason', 'it was a drill');
    await page.click('[data-confirm]');
    await page.waitForSelector('[data-kill]', { state: 'detached' });
  });

  await step('a limit of one strategy is set with a reason, and stands among the changes', async () => {
    await page.click('button:text-is("New")');
    await page.selectOption('#limit-scope', 'strategy');
    await page.fill('#limit-strategy', 'burst');
    await page.fill('#limit-max_executions', '1');
    assert.equal(await page.locator('#limit-max_daily_loss').count(), 0, 'a strategy takes no daily loss');
    await page.fill('#limit-reason', 'one at a time');
    await page.click('dialog .btn-accent');
    await page.waitForSelector('tr[data-row="strategy/burst/"] [data-column="max_executions"]:text-is("1")');
    await page.click('#record-changes');
    await page.waitForSelector('table[aria-label="Changes"] tr[data-row]:has-text("one at a time")');
  });

  await step('a strategy that trades too often is switched off, shown, and enabled with a reason', async () => {
    for (let i = 0; i < 2; i += 1) {
      await desk.post('/api/v1/orders', { account: 'day', symbol: 'ETHUSDT', side: i % 2 ? 'sell' : 'buy', type: 'market', quantity: '0.01', strategy: 'burst' });
    }
    await page.click('#record-strategies');
    await page.waitForSelector('table[aria-label="Strategies switched off"] tr[data-row="burst"]');
    await page.click('[aria-label="Enable burst"]');
    await page.fill('#reason', 'looked at');
    await page.click('[data-confirm]');
    await page.waitForSelector('table[aria-label="Strategies switched off"] tr[data-row="burst"]', { state: 'detached' });
    await page.click('#record-alerts');
  });

  await step('what each desk and strategy has is shown', async () => {
    await page.waitForSelector('[data-level="desk/default"]');
    assert.equal(await page.locator('[data-level="firm"]').count(), 1);
  });

  await step('a symbol is blocked with a reason, stands in the list with it, and is freed with another', async () => {
    await page.selectOption('#block-symbol', 'IBM');
    assert.equal(await page.isDisabled('button:text-is("Block")'), true, 'a reason is required');
    await page.fill('#block-reason', 'results tonight');
    await page.click('button:text-is("Block")');
    await page.waitForSelector('[data-block="IBM"]:has-text("results tonight")');
    assert.deepEqual((await desk.get('/api/v1/risk/blocks')).map((one) => one.symbol), ['IBM']);
    const refused = await desk.post('/api/v1/orders', { account: 'day', symbol: 'IBM', side: 'buy', type: 'market', quantity: '1' });
    assert.equal(refused.reject_reason, 'SYMBOL_BLOCKED');
    await page.waitForSelector('table[aria-label="Refusals and alerts"] tr[data-row]:has-text("IBM")');
    await page.click('[aria-label="Unblock IBM"]');
    await page.fill('#reason', 'they are out');
    await page.click('[data-confirm]');
    await page.waitForSelector('[data-block="IBM"]', { state: 'detached' });
  });
}
