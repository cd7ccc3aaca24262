// The depth ladder: both sides of the book in steps, our own orders among them. A click, or Enter, on a price takes it
// into the ticket, or places at once when that is switched on.
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { cancel, submit } from '../../data/actions.ts';
import { newKey } from '../../data/api.ts';
import { now, pricePlaces, quantityPlaces } from '../../data/desk.ts';
import type { Side } from '../../data/types.ts';
import { parse, parseOr0, toText } from '../../lib/decimal.ts';
import * as format from '../../lib/format.ts';
import { type LadderRow, ladderSide } from '../../lib/ladder.ts';
import { faultsOf, requestOf } from '../../lib/ticket.ts';
import { may } from '../../session.ts';
import { clickPlaces } from '../../settings.ts';
import { notify, notifyError } from '../../ui/notices.tsx';
import { Panel } from '../../ui/parts.tsx';
import { depth, depthAt, edit, editLeg, editSetting, farPrice, instrument, restingHere, symbol, ticketMode, wholeDraft } from './state.ts';

const ROWS = 14;
const STEPS = [1n, 10n, 100n, 1000n, 10000n];
const STALE_MS = 5000;

async function takePrice(side: Side, price: string): Promise<void> {
  if (ticketMode.value === 'algo') {
    edit({ side });
    editSetting('limit_price', price);
    return;
  }
  if (ticketMode.value === 'oco') {
    edit({ side });
    editLeg('profit', price);
    return;
  }
  edit({ side, price, type: 'LIMIT' });
  const rules = instrument.value;
  if (ticketMode.value !== 'order' || !clickPlaces.value || !rules || !may('trade')) {
    document.getElementById('ticket-quantity')?.focus();
    return;
  }
  const draft = wholeDraft.value;
  const fault = Object.values(faultsOf(draft, rules, farPrice(side)))[0];
  if (fault) {
    notify('bad', `not placed: quantity ${fault}`);
    document.getElementById('ticket-quantity')?.focus();
    return;
  }
  try {
    await submit({ ...requestOf(draft, rules, farPrice(side)), client_order_id: newKey() });
  } catch (error) {
    notifyError('order', error);
  }
}

interface RowProps {
  row: LadderRow;
  side: Side;
  most: bigint;
  first: boolean;
}

function Row({ row, side, most, first }: RowProps): JSX.Element {
  const places = pricePlaces(symbol.value);
  const width = most > 0n ? Number((parseOr0(row.size) * 100n) / most) : 0;
  const buy = side === 'BUY';
  const price = format.fixed(row.price, places);
  return (
    <tr data-price={row.price} data-side={side} class="relative hover:bg-raised">
      <td class="px-1 text-right">
        {row.orders.length > 0 && (
          <button
            type="button"
            class={`badge ${buy ? 'badge-buy' : 'badge-sell'}`}
            data-own={row.own}
            aria-label={`Cancel own ${side} ${row.own} at ${price}`}
            title={`${row.orders.length} of our orders; click cancels`}
            onClick={() => void Promise.all(row.orders.map(cancel))}
          >
            {format.fixed(row.own, quantityPlaces(symbol.value))} ×
          </button>
        )}
      </td>
      <td class="p-0">
        <button
          type="button"
          class={`w-full px-2 text-right font-semibold ${buy ? 'text-buy' : 'text-sell'}`}
          tabIndex={first ? 0 : -1}
          aria-label={`${buy ? 'Buy' : 'Sell'} at ${price}`}
          onClick={() => void takePrice(side, row.price)}
        >
          {price}
        </button>
      </td>
      <td class="relative px-1.5 text-right">
        <span class="absolute inset-y-px right-0" style={{ width: `${width}%`, background: `var(--bar-${buy ? 'buy' : 'sell'})` }} />
        <span class="relative">{format.fixed(row.size, quantityPlaces(symbol.value))}</span>
      </td>
      <td class="px-1.5 text-right text-quiet">{format.fixed(row.total, quantityPlaces(symbol.value))}</td>
    </tr>
  );
}

function onKeyDown(event: KeyboardEvent): void {
  if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
  const buttons = [...(event.currentTarget as HTMLElement).querySelectorAll<HTMLButtonElement>('td:nth-child(2) button')];
  const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
  buttons[Math.max(0, Math.min(buttons.length - 1, at + (event.key === 'ArrowDown' ? 1 : -1)))]?.focus();
  event.preventDefault();
}

function Spread({ bid, ask }: { bid: LadderRow | undefined; ask: LadderRow | undefined }): JSX.Element {
  const spread = bid && ask ? toText(parseOr0(ask.price) - parseOr0(bid.price)) : '';
  return (
    <tr class="bg-raised">
      <td colSpan={4} class="px-2 py-0.5 text-center text-quiet">
        spread {format.fixed(spread, pricePlaces(symbol.value))}
      </td>
    </tr>
  );
}

export function Ladder(): JSX.Element {
  const [step, setStep] = useState(0);
  const book = depth.value;
  const size = (parse(instrument.value?.tick_size) ?? 1n) * STEPS[step]!;
  const asks = book ? ladderSide(book.asks, restingHere.value, 'SELL', size, ROWS) : [];
  const bids = book ? ladderSide(book.bids, restingHere.value, 'BUY', size, ROWS) : [];
  const most = [...asks, ...bids].reduce((top, row) => (parseOr0(row.size) > top ? parseOr0(row.size) : top), 0n);
  void now.value;
  const stale = book?.stale === true;
  return (
    <Panel
      title="Depth"
      fresh={{ at: stale ? Number.NEGATIVE_INFINITY : depthAt.value, staleAfterMs: STALE_MS }}
      class="area-ladder"
      actions={
        <>
          <button type="button" class="btn btn-small" aria-pressed={clickPlaces.value} title="A click on a price places the ticket's quantity there at once" onClick={() => (clickPlaces.value = !clickPlaces.value)}>
            Click places
          </button>
          <label class="sr-only" for="ladder-step">
            Step
          </label>
          <select id="ladder-step" class="field w-auto min-h-5 py-0" value={step} onChange={(event) => setStep(Number(event.currentTarget.value))}>
            {STEPS.map((steps, index) => (
              <option key={index} value={index}>
                {toText((parse(instrument.value?.tick_size) ?? 1n) * steps)}
              </option>
            ))}
          </select>
        </>
      }
    >
      <div id="ladder" class="min-h-0 flex-1 overflow-auto" tabIndex={0} role="group" aria-label="Depth ladder" onKeyDown={onKeyDown}>
        <table class="w-full border-collapse">
          <thead class="text-quiet">
            <tr>
              <th class="px-1 text-right font-medium">Own</th>
              <th class="px-1.5 text-right font-medium">Price</th>
              <th class="px-1.5 text-right font-medium">Size</th>
              <th class="px-1.5 text-right font-medium">Total</th>
            </tr>
          </thead>
          <tbody>
            {[...asks].reverse().map((row, index) => (
              <Row key={`a${row.price}`} row={row} side="SELL" most={most} first={index === asks.length - 1} />
            ))}
            <Spread bid={bids[0]} ask={asks[0]} />
            {bids.map((row, index) => (
              <Row key={`b${row.price}`} row={row} side="BUY" most={most} first={index === 0} />
            ))}
          </tbody>
        </table>
        {!book && <p class="p-3 text-quiet">No book yet.</p>}
      </div>
    </Panel>
  );
}
