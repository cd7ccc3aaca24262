import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Order } from '../src/data/types.ts';
import { parse } from '../src/lib/decimal.ts';
import { ladderSide } from '../src/lib/ladder.ts';

const own = (side: 'BUY' | 'SELL', price: string, leaves: string) => ({ order_id: `${side}${price}`, side, price, leaves_quantity: leaves }) as Order;
const step = (text: string) => parse(text)!;
const short = (rows: ReturnType<typeof ladderSide>) => rows.map((row) => `${row.price} ${row.size} ${row.total} ${row.own}`);

test('levels fall into steps that never look better than they are', () => {
  const bids = ladderSide([['100.29', '1'], ['100.21', '2'], ['100.19', '4']], [], 'BUY', step('0.1'), 10);
  assert.deepEqual(short(bids), ['100.2 3 3 0', '100.1 4 7 0']);
  const asks = ladderSide([['100.31', '1'], ['100.4', '2'], ['100.41', '4']], [], 'SELL', step('0.1'), 10);
  assert.deepEqual(short(asks), ['100.4 3 3 0', '100.5 4 7 0']);
});

test('own orders stand at their step, also where the book shows nothing', () => {
  const orders = [own('BUY', '99.5', '3'), own('BUY', '100', '1'), own('BUY', '100', '0.5'), own('SELL', '100', '9'), own('BUY', '0', '7')];
  assert.deepEqual(short(ladderSide([['100', '2']], orders, 'BUY', step('0.01'), 10)), ['100 2 2 1.5', '99.5 0 2 3']);
});

test('no more rows than there is room for', () => {
  const levels = Array.from({ length: 50 }, (_, i): [string, string] => [String(100 + i), '1']);
  assert.equal(ladderSide(levels, [], 'SELL', step('1'), 12).length, 12);
});
