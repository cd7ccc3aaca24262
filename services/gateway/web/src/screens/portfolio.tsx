// Portfolio: positions with live P&L, the equity curve, lots and fills of the account; flatten and reverse.
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { computed, signal } from '@preact/signals';
import { submit } from '../data/actions.ts';
import { get, newKey } from '../data/api.ts';
import { fills, pnl, pricePlaces, quantityPlaces } from '../data/desk.ts';
import { Resource } from '../data/resource.ts';
import type { Fill, Lot, Pnl, Position } from '../data/types.ts';
import { abs, parseOr0, toNumber, toText } from '../lib/decimal.ts';
import { fillNotes } from '../lib/fills.ts';
import * as format from '../lib/format.ts';
import { may } from '../session.ts';
import { account } from '../settings.ts';
import { Confirm } from '../ui/confirm.tsx';
import { notifyError } from '../ui/notices.tsx';
import { freshness, Money, Panel, SideBadge, Time, useResource } from '../ui/parts.tsx';
import { Plot } from '../ui/plot.tsx';
import { type Column, DataTable, saveCsv } from '../ui/table.tsx';
import { openOrder } from './orders/detail.tsx';

const history = new Resource<Pnl[]>(() => get('/api/v1/pnl/history', { account: account.value, limit: 1000 }), 3000);
const lots = new Resource<Lot[]>(() => get('/api/v1/lots', { account: account.value }), 2000);
account.subscribe(() => {
  history.reset();
  lots.reset();
});

const asked = signal<{ position: Position; reverse: boolean } | null>(null);

/** What a market order must trade to close the position, or to turn it round. */
export function closingOrder(position: Position, reverse: boolean): { side: 'BUY' | 'SELL'; quantity: string } {
  const held = parseOr0(position.quantity);
  return { side: held > 0n ? 'SELL' : 'BUY', quantity: toText(abs(held) * (reverse ? 2n : 1n)) };
}

async function close(position: Position, reverse: boolean): Promise<void> {
  try {
    await submit({ account: position.account, symbol: position.symbol, type: 'MARKET', time_in_force: 'IOC', client_order_id: newKey(), ...closingOrder(position, reverse) });
  } catch (error) {
    notifyError('order', error);
  }
}

const units = (value: string, symbol: string) => format.fixed(value, quantityPlaces(symbol));

const POSITIONS: Column<Position>[] = [
  { id: 'symbol', title: 'Symbol', cell: (p) => <strong>{p.symbol}</strong>, text: (p) => p.symbol },
  { id: 'quantity', title: 'Quantity', number: true, cell: (p) => <span class={format.trend(p.quantity)}>{units(p.quantity, p.symbol)}</span>, text: (p) => p.quantity },
  { id: 'average_price', title: 'Average', number: true, cell: (p) => format.price(p.average_price, pricePlaces(p.symbol)), text: (p) => p.average_price },
  {
    id: 'mark_price',
    title: 'Mark',
    number: true,
    cell: (p) => (
      <span class={p.mark_stale ? 'text-warn' : ''} title={p.mark_stale ? 'the mark is stale' : 'the live mid'}>
        {format.fixed(p.mark_price, pricePlaces(p.symbol) + 1)}
        {p.mark_stale ? ' stale' : ''}
      </span>
    ),
    text: (p) => p.mark_price,
  },
  { id: 'unrealized_pnl', title: 'Unrealized', number: true, cell: (p) => <Money value={p.unrealized_pnl} signed />, text: (p) => p.unrealized_pnl },
  { id: 'realized_pnl', title: 'Realized', number: true, cell: (p) => <Money value={p.realized_pnl} signed />, text: (p) => p.realized_pnl },
  { id: 'realized_pnl_fifo', title: 'Realized FIFO', number: true, cell: (p) => <Money value={p.realized_pnl_fifo} signed />, text: (p) => p.realized_pnl_fifo },
  { id: 'fees', title: 'Fees', number: true, cell: (p) => <Money value={p.fees} />, text: (p) => p.fees },
  {
    id: 'actions',
    title: '',
    cell: (p) =>
      p.quantity !== '0' && (
        <span class="inline-flex gap-1">
          <button type="button" class="btn btn-small" disabled={!may('trade')} aria-label={`Flatten ${p.symbol}`} onClick={() => (asked.value = { position: p, reverse: false })}>
            Flatten
          </button>
          <button type="button" class="btn btn-small" disabled={!may('trade')} aria-label={`Reverse ${p.symbol}`} onClick={() => (asked.value = { position: p, reverse: true })}>
            Reverse
          </button>
        </span>
      ),
    text: () => '',
  },
];

