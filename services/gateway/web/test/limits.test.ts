import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Exposure, Limits } from '../src/data/types.ts';
import { accountLimit, headroom, LIMIT_FIELDS, limitInForce, namesOfScope, positionAtMost, rowName, sum } from '../src/lib/limits.ts';

const row = (scope: string, account: string, symbol: string, more: Record<string, string>) => ({ scope, account, symbol, version: 1, changed_by: '', reason: '', ...more }) as Limits;
const limits = [
  row('firm', '', '', { max_exposure: '1000', max_position: '50' }),
  row('account', '*', '', { max_exposure: '100' }),
  row('account', 'big', '', { max_exposure: '500' }),
  row('symbol', '', '*', { max_position: '10' }),
  row('symbol', '', 'BTCUSDT', { max_position: '99' }),
  row('account_symbol', 'big', 'IBM', { max_position: '30' }),
];

test('the tightest value is in force, an account’s row for a symbol in place of the symbol’s', () => {
  for (const [field, account, symbol, expected] of [
    ['max_position', 'small', 'IBM', '10'],
    ['max_position', 'small', 'BTCUSDT', '50'],
    ['max_position', 'big', 'IBM', '30'],
    ['max_exposure', 'small', 'IBM', '100'],
    ['max_exposure', 'big', 'IBM', '500'],
    ['max_order_quantity', 'big', 'IBM', ''],
  ] as const) {
    assert.equal(limitInForce(limits, field, account, symbol), expected, `${field} ${account} ${symbol}`);
  }
  assert.equal(accountLimit(limits, 'max_exposure', 'big'), '500');
  assert.equal(accountLimit(limits, 'max_exposure', 'other'), '100');
});

test('a position counts what is working, the way that goes further', () => {
  const exposure = (position: string, open_buy: string, open_sell: string) => ({ position, open_buy, open_sell }) as Exposure;
  assert.equal(positionAtMost(exposure('2', '1', '0.5')), '3');
  assert.equal(positionAtMost(exposure('-2', '1', '0.5')), '2.5');
  assert.equal(positionAtMost(exposure('0', '0', '0')), '0');
});

test('headroom never falls below nothing, and sums are exact', () => {
  assert.equal(headroom('0.1', '0.3'), '0.2');
  assert.equal(headroom('5', '3'), '0');
  assert.equal(sum(['0.1', '0.2', '', '-0.05']), '0.25');
});

test('each scope takes its names and its fields, as risk does', () => {
  const fields = (scope: string) => LIMIT_FIELDS.filter((field) => field.scopes.includes(scope)).map((field) => field.id);
  for (const [scope, names, takes, refuses] of [
    ['firm', [], 'max_message_rate', 'max_daily_loss'],
    ['desk', ['desk'], 'max_net_exposure', 'max_executions'],
    ['account', ['account'], 'max_drawdown', 'locate_quantity'],
    ['strategy', ['strategy'], 'max_executions', 'max_daily_loss'],
    ['symbol', ['symbol'], 'max_open_value', 'max_message_rate'],
    ['account_symbol', ['account', 'symbol'], 'locate_quantity', 'max_exposure'],
  ] as const) {
    assert.deepEqual(namesOfScope(scope), names, scope);
    assert.ok(fields(scope).includes(takes), `${scope} takes ${takes}`);
    assert.ok(!fields(scope).includes(refuses), `${scope} refuses ${refuses}`);
  }
  assert.equal(rowName({ ...row('account_symbol', 'big', 'IBM', {}), desk: '', strategy: '' }), 'account_symbol big IBM');
  assert.equal(rowName({ ...row('desk', '', '', {}), desk: 'equities', strategy: '' }), 'desk equities');
});
