// The whole life of one order: what it is, every event of it, what risk found, how long each stage took, what it cost.
import { signal } from '@preact/signals';
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { get } from '../../data/api.ts';
import { book, pricePlaces, quantityPlaces } from '../../data/desk.ts';
import type { Decision, LifeEvent, Order, OrderQuality, OrderRoute, TraceStage } from '../../data/types.ts';
import * as format from '../../lib/format.ts';
import { linkRole } from '../../lib/linked.ts';
import { Checks } from '../../ui/checks.tsx';
import { Modal, SideBadge, StatusBadge, Time } from '../../ui/parts.tsx';

export const opened = signal<string | null>(null);

export function openOrder(id: string): void {
  opened.value = id;
}

/** Asked once, and again when the order has changed. undefined: no answer yet; null: there is none. */
function useAnswer<T>(path: string, version: number): T | null | undefined {
  const [answer, setAnswer] = useState<T | null | undefined>(undefined);
  useEffect(() => {
    let current = true;
    get<T>(path).then(
      (value) => current && setAnswer(value),
      () => current && setAnswer((known) => known ?? null),
    );
    return () => {
      current = false;
    };
  }, [path, version]);
  return answer;
}

function Part({ title, children }: { title: string; children: ComponentChildren }): JSX.Element {
  return (
    <section class="mb-4">
      <h3 class="mb-1 border-b border-line pb-0.5 font-semibold">{title}</h3>
      {children}
    </section>
  );
}

/** What was asked for beside its terms; only what is there. */
function extrasOf(order: Order): [string, ComponentChildren][] {
  const all: [string, ComponentChildren][] = [
    ['Part of', order.link_id ? `${format.words(order.link_kind)} ${order.link_id}, ${linkRole(order)}` : order.parent_order_id],
    ['Waits', order.dormant && 'for its entry; the venue does not know it'],
    ['Strategy', order.strategy],
    ['Self-trade prevention', format.words(order.self_trade_prevention)],
    ['Post only', order.post_only && 'yes'],
    ['Reduce only', order.reduce_only && 'yes'],
    ['In sight', order.display_quantity],
    ['Follows behind by', order.trailing_amount || (order.trailing_percent && `${order.trailing_percent} %`)],
    ['Set off', order.triggered_time && <Time at={order.triggered_time} date />],
    ['Ends', order.expire_time && <Time at={order.expire_time} date />],
    ['Canceled because', order.cancel_reason],
  ];
  return all.filter(([, value]) => value);
}

