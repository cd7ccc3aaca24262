import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isHeld, isPending, isWorking, OrderBookkeeper } from '../src/data/orders.ts';
import type { Fill } from '../src/data/types.ts';
import { order } from './fakes.ts';

const now = (f: () => void) => f();

test('an older state never replaces a newer one, in whatever order they come', () => {
  const states = [order('1-1', 'PENDING_NEW', 1), order('1-1', 'NEW', 2), order('1-1', 'FILLED', 3)];
  for (const way of [[0, 1, 2], [2, 1, 0], [1, 2, 0], [2, 0, 1], [0, 2, 1], [1, 0, 2]]) {
    const book = new OrderBookkeeper(now);
    for (const index of way) book.takeOrder(states[index]!);
    assert.equal(book.order('1-1')?.status, 'FILLED', way.join());
  }
});

test('what is missing among the working is asked for, not guessed', () => {
  const book = new OrderBookkeeper(now);
  book.takeOrders([order('1-1', 'NEW', 1), order('1-2', 'PENDING_CANCEL', 5), order('1-3', 'FILLED', 4)]);
  assert.deepEqual(book.takeWorking([order('1-1', 'NEW', 1)]), ['1-2']);
  assert.equal(book.order('1-2')?.status, 'PENDING_CANCEL', 'it stays as it was last known');
});

test('a fill that comes twice counts once', () => {
  const book = new OrderBookkeeper(now);
  const fill = { fill_id: 'f-1', sequence: 3 } as Fill;
  book.takeFills([fill, { ...fill }]);
  book.takeFills([fill]);
  assert.equal(book.allFills().length, 1);
});

test('changes of one frame are told once', () => {
  const frame: (() => void)[] = [];
  const book = new OrderBookkeeper((f) => frame.push(f));
  book.takeOrders([order('1-1', 'NEW', 1), order('1-2', 'NEW', 2), order('1-3', 'NEW', 3)]);
  assert.equal(book.version.value, 0);
  assert.equal(frame.length, 1);
  frame.pop()!();
  assert.equal(book.version.value, 1);
  assert.deepEqual(book.allOrders().map((row) => row.order_id), ['1-3', '1-2', '1-1']);
});

test('memory is bounded, and no working order is forgotten', () => {
  const book = new OrderBookkeeper(now);
  book.takeOrder(order('0-1', 'NEW', 1));
  for (let i = 2; i < 12000; i += 1) book.takeOrder(order(`1-${i}`, 'FILLED', i));
  assert.ok(book.allOrders().length <= 5001);
  assert.equal(book.order('0-1')?.status, 'NEW');
});

test('pending states are told from settled ones', () => {
  for (const [status, working, pending] of [
    ['PENDING_NEW', true, true],
    ['NEW', true, false],
    ['PARTIALLY_FILLED', true, false],
    ['PENDING_CANCEL', true, true],
    ['PENDING_REPLACE', true, true],
    ['FILLED', false, false],
    ['CANCELED', false, false],
    ['REJECTED', false, false],
    ['EXPIRED', false, false],
  ] as const) {
    assert.deepEqual([isWorking(order('1-1', status, 1)), isPending(order('1-1', status, 1))], [working, pending], status);
  }
});

test('a stop is held until it is set off, and only while it works', () => {
  const stop = { ...order('1-1', 'NEW', 1), trigger_price: '44000' };
  assert.equal(isHeld(stop), true);
  assert.equal(isHeld({ ...stop, triggered_time: '2026-01-01T00:00:00Z' }), false);
  assert.equal(isHeld({ ...stop, status: 'CANCELED' }), false);
  assert.equal(isHeld({ ...order('1-2', 'NEW', 2), trigger_price: '' }), false);
  assert.equal(isHeld({ ...order('1-3', 'NEW', 3), trigger_price: '', dormant: true }), true, 'a leg waits for its entry');
});
