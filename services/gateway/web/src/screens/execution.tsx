// Execution quality: what executions cost against the mid at arrival, by venue, by order, and what the market did.
import { computed } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { get } from '../data/api.ts';
import { instruments, orders, pricePlaces } from '../data/desk.ts';
import { Resource } from '../data/resource.ts';
import type { Benchmarks, MarkOut, Order, OrderQuality, VenueQuality } from '../data/types.ts';
import { parseOr0, toText } from '../lib/decimal.ts';
import * as format from '../lib/format.ts';
import { account } from '../settings.ts';
import { freshness, Panel, SideBadge, Time, useResource } from '../ui/parts.tsx';
import { type Column, DataTable, saveCsv } from '../ui/table.tsx';
import { openOrder } from './orders/detail.tsx';

const ORDERS_MAX = 50;
const venues = new Resource<VenueQuality[]>(() => get('/api/v1/execution/venues'), 3000);
const benchmarks = new Resource<Benchmarks[]>(() => Promise.all(instruments.value.map((one) => get<Benchmarks>(`/api/v1/execution/benchmarks/${one.symbol}`))), 2000);

const filled = computed(() => orders.value.filter((order) => parseOr0(order.filled_quantity) > 0n).slice(0, ORDERS_MAX));

type Row = OrderQuality & { order: Order };

// What is known of an order does not change once it is finished and its mark-outs have come: asked for when its last event
// does, and until then.
const known = new Map<string, { sequence: number; quality: OrderQuality; until: number }>();
const MARK_OUTS_MS = 65_000; // after an order's last event
const AGAIN_MS = 2_000;

function isCurrent(order: Order): boolean {
  const found = known.get(order.order_id);
  return found !== undefined && found.sequence === order.sequence && performance.now() > found.until;
}

