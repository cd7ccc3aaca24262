import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Order } from '../src/data/types.ts';
import { type LinkDraft, linkedRequest, linkFaults, type LinkKind, linkRole, together, withKey } from '../src/lib/linked.ts';
import type { Draft } from '../src/lib/ticket.ts';
import { btc, draft, order } from './fakes.ts';

const buyLegs: LinkDraft = { profit: '46000', stop: '44000', stopLimit: '' };
const faults = (kind: LinkKind, change: Partial<Draft>, legs: Partial<LinkDraft> = {}) => linkFaults(kind, { ...draft, ...change }, { ...buyLegs, ...legs }, btc, '45000');

test('a bracket lies around its entry, an OCO around the market', () => {
  for (const [kind, change, legs, expected] of [
    ['bracket', {}, {}, {}],
    ['bracket', { side: 'SELL' }, { profit: '44000', stop: '46000' }, {}],
    ['bracket', {}, { profit: '45000.10' }, { profit: 'must be above the entry' }],
    ['bracket', {}, { stop: '45000.20' }, { stop: 'must be below the entry' }],
    ['bracket', { side: 'SELL' }, {}, { profit: 'must be below the entry', stop: 'must be above the entry' }],
    ['bracket', { type: 'MARKET', timeInForce: 'IOC', price: '' }, { stop: '45001' }, { stop: 'must be below the entry' }],
    ['bracket', { price: '' }, {}, { price: 'a price is needed' }],
    ['bracket', {}, { profit: '', stop: '1.001' }, { profit: 'a price is needed', stop: 'must be a multiple of 0.01' }],
    ['bracket', {}, { stopLimit: '-1' }, { stopLimit: 'must be above zero' }],
    ['oto', {}, { stop: '' }, {}],
    ['oto', {}, { profit: '' }, {}],
    ['oto', {}, {}, { profit: 'one leg: a limit price or a stop price' }],
    ['oto', {}, { profit: '', stop: '' }, { profit: 'one leg: a limit price or a stop price' }],
    ['oto', {}, { profit: '44000', stop: '' }, { profit: 'must be above the entry' }],
    ['oto', { price: '' }, { stop: '' }, { price: 'a price is needed' }],
    ['oco', { side: 'SELL', price: '' }, {}, {}],
    ['oco', { side: 'BUY' }, { profit: '44000', stop: '46000' }, {}],
    ['oco', { side: 'BUY' }, {}, { profit: 'must be below the market', stop: 'must be above the market' }],
    ['oco', { side: 'SELL', quantity: '0.000001' }, {}, { quantity: 'must be a multiple of 0.00001' }],
  ] as const) {
    assert.deepEqual(faults(kind, change, legs), expected, `${kind} ${JSON.stringify(change)} ${JSON.stringify(legs)}`);
  }
});

test('a bracket goes out as an entry with two legs against it, known by the entry’s key', () => {
  assert.deepEqual(withKey(linkedRequest('bracket', draft, buyLegs, btc, ''), 'k'), {
    kind: 'bracket',
    parent: { account: 'demo', symbol: 'BTCUSDT', side: 'BUY', type: 'LIMIT', time_in_force: 'GTC', quantity: '0.1', price: '45000.10', client_order_id: 'k' },
    legs: [
      { side: 'SELL', type: 'LIMIT', price: '46000', time_in_force: 'GTC' },
      { side: 'SELL', type: 'STOP', stop_price: '44000', time_in_force: 'GTC' },
    ],
  });
});

test('an OTO goes out as an entry with the one leg that was given', () => {
  const parent = { account: 'demo', symbol: 'BTCUSDT', side: 'BUY', type: 'LIMIT', time_in_force: 'GTC', quantity: '0.1', price: '45000.10' };
  assert.deepEqual(linkedRequest('oto', draft, { ...buyLegs, stop: '' }, btc, ''), { kind: 'oto', parent, legs: [{ side: 'SELL', type: 'LIMIT', price: '46000', time_in_force: 'GTC' }] });
  assert.deepEqual(linkedRequest('oto', draft, { ...buyLegs, profit: '' }, btc, ''), { kind: 'oto', parent, legs: [{ side: 'SELL', type: 'STOP', stop_price: '44000', time_in_force: 'GTC' }] });
});

test('an OCO goes out as two of the ticket’s side, known by the first one’s key', () => {
  const sent = withKey(linkedRequest('oco', { ...draft, side: 'SELL' }, { ...buyLegs, stopLimit: '43900' }, btc, ''), 'k');
  const whole = { account: 'demo', symbol: 'BTCUSDT', quantity: '0.1', side: 'SELL', time_in_force: 'GTC' };
  assert.deepEqual(sent, {
    kind: 'oco',
    legs: [
      { ...whole, type: 'LIMIT', price: '46000', client_order_id: 'k' },
      { ...whole, type: 'STOP_LIMIT', stop_price: '44000', price: '43900' },
    ],
  });
});

const linked = (id: string, role: string, type: string): Order => ({ ...order(id, 'NEW', 1), link_id: '1-2', link_kind: 'BRACKET', link_role: role, type, trigger_price: type === 'STOP' ? '44000' : '' });

test('orders of one link stand together, the entry first, where the newest of them stood', () => {
  const list = [order('1-6', 'NEW', 1), linked('1-4', 'LEG', 'STOP'), order('1-5', 'NEW', 1), linked('1-3', 'LEG', 'LIMIT'), linked('1-2', 'PARENT', 'LIMIT'), order('1-1', 'NEW', 1)];
  assert.deepEqual(together(list).map((one) => one.order_id), ['1-6', '1-2', '1-3', '1-4', '1-5', '1-1']);
  assert.equal(together([list[0]!]).length, 1);
});

test('each order of a link is called as a desk calls it', () => {
  assert.deepEqual([linkRole(linked('1-2', 'PARENT', 'LIMIT')), linkRole(linked('1-3', 'LEG', 'LIMIT')), linkRole(linked('1-4', 'LEG', 'STOP'))], ['entry', 'take profit', 'stop']);
  assert.equal(linkRole({ ...linked('1-3', 'LEG', 'LIMIT'), link_kind: 'OCO' }), 'limit');
  assert.equal(linkRole(order('1-1', 'NEW', 1)), '');
});
