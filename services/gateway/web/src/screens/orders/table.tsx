// Orders as a table: every column once, cancel, replace in place. Trade shows some of the columns, Orders any.
import { computed, signal } from '@preact/signals';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { cancel, cancelAll, cancelLink, replace } from '../../data/actions.ts';
import { orders, pricePlaces, quantityPlaces } from '../../data/desk.ts';
import { isWorking } from '../../data/orders.ts';
import type { Order } from '../../data/types.ts';
import { parse } from '../../lib/decimal.ts';
import * as format from '../../lib/format.ts';
import { linkRole } from '../../lib/linked.ts';
import { may } from '../../session.ts';
import { account } from '../../settings.ts';
import { Confirm } from '../../ui/confirm.tsx';
import { SideBadge, StatusBadge, Time } from '../../ui/parts.tsx';
import { type Column, DataTable } from '../../ui/table.tsx';
import { openOrder } from './detail.tsx';
import { showOnly } from './filter.ts';

/** The order whose terms are being edited, where it stands. */
const editing = signal<{ id: string; quantity: string; price: string; stop: string } | null>(null);

export function startReplace(order: Order): void {
  if (isWorking(order) && may('trade')) editing.value = { id: order.order_id, quantity: order.quantity, price: order.price, stop: order.trigger_price };
}

/** A stop that waits for its price may be given another; a trailing one finds its own. */
function movesStop(order: Order): boolean {
  return order.trigger_price !== '' && !order.triggered_time && order.type !== 'TRAILING_STOP';
}

async function sendReplace(order: Order): Promise<void> {
  const terms = editing.value;
  if (!terms) return;
  const change: { quantity?: string; price?: string; stop_price?: string } = {};
  if (parse(terms.quantity) !== parse(order.quantity)) change.quantity = terms.quantity.trim();
  if (parse(terms.price) !== parse(order.price)) change.price = terms.price.trim();
  if (movesStop(order) && parse(terms.stop) !== parse(order.trigger_price)) change.stop_price = terms.stop.trim();
  if (Object.keys(change).length === 0 || (await replace(order, change))) editing.value = null;
}

function Terms({ order, field, label }: { order: Order; field: 'quantity' | 'price' | 'stop'; label: string }): JSX.Element {
  const terms = editing.value!;
  return (
    <input
      class="field h-5 min-h-0 w-24 py-0 text-right"
      inputMode="decimal"
      aria-label={`${label} of ${order.order_id}`}
      data-edit={field}
      autofocus={field === (order.price === '0' ? 'stop' : 'price')}
      value={terms[field]}
      onInput={(event) => (editing.value = { ...terms, [field]: event.currentTarget.value })}
      onKeyDown={(event) => {
        if (event.key === 'Enter') void sendReplace(order);
        else if (event.key === 'Escape') editing.value = null;
        else return;
        event.preventDefault();
        event.stopPropagation();
      }}
    />
  );
}

function Actions({ order }: { order: Order }): JSX.Element {
  const edits = editing.value?.id === order.order_id;
  const working = isWorking(order);
  const asked = order.status === 'PENDING_CANCEL';
  return (
    <span class="inline-flex gap-1">
      {edits ? (
        <>
          <button type="button" class="btn btn-small btn-accent" onClick={() => void sendReplace(order)}>
            Send
          </button>
          <button type="button" class="btn btn-small" onClick={() => (editing.value = null)}>
            Leave
          </button>
        </>
      ) : (
        working && (
          <>
            <button type="button" class="btn btn-small" disabled={!may('trade') || asked} aria-label={`Replace ${order.order_id}`} onClick={() => startReplace(order)}>
              Replace
            </button>
            <button type="button" class="btn btn-small" disabled={!may('cancel') || asked} aria-label={`Cancel ${order.order_id}`} onClick={() => void cancel(order)}>
              Cancel
            </button>
            {order.link_id && (
              <button type="button" class="btn btn-small" disabled={!may('cancel')} aria-label={`Cancel all of link ${order.link_id}, from ${order.order_id}`} title="Cancel every order of the link" onClick={() => void cancelLink(order)}>
                All
              </button>
            )}
          </>
        )
      )}
      <button type="button" class="btn btn-small" aria-label={`Life of ${order.order_id}`} onClick={() => openOrder(order.order_id)}>
        Life
      </button>
    </span>
  );
}

/** What the order belongs to: a link, or a parent order. */
function partOf(order: Order): string {
  if (order.link_id) return `${order.link_id} ${linkRole(order)}`;
  return order.parent_order_id;
}

function PartOf({ order }: { order: Order }): JSX.Element | null {
  const what = partOf(order);
  if (what === '') return null;
  return (
    <button type="button" class="badge" data-link-id={order.link_id} title={order.link_id ? `Of ${format.words(order.link_kind)} ${order.link_id}: show all of it` : 'Show all children of this parent order'} onClick={() => showOnly(order.link_id || order.parent_order_id)}>
      {what}
    </button>
  );
}

