// The depth ladder: book levels in steps of any size, with our own orders at theirs.
import type { Level, Order, Side } from '../data/types.ts';
import { compare, parseOr0, toText } from './decimal.ts';

export interface LadderRow {
  price: string; // of the step: the worst price in it
  size: string;
  total: string; // from the best price to here
  own: string; // what of ours is working at this step; "0": nothing
  orders: Order[];
}

/** The step that a price belongs to: below for bids, above for asks, so that no step looks better than it is. */
export function stepOf(price: bigint, step: bigint, side: Side): bigint {
  if (step <= 0n) return price;
  const rest = price % step;
  return rest === 0n ? price : side === 'BUY' ? price - rest : price - rest + step;
}

/** One side, best first. Own orders stand in it even where the book shows nothing (yet). */
export function ladderSide(levels: Level[], orders: Order[], side: Side, step: bigint, rows: number): LadderRow[] {
  const steps = new Map<bigint, { size: bigint; own: bigint; orders: Order[] }>();
  const at = (price: bigint) => {
    const key = stepOf(price, step, side);
    let entry = steps.get(key);
    if (!entry) {
      entry = { size: 0n, own: 0n, orders: [] };
      steps.set(key, entry);
    }
    return entry;
  };
  for (const [price, size] of levels) at(parseOr0(price)).size += parseOr0(size);
  for (const order of orders) {
    const price = parseOr0(order.price);
    if (order.side !== side || price === 0n) continue;
    const entry = at(price);
    entry.own += parseOr0(order.leaves_quantity);
    entry.orders.push(order);
  }
  let total = 0n;
  return [...steps]
    .sort(([a], [b]) => (side === 'BUY' ? compare(b, a) : compare(a, b)))
    .slice(0, rows)
    .map(([price, entry]) => {
      total += entry.size;
      return { price: toText(price), size: toText(entry.size), total: toText(total), own: toText(entry.own), orders: entry.orders };
    });
}
