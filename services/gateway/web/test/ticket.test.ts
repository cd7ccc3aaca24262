import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Draft, faultsOf, ORDER_TYPES, requestOf, unitsOf } from '../src/lib/ticket.ts';
import { btc } from './fakes.ts';

const draft: Draft = {
  account: 'demo',
  symbol: 'BTCUSDT',
  side: 'BUY',
  type: 'LIMIT',
  timeInForce: 'GTC',
  quantity: '0.1',
  notional: false,
  price: '45000.10',
  stopPrice: '',
};
const faults = (change: Partial<Draft>) => faultsOf({ ...draft, ...change }, btc, '45000');

test('what can be sent has no fault', () => {
  assert.deepEqual(faults({}), {});
  assert.deepEqual(faults({ type: 'MARKET', price: 'left over from a limit order' }), {});
});

test('the instrument’s rules are said before anything is sent', () => {
  for (const [change, expected] of [
    [{ price: '45000.001' }, { price: 'must be a multiple of 0.01' }],
    [{ price: '' }, { price: 'a price is needed' }],
    [{ price: '-1' }, { price: 'must be above zero' }],
    [{ price: '1e5' }, { price: 'a price is needed' }],
    [{ quantity: '0.000001' }, { quantity: 'must be a multiple of 0.00001' }],
    [{ quantity: '0' }, { quantity: 'must be above zero' }],
    [{ quantity: '9000.1' }, { quantity: 'at most 9000' }],
    [{ quantity: '', price: '' }, { quantity: 'a quantity is needed', price: 'a price is needed' }],
  ] as const) {
    assert.deepEqual(faults(change), expected);
  }
});

test('money is turned into whole lots, never more than was entered', () => {
  const money = { ...draft, notional: true, quantity: '1000', price: '45000' };
  assert.equal(unitsOf(money, btc, ''), '0.02222');
  assert.equal(unitsOf({ ...money, type: 'MARKET' }, btc, '50000'), '0.02');
  assert.equal(unitsOf({ ...money, type: 'MARKET' }, btc, ''), null, 'without a price nobody knows');
  assert.deepEqual(faultsOf({ ...money, quantity: '0.1' }, btc, ''), { quantity: 'must be above zero' });
});

test('what is sent are the texts that were entered', () => {
  assert.deepEqual(requestOf(draft, btc, ''), {
    account: 'demo',
    symbol: 'BTCUSDT',
    side: 'BUY',
    type: 'LIMIT',
    time_in_force: 'GTC',
    quantity: '0.1',
    price: '45000.10',
  });
  assert.equal('price' in requestOf({ ...draft, type: 'MARKET', timeInForce: 'IOC' }, btc, ''), false);
});

test('a stop asks for its stop price, a stop limit for both', () => {
  const stop = { type: 'STOP', price: '', stopPrice: '44000.50' };
  assert.deepEqual(faults(stop), {});
  assert.deepEqual(faults({ ...stop, stopPrice: '' }), { stopPrice: 'a price is needed' });
  assert.deepEqual(faults({ ...stop, type: 'STOP_LIMIT' }), { price: 'a price is needed' });
  const request = requestOf({ ...draft, ...stop }, btc, '');
  assert.equal(request.stop_price, '44000.50');
  assert.equal('price' in request, false);
});

test('each type offers a time in force', () => {
  for (const rule of ORDER_TYPES) assert.ok(rule.timesInForce.length > 0, rule.type);
});
