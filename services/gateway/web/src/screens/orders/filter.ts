// Which orders the Orders screen shows.
import { computed, signal } from '@preact/signals';
import { orders } from '../../data/desk.ts';
import { isPending, isWorking } from '../../data/orders.ts';
import type { Order } from '../../data/types.ts';
import { together } from '../../lib/linked.ts';
import { go } from '../../router.ts';

export const STATES: { id: string; title: string; holds: (order: Order) => boolean }[] = [
  { id: 'all', title: 'All', holds: () => true },
  { id: 'working', title: 'Working', holds: isWorking },
  { id: 'pending', title: 'Pending', holds: (order) => isWorking(order) && isPending(order) },
  { id: 'filled', title: 'Filled', holds: (order) => order.status === 'FILLED' },
  { id: 'canceled', title: 'Canceled', holds: (order) => order.status === 'CANCELED' || order.status === 'EXPIRED' },
  { id: 'rejected', title: 'Refused', holds: (order) => order.status === 'REJECTED' },
];

export const filter = signal({ state: 'all', symbol: '', side: '', text: '', of: '' }); // of: a link or a parent order
export const set = (change: Partial<typeof filter.value>) => (filter.value = { ...filter.value, ...change });

export const shown = computed(() => {
  const { state, symbol, side, text, of } = filter.value;
  const holds = STATES.find((one) => one.id === state)?.holds ?? (() => true);
  const wanted = text.trim().toLowerCase();
  const found = orders.value.filter(
    (order) =>
      holds(order) &&
      (!of || order.link_id === of || order.parent_order_id === of) &&
      (!symbol || order.symbol === symbol) &&
      (!side || order.side === side) &&
      (!wanted || `${order.order_id} ${order.client_order_id} ${order.link_id} ${order.parent_order_id} ${order.strategy} ${order.reject_reason} ${order.reject_message}`.toLowerCase().includes(wanted)),
  );
  return together(found);
});

/** All of one link, or all children of one parent, beside each other. */
export function showOnly(id: string): void {
  filter.value = { state: 'all', symbol: '', side: '', text: '', of: id };
  go('orders');
}
