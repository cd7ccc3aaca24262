import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Draft, faultsOf, ORDER_TYPES, requestOf, unitsOf } from '../src/lib/ticket.ts';
import { btc, draft } from './fakes.ts';

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

test('a trailing stop follows by an amount or a part, one of the two', () => {
  const trailing = (text: string) => ({ type: 'TRAILING_STOP', price: '', trailing: text });
  for (const [text, fault] of [['25', undefined], ['0.5%', undefined], ['0.5 %', undefined], ['', 'such as 25 or 0.5%'], ['100%', 'above 0 %, below 100 %'], ['%', 'above 0 %, below 100 %'], ['0.001', 'must be a multiple of 0.01']] as const) {
    assert.equal(faults(trailing(text)).trailing, fault, text);
  }
  const sent = (text: string) => requestOf({ ...draft, ...trailing(text) }, btc, '45000');
  assert.deepEqual([sent('25').trailing_amount, sent('25').trailing_percent], ['25', undefined]);
  assert.deepEqual([sent('0.5 %').trailing_amount, sent('0.5 %').trailing_percent], [undefined, '0.5']);
});

test('what an order may ask for goes out only where it goes with its type and time in force', () => {
  const all = { postOnly: true, reduceOnly: true, display: '0.05', strategy: ' mm-1 ', selfTrade: 'DECREMENT', trigger: 'MARK', expireTime: '2026-03-02T15:00:00.000Z', allowDuplicate: true };
  const extras = (change: Partial<Draft>) => {
    const { account, symbol, side, type, time_in_force, quantity, price, stop_price, ...rest } = requestOf({ ...draft, ...all, ...change }, btc, '45000');
    return rest;
  };
  const common = { reduce_only: true, strategy: 'mm-1', self_trade_prevention: 'DECREMENT', allow_duplicate: true };
  assert.deepEqual(extras({}), { ...common, post_only: true, display_quantity: '0.05' });
  assert.deepEqual(extras({ timeInForce: 'IOC' }), common);
  assert.deepEqual(extras({ timeInForce: 'GTD' }), { ...common, post_only: true, display_quantity: '0.05', expire_time: all.expireTime });
  assert.deepEqual(extras({ type: 'MARKET', timeInForce: 'IOC' }), common);
  assert.deepEqual(extras({ type: 'STOP_LIMIT', stopPrice: '44000' }), { ...common, stop_trigger: 'MARK', display_quantity: '0.05' });
  assert.deepEqual(requestOf(draft, btc, ''), { account: 'demo', symbol: 'BTCUSDT', side: 'BUY', type: 'LIMIT', time_in_force: 'GTC', quantity: '0.1', price: '45000.10' });
});

test('what is asked for beside the terms is checked', () => {
  assert.deepEqual(faults({ strategy: 'two words' }), { strategy: 'letters, digits, . _ -' });
  assert.deepEqual(faults({ timeInForce: 'GTD' }), { expires: 'such as 10m or 15:00' });
  assert.deepEqual(faults({ display: '0.2' }), { display: 'not above the quantity' });
  assert.deepEqual(faults({ display: '0.2', timeInForce: 'IOC' }), {}, 'not sent, so not checked');
});
