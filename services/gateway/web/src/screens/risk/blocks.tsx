// Blocked symbols: which they are, who blocked them and why; each block and its end has a written reason.
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { call } from '../../data/api.ts';
import { blocks, instruments } from '../../data/desk.ts';
import type { SymbolBlock } from '../../data/types.ts';
import * as format from '../../lib/format.ts';
import { may, session } from '../../session.ts';
import { Confirm, ReasonField } from '../../ui/confirm.tsx';
import { notify, notifyError } from '../../ui/notices.tsx';
import { Age, freshness } from '../../ui/parts.tsx';

async function change(symbol: string, block: boolean, reason: string, closingOnly = false): Promise<boolean> {
  try {
    const body = { reason, by: session.value.user, ...(block && closingOnly ? { closing_only: true } : {}) };
    const answer = await call<SymbolBlock>(block ? 'POST' : 'DELETE', `/api/v1/risk/symbol/${encodeURIComponent(symbol)}/block`, { body });
    notify('good', `${answer.symbol} is ${!answer.blocked && !answer.closing_only ? 'free to trade' : answer.closing_only ? 'for closing only' : 'blocked'}`);
    return true;
  } catch (error) {
    notifyError(block ? 'block' : 'unblock', error);
    return false;
  }
}

function Unblock({ symbol, onClose }: { symbol: string; onClose: () => void }): JSX.Element {
  const [reason, setReason] = useState('');
  return (
    <Confirm title={`Let ${symbol} trade again`} action="Unblock" tone="accent" disabled={reason.trim() === ''} onClose={onClose} onConfirm={async () => void (await change(symbol, false, reason.trim()))}>
      <p>Orders in {symbol} are taken again at once.</p>
      <ReasonField value={reason} onInput={setReason} />
    </Confirm>
  );
}

function BlockForm(): JSX.Element {
  const [symbol, setSymbol] = useState('');
  const [reason, setReason] = useState('');
  const [closing, setClosing] = useState(false);
  const chosen = symbol || (instruments.value[0]?.symbol ?? '');
  const send = async () => {
    if (await change(chosen, true, reason.trim(), closing)) setReason('');
  };
  const ready = reason.trim() !== '' && may('risk');
  return (
    <form class="space-y-1" onSubmit={(event) => event.preventDefault()}>
      <div class="grid grid-cols-[110px_1fr_auto] items-end gap-2">
        <div>
          <label class="label" for="block-symbol">
            Symbol
          </label>
          <select id="block-symbol" class="field" value={chosen} onChange={(event) => setSymbol(event.currentTarget.value)}>
            {instruments.value.map((one) => (
              <option key={one.symbol}>{one.symbol}</option>
            ))}
          </select>
        </div>
        <div>
          <label class="label" for="block-reason">
            Reason
          </label>
          <input id="block-reason" class="field" maxLength={200} value={reason} onInput={(event) => setReason(event.currentTarget.value)} />
        </div>
        <button type="button" class="btn" disabled={!ready} onClick={() => void send()}>
          Block
        </button>
      </div>
      <label class="flex items-center gap-2">
        <input type="checkbox" checked={closing} onChange={(event) => setClosing(event.currentTarget.checked)} />
        Only what opens: orders that close a position still pass
      </label>
    </form>
  );
}

export function Blocks(): JSX.Element {
  const [freed, setFreed] = useState('');
  const rows = blocks.value.value;
  return (
    <section aria-label="Blocked symbols" class="space-y-1 border-t border-line pt-2">
      <h3 class="flex items-center gap-2 font-semibold">
        Blocked symbols <Age fresh={freshness(blocks)} />
      </h3>
      {rows?.length === 0 && <p class="text-quiet">None: every symbol may be traded.</p>}
      <ul class="space-y-1" aria-label="Blocked symbols">
        {(rows ?? []).map((one) => (
          <li key={one.symbol} class="flex items-center gap-2" data-block={one.symbol}>
            <span class={`badge ${one.closing_only ? 'badge-warn' : 'badge-sell'}`}>{one.symbol}</span>
            <span class="min-w-0 flex-1 truncate" title={one.reason}>
              {one.closing_only && 'closing only: '}
              {one.reason} ({one.by || 'unknown'})
            </span>
            <button type="button" class="btn btn-small" disabled={!may('risk')} aria-label={`Unblock ${one.symbol}`} onClick={() => setFreed(one.symbol)}>
              Unblock
            </button>
          </li>
        ))}
      </ul>
      <BlockForm />
      <p class="text-quiet">Refusals for a blocked symbol carry the reason {format.words('SYMBOL_BLOCKED')}; cancels always go out.</p>
      {freed && <Unblock symbol={freed} onClose={() => setFreed('')} />}
    </section>
  );
}
