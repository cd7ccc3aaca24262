// Limits: which fields there are, and which value of which row is in force. A new limit is a row of LIMIT_FIELDS.
import type { Exposure, Limits } from '../data/types.ts';
import { abs, parse, parseOr0, toText } from './decimal.ts';

export interface LimitField {
  id: string;
  title: string;
  unit: 'units' | 'money' | 'count' | '%' | 'ms' | '1/s';
  scopes: readonly string[]; // which take it
}

export const SCOPES = ['firm', 'desk', 'account', 'strategy', 'symbol', 'account_symbol'] as const;
/** Of an order: any scope. In sum: any but one account's in one symbol. A rate: no symbol has one. */
const SUM = SCOPES.filter((scope) => scope !== 'account_symbol');
const RATE = SUM.filter((scope) => scope !== 'symbol');
export const LIMIT_FIELDS: LimitField[] = [
  { id: 'max_order_quantity', title: 'Order quantity', unit: 'units', scopes: SCOPES },
  { id: 'max_order_notional', title: 'Order value', unit: 'money', scopes: SCOPES },
  { id: 'max_position', title: 'Position', unit: 'units', scopes: SCOPES },
  { id: 'max_position_notional', title: 'Position value', unit: 'money', scopes: SCOPES },
  { id: 'max_exposure', title: 'Exposure', unit: 'money', scopes: SUM },
  { id: 'max_net_exposure', title: 'Net exposure', unit: 'money', scopes: SUM },
  { id: 'max_open_value', title: 'Open orders’ value', unit: 'money', scopes: SUM },
  { id: 'max_open_orders', title: 'Open orders', unit: 'count', scopes: SUM },
  { id: 'max_message_rate', title: 'Message rate', unit: '1/s', scopes: RATE },
  { id: 'message_burst', title: 'Message burst', unit: 'count', scopes: RATE },
  { id: 'max_concentration_percent', title: 'Concentration', unit: '%', scopes: SCOPES },
  { id: 'collar_percent', title: 'Price collar', unit: '%', scopes: SCOPES },
  { id: 'own_collar_percent', title: 'Own price collar', unit: '%', scopes: SCOPES },
  { id: 'duplicate_window_ms', title: 'Duplicate window', unit: 'ms', scopes: SCOPES },
  { id: 'max_daily_loss', title: 'Daily loss', unit: 'money', scopes: ['account'] },
  { id: 'max_drawdown', title: 'Drawdown', unit: 'money', scopes: ['account'] },
  { id: 'max_position_loss', title: 'Loss of a position', unit: 'money', scopes: SCOPES },
  { id: 'max_executions', title: 'Executions', unit: 'count', scopes: ['strategy'] },
  { id: 'locate_quantity', title: 'Located', unit: 'units', scopes: ['account_symbol'] },
];

export type ScopeName = 'account' | 'symbol' | 'desk' | 'strategy';

/** Which names a scope takes: an account and a symbol for "account_symbol". */
export function namesOfScope(scope: string): ScopeName[] {
  if (scope === 'firm') return [];
  return scope === 'account_symbol' ? ['account', 'symbol'] : [scope as ScopeName];
}

/** "account demo", "firm": how people call a row. */
export function rowName(limits: Pick<Limits, 'scope' | ScopeName>): string {
  return [limits.scope, ...namesOfScope(limits.scope).map((name) => limits[name])].join(' ');
}

function row(limits: Limits[], scope: string, account: string, symbol: string): Limits | undefined {
  const of = (a: string, s: string) => limits.find((one) => one.scope === scope && one.account === a && one.symbol === s);
  switch (scope) {
    case 'firm':
      return of('', '');
    case 'account':
      return of(account, '') ?? of('*', '');
    case 'symbol':
      return of('', symbol) ?? of('', '*');
    default:
      return of(account, symbol);
  }
}

/** The tightest of the symbol's (or the account's for the symbol), the account's and the firm's; "" where none is set. */
export function limitInForce(limits: Limits[], field: string, account: string, symbol: string): string {
  const bySymbol = row(limits, 'account_symbol', account, symbol) ?? row(limits, 'symbol', account, symbol);
  const values = [bySymbol, row(limits, 'account', account, symbol), row(limits, 'firm', account, symbol)]
    .map((one) => parse(String(one?.[field] ?? '')))
    .filter((value) => value !== null);
  return values.length === 0 ? '' : toText(values.reduce((least, value) => (value < least ? value : least)));
}

export function accountLimit(limits: Limits[], field: string, account: string): string {
  return String(row(limits, 'account', account, '')?.[field] ?? '');
}

export function scopeLimit(limits: Limits[], field: string, scope: 'desk' | 'strategy', name: string): string {
  const of = (wanted: string) => limits.find((one) => one.scope === scope && one[scope] === wanted);
  return String((of(name) ?? of('*'))?.[field] ?? '');
}

export function firmLimit(limits: Limits[], field: string): string {
  return String(row(limits, 'firm', '', '')?.[field] ?? '');
}

/** Both ways a position could still go: what is held and what is working, the larger of the two. */
export function positionAtMost(exposure: Exposure): string {
  const held = parseOr0(exposure.position);
  const long = abs(held + parseOr0(exposure.open_buy));
  const short = abs(held - parseOr0(exposure.open_sell));
  return toText(long > short ? long : short);
}

/** limit - used, never below zero. */
export function headroom(used: string, limit: string): string {
  const left = parseOr0(limit) - parseOr0(used);
  return toText(left > 0n ? left : 0n);
}

export function sum(values: string[]): string {
  return toText(values.reduce((total, value) => total + parseOr0(value), 0n));
}
