import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Resource } from '../src/data/resource.ts';
import { FakeClock } from './fakes.ts';

/** Answers that come when the test says so. */
function asked<T>() {
  const waiting: { give: (value: T) => void; fail: (error: Error) => void }[] = [];
  const read = () => new Promise<T>((give, fail) => waiting.push({ give, fail }));
  return { read, waiting };
}
const settle = () => new Promise((done) => setImmediate(done));

test('a late answer never shows over a newer one', async () => {
  const { read, waiting } = asked<string>();
  const resource = new Resource(read, 0, new FakeClock());
  void resource.refresh();
  void resource.refresh();
  waiting[1]!.give('new');
  await settle();
  waiting[0]!.give('old');
  await settle();
  assert.equal(resource.value.value, 'new');
});

test('it asks again after each answer while somebody looks, and then no more', async () => {
  const clock = new FakeClock();
  const { read, waiting } = asked<number>();
  const resource = new Resource(read, 1000, clock);
  const stop = resource.use();
  assert.equal(waiting.length, 1);
  clock.pass(5000);
  assert.equal(waiting.length, 1, 'one at a time');
  waiting[0]!.give(1);
  await settle();
  clock.pass(999);
  assert.equal(waiting.length, 1);
  clock.pass(1);
  assert.equal(waiting.length, 2);
  waiting[1]!.give(2);
  await settle();
  stop();
  clock.pass(60000);
  assert.equal(waiting.length, 2);
});

test('a failure keeps what was shown, with its age', async () => {
  const clock = new FakeClock();
  const { read, waiting } = asked<number>();
  const resource = new Resource(read, 1000, clock);
  resource.use();
  clock.pass(50);
  waiting[0]!.give(7);
  await settle();
  clock.pass(1000);
  waiting[1]!.fail(new Error('away'));
  await settle();
  assert.equal(resource.value.value, 7);
  assert.equal(resource.error.value?.message, 'away');
  assert.equal(clock.now() - resource.at.value, 1000);
});

test('after a change of the question no answer to the old one is shown', async () => {
  const { read, waiting } = asked<string>();
  const resource = new Resource(read, 1000, new FakeClock());
  resource.use();
  resource.reset();
  waiting[0]!.give('of the old account');
  await settle();
  assert.equal(resource.value.value, undefined);
  waiting[1]!.give('of the new one');
  await settle();
  assert.equal(resource.value.value, 'of the new one');
});
