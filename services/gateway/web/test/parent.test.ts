import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ParentOrder } from '../src/data/types.ts';
import { ALGOS, type ParentDraft, parentChange, parentFaults, parentRequest, parentWorks, type Setting, SETTINGS, sliceOf, sliceRequest } from '../src/lib/parent.ts';
import { btc } from './fakes.ts';

const now = Date.parse('2026-03-02T14:00:00Z');
const draft = (algo: string, settings: Partial<Record<Setting, string>>, quantity = '1.2'): ParentDraft => ({ account: 'demo', symbol: 'BTCUSDT', side: 'BUY', algo, quantity, settings });
const faults = (algo: string, settings: Partial<Record<Setting, string>>, quantity?: string) => parentFaults(draft(algo, settings, quantity), btc, now, true);

test('what can be sent has no fault', () => {
  for (const [algo, settings] of [
    ['TWAP', { end: '10m' }],
    ['TWAP', { end: '15:00', start: '14:30', slices: '12', randomize_percent: '20', slice_max: '0.5', participation_cap: '25', limit_price: '45000.01' }],
    ['VWAP', { end: '1h', volume_curve: 'LEARNED' }],
    ['POV', { participation: '10', participation_cap: '10', interval_ms: '500' }],
    ['ICEBERG', { limit_price: '44000', display_quantity: '0.1' }],
    ['IMPLEMENTATION_SHORTFALL', { end: '5m', urgency: '4.5' }],
  ] as const) {
    assert.deepEqual(faults(algo, settings), {}, algo);
  }
});

test('the rules of exeq are said before anything is sent', () => {
  for (const [algo, settings, expected] of [
    ['TWAP', {}, { end: 'is needed' }],
    ['TWAP', { end: 'soon' }, { end: 'such as 10m or 15:00' }],
    ['TWAP', { end: '0s' }, { end: 'at least a second after the start' }],
    ['TWAP', { end: '169h' }, { end: 'at most seven days after the start' }],
    ['TWAP', { start: '15:00', end: '14:30' }, { end: 'at least a second after the start' }],
    ['TWAP', { end: '10m', slices: '0' }, { slices: 'from 1 to 1000, whole' }],
    ['TWAP', { end: '10m', slices: '1.5' }, { slices: 'from 1 to 1000, whole' }],
    ['TWAP', { end: '10s', slices: '101' }, { slices: 'each needs a tenth of a second' }],
    ['TWAP', { end: '10m', randomize_percent: '51' }, { randomize_percent: 'from 0 to 50, whole' }],
    ['TWAP', { end: '10m', limit_price: '45000.001' }, { limit_price: 'must be a multiple of 0.01' }],
    ['TWAP', { end: '10m', limit_price: '0' }, { limit_price: 'a price above zero' }],
    ['TWAP', { end: '10m', slice_max: '0.000001' }, { slice_max: 'must be a multiple of 0.00001' }],
    ['POV', {}, { participation: 'is needed' }],
    ['POV', { participation: '101' }, { participation: 'above 0, at most 100' }],
    ['POV', { participation: '20', participation_cap: '10' }, { participation_cap: 'not below the participation' }],
    ['POV', { participation: '20', interval_ms: '99' }, { interval_ms: 'from 100 to 3600000, whole' }],
    ['ICEBERG', {}, { limit_price: 'is needed', display_quantity: 'is needed' }],
    ['ICEBERG', { limit_price: '44000', display_quantity: '2' }, { display_quantity: 'not above the quantity' }],
    ['IMPLEMENTATION_SHORTFALL', { end: '5m', urgency: '20.1' }, { urgency: 'above 0, at most 20' }],
  ] as const) {
    assert.deepEqual(faults(algo, settings), expected, `${algo} ${JSON.stringify(settings)}`);
  }
  assert.deepEqual(faults('TWAP', { end: '10m' }, ''), { quantity: 'a quantity is needed' });
});

