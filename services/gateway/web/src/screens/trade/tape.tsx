// The tape: the market's trades as they happen.
import type { JSX } from 'preact';
import { pricePlaces, quantityPlaces } from '../../data/desk.ts';
import * as format from '../../lib/format.ts';
import { utc } from '../../settings.ts';
import { Panel } from '../../ui/parts.tsx';
import { symbol, tape } from './state.ts';

export function Tape(): JSX.Element {
  const prices = pricePlaces(symbol.value);
  const quantities = quantityPlaces(symbol.value);
  return (
    <Panel title="Trades" class="area-tape">
      <div class="min-h-0 flex-1 overflow-auto" tabIndex={0} role="group" aria-label="Trades of the market">
        <table class="w-full" aria-label="Trades of the market">
          <tbody>
            {tape.value.map((trade) => (
              <tr key={`${trade.venue}${trade.source_seq}`}>
                <td class="px-2 text-quiet">{format.timeOfDay(trade.timestamp, utc.value, false)}</td>
                <td class={`px-2 text-right ${trade.side === 'BUY' ? 'up' : 'down'}`}>{format.fixed(trade.price, prices)}</td>
                <td class="px-2 text-right">{format.fixed(trade.quantity, quantities)}</td>
              </tr>
            ))}
          </tbody>
        </table>
        {tape.value.length === 0 && <p class="p-3 text-quiet">No trade yet.</p>}
      </div>
    </Panel>
  );
}
