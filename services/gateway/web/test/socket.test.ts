import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { LiveSocket, type Message } from '../src/data/socket.ts';
import { FakeClock, FakeWire } from './fakes.ts';

let clock: FakeClock;
let wires: FakeWire[];
let socket: LiveSocket;
let got: string[];

beforeEach(() => {
  clock = new FakeClock();
  wires = [];
  got = [];
  socket = new LiveSocket(() => {
    wires.push(new FakeWire());
    return wires.at(-1)!;
  }, clock);
  socket.start();
});

const wire = () => wires.at(-1)!;
const handler = ({ data, snapshot, first }: Message) => got.push(`${String(data)}${snapshot ? ' snapshot' : ''}${first ? ' first' : ''}`);
const say = (sequence: number, data: unknown, snapshot = false) => wire().say({ channel: 'orders', sequence, snapshot, data });

test('channels asked for before the link stands are subscribed when it does', () => {
  socket.subscribe('orders', handler);
  assert.deepEqual(wire().take(), []);
  wire().onopen!();
  assert.deepEqual(wire().take(), [{ op: 'subscribe', channels: ['orders'] }]);
  say(1, 'a', true);
  say(2, 'b');
  assert.deepEqual(got, ['a snapshot first', 'b']);
});

test('a hole in the numbers begins the channel anew, and nothing of the old one is shown after it', () => {
  socket.subscribe('orders', handler);
  wire().onopen!();
  say(1, 'a', true);
  wire().take();
  say(3, 'c');
  assert.deepEqual(wire().take(), [{ op: 'unsubscribe', channels: ['orders'] }]);
  say(4, 'd');
  wire().say({ op: 'unsubscribed', channels: ['orders'] });
  assert.deepEqual(wire().take(), [{ op: 'subscribe', channels: ['orders'] }]);
  say(1, 'new', true);
  assert.deepEqual(got, ['a snapshot first', 'new snapshot first']);
});

test('after a lost link every channel begins with a snapshot again', () => {
  socket.subscribe('orders', handler);
  wire().onopen!();
  say(1, 'a', true);
  wire().onclose!();
  assert.equal(socket.state.value, 'lost');
  clock.pass(250);
  assert.equal(wires.length, 2);
  wire().onopen!();
  assert.deepEqual(wire().take(), [{ op: 'subscribe', channels: ['orders'] }]);
  assert.equal(socket.state.value, 'open');
  say(1, 'b', true);
  assert.deepEqual(got, ['a snapshot first', 'b snapshot first']);
});

test('a link that says nothing is left, though it never closed', () => {
  wire().onopen!();
  clock.pass(4000);
  assert.deepEqual(wire().take(), [{ op: 'ping' }, { op: 'ping' }]);
  wire().say({ op: 'pong' });
  clock.pass(6000);
  assert.equal(socket.state.value, 'open');
  clock.pass(2000);
  assert.equal(wires[0]!.closed, true);
  assert.notEqual(socket.state.value, 'open');
});

test('it tries again and again, ever more seldom, and the old wires are not heard', () => {
  socket.subscribe('orders', handler);
  for (const wait of [250, 500, 1000, 2000, 5000, 5000]) {
    const count = wires.length;
    wire().onclose!();
    clock.pass(wait - 1);
    assert.equal(wires.length, count);
    clock.pass(1);
    assert.equal(wires.length, count + 1);
  }
  wires[0]!.onopen!();
  assert.notEqual(socket.state.value, 'open');
});

test('after sleep a dead link is found within a second', () => {
  wire().onopen!();
  clock.pass(1900);
  wire().say({ op: 'pong' });
  clock.pass(0);
  const slept = clock.now() + 3500;
  while (clock.now() < slept) clock.pass(100);
  wire().take();
  socket.wake();
  assert.deepEqual(wire().take(), [{ op: 'ping' }]);
  clock.pass(1000);
  assert.equal(socket.state.value, 'lost');
});

