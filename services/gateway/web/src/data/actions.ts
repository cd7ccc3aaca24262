// What a trader does. Each answers when the server has; what it changed is in the books by then.
import type { OrderRequest } from '../lib/ticket.ts';
import { words } from '../lib/format.ts';
import { notify, notifyError } from '../ui/notices.tsx';
import { call } from './api.ts';
import { book } from './desk.ts';
import type { LinkedRequest } from '../lib/linked.ts';
import type { LinkedOrders, Order } from './types.ts';

function describe(order: Order): string {
  return `${order.side} ${order.quantity} ${order.symbol}${order.price === '0' ? '' : ` @ ${order.price}`}`;
}

export function reportOrder(order: Order): void {
  if (order.status === 'REJECTED') {
    notify('bad', `${describe(order)} refused: ${words(order.reject_reason)} — ${order.reject_message}`);
  } else {
    notify('good', `${describe(order)}: ${words(order.status)}${order.duplicate ? ' (was sent before)' : ''}`);
  }
}

export async function submit(request: OrderRequest): Promise<Order> {
  const order = await call<Order>('POST', '/api/v1/orders', { body: request });
  book.takeOrder(order);
  reportOrder(order);
  return order;
}

/** All are taken, or all are refused. */
export async function submitLinked(request: LinkedRequest): Promise<LinkedOrders> {
  const linked = await call<LinkedOrders>('POST', '/api/v1/orders/linked', { body: request });
  const all = linked.parent ? [linked.parent, ...linked.legs] : linked.legs;
  book.takeOrders(all);
  const refused = all.find((order) => order.status === 'REJECTED' && order.reject_reason !== 'LINKED_ORDER') ?? all.find((order) => order.status === 'REJECTED');
  if (refused) reportOrder(refused);
  else notify('good', `${words(linked.kind)} ${linked.link_id}: ${all.length} orders${linked.duplicate ? ' (was sent before)' : ''}`);
  return linked;
}

export async function cancelLink(order: Order): Promise<void> {
  try {
    const answer = await call<{ order_ids: string[] }>('DELETE', '/api/v1/orders', { query: { account: order.account, link_id: order.link_id } });
    notify('good', `cancel sent for ${answer.order_ids.length} orders of ${order.link_id}`);
  } catch (error) {
    notifyError(`cancel ${order.link_id}`, error);
  }
}

export async function cancel(order: Order): Promise<void> {
  try {
    book.takeOrder(await call<Order>('DELETE', `/api/v1/orders/${encodeURIComponent(order.order_id)}`));
  } catch (error) {
    notifyError(`cancel ${order.order_id}`, error);
  }
}

export async function replace(order: Order, change: { quantity?: string; price?: string; stop_price?: string }): Promise<boolean> {
  try {
    const changed = await call<Order>('PATCH', `/api/v1/orders/${encodeURIComponent(order.order_id)}`, { body: change });
    book.takeOrder(changed);
    notify('good', `replace ${order.order_id}: ${words(changed.status)}`);
    return true;
  } catch (error) {
    notifyError(`replace ${order.order_id}`, error);
    return false;
  }
}

export async function cancelAll(query: { account: string; symbol?: string }): Promise<void> {
  try {
    const answer = await call<{ order_ids: string[] }>('DELETE', '/api/v1/orders', { query });
    notify('good', `cancel sent for ${answer.order_ids.length} orders`);
  } catch (error) {
    notifyError('cancel all', error);
  }
}
