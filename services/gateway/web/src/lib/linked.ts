// Linked orders: the rules of a bracket, an OTO and an OCO before they are sent, and how their orders are told apart after.
import type { Instrument, Order, Side } from '../data/types.ts';
import { parse } from './decimal.ts';
import { commonExtras, type Draft, faultsOf, type OrderRequest, priceFault, quantityFault, requestOf, ruleOf, unitsOf } from './ticket.ts';

export type LinkKind = 'bracket' | 'oto' | 'oco';

/** What the ticket asks for beside the draft: its price and type are the entry's; an OCO has none. Of an OTO one of the legs. */
export interface LinkDraft {
  profit: string; // the limit order's price
  stop: string; // what sets the stop off
  stopLimit: string; // the stop's limit; empty: it goes out at the market
}

export type LinkField = keyof LinkDraft;

export interface Leg {
  account?: string;
  symbol?: string;
  quantity?: string;
  side: Side;
  type: string;
  time_in_force: string;
  price?: string;
  stop_price?: string;
  client_order_id?: string;
  strategy?: string;
  self_trade_prevention?: string;
  allow_duplicate?: boolean;
}

export interface LinkedRequest {
  kind: LinkKind;
  parent?: OrderRequest;
  legs: Leg[];
}

/** An OCO has no entry: both orders work at once. */
export function hasEntry(kind: LinkKind): boolean {
  return kind !== 'oco';
}

/** The legs close what an entry opens. */
export function legSide(kind: LinkKind, side: Side): Side {
  return kind === 'oco' ? side : side === 'BUY' ? 'SELL' : 'BUY';
}

/** Where a bracket's entry, or the market for an OCO, is; what the legs lie around. Null where it is not known. */
function middle(kind: LinkKind, draft: Draft, referencePrice: string): bigint | null {
  const rule = ruleOf(draft.type);
  if (!hasEntry(kind)) return parse(referencePrice);
  return parse(rule.needsPrice ? draft.price : rule.needsStop ? draft.stopPrice : referencePrice);
}

function sideFault(price: string, center: bigint | null, above: boolean, of: string): string {
  const value = parse(price);
  if (value === null || center === null || center <= 0n) return '';
  return above === value > center && value !== center ? '' : `must be ${above ? 'above' : 'below'} ${of}`;
}

/** What is wrong with each leg; empty when they can be sent. The entry of a bracket is checked as any order (faultsOf). */
export function legFaults(kind: LinkKind, draft: Draft, legs: LinkDraft, instrument: Instrument, referencePrice: string): Partial<Record<LinkField, string>> {
  const sells = legSide(kind, draft.side) === 'SELL';
  const center = middle(kind, draft, referencePrice);
  const of = hasEntry(kind) ? 'the entry' : 'the market';
  const faults: Partial<Record<LinkField, string>> = {};
  const given = (field: LinkField) => legs[field].trim() !== '';
  if (kind === 'oto' && given('profit') === given('stop')) return { profit: 'one leg: a limit price or a stop price' };
  const profit = priceFault(legs.profit, instrument.tick_size) || sideFault(legs.profit, center, sells, of);
  const stop = priceFault(legs.stop, instrument.tick_size) || sideFault(legs.stop, center, !sells, of);
  const stopLimit = legs.stopLimit.trim() === '' ? '' : priceFault(legs.stopLimit, instrument.tick_size);
  if (profit && (kind !== 'oto' || given('profit'))) faults.profit = profit;
  if (stop && (kind !== 'oto' || given('stop'))) faults.stop = stop;
  if (stopLimit) faults.stopLimit = stopLimit;
  return faults;
}

export function linkFaults(kind: LinkKind, draft: Draft, legs: LinkDraft, instrument: Instrument, referencePrice: string): Record<string, string> {
  const own = legFaults(kind, draft, legs, instrument, referencePrice);
  if (hasEntry(kind)) return { ...faultsOf(draft, instrument, referencePrice), ...own };
  const quantity = quantityFault(ocoUnits(draft, legs, instrument), instrument);
  return quantity ? { quantity, ...own } : own;
}

/** Money is turned into units at the limit order's price. */
export function ocoUnits(draft: Draft, legs: LinkDraft, instrument: Instrument): string | null {
  return unitsOf({ ...draft, type: 'LIMIT', price: legs.profit }, instrument, '');
}

/** What is sent; the first order's key, by which a repeat is known, comes with it. REQUIRES: no faults. */
export function linkedRequest(kind: LinkKind, draft: Draft, legs: LinkDraft, instrument: Instrument, referencePrice: string): LinkedRequest {
  const side = legSide(kind, draft.side);
  const profit: Leg = { side, type: 'LIMIT', price: legs.profit.trim(), time_in_force: 'GTC' };
  const stop: Leg = { side, type: 'STOP', stop_price: legs.stop.trim(), time_in_force: 'GTC' };
  if (legs.stopLimit.trim() !== '') {
    stop.type = 'STOP_LIMIT';
    stop.price = legs.stopLimit.trim();
  }
  const parent = () => requestOf(draft, instrument, referencePrice);
  if (kind === 'bracket') return { kind, parent: parent(), legs: [profit, stop] };
  if (kind === 'oto') return { kind, parent: parent(), legs: [legs.profit.trim() !== '' ? profit : stop] };
  const whole = { account: draft.account, symbol: draft.symbol, quantity: ocoUnits(draft, legs, instrument) ?? '', ...commonExtras(draft) };
  return { kind, legs: [{ ...whole, ...profit }, { ...whole, ...stop }] };
}

export function withKey(request: LinkedRequest, key: string): LinkedRequest {
  if (request.parent) return { ...request, parent: { ...request.parent, client_order_id: key } };
  return { ...request, legs: request.legs.map((leg, at) => (at === 0 ? { ...leg, client_order_id: key } : leg)) };
}

// Afterwards.

/** "take profit" of "BRACKET", as a desk calls it. */
export function linkRole(order: Order): string {
  if (order.link_id === '') return '';
  if (order.link_role === 'PARENT') return 'entry';
  if (order.trigger_price !== '' || order.type.includes('STOP')) return 'stop';
  return order.link_kind === 'BRACKET' ? 'take profit' : 'limit';
}

/** The same orders, those of one link one after the other, where the newest of them stood; the entry first. */
export function together(orders: Order[]): Order[] {
  const links = new Map<string, Order[]>();
  for (const order of orders) {
    if (order.link_id) links.set(order.link_id, [...(links.get(order.link_id) ?? []), order]);
  }
  if (links.size === 0) return orders;
  const rank = (order: Order) => (order.link_role === 'PARENT' ? 0 : linkRole(order) === 'stop' ? 2 : 1);
  const shown: Order[] = [];
  for (const order of orders) {
    const own = order.link_id ? links.get(order.link_id) : [order];
    if (!own) continue; // stands with its own already
    shown.push(...[...own].sort((a, b) => rank(a) - rank(b)));
    links.delete(order.link_id);
  }
  return shown;
}
