// The ticket's rules: which order types there are, what each asks for, and whether what was entered can be sent. The
// server has the last word; this only spares a round trip. A new type is a row of ORDER_TYPES.
import type { Instrument, Order, Side } from '../data/types.ts';
import { floorTo, ONE, parse, parseOr0, ratio, toText } from './decimal.ts';

export interface OrderTypeRule {
  type: string;
  title: string;
  needsPrice: boolean;
  needsStop: boolean;
  trails?: boolean;
  timesInForce: string[]; // the first one is offered
}

export const ORDER_TYPES: OrderTypeRule[] = [
  { type: 'LIMIT', title: 'Limit', needsPrice: true, needsStop: false, timesInForce: ['GTC', 'DAY', 'GTD', 'IOC', 'FOK'] },
  { type: 'MARKET', title: 'Market', needsPrice: false, needsStop: false, timesInForce: ['IOC', 'FOK'] },
  { type: 'STOP', title: 'Stop', needsPrice: false, needsStop: true, timesInForce: ['GTC', 'DAY', 'GTD'] },
  { type: 'STOP_LIMIT', title: 'Stop limit', needsPrice: true, needsStop: true, timesInForce: ['GTC', 'DAY', 'GTD'] },
  { type: 'TRAILING_STOP', title: 'Trailing stop', needsPrice: false, needsStop: false, trails: true, timesInForce: ['GTC', 'DAY', 'GTD'] },
];

export function ruleOf(type: string): OrderTypeRule {
  return ORDER_TYPES.find((rule) => rule.type === type) ?? ORDER_TYPES[0]!;
}

/** What an order may ask for beside its terms; all of it may be left out. */
export interface Extras {
  trailing: string; // of a trailing stop, and needed there: "25", or "0.5%"
  trigger: string; // of a stop: which price of the market sets it off
  expires: string; // of GTD, and needed there, as it was written
  expireTime: string; // RFC 3339, as it was understood when it was written
  postOnly: boolean;
  reduceOnly: boolean;
  display: string;
  strategy: string;
  selfTrade: string;
  allowDuplicate: boolean;
}
export const NO_EXTRAS: Extras = { trailing: '', trigger: '', expires: '', expireTime: '', postOnly: false, reduceOnly: false, display: '', strategy: '', selfTrade: '', allowDuplicate: false };

export const STOP_TRIGGERS = [
  { value: '', title: 'the last trade' },
  { value: 'BID_ASK', title: 'bid or ask' },
  { value: 'MARK', title: 'the middle of bid and ask' },
];
export const SELF_TRADE = [
  { value: '', title: 'as the account has it' },
  { value: 'NONE', title: 'own orders may trade' },
  { value: 'CANCEL_NEWEST', title: 'refuse this one' },
  { value: 'CANCEL_OLDEST', title: 'cancel the open ones' },
  { value: 'CANCEL_BOTH', title: 'cancel both' },
  { value: 'DECREMENT', title: 'take it off both' },
];
const STRATEGY_SHAPE = /^[A-Za-z0-9._-]{1,64}$/;

export interface Draft extends Extras {
  account: string;
  symbol: string;
  side: Side;
  type: string;
  timeInForce: string;
  quantity: string; // units, or money when `notional`
  notional: boolean;
  price: string;
  stopPrice: string;
}

export type DraftField = 'quantity' | 'price' | 'stopPrice' | 'trailing' | 'expires' | 'display' | 'strategy';

export function rests(draft: Pick<Draft, 'timeInForce'>): boolean {
  return draft.timeInForce !== 'IOC' && draft.timeInForce !== 'FOK';
}

export function isStop(type: string): boolean {
  const rule = ruleOf(type);
  return rule.needsStop || rule.trails === true;
}

/** Which extras go with the draft's type and time in force. */
export function offers(draft: Pick<Draft, 'type' | 'timeInForce'>): { trigger: boolean; expires: boolean; postOnly: boolean; display: boolean } {
  const limit = draft.type === 'LIMIT';
  return { trigger: isStop(draft.type), expires: draft.timeInForce === 'GTD', postOnly: limit && rests(draft), display: (limit || draft.type === 'STOP_LIMIT') && rests(draft) };
}

/** Units of the draft; null where they cannot be known. Money is turned into units at the price, rounded down to lots. */
export function unitsOf(draft: Draft, instrument: Instrument, referencePrice: string): string | null {
  const entered = parse(draft.quantity);
  if (entered === null) return null;
  if (!draft.notional) return toText(entered);
  const price = parse(ruleOf(draft.type).needsPrice ? draft.price : referencePrice);
  if (price === null || price <= 0n) return null;
  return toText(floorTo(ratio(entered, price), parse(instrument.lot_size) ?? 0n));
}

export function priceFault(text: string, tickSize: string): string {
  const price = parse(text);
  if (price === null) return 'a price is needed';
  if (price <= 0n) return 'must be above zero';
  const tick = parse(tickSize) ?? 0n;
  return tick > 0n && price % tick !== 0n ? `must be a multiple of ${tickSize}` : '';
}

