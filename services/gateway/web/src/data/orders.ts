// OrderBookkeeper: orders and fills as they are, whatever way and in whatever order the news of them comes. The sequence
// of an order's last event decides: an older answer never replaces a newer state.
import { type ReadonlySignal, signal } from '@preact/signals';
import type { Fill, Order } from './types.ts';

const WORKING = new Set(['PENDING_NEW', 'NEW', 'PARTIALLY_FILLED', 'PENDING_CANCEL', 'PENDING_REPLACE']);
const ORDERS_MAX = 5000;
const FILLS_MAX = 5000;

export function isWorking(order: Order): boolean {
  return WORKING.has(order.status);
}

/** It waits at oms, a stop for its price or a leg for its entry: the venue does not know it. */
export function isHeld(order: Order): boolean {
  return isWorking(order) && (order.dormant || (Boolean(order.trigger_price) && !order.triggered_time));
}

export function isPending(order: Order): boolean {
  return order.status.startsWith('PENDING_') || order.uncertain;
}

export class OrderBookkeeper {
  private readonly orders = new Map<string, Order>();
  private readonly fills = new Map<string, Fill>();
  private readonly changed = signal(0);
  private readonly later: (f: () => void) => void;
  private waiting = false;

  /** `later` runs its argument soon, once: changes of one frame are shown at once. */
  constructor(later: (f: () => void) => void) {
    this.later = later;
  }

  /** Grows with each change: read it to be told of them. */
  get version(): ReadonlySignal<number> {
    return this.changed;
  }

  order(id: string): Order | undefined {
    return this.orders.get(id);
  }

  /** Newest first. */
  allOrders(): Order[] {
    return [...this.orders.values()].sort((a, b) => (b.created_time ?? '').localeCompare(a.created_time ?? '') || b.sequence - a.sequence);
  }

  allFills(): Fill[] {
    return [...this.fills.values()].sort((a, b) => b.sequence - a.sequence);
  }

  takeOrder(order: Order): void {
    const known = this.orders.get(order.order_id);
    if (known && known.sequence > order.sequence) return;
    this.orders.set(order.order_id, order);
    this.trim();
    this.tell();
  }

  takeOrders(orders: Order[]): void {
    for (const order of orders) this.takeOrder(order);
  }

  /**
   * What is working now, by the server. Answers the ids of those that were thought to be working and are not in it: they
   * have ended meanwhile, or the list was cut; whoever called asks for each.
   */
  takeWorking(orders: Order[]): string[] {
    const listed = new Set(orders.map((order) => order.order_id));
    this.takeOrders(orders);
    return [...this.orders.values()].filter((order) => isWorking(order) && !listed.has(order.order_id)).map((order) => order.order_id);
  }

  takeFills(fills: Fill[]): void {
    for (const fill of fills) this.fills.set(fill.fill_id, fill);
    if (this.fills.size > FILLS_MAX) {
      for (const fill of this.allFills().slice(FILLS_MAX)) this.fills.delete(fill.fill_id);
    }
    if (fills.length > 0) this.tell();
  }

  clear(): void {
    this.orders.clear();
    this.fills.clear();
    this.tell();
  }

  // Finished ones go first, oldest first.
  private trim(): void {
    if (this.orders.size <= ORDERS_MAX) return;
    const finished = [...this.orders.values()].filter((order) => !isWorking(order)).sort((a, b) => a.sequence - b.sequence);
    for (const order of finished.slice(0, ORDERS_MAX / 10)) this.orders.delete(order.order_id);
  }

  private tell(): void {
    if (this.waiting) return;
    this.waiting = true;
    this.later(() => {
      this.waiting = false;
      this.changed.value += 1;
    });
  }
}
