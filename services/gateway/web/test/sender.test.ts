import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Sender } from '../src/lib/sender.ts';

class Lost extends Error {}

function fixture() {
  let keys = 0;
  const sent: string[] = [];
  let fate: Error | null = null;
  const sender = new Sender<string>(() => `k${(keys += 1)}`, (error) => error instanceof Lost);
  const submit = async (request: string, key: string) => {
    sent.push(`${request} ${key}`);
    if (fate) throw fate;
  };
  return { sender, sent, send: (of: string, request: string | null, how: Error | null = null) => ((fate = how), sender.send(of, request, submit)) };
}

test('each request has a key of its own', async () => {
  const { send, sent } = fixture();
  await send('a', 'a');
  await send('a', 'a');
  assert.deepEqual(sent, ['a k1', 'a k2']);
});

test('one whose outcome is not known goes out again as it was, under the same key', async () => {
  const { sender, send, sent } = fixture();
  await send('1000 USDT', '0.0221 BTC', new Lost('no answer in time'));
  assert.deepEqual([sender.again('1000 USDT'), sender.why], [true, 'no answer in time']);
  await send('1000 USDT', '0.0222 BTC', new Lost('no answer in time')); // the price has moved meanwhile
  await send('1000 USDT', null); // and now it could not even be written
  assert.deepEqual(sent, ['0.0221 BTC k1', '0.0221 BTC k1', '0.0221 BTC k1']);
  assert.equal(sender.again('1000 USDT'), false);
});

test('another order does not take the key of one whose outcome is not known', async () => {
  const { sender, send, sent } = fixture();
  await send('a', 'a', new Lost());
  assert.equal(sender.again('b'), false);
  await send('b', 'b');
  assert.deepEqual(sent, ['a k1', 'b k2']);
});

test('what the server refused leaves its key free', async () => {
  const { sender, send, sent } = fixture();
  await assert.rejects(send('a', 'a', new Error('price: more than eight decimals')), /eight decimals/);
  assert.equal(sender.again('a'), false);
  await send('b', 'b');
  assert.deepEqual(sent, ['a k1', 'b k1']);
});

test('nothing goes out twice at a time, and nothing where there is nothing', async () => {
  const { sender, send, sent } = fixture();
  await send('a', null);
  const first = send('a', 'a');
  assert.equal(sender.busy, true);
  await send('a', 'a');
  await first;
  assert.deepEqual(sent, ['a k1']);
});