const units = (field: keyof Order, order: Order) => format.fixed(order[field] as string, quantityPlaces(order.symbol));
function whyOf(order: Order): string {
  if (order.reject_reason) return `${format.words(order.reject_reason)}: ${order.reject_message}`;
  return order.uncertain_reason || order.cancel_reason;
}
const edits = (order: Order) => editing.value?.id === order.order_id;

export const COLUMNS: Column<Order>[] = [
  { id: 'created_time', title: 'Time', cell: (o) => <Time at={o.created_time} />, text: (o) => o.created_time ?? '' },
  { id: 'order_id', title: 'Order', cell: (o) => o.order_id, text: (o) => o.order_id },
  { id: 'client_order_id', title: 'Client id', cell: (o) => o.client_order_id, text: (o) => o.client_order_id },
  { id: 'symbol', title: 'Symbol', cell: (o) => o.symbol, text: (o) => o.symbol },
  { id: 'side', title: 'Side', cell: (o) => <SideBadge side={o.side} />, text: (o) => o.side },
  { id: 'type', title: 'Type', cell: (o) => format.words(o.type), text: (o) => o.type },
  { id: 'time_in_force', title: 'TIF', cell: (o) => o.time_in_force, text: (o) => o.time_in_force },
  { id: 'quantity', title: 'Quantity', number: true, cell: (o) => (edits(o) ? <Terms order={o} field="quantity" label="Quantity" /> : units('quantity', o)), text: (o) => o.quantity },
  { id: 'price', title: 'Price', number: true, cell: (o) => (edits(o) && o.price !== '0' ? <Terms order={o} field="price" label="Price" /> : format.price(o.price, pricePlaces(o.symbol))), text: (o) => o.price },
  { id: 'trigger_price', title: 'Stop', number: true, cell: (o) => (edits(o) && movesStop(o) ? <Terms order={o} field="stop" label="Stop price" /> : o.trigger_price ? format.price(o.trigger_price, pricePlaces(o.symbol)) : ''), text: (o) => o.trigger_price },
  { id: 'filled_quantity', title: 'Filled', number: true, cell: (o) => units('filled_quantity', o), text: (o) => o.filled_quantity },
  { id: 'average_fill_price', title: 'Average', number: true, cell: (o) => format.price(o.average_fill_price, pricePlaces(o.symbol)), text: (o) => o.average_fill_price },
  { id: 'leaves_quantity', title: 'Leaves', number: true, cell: (o) => units('leaves_quantity', o), text: (o) => o.leaves_quantity },
  { id: 'canceled_quantity', title: 'Canceled', number: true, cell: (o) => units('canceled_quantity', o), text: (o) => o.canceled_quantity },
  { id: 'status', title: 'Status', cell: (o) => <StatusBadge status={o.status} uncertain={o.uncertain} waits={o.dormant} />, text: (o) => (o.dormant ? `${o.status} DORMANT` : o.status) },
  { id: 'part_of', title: 'Part of', cell: (o) => <PartOf order={o} />, text: (o) => partOf(o) },
  {
    id: 'reject_reason',
    title: 'Why',
    cell: (o) => (
      <span class="inline-block max-w-72 truncate align-bottom" title={whyOf(o)}>
        {whyOf(o)}
      </span>
    ),
    text: whyOf,
  },
  { id: 'strategy', title: 'Strategy', cell: (o) => o.strategy, text: (o) => o.strategy },
  { id: 'venue', title: 'Venue', cell: (o) => o.venue, text: (o) => o.venue },
  { id: 'actions', title: '', cell: (o) => <Actions order={o} />, text: () => '' },
];

interface OrdersTableProps {
  label: string;
  rows: Order[];
  columns: string[];
  empty: string;
}

export function OrdersTable({ label, rows, columns, empty }: OrdersTableProps): JSX.Element {
  return (
    <DataTable
      label={`${label}. Enter: its life. R: replace. C: cancel.`}
      rows={rows}
      columns={COLUMNS.filter((column) => columns.includes(column.id))}
      keyOf={(order) => order.order_id}
      empty={empty}
      onOpen={(order) => openOrder(order.order_id)}
      onKey={(key, order) => {
        if (key === 'r') startReplace(order);
        else if (key === 'c' && isWorking(order) && may('cancel')) void cancel(order);
        else return false;
        return true;
      }}
    />
  );
}

const workingCount = computed(() => orders.value.filter(isWorking).length);

export function CancelAllButton(): JSX.Element {
  const [asks, setAsks] = useState(false);
  return (
    <>
      <button type="button" id="cancel-all" class="btn btn-small" disabled={workingCount.value === 0 || !may('cancel')} onClick={() => setAsks(true)}>
        Cancel all
      </button>
      {asks && (
        <Confirm title="Cancel all working orders" action={`Cancel ${workingCount.value} orders`} onClose={() => setAsks(false)} onConfirm={() => cancelAll({ account: account.value })}>
          <p>
            A cancel is sent for every working order of account <strong>{account.value}</strong>: {workingCount.value} at this moment.
          </p>
        </Confirm>
      )}
    </>
  );
}