export function quantityFault(units: string | null, instrument: Instrument): string {
  const quantity = parse(units);
  if (quantity === null) return 'a quantity is needed';
  if (quantity <= 0n) return 'must be above zero';
  const lot = parse(instrument.lot_size) ?? 0n;
  if (lot > 0n && quantity % lot !== 0n) return `must be a multiple of ${instrument.lot_size}`;
  if (quantity < (parse(instrument.min_quantity) ?? 0n)) return `at least ${instrument.min_quantity}`;
  if (quantity > (parse(instrument.max_quantity) ?? quantity)) return `at most ${instrument.max_quantity}`;
  return '';
}

function trailingFault(text: string, tickSize: string): string {
  const percent = /^(.*)%$/.exec(text.trim());
  if (!percent) return text.trim() === '' ? 'such as 25 or 0.5%' : priceFault(text, tickSize);
  const value = parse(percent[1]);
  return value === null || value <= 0n || value >= 100n * ONE ? 'above 0 %, below 100 %' : '';
}

function extraFaults(draft: Draft, units: string | null, instrument: Instrument): Partial<Record<DraftField, string>> {
  const faults: Partial<Record<DraftField, string>> = {};
  const offered = offers(draft);
  const trailing = ruleOf(draft.type).trails ? trailingFault(draft.trailing, instrument.tick_size) : '';
  if (trailing) faults.trailing = trailing;
  if (offered.expires && draft.expireTime === '') faults.expires = 'such as 10m or 15:00';
  if (draft.strategy.trim() !== '' && !STRATEGY_SHAPE.test(draft.strategy.trim())) faults.strategy = 'letters, digits, . _ -';
  if (offered.display && draft.display.trim() !== '') {
    const display = quantityFault(draft.display, instrument) || (parseOr0(draft.display) > (parse(units) ?? parseOr0(draft.display)) ? 'not above the quantity' : '');
    if (display) faults.display = display;
  }
  return faults;
}

/** What is wrong with each field; empty when the draft can be sent. */
export function faultsOf(draft: Draft, instrument: Instrument, referencePrice: string): Partial<Record<DraftField, string>> {
  const rule = ruleOf(draft.type);
  const faults: Partial<Record<DraftField, string>> = {};
  const units = unitsOf(draft, instrument, referencePrice);
  const quantity = quantityFault(units, instrument);
  const price = rule.needsPrice ? priceFault(draft.price, instrument.tick_size) : '';
  const stop = rule.needsStop ? priceFault(draft.stopPrice, instrument.tick_size) : '';
  if (quantity) faults.quantity = quantity;
  if (price) faults.price = price;
  if (stop) faults.stopPrice = stop;
  return { ...faults, ...extraFaults(draft, units, instrument) };
}

export type OrderRequest = Pick<Order, 'account' | 'symbol' | 'side' | 'type' | 'time_in_force' | 'quantity'> &
  Partial<Pick<Order, 'price' | 'stop_price' | 'client_order_id' | 'trailing_amount' | 'trailing_percent' | 'expire_time' | 'post_only' | 'reduce_only' | 'display_quantity' | 'strategy' | 'self_trade_prevention'>> & {
    stop_trigger?: string;
    allow_duplicate?: boolean;
  };

/** What may go with any order. */
export function commonExtras(draft: Draft): Partial<OrderRequest> {
  return {
    ...(draft.strategy.trim() ? { strategy: draft.strategy.trim() } : {}),
    ...(draft.selfTrade ? { self_trade_prevention: draft.selfTrade } : {}),
    ...(draft.allowDuplicate ? { allow_duplicate: true } : {}),
  };
}

function addExtras(request: OrderRequest, draft: Draft): void {
  const offered = offers(draft);
  const trailing = draft.trailing.trim();
  if (ruleOf(draft.type).trails) {
    if (trailing.endsWith('%')) request.trailing_percent = trailing.slice(0, -1).trim();
    else request.trailing_amount = trailing;
  }
  if (offered.trigger && draft.trigger) request.stop_trigger = draft.trigger;
  if (offered.expires) request.expire_time = draft.expireTime;
  if (offered.postOnly && draft.postOnly) request.post_only = true;
  if (offered.display && draft.display.trim()) request.display_quantity = draft.display.trim();
  if (draft.reduceOnly) request.reduce_only = true;
  Object.assign(request, commonExtras(draft));
}

/** What is sent: texts, as they were entered. REQUIRES: no faults. */
export function requestOf(draft: Draft, instrument: Instrument, referencePrice: string): OrderRequest {
  const rule = ruleOf(draft.type);
  const request: OrderRequest = {
    account: draft.account,
    symbol: draft.symbol,
    side: draft.side,
    type: draft.type,
    time_in_force: draft.timeInForce,
    quantity: unitsOf(draft, instrument, referencePrice) ?? '',
  };
  if (rule.needsPrice) request.price = draft.price.trim();
  if (rule.needsStop) request.stop_price = draft.stopPrice.trim();
  addExtras(request, draft);
  return request;
}
