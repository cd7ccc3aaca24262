// Trade: one symbol's market, the ticket, and what of ours is working.
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { instruments } from '../data/desk.ts';
import { addCommands } from '../keys.ts';
import { go } from '../router.ts';
import { CandleChart } from './trade/chart.tsx';
import { Blotter } from './trade/blotter.tsx';
import { Ladder } from './trade/ladder.tsx';
import { edit, followSymbol, focusTicket, MODES, symbol, ticketMode } from './trade/state.ts';
import { Tape } from './trade/tape.tsx';
import { Ticket } from './trade/ticket.tsx';
import { Watch } from './trade/watch.tsx';

function step(by: number): void {
  const list = instruments.value;
  const at = list.findIndex((one) => one.symbol === symbol.value);
  const next = list[(at + by + list.length) % list.length];
  if (next) go('trade', next.symbol);
}

function one(change: { type: string }): void {
  ticketMode.value = 'order';
  edit(change);
}

export default function Trade(): JSX.Element {
  useEffect(() => followSymbol(), []);
  useEffect(
    () =>
      addCommands([
        { id: 'buy', title: 'Buy: to the ticket', group: 'Trade', keys: 'b', run: () => focusTicket('BUY') },
        { id: 'sell', title: 'Sell: to the ticket', group: 'Trade', keys: 's', run: () => focusTicket('SELL') },
        { id: 'market', title: 'Market order', group: 'Trade', keys: 'm', run: () => one({ type: 'MARKET' }) },
        { id: 'limit', title: 'Limit order', group: 'Trade', keys: 'l', run: () => one({ type: 'LIMIT' }) },
        ...MODES.map((mode, at) => ({ id: `ticket-${mode.id}`, title: `Ticket: ${mode.does}`, group: 'Trade', keys: `${at + 1}`, run: () => (ticketMode.value = mode.id) })),
        { id: 'ladder', title: 'To the depth ladder', group: 'Trade', keys: 'd', run: () => document.querySelector<HTMLElement>('#ladder td button[tabindex="0"]')?.focus() },
        { id: 'filter', title: 'Filter symbols', group: 'Trade', keys: '/', run: () => document.getElementById('watch-filter')?.focus() },
        { id: 'next', title: 'Next symbol', group: 'Trade', keys: ']', run: () => step(1) },
        { id: 'previous', title: 'Previous symbol', group: 'Trade', keys: '[', run: () => step(-1) },
      ]),
    [],
  );
  return (
    <div class="trade-grid">
      <Watch />
      <CandleChart />
      <Blotter />
      <Ladder />
      <Tape />
      <Ticket />
    </div>
  );
}
