// The ticket: what is sent is checked against its instrument's rules while it is written, and shown to risk before.
import type { JSX } from 'preact';
import { Panel } from '../../ui/parts.tsx';
import { MODES, symbol, ticketMode } from './state.ts';
import { AlgoForm } from './ticket/algo.tsx';
import { LinkedForm } from './ticket/linked.tsx';
import { OrderForm } from './ticket/order.tsx';

function Modes(): JSX.Element {
  return (
    <div class="mb-2 flex gap-0.5" role="radiogroup" aria-label="Kind of ticket">
      {MODES.map((one) => (
        <button key={one.id} type="button" role="radio" id={`ticket-mode-${one.id}`} aria-checked={ticketMode.value === one.id} title={one.does} class="btn btn-small flex-1" onClick={() => (ticketMode.value = one.id)}>
          {one.title}
        </button>
      ))}
    </div>
  );
}

export function Ticket(): JSX.Element {
  return (
    <Panel title={`Ticket ${symbol.value}`} class="area-ticket">
      <div class="min-h-0 flex-1 overflow-auto p-2">
        <Modes />
        {ticketMode.value === 'order' && <OrderForm />}
        {ticketMode.value === 'algo' && <AlgoForm />}
        {(ticketMode.value === 'bracket' || ticketMode.value === 'oto' || ticketMode.value === 'oco') && <LinkedForm key={ticketMode.value} kind={ticketMode.value} />}
      </div>
    </Panel>
  );
}
