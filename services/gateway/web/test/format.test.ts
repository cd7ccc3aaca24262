import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as format from '../src/lib/format.ts';

test('numbers are shown in the places of their instrument, and what is not known as a dash', () => {
  assert.equal(format.fixed('45000.1', 2), '45,000.10');
  assert.equal(format.fixed('', 2), '–');
  assert.equal(format.price('0', 2), '–');
  assert.equal(format.signedMoney('12.345'), '+12.35');
  assert.equal(format.signedMoney('-12.345'), '-12.35');
  assert.equal(format.signedMoney('0'), '0.00');
});

test('shares of a limit stay between nothing and all', () => {
  assert.equal(format.share('50', '200'), 25);
  assert.equal(format.share('500', '200'), 100);
  assert.equal(format.share('-5', '200'), 0);
  assert.equal(format.share('5', '0'), 0);
  assert.equal(format.share('', ''), 0);
});

test('times are exact to the nanosecond', () => {
  assert.equal(format.nanos('2026-01-01T00:00:00.000000002Z') - format.nanos('2026-01-01T00:00:00Z'), 2n);
  assert.equal(format.nanos('no time'), 0n);
  assert.equal(format.timeOfDay('2026-11-27T14:03:07.123456789Z', true), '14:03:07.123');
  assert.equal(format.timeOfDay(undefined, true), '–');
  assert.equal(format.duration(1_234_567n), '1.23 ms');
  assert.equal(format.duration(12_000n), '12 µs');
  assert.equal(format.duration(90_000_000_000n), '90.0 s');
});

test('a file of values keeps commas, quotes and lines apart, and starts no formula', () => {
  assert.equal(format.csv([['a', 'b,c', 'd"e'], ['=1+1', '-5.2', '-x']]), 'a,"b,c","d""e"\r\n\'=1+1,-5.2,\'-x\r\n');
});