function useQualities(list: Order[]): Row[] {
  const [, setVersion] = useState(0);
  const wanted = list.map((order) => `${order.order_id}:${order.sequence}`).join();
  useEffect(() => {
    let current = true;
    const ask = async () => {
      for (const order of list) {
        if (!current) return;
        if (isCurrent(order)) continue;
        try {
          const quality = await get<OrderQuality>(`/api/v1/execution/orders/${encodeURIComponent(order.order_id)}`);
          const before = known.get(order.order_id);
          const sinceMs = Date.now() - Date.parse(order.updated_time ?? order.created_time ?? '');
          const until = before?.sequence === order.sequence ? before.until : performance.now() + Math.max(0, MARK_OUTS_MS - sinceMs);
          known.set(order.order_id, { sequence: order.sequence, quality, until });
          if (current) setVersion((version) => version + 1);
        } catch {
          // Forgotten there, or not there yet: no row.
        }
      }
    };
    let timer = 0;
    const askAgain = async () => {
      await ask();
      if (current) timer = window.setTimeout(() => void askAgain(), AGAIN_MS);
    };
    void askAgain();
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [wanted]);
  return list.flatMap((order) => {
    const found = known.get(order.order_id);
    return found ? [{ ...found.quality, order }] : [];
  });
}

const bps = (value: number) => <span class={value > 0 ? 'down' : value < 0 ? 'up' : ''}>{format.number(value, 2)}</span>;

// Mark-outs: a column each horizon.
const HORIZONS = [1_000, 10_000, 60_000];
const markOut = (of: { mark_outs: MarkOut[] }, horizon: number) => of.mark_outs.find((one) => one.horizon_ms === horizon);
const markOuts = <T extends { mark_outs: MarkOut[] }>(): Column<T>[] =>
  HORIZONS.map((horizon) => ({
    id: `mark_out_${horizon / 1000}s`,
    title: `Mark-out ${horizon / 1000} s bp`,
    number: true,
    cell: (of) => {
      const one = markOut(of, horizon);
      return one ? bps(one.bps) : '';
    },
    text: (of) => String(markOut(of, horizon)?.bps ?? ''),
  }));

const VENUES: Column<VenueQuality>[] = [
  { id: 'rank', title: 'Rank', number: true, cell: (v) => v.rank, text: (v) => String(v.rank) },
  { id: 'venue', title: 'Venue', cell: (v) => <strong>{v.venue}</strong>, text: (v) => v.venue },
  { id: 'orders', title: 'Orders', number: true, cell: (v) => v.orders, text: (v) => String(v.orders) },
  { id: 'fills', title: 'Fills', number: true, cell: (v) => v.fills, text: (v) => String(v.fills) },
  { id: 'fill_rate', title: 'Fill rate', number: true, cell: (v) => format.percent(v.fill_rate, 1), text: (v) => String(v.fill_rate) },
  { id: 'slippage_bps', title: 'Slippage bp', number: true, cell: (v) => bps(v.slippage_bps), text: (v) => String(v.slippage_bps) },
  { id: 'time', title: 'First fill p50 ms', number: true, cell: (v) => format.number(v.time_to_first_fill_ms_p50, 1), text: (v) => String(v.time_to_first_fill_ms_p50) },
  ...markOuts<VenueQuality>(),
];

const ROWS: Column<Row>[] = [
  { id: 'time', title: 'Time', cell: (r) => <Time at={r.order.created_time} />, text: (r) => r.order.created_time ?? '' },
  { id: 'order_id', title: 'Order', cell: (r) => r.order_id, text: (r) => r.order_id },
  { id: 'symbol', title: 'Symbol', cell: (r) => r.symbol, text: (r) => r.symbol },
  { id: 'side', title: 'Side', cell: (r) => <SideBadge side={r.side} />, text: (r) => r.side },
  { id: 'filled', title: 'Filled', number: true, cell: (r) => r.filled_quantity, text: (r) => r.filled_quantity },
  { id: 'average', title: 'Average', number: true, cell: (r) => format.price(r.average_fill_price, pricePlaces(r.symbol)), text: (r) => r.average_fill_price },
  { id: 'arrival', title: 'Arrival mid', number: true, cell: (r) => format.price(r.arrival_mid, pricePlaces(r.symbol) + 1), text: (r) => r.arrival_mid },
  { id: 'slippage_bps', title: 'Slippage bp', number: true, cell: (r) => bps(r.slippage_bps), text: (r) => String(r.slippage_bps) },
  { id: 'cost', title: 'Cost', number: true, cell: (r) => format.money(r.slippage_cost), text: (r) => r.slippage_cost },
  { id: 'fees', title: 'Fees', number: true, cell: (r) => format.money(r.fees), text: (r) => r.fees },
  { id: 'opportunity', title: 'Opportunity', number: true, cell: (r) => format.money(r.opportunity_cost), text: (r) => r.opportunity_cost },
  { id: 'shortfall', title: 'Shortfall', number: true, cell: (r) => format.money(r.shortfall), text: (r) => r.shortfall },
  { id: 'shortfall_bps', title: 'Shortfall bp', number: true, cell: (r) => (r.shortfall === '' ? '' : bps(r.shortfall_bps)), text: (r) => (r.shortfall === '' ? '' : String(r.shortfall_bps)) },
  ...markOuts<Row>(),
  { id: 'rate', title: 'Fill rate', number: true, cell: (r) => format.percent(r.fill_rate, 0), text: (r) => String(r.fill_rate) },
  { id: 'first', title: 'First fill ms', number: true, cell: (r) => format.number(r.time_to_first_fill_ms, 1), text: (r) => String(r.time_to_first_fill_ms) },
  { id: 'last', title: 'Last fill ms', number: true, cell: (r) => format.number(r.time_to_last_fill_ms, 1), text: (r) => String(r.time_to_last_fill_ms) },
];

const price = (field: 'mid' | 'vwap_1m' | 'vwap_5m' | 'twap_1m', title: string): Column<Benchmarks> => ({
  id: field,
  title,
  number: true,
  cell: (b) => format.price(b[field], pricePlaces(b.symbol) + 1),
  text: (b) => b[field],
});
const BENCHMARKS: Column<Benchmarks>[] = [
  { id: 'symbol', title: 'Symbol', cell: (b) => <strong>{b.symbol}</strong>, text: (b) => b.symbol },
  price('mid', 'Mid'),
  price('vwap_1m', 'VWAP 1m'),
  price('vwap_5m', 'VWAP 5m'),
  price('twap_1m', 'TWAP 1m'),
];

function Totals({ rows }: { rows: Row[] }): JSX.Element {
  const total = (field: 'slippage_cost' | 'fees' | 'opportunity_cost' | 'shortfall') => toText(rows.reduce((sum, row) => sum + parseOr0(row[field]), 0n));
  return (
    <p class="border-b border-line px-2 py-1 text-quiet">
      {rows.length} orders: slippage cost <strong class="text-text">{format.money(total('slippage_cost'))}</strong>, fees <strong class="text-text">{format.money(total('fees'))}</strong>, opportunity{' '}
      <strong class="text-text">{format.money(total('opportunity_cost'))}</strong>, shortfall <strong class="text-text" data-total="shortfall">{format.money(total('shortfall'))}</strong> (slippage, fees, and what was left undone at the mid of the order's
      end; all against the mid at arrival). Mark-outs are against the mid after a fill. Above zero is a cost.
    </p>
  );
}

export default function Execution(): JSX.Element {
  useResource(venues);
  useResource(benchmarks);
  const rows = useQualities(filled.value);
  return (
    <div class="grid h-full gap-1 p-1 max-lg:h-auto lg:grid-cols-2 lg:grid-rows-[minmax(150px,0.7fr)_minmax(220px,1.6fr)]">
      <Panel title="Venues" fresh={freshness(venues)} class="max-lg:h-56">
        <DataTable label="Venues" rows={venues.value.value ?? []} columns={VENUES} keyOf={(v) => v.venue} empty="No order has finished yet." />
      </Panel>
      <Panel title="Market benchmarks" fresh={freshness(benchmarks)} class="max-lg:h-56">
        <DataTable label="Benchmarks" rows={benchmarks.value.value ?? []} columns={BENCHMARKS} keyOf={(b) => b.symbol} empty="No benchmark yet." />
      </Panel>
      <Panel
        title={`Newest executed orders of ${account.value}`}
        class="max-lg:h-[28rem] lg:col-span-2"
        actions={
          <button type="button" class="btn btn-small" onClick={() => saveCsv(`execution-${account.value}.csv`, rows, ROWS)}>
            CSV
          </button>
        }
      >
        <Totals rows={rows} />
        <DataTable label="Executed orders. Enter: the order's life." rows={rows} columns={ROWS} keyOf={(r) => r.order_id} empty="Nothing was executed yet." onOpen={(r) => openOrder(r.order_id)} />
      </Panel>
    </div>
  );
}