test('a parent may be larger than one order may', () => {
  assert.deepEqual(faults('TWAP', { end: '10m' }, '20000'), {});
});

test('only what the algorithm takes is sent; shares as parts of one', () => {
  const settings = { end: '10m', slices: '5', participation: '12.5', display_quantity: '0.1', urgency: '3', participation_cap: '25' };
  assert.deepEqual(parentRequest(draft('TWAP', settings), now, true), {
    account: 'demo', symbol: 'BTCUSDT', side: 'BUY', algo: 'TWAP', quantity: '1.2', duration_ms: 600_000, slices: 5, participation_cap: '0.25',
  });
  assert.deepEqual(parentRequest(draft('POV', { participation: '12.5', end: '15:00', interval_ms: '500' }), now, true), {
    account: 'demo', symbol: 'BTCUSDT', side: 'BUY', algo: 'POV', quantity: '1.2', end_time: '2026-03-02T15:00:00.000Z', participation: '0.125', interval_ms: 500,
  });
});

test('risk is asked about one slice, as it would be sent', () => {
  const slice = (algo: string, settings: Partial<Record<Setting, string>>, quantity?: string) => sliceOf(draft(algo, settings, quantity), btc, now, true);
  assert.equal(slice('TWAP', { end: '10m', slices: '5' }), '0.24');
  assert.equal(slice('TWAP', { end: '10m' }), '0.06', 'one each half minute');
  assert.equal(slice('TWAP', { end: '10s' }), '0.3', 'four at least');
  assert.equal(slice('TWAP', { end: '10m', slices: '7' }), '0.17142', 'whole lots');
  assert.equal(slice('TWAP', { end: '10m', slices: '5', slice_max: '0.1' }), '0.1');
  assert.equal(slice('ICEBERG', { display_quantity: '0.3' }), '0.3');
  assert.equal(slice('POV', {}), '1.2');
  assert.equal(sliceRequest(draft('TWAP', {}), '0.1').type, 'MARKET');
  assert.equal(sliceRequest(draft('TWAP', { limit_price: '45000' }), '0.1').time_in_force, 'IOC');
  assert.equal(sliceRequest(draft('ICEBERG', { limit_price: '45000' }), '0.1').time_in_force, 'GTC');
});

test('a change names what differs, and stays above what is done', () => {
  const parent = { side: 'BUY', algo: 'TWAP', quantity: '1.2', limit_price: '45000', filled_quantity: '0.5', working_quantity: '0.1' } as ParentOrder;
  const change = (terms: Partial<{ quantity: string; limit: string; end: string }>) => parentChange(parent, { quantity: '1.20', limit: '45000.00', end: '', ...terms }, btc, now, true);
  assert.deepEqual(change({}), { change: {}, faults: {} });
  assert.deepEqual(change({ quantity: '2', limit: '45100', end: '20m' }), { change: { quantity: '2', limit_price: '45100', end_time: '2026-03-02T14:20:00.000Z' }, faults: {} });
  assert.deepEqual(change({ quantity: '0.5' }).faults, { quantity: 'not below 0.6, filled and working' });
  assert.deepEqual(change({ limit: '' }).faults, { limit: 'a limit cannot be taken away' });
  assert.deepEqual(change({ end: 'late' }).faults, { end: 'such as 10m or 15:00' });
});

test('every setting of an algorithm has a row, and so has what it needs', () => {
  for (const rule of ALGOS) {
    for (const setting of rule.settings) assert.ok(SETTINGS[setting], `${rule.algo} ${setting}`);
    for (const setting of rule.needs) assert.ok(rule.settings.includes(setting), `${rule.algo} ${setting}`);
  }
});

test('a parent works until it has ended', () => {
  for (const [status, works] of [['SCHEDULED', true], ['WORKING', true], ['PAUSED', true], ['STOPPING', true], ['FILLED', false], ['CANCELED', false], ['EXPIRED', false]] as const) {
    assert.equal(parentWorks({ status }), works, status);
  }
});
