import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { LiveRows } from '../src/data/live_rows.ts';
import { LiveSocket } from '../src/data/socket.ts';
import { FakeClock, FakeWire } from './fakes.ts';

interface Row {
  name: string;
  used: number;
}

let clock: FakeClock;
let wire: FakeWire;
let rows: LiveRows<Row, string>;
let account: string;

beforeEach(() => {
  clock = new FakeClock();
  wire = new FakeWire();
  account = 'demo';
  const socket = new LiveSocket(() => wire, clock);
  rows = new LiveRows({
    socket,
    channel: () => `exposure:${account}`,
    key: (row) => row.name,
    view: (all) => all.map((row) => `${row.name}=${row.used}`).join(),
    later: (f) => f(),
    clock,
  });
  socket.start();
  wire.onopen!();
  wire.take();
});

const say = (sequence: number, data: unknown, snapshot = false, channel = 'exposure:demo') => wire.say({ channel, sequence, snapshot, data });

test('all rows at first, then each that changes', () => {
  rows.use();
  assert.deepEqual(wire.take(), [{ op: 'subscribe', channels: ['exposure:demo'] }]);
  assert.equal(rows.value.value, undefined);
  say(1, [{ name: 'a', used: 1 }, { name: 'b', used: 2 }], true);
  say(2, { name: 'a', used: 3 });
  assert.equal(rows.value.value, 'a=3,b=2');
});

test('a snapshot takes away what is no longer there', () => {
  rows.use();
  say(1, [{ name: 'a', used: 1 }, { name: 'b', used: 2 }], true);
  say(2, [{ name: 'b', used: 2 }], true);
  assert.equal(rows.value.value, 'b=2');
});

test('it is subscribed while somebody looks, once for all who do', () => {
  const first = rows.use();
  const second = rows.use();
  assert.equal(wire.take().length, 1);
  first();
  assert.deepEqual(wire.take(), []);
  second();
  assert.deepEqual(wire.take(), [{ op: 'unsubscribe', channels: ['exposure:demo'] }]);
});

test('of another account nothing of the old one stays', () => {
  rows.use();
  say(1, [{ name: 'a', used: 1 }], true);
  account = 'other';
  wire.take();
  rows.reset();
  assert.equal(rows.value.value, undefined);
  assert.deepEqual(wire.take(), [
    { op: 'unsubscribe', channels: ['exposure:demo'] },
    { op: 'subscribe', channels: ['exposure:other'] },
  ]);
  say(2, { name: 'late', used: 9 });
  assert.equal(rows.value.value, undefined, 'a late word of the old one is not shown');
});

test('it is as old as the last word on the link, and stops there when its owner is away', () => {
  rows.use();
  say(1, [], true);
  clock.pass(4000);
  wire.say({ op: 'pong' });
  assert.equal(rows.at.value, 4000);
  wire.say({ op: 'stale', channels: ['exposure:demo'], reason: 'risk is away' });
  clock.pass(4000);
  wire.say({ op: 'pong' });
  assert.equal(rows.at.value, 4000);
  assert.equal(rows.error.value?.message, 'risk is away');
  wire.say({ op: 'live', channels: ['exposure:demo'] });
  assert.equal(rows.error.value, null);
  assert.equal(rows.at.value, 8000);
});