/** Which fills the venue took back or corrected. */
const notes = computed(() => fillNotes(fills.value));

const FILLS: Column<Fill>[] = [
  { id: 'time', title: 'Time', cell: (f) => <Time at={f.time} />, text: (f) => f.time ?? '' },
  { id: 'symbol', title: 'Symbol', cell: (f) => f.symbol, text: (f) => f.symbol },
  { id: 'side', title: 'Side', cell: (f) => <SideBadge side={f.side} />, text: (f) => f.side },
  {
    id: 'quantity',
    title: 'Quantity',
    number: true,
    cell: (f) => <span class={notes.value.get(f.fill_id)?.endsWith('by the venue') ? 'line-through' : ''}>{units(f.quantity, f.symbol)}</span>,
    text: (f) => f.quantity,
  },
  { id: 'price', title: 'Price', number: true, cell: (f) => format.fixed(f.price, pricePlaces(f.symbol)), text: (f) => f.price },
  { id: 'fee', title: 'Fee', number: true, cell: (f) => format.fixed(f.fee, 4), text: (f) => f.fee },
  { id: 'liquidity', title: 'Liquidity', cell: (f) => format.words(f.liquidity), text: (f) => f.liquidity },
  { id: 'venue', title: 'Venue', cell: (f) => f.venue, text: (f) => f.venue },
  { id: 'order_id', title: 'Order', cell: (f) => f.order_id, text: (f) => f.order_id },
  {
    id: 'note',
    title: 'Trade',
    cell: (f) => {
      const note = notes.value.get(f.fill_id);
      return note ? (
        <span class="badge badge-warn" data-note>
          {note}
        </span>
      ) : (
        ''
      );
    },
    text: (f) => notes.value.get(f.fill_id) ?? '',
  },
  { id: 'fill_id', title: 'Fill', cell: (f) => f.fill_id, text: (f) => f.fill_id },
];

const LOTS: Column<Lot>[] = [
  { id: 'opened', title: 'Opened', cell: (l) => <Time at={l.opened} date />, text: (l) => l.opened ?? '' },
  { id: 'symbol', title: 'Symbol', cell: (l) => l.symbol, text: (l) => l.symbol },
  { id: 'quantity', title: 'Quantity', number: true, cell: (l) => <span class={format.trend(l.quantity)}>{units(l.quantity, l.symbol)}</span>, text: (l) => l.quantity },
  { id: 'price', title: 'Price', number: true, cell: (l) => format.fixed(l.price, pricePlaces(l.symbol)), text: (l) => l.price },
  { id: 'open_fill_id', title: 'Opening fill', cell: (l) => l.open_fill_id, text: (l) => l.open_fill_id },
];

function Totals({ totals }: { totals: Pnl | undefined }): JSX.Element {
  const cells: [string, string | undefined, boolean][] = [
    ['Equity', totals?.equity, false],
    ['Cash', totals?.cash, false],
    ['Unrealized', totals?.unrealized_pnl, true],
    ['Realized', totals?.realized_pnl, true],
    ['Fees', totals?.fees, false],
  ];
  return (
    <dl class="flex flex-wrap gap-x-8 gap-y-1 border-b border-line px-3 py-2">
      {cells.map(([name, value, signed]) => (
        <div key={name}>
          <dt class="text-[11px] text-quiet">{name}</dt>
          <dd class="text-base font-semibold" data-total={name}>
            <Money value={value} signed={signed} />
          </dd>
        </div>
      ))}
      <div>
        <dt class="text-[11px] text-quiet">Currency</dt>
        <dd class="text-base">{totals?.currency ?? format.NONE}</dd>
      </div>
    </dl>
  );
}

