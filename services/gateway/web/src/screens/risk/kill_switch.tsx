// The kill switch and the blocks of symbols. What it took is measured here: until risk had it on disk and every gate
// answered, and until no order was working any more.
import { signal } from '@preact/signals';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { call, get } from '../../data/api.ts';
import { instruments, killSwitch } from '../../data/desk.ts';
import type { KillSwitch, Order } from '../../data/types.ts';
import * as format from '../../lib/format.ts';
import { may, session } from '../../session.ts';
import { Confirm, ReasonField } from '../../ui/confirm.tsx';
import { notify, notifyError } from '../../ui/notices.tsx';
import { freshness, Panel, Time } from '../../ui/parts.tsx';

const CANCEL_WATCH_MS = 30_000;
const CANCEL_LOOK_MS = 100;

interface Measured {
  engaged: boolean;
  what: string;
  answeredMs: number;
  clearedMs: number | null;
  left: number;
}
const measured = signal<Measured | null>(null);

/** Looks until nothing works any more, or the time is over. */
async function watchCancels(start: number): Promise<void> {
  while (performance.now() - start < CANCEL_WATCH_MS) {
    try {
      const open = await get<Order[]>('/api/v1/orders', { open_only: true, limit: 1000 });
      const now = performance.now() - start;
      if (measured.value) measured.value = { ...measured.value, left: open.length, clearedMs: open.length === 0 ? now : null };
      if (open.length === 0) return;
    } catch {
      // Looked at again.
    }
    await new Promise((done) => setTimeout(done, CANCEL_LOOK_MS));
  }
}

async function change(engage: boolean, reason: string, cancelOpen: boolean): Promise<void> {
  const start = performance.now();
  try {
    const body = engage ? { reason, by: session.value.user, cancel_open_orders: cancelOpen } : { reason, by: session.value.user };
    const state = await call<KillSwitch>(engage ? 'POST' : 'DELETE', '/api/v1/risk/kill-switch', { body });
    measured.value = { engaged: engage, what: `${engage ? 'Engaged' : 'Released'}, generation ${state.generation}`, answeredMs: performance.now() - start, clearedMs: null, left: 0 };
    await killSwitch.refresh();
    if (engage && cancelOpen) void watchCancels(start);
  } catch (error) {
    notifyError('kill switch', error);
  }
}

function Question({ engage, onClose }: { engage: boolean; onClose: () => void }): JSX.Element {
  const [reason, setReason] = useState('');
  const [cancelOpen, setCancelOpen] = useState(true);
  return (
    <Confirm
      title={engage ? 'Engage the kill switch' : 'Release the kill switch'}
      action={engage ? 'Stop all orders' : 'Let orders go out again'}
      tone={engage ? 'sell' : 'accent'}
      disabled={reason.trim() === ''}
      onClose={onClose}
      onConfirm={() => change(engage, reason.trim(), cancelOpen)}
    >
      <p>{engage ? 'No order of any account leaves the platform until the switch is released. Cancels still go out.' : 'Orders of every account are taken again at once.'}</p>
      <ReasonField value={reason} onInput={setReason} />
      {engage && (
        <label class="flex items-center gap-2">
          <input type="checkbox" checked={cancelOpen} onChange={(event) => setCancelOpen(event.currentTarget.checked)} />
          Cancel every working order as well
        </label>
      )}
    </Confirm>
  );
}

function Blocks(): JSX.Element {
  const [symbol, setSymbol] = useState('');
  const [reason, setReason] = useState('');
  const chosen = symbol || (instruments.value[0]?.symbol ?? '');
  const send = async (block: boolean) => {
    try {
      const answer = await call<{ symbol: string; blocked: boolean }>(block ? 'POST' : 'DELETE', `/api/v1/risk/symbol/${encodeURIComponent(chosen)}/block`, {
        body: { reason: reason.trim(), by: session.value.user },
      });
      notify('good', `${answer.symbol} is ${answer.blocked ? 'blocked' : 'free to trade'}`);
      setReason('');
    } catch (error) {
      notifyError(block ? 'block' : 'unblock', error);
    }
  };
  const ready = reason.trim() !== '' && may('risk');
  return (
    <form class="grid grid-cols-[110px_1fr_auto_auto] items-end gap-2" onSubmit={(event) => event.preventDefault()}>
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
      <button type="button" class="btn" disabled={!ready} onClick={() => void send(true)}>
        Block
      </button>
      <button type="button" class="btn" disabled={!ready} onClick={() => void send(false)}>
        Unblock
      </button>
    </form>
  );
}

export function KillSwitchPanel(): JSX.Element {
  const [asks, setAsks] = useState<'engage' | 'release' | null>(null);
  const state = killSwitch.value.value;
  const took = measured.value;
  return (
    <Panel title="Kill switch and blocks" fresh={freshness(killSwitch)}>
      <div class="min-h-0 flex-1 space-y-3 overflow-auto p-3" tabIndex={0} role="group" aria-label="Kill switch and blocks">
        <div class="flex items-center gap-3">
          <span class={`badge px-2 text-sm leading-6 ${state?.engaged ? 'badge-sell' : 'badge-buy'}`} data-kill-state={state ? String(state.engaged) : ''}>
            {state ? (state.engaged ? 'ENGAGED' : 'Released') : 'not known'}
          </span>
          <button type="button" id="kill-engage" class="btn btn-sell" disabled={!state || state.engaged || !may('risk')} onClick={() => setAsks('engage')}>
            Engage
          </button>
          <button type="button" id="kill-release" class="btn" disabled={!state?.engaged || !may('risk')} onClick={() => setAsks('release')}>
            Release
          </button>
        </div>
        {state && state.generation > 0 && (
          <p class="text-quiet">
            Generation {state.generation}
            {state.reason && `: ${state.reason}`}
            {state.by && ` (${state.by})`} <Time at={state.changed_time} date />
          </p>
        )}
        {took && (
          <p role="status" data-kill-measured={took.answeredMs.toFixed(1)}>
            {took.what}. {took.engaged ? 'No order could leave after' : 'Orders could leave again after'} <strong>{took.answeredMs.toFixed(1)} ms</strong>, from the click to risk's answer.
            {took.clearedMs !== null && (
              <>
                {' '}
                Nothing was working any more after <strong>{took.clearedMs.toFixed(0)} ms</strong>.
              </>
            )}
            {took.left > 0 && ` ${took.left} orders are still working.`}
          </p>
        )}
        <h3 class="border-t border-line pt-2 font-semibold">Block a symbol</h3>
        <Blocks />
        <p class="text-quiet">Refusals for a blocked symbol carry the reason {format.words('SYMBOL_BLOCKED')}; cancels always go out.</p>
      </div>
      {asks && <Question engage={asks === 'engage'} onClose={() => setAsks(null)} />}
    </Panel>
  );
}