function Summary({ order }: { order: Order }): JSX.Element {
  const prices = pricePlaces(order.symbol);
  const quantities = quantityPlaces(order.symbol);
  const facts: [string, ComponentChildren][] = [
    ['Status', <StatusBadge status={order.status} uncertain={order.uncertain} waits={order.dormant} />],
    ['Quantity', format.fixed(order.quantity, quantities)],
    ['Price', format.price(order.price, prices)],
    ...(order.trigger_price ? [['Stop', format.price(order.trigger_price, prices)] as [string, ComponentChildren]] : []),
    ['Filled', `${format.fixed(order.filled_quantity, quantities)} @ ${format.price(order.average_fill_price, prices)}`],
    ['Leaves', format.fixed(order.leaves_quantity, quantities)],
    ['Canceled', format.fixed(order.canceled_quantity, quantities)],
    ['Type', `${format.words(order.type)} ${order.time_in_force}`],
    ['Account', order.account],
    ['Client id', order.client_order_id],
    ['Venue', order.venue || format.NONE],
    ['Created', <Time at={order.created_time} date />],
    ['Changed', <Time at={order.updated_time} date />],
    ...extrasOf(order),
  ];
  return (
    <>
      <p class="mb-2 flex items-center gap-2 text-sm">
        <SideBadge side={order.side} /> <strong>{order.symbol}</strong> {order.order_id}
      </p>
      {(order.reject_message || order.uncertain) && (
        <p class={`mb-2 rounded px-2 py-1 ${order.reject_reason ? 'bg-sell-ground text-sell' : 'bg-warn-ground text-warn'}`}>
          {order.uncertain ? `uncertain: ${order.uncertain_reason}` : order.reject_reason ? `${format.words(order.reject_reason)}: ${order.reject_message}` : order.reject_message}
        </p>
      )}
      <dl class="mb-4 grid grid-cols-[repeat(auto-fill,minmax(150px,1fr))] gap-x-4 gap-y-1">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt class="text-[11px] text-quiet">{name}</dt>
            <dd class="break-all">{value}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}

function whatHappened(event: LifeEvent): string {
  const { order, fill } = event;
  if (fill?.original_fill_id) return `${fill.quantity.startsWith('-') ? 'takes back' : 'now, in place of'} ${fill.original_fill_id}: ${fill.quantity} @ ${fill.price}, ${fill.venue}`;
  if (fill) return `${fill.quantity} @ ${fill.price}, ${format.words(fill.liquidity)}, fee ${fill.fee} ${fill.fee_currency}, ${fill.venue}`;
  if (event.decision && !event.decision.approved) return `${format.words(event.decision.reject_reason)}: ${event.decision.reject_message}`;
  if (event.kind === 'REPLACED' || event.kind === 'ACCEPTED') return `${order.quantity} @ ${order.price}`;
  return order.reject_message || order.uncertain_reason;
}

function Timeline({ events }: { events: LifeEvent[] }): JSX.Element {
  return (
    <ol class="relative ml-2 border-l border-line">
      {events.map((event, index) => {
        const before = events[index - 1];
        const since = before ? format.nanos(event.time ?? '') - format.nanos(before.time ?? '') : 0n;
        return (
          <li key={event.sequence} data-event={event.kind} class="relative py-1 pl-4">
            <span class="absolute top-2.5 -left-[4.5px] h-2 w-2 rounded-full bg-accent" />
            <span class="inline-flex flex-wrap items-center gap-x-2">
              <strong>{format.words(event.kind)}</strong>
              <Time at={event.time} />
              {before && <span class="text-quiet">+{format.duration(since)}</span>}
              <StatusBadge status={event.order.status} uncertain={event.order.uncertain} />
              <span class="text-quiet">#{event.sequence}</span>
            </span>
            <span class="block text-quiet">{whatHappened(event)}</span>
          </li>
        );
      })}
    </ol>
  );
}

/** Stages as bars on one time axis: when each was reached, and what it took from the one before. */
function Stages({ stages }: { stages: TraceStage[] }): JSX.Element {
  const first = format.nanos(stages[0]!.time);
  const last = format.nanos(stages.at(-1)!.time);
  const whole = Number(last - first) || 1;
  return (
    <table class="w-full" aria-label="Latency stages">
      <tbody>
        {stages.map((stage, index) => {
          const at = format.nanos(stage.time) - first;
          const before = index > 0 ? format.nanos(stages[index - 1]!.time) - first : 0n;
          return (
            <tr key={`${stage.time}${index}`}>
              <td class="w-28 pr-2 whitespace-nowrap text-quiet">{stage.service ?? ''}</td>
              <td class="w-40 pr-2 whitespace-nowrap">{format.words([stage.event, stage.kind].filter(Boolean).join(': '))}</td>
              <td>
                <div class="relative h-2 rounded bg-raised">
                  <div class="absolute h-2 min-w-px rounded bg-accent" style={{ left: `${(Number(before) / whole) * 100}%`, width: `${(Number(at - before) / whole) * 100}%` }} />
                </div>
              </td>
              <td class="w-20 pl-2 text-right">{format.duration(at)}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function Quality({ quality, order }: { quality: OrderQuality; order: Order }): JSX.Element {
  const filled = quality.fills.length > 0;
  const facts: [string, string][] = [
    ['Arrival mid', format.price(quality.arrival_mid, pricePlaces(order.symbol))],
    ['Slippage', filled ? `${format.number(quality.slippage_bps, 2)} bp` : format.NONE],
    ['Slippage cost', format.money(quality.slippage_cost)],
    ['Fees', format.money(quality.fees)],
    ['Fill rate', format.percent(quality.fill_rate, 0)],
    ['First fill', filled ? `${format.number(quality.time_to_first_fill_ms, 2)} ms` : format.NONE],
    ['Last fill', filled ? `${format.number(quality.time_to_last_fill_ms, 2)} ms` : format.NONE],
  ];
  return (
    <dl class="grid grid-cols-[repeat(auto-fill,minmax(120px,1fr))] gap-x-4 gap-y-1">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt class="text-[11px] text-quiet">{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Where its parts went: of an order that is laid over venues each leg, with what became of it. */
function Legs({ route }: { route: OrderRoute }): JSX.Element {
  return (
    <table class="w-full" aria-label="Legs at the venues">
      <thead class="text-left text-quiet">
        <tr>
          <th class="font-medium">Venue</th>
          <th class="text-right font-medium">Quantity</th>
          <th class="text-right font-medium">Filled</th>
          <th class="text-right font-medium">Price</th>
          <th class="pl-3 font-medium">State</th>
          <th class="font-medium">Sent</th>
        </tr>
      </thead>
      <tbody>
        {route.children.map((leg) => (
          <tr key={leg.child_id} data-leg={leg.venue}>
            <td title={leg.child_id}>{leg.venue}</td>
            <td class="text-right">{format.fixed(leg.quantity, quantityPlaces(route.symbol))}</td>
            <td class="text-right">{format.fixed(leg.filled_quantity, quantityPlaces(route.symbol))}</td>
            <td class="text-right">{format.price(leg.price, pricePlaces(route.symbol))}</td>
            <td class="pl-3" title={leg.reason}>
              <StatusBadge status={leg.state} /> {leg.reason}
            </td>
            <td>
              <Time at={leg.sent_time} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function decisionOf(events: LifeEvent[]): Decision | undefined {
  return events.find((event) => event.decision)?.decision;
}

function Detail({ id }: { id: string }): JSX.Element {
  void book.version.value;
  const known = book.order(id);
  const version = known?.sequence ?? 0;
  const path = `/api/v1/orders/${encodeURIComponent(id)}`;
  const fetched = useAnswer<Order>(path, known ? 0 : version);
  const events = useAnswer<LifeEvent[]>(`${path}/life`, version);
  const stages = useAnswer<TraceStage[]>(`${path}/trace`, version);
  const quality = useAnswer<OrderQuality>(`/api/v1/execution/orders/${encodeURIComponent(id)}`, version);
  const route = useAnswer<OrderRoute>(`${path}/route`, version);
  const order = known ?? fetched;
  const decision = events ? decisionOf(events) : undefined;
  return (
    <div data-life={id}>
      {order && <Summary order={order} />}
      {order === null && <p>No order {id}.</p>}
      <div class="grid gap-x-6 md:grid-cols-2">
        <Part title="Events">{events ? <Timeline events={events} /> : <p class="text-quiet">{events === null ? 'The ledger could not be read.' : 'Reading…'}</p>}</Part>
        <div>
          <Part title="What risk found">
            {decision && order ? <Checks checks={decision.checks} symbol={order.symbol} all /> : <p class="text-quiet">No decision of risk is on record.</p>}
          </Part>
          {route && route.children.length > 0 && (
            <Part title={route.reroutes > 0 ? `Venues, ${route.reroutes} times elsewhere` : 'Venues'}>
              <Legs route={route} />
            </Part>
          )}
          {quality && order && (
            <Part title="Execution">
              <Quality quality={quality} order={order} />
            </Part>
          )}
        </div>
      </div>
      <Part title="Latency stages">
        {stages && stages.length > 1 ? <Stages stages={stages} /> : <p class="text-quiet">{stages === undefined ? 'Reading…' : 'This order was not traced: one order a second is, and each that asks to be.'}</p>}
      </Part>
    </div>
  );
}

export function OrderDetail(): JSX.Element | null {
  const id = opened.value;
  if (id === null) return null;
  return (
    <Modal title={`Life of order ${id}`} wide onClose={() => (opened.value = null)}>
      <Detail key={id} id={id} />
    </Modal>
  );
}