function CloseQuestion(): JSX.Element | null {
  const question = asked.value;
  if (!question) return null;
  const { position, reverse } = question;
  const order = closingOrder(position, reverse);
  const title = `${reverse ? 'Reverse' : 'Flatten'} ${position.symbol}`;
  return (
    <Confirm title={title} action={`${order.side} ${order.quantity} at the market`} tone={order.side === 'BUY' ? 'buy' : 'sell'} onClose={() => (asked.value = null)} onConfirm={() => close(position, reverse)}>
      <p>
        Account <strong>{position.account}</strong> holds {position.quantity} {position.symbol}. A market order to {order.side.toLowerCase()} {order.quantity} is sent through the same checks as any other. Working orders are left as they are.
      </p>
    </Confirm>
  );
}

export default function Portfolio(): JSX.Element {
  useResource(history);
  useResource(lots);
  const [tab, setTab] = useState<'fills' | 'lots'>('fills');
  const totals = pnl.value.value;
  const points = (history.value.value ?? []).filter((point) => point.timestamp);
  const times = points.map((point) => Date.parse(point.timestamp!) / 1000);
  return (
    <div class="grid h-full gap-1 p-1 max-lg:h-auto lg:grid-cols-[minmax(0,1.5fr)_minmax(0,1fr)] lg:grid-rows-[minmax(220px,1fr)_minmax(220px,1fr)]">
      <Panel
        title={`Positions of ${account.value}`}
        fresh={freshness(pnl)}
        class="max-lg:h-80"
        actions={
          <button type="button" class="btn btn-small" onClick={() => saveCsv(`positions-${account.value}.csv`, totals?.positions ?? [], POSITIONS)}>
            CSV
          </button>
        }
      >
        <Totals totals={totals} />
        <DataTable label="Positions" rows={totals?.positions ?? []} columns={POSITIONS} keyOf={(p) => p.symbol} empty="No position." />
      </Panel>
      <Panel title="Equity" fresh={freshness(history)} class="max-lg:h-72">
        {points.length > 1 ? (
          <Plot label="Equity over time" times={times} show={(value) => format.money(value.toFixed(2))} series={[{ label: 'Equity', colour: '--accent', values: points.map((point) => toNumber(point.equity)) }]} />
        ) : (
          <p class="p-3 text-quiet">The curve begins with the first fill.</p>
        )}
      </Panel>
      <Panel
        title={tab === 'fills' ? 'Fills' : 'Lots'}
        {...(tab === 'lots' ? { fresh: freshness(lots) } : {})}
        class="max-lg:h-96 lg:col-span-2"
        actions={
          <>
            <button type="button" class="btn btn-small" aria-pressed={tab === 'fills'} onClick={() => setTab('fills')}>
              Fills
            </button>
            <button type="button" class="btn btn-small" aria-pressed={tab === 'lots'} onClick={() => setTab('lots')}>
              Lots
            </button>
            <button
              type="button"
              class="btn btn-small"
              onClick={() => (tab === 'fills' ? saveCsv(`fills-${account.value}.csv`, fills.value, FILLS) : saveCsv(`lots-${account.value}.csv`, lots.value.value ?? [], LOTS))}
            >
              CSV
            </button>
          </>
        }
      >
        {tab === 'fills' ? (
          <DataTable label="Fills. Enter: the order's life." rows={fills.value} columns={FILLS} keyOf={(f) => f.fill_id} empty="No fill yet." onOpen={(f) => openOrder(f.order_id)} />
        ) : (
          <DataTable label="Lots" rows={lots.value.value ?? []} columns={LOTS} keyOf={(l) => l.open_fill_id} empty="No open lot." />
        )}
      </Panel>
      <CloseQuestion />
    </div>
  );
}
