import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Instrument, RiskCheck } from '../src/data/types.ts';
import { showCheck } from '../src/lib/checks.ts';

const ibm = { symbol: 'IBM', tick_size: '0.01', lot_size: '1' } as Instrument;
const check = (change: Partial<RiskCheck>): RiskCheck => ({ name: 'max_position', passed: true, input: '5', limit: '10', used: '3', headroom: '7', reason: '', ...change });

test('a limit shows what it would be used to with this order', () => {
  const shown = showCheck(check({}), ibm);
  assert.deepEqual([shown.title, shown.input, shown.used, shown.limit, shown.headroom, shown.part], ['Position', '5', '3', '10', '7', 80]);
  assert.equal(showCheck(check({ name: 'max_order_notional', limit: '50000', input: '1234.5', used: '0', headroom: '50000' }), ibm).input, '1,234.50');
});

test('use stays between nothing and all, also where an order reduces the position', () => {
  assert.equal(showCheck(check({ input: '20' }), ibm).part, 100);
  assert.equal(showCheck(check({ used: '-9', input: '2' }), ibm).part, 0);
  assert.equal(showCheck(check({ limit: '0' }), ibm).part, 100);
});

test('a check that only says yes or no has no use', () => {
  const shown = showCheck(check({ name: 'kill_switch', input: '1', limit: '0', passed: false, reason: 'KILL_SWITCH' }), ibm);
  assert.deepEqual([shown.part, shown.used, shown.passed, shown.reason], [null, '–', false, 'KILL_SWITCH']);
});

test('a check nobody has heard of is shown all the same', () => {
  const shown = showCheck(check({ name: 'fat_finger_value' }), ibm);
  assert.deepEqual([shown.title, shown.input, shown.part], ['fat finger value', '5', 80]);
});
