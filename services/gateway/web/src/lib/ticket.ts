// The ticket's rules: which order types there are, what each asks for, and whether what was entered can be sent. The
// server has the last word; this only spares a round trip. A new type is a row of ORDER_TYPES.
import type { Instrument, Order, Side } from '../data/types.ts';
import { floorTo, parse, ratio, toText } from './decimal.ts';

export interface OrderTypeRule {
  type: string;
  title: string;
  needsPrice: boolean;
  needsStop: boolean;
  timesInForce: string[]; // the first one is offered
}

export const ORDER_TYPES: OrderTypeRule[] = [
  { type: 'LIMIT', title: 'Limit', needsPrice: true, needsStop: false, timesInForce: ['GTC', 'DAY', 'IOC', 'FOK'] },
  { type: 'MARKET', title: 'Market', needsPrice: false, needsStop: false, timesInForce: ['IOC', 'FOK'] },
  { type: 'STOP', title: 'Stop', needsPrice: false, needsStop: true, timesInForce: ['GTC', 'DAY'] },
  { type: 'STOP_LIMIT', title: 'Stop limit', needsPrice: true, needsStop: true, timesInForce: ['GTC', 'DAY'] },
];

export function ruleOf(type: string): OrderTypeRule {
  return ORDER_TYPES.find((rule) => rule.type === type) ?? ORDER_TYPES[0]!;
}

export interface Draft {
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

export type DraftField = 'quantity' | 'price' | 'stopPrice';

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

/** What is wrong with each field; empty when the draft can be sent. */
export function faultsOf(draft: Draft, instrument: Instrument, referencePrice: string): Partial<Record<DraftField, string>> {
  const rule = ruleOf(draft.type);
  const faults: Partial<Record<DraftField, string>> = {};
  const quantity = quantityFault(unitsOf(draft, instrument, referencePrice), instrument);
  const price = rule.needsPrice ? priceFault(draft.price, instrument.tick_size) : '';
  const stop = rule.needsStop ? priceFault(draft.stopPrice, instrument.tick_size) : '';
  if (quantity) faults.quantity = quantity;
  if (price) faults.price = price;
  if (stop) faults.stopPrice = stop;
  return faults;
}

export type OrderRequest = Pick<Order, 'account' | 'symbol' | 'side' | 'type' | 'time_in_force' | 'quantity'> &
  Partial<Pick<Order, 'price' | 'stop_price' | 'client_order_id'>>;

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
  return request;
}