test('the last one to leave a channel ends it; one that joins gets a snapshot', () => {
  wire().onopen!();
  const leave = socket.subscribe('orders', handler);
  say(1, 'a', true);
  const second: string[] = [];
  const leaveSecond = socket.subscribe('orders', (message) => second.push(String(message.data)));
  wire().say({ op: 'unsubscribed', channels: ['orders'] });
  say(1, 'b', true);
  assert.deepEqual(second, ['b']);
  leave();
  wire().take();
  leaveSecond();
  assert.deepEqual(wire().take(), [{ op: 'unsubscribe', channels: ['orders'] }]);
  wire().say({ op: 'unsubscribed', channels: ['orders'] });
  assert.deepEqual(wire().take(), []);
});

test('a channel taken again while it is being left begins anew', () => {
  wire().onopen!();
  const leave = socket.subscribe('orders', handler);
  say(1, 'a', true);
  leave();
  socket.subscribe('orders', handler);
  say(2, 'of the old subscription');
  wire().take();
  wire().say({ op: 'unsubscribed', channels: ['orders'] });
  assert.deepEqual(wire().take(), [{ op: 'subscribe', channels: ['orders'] }]);
  say(1, 'b', true);
  assert.deepEqual(got, ['a snapshot first', 'b snapshot first']);
});

test('what the server refuses is said, and what is no JSON is passed over', () => {
  wire().onopen!();
  wire().say({ op: 'error', code: 'NOT_FOUND', message: "no symbol 'X'" });
  assert.equal(socket.error.value, "NOT_FOUND: no symbol 'X'");
  wire().onmessage!({ data: 'no json' });
  assert.equal(socket.state.value, 'open');
});

test('after a lost link a channel with positions says where it was, and goes on without a snapshot', () => {
  socket.subscribe('orders', handler);
  socket.subscribe('tickers', () => undefined);
  wire().onopen!();
  wire().say({ channel: 'orders', sequence: 1, snapshot: true, position: '7-41', data: 'a' });
  wire().say({ channel: 'orders', sequence: 2, position: '7-42', data: 'b' });
  wire().onclose!();
  clock.pass(250);
  wire().onopen!();
  assert.deepEqual(wire().take(), [{ op: 'subscribe', channels: ['orders', 'tickers'], after: { orders: '7-42' } }]);
  wire().say({ op: 'resumed', channels: ['orders'], after: '7-42' });
  wire().say({ channel: 'orders', sequence: 1, position: '7-44', data: 'missed' });
  assert.deepEqual(got, ['a snapshot first', 'b', 'missed']);
});

test('where the server no longer has what was missed, the channel begins anew', () => {
  socket.subscribe('orders', handler);
  wire().onopen!();
  wire().say({ channel: 'orders', sequence: 1, snapshot: true, position: '7-41', data: 'a' });
  wire().onclose!();
  clock.pass(250);
  wire().onopen!();
  wire().say({ op: 'restarted', channels: ['orders'], reason: 'no longer kept' });
  wire().say({ channel: 'orders', sequence: 1, snapshot: true, position: '9-1', data: 'new' });
  assert.deepEqual(got, ['a snapshot first', 'new snapshot first']);
});

test('a channel that was left begins with a snapshot when it is taken again', () => {
  wire().onopen!();
  const leave = socket.subscribe('orders', handler);
  wire().say({ channel: 'orders', sequence: 1, snapshot: true, position: '7-41', data: 'a' });
  leave();
  wire().say({ op: 'unsubscribed', channels: ['orders'] });
  wire().take();
  socket.subscribe('orders', handler);
  assert.deepEqual(wire().take(), [{ op: 'subscribe', channels: ['orders'] }]);
});

test('a server that goes by plan is tried again at once, however often it was lost before', () => {
  for (let i = 0; i < 4; i += 1) {
    wire().onclose!();
    clock.pass(5000);
  }
  wire().say({ op: 'closing', reason: 'the server is stopping' });
  wire().onclose!();
  const count = wires.length;
  clock.pass(250);
  assert.equal(wires.length, count + 1);
});

test('that the owner of a channel is away, and back, is told to who shows it', () => {
  const told: string[] = [];
  socket.subscribe('pnl', () => undefined, (reason) => told.push(reason));
  wire().onopen!();
  wire().say({ op: 'stale', channels: ['pnl'], reason: 'pnl: cannot be reached' });
  wire().say({ op: 'live', channels: ['pnl'] });
  assert.deepEqual(told, ['pnl: cannot be reached', '']);
});
