// The kill switch at every scope. What a throw took is measured by risk: until oms and
// live-gateway had it, so that no order could leave, and until the last cancel was confirmed.
import { signal } from '@preact/signals';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { engagedSwitches, KILL_SCOPES, killReports, scopeText, throwSwitch } from '../../data/controls.ts';
import { instruments, killSwitch } from '../../data/desk.ts';
import type { KillReport, KillSwitch } from '../../data/types.ts';
import { may, session } from '../../session.ts';
import { Confirm, ReasonField } from '../../ui/confirm.tsx';
import { notifyError } from '../../ui/notices.tsx';
import { freshness, Panel, Time } from '../../ui/parts.tsx';
import { Blocks } from './blocks.tsx';

const measured = signal<{ engaged: boolean; what: string; generation: number; answeredMs: number } | null>(null);

interface Wish {
  engage: boolean;
  scope: string;
  name: string;
}

async function change({ engage, scope, name }: Wish, reason: string, cancels: boolean, drill: boolean): Promise<void> {
  const start = performance.now();
  try {
    const more = engage ? { cancel_open_orders: cancels, drill } : {};
    const state = await throwSwitch(engage, { scope, name, reason, by: session.value.user, ...more });
    measured.value = { engaged: engage, what: `${engage ? 'Engaged' : 'Released'} for ${scopeText({ scope, name })}`, generation: state.generation, answeredMs: performance.now() - start };
  } catch (error) {
    notifyError('kill switch', error);
  }
}

function ScopeFields({ wish, onChange }: { wish: Wish; onChange: (wish: Wish) => void }): JSX.Element {
  return (
    <div class="grid grid-cols-2 gap-2">
      <div>
        <label class="label" for="kill-scope">
          Stops the orders of
        </label>
        <select
          id="kill-scope"
          class="field"
          value={wish.scope}
          onChange={(event) => {
            const scope = event.currentTarget.value;
            onChange({ ...wish, scope, name: scope === 'symbol' ? (instruments.value[0]?.symbol ?? '') : '' });
          }}
        >
          {KILL_SCOPES.map((one) => (
            <option key={one} value={one}>
              {one === 'firm' ? 'the whole firm' : `one ${one}`}
            </option>
          ))}
        </select>
      </div>
      {wish.scope !== 'firm' && (
        <div>
          <label class="label" for="kill-name">
            Name of the {wish.scope}
          </label>
          {wish.scope === 'symbol' ? (
            <select id="kill-name" class="field" value={wish.name} onChange={(event) => onChange({ ...wish, name: event.currentTarget.value })}>
              {instruments.value.map((one) => (
                <option key={one.symbol}>{one.symbol}</option>
              ))}
            </select>
          ) : (
            <input id="kill-name" class="field" required maxLength={64} value={wish.name} onInput={(event) => onChange({ ...wish, name: event.currentTarget.value })} />
          )}
        </div>
      )}
    </div>
  );
}

function Question({ asked, onClose }: { asked: Wish; onClose: () => void }): JSX.Element {
  const [wish, setWish] = useState(asked);
  const [reason, setReason] = useState('');
  const [cancels, setCancels] = useState(true);
  const [drill, setDrill] = useState(false);
  const { engage } = wish;
  const named = wish.scope === 'firm' || wish.name.trim() !== '';
  return (
    <Confirm
      title={engage ? 'Engage the kill switch' : `Release the kill switch of ${scopeText(wish)}`}
      action={engage ? 'Stop orders' : 'Let orders go out again'}
      tone={engage ? 'sell' : 'accent'}
      disabled={reason.trim() === '' || !named}
      onClose={onClose}
      onConfirm={() => change({ ...wish, name: wish.name.trim() }, reason.trim(), cancels, drill)}
    >
      <p>{engage ? 'No order in its scope leaves the platform until the switch is released. Cancels still go out.' : 'Orders in its scope are taken again at once, unless another switch stops them.'}</p>
      {engage && <ScopeFields wish={wish} onChange={setWish} />}
      <ReasonField value={reason} onInput={setReason} />
      {engage && (
        <>
          <label class="flex items-center gap-2">
            <input type="checkbox" checked={cancels} onChange={(event) => setCancels(event.currentTarget.checked)} />
            Cancel every working order in its scope as well
          </label>
          <label class="flex items-center gap-2">
            <input id="kill-drill" type="checkbox" checked={drill} onChange={(event) => setDrill(event.currentTarget.checked)} />
            A drill: everything is done, and the report says so
          </label>
        </>
      )}
    </Confirm>
  );
}

/** By the report of its generation: it grows until the last cancel is confirmed. */
function Took({ report }: { report: KillReport }): JSX.Element {
  return (
    <>
      {report.blocked && (
        <>
          No order could leave after <strong>{report.blocked_ms} ms</strong>, when every gate had it.{' '}
        </>
      )}
      {report.cancels && report.confirmed && (
        <>
          Nothing was working any more after <strong>{report.confirmed_ms} ms</strong> ({report.open_orders} before).
        </>
      )}
      {report.cancels && !report.confirmed && `${report.left_open} of ${report.open_orders} orders are still working.`}
    </>
  );
}

function Measured(): JSX.Element | null {
  const took = measured.value;
  if (!took) return null;
  const report = took.engaged ? killReports.value.value?.find((one) => one.generation === took.generation) : undefined;
  return (
    <p role="status" data-kill-measured={took.answeredMs.toFixed(1)}>
      {took.what}, generation {took.generation}: risk's answer came {took.answeredMs.toFixed(1)} ms after the click. {report && <Took report={report} />}
    </p>
  );
}

function Engaged({ one, onRelease }: { one: KillSwitch; onRelease: () => void }): JSX.Element {
  const firm = one.scope === '' || one.scope === 'firm';
  return (
    <li class="flex items-center gap-2" data-kill-scope={firm ? 'firm' : `${one.scope} ${one.name}`}>
      <span class="badge badge-sell">{scopeText(one)}</span>
      <span class="min-w-0 flex-1 truncate" title={one.reason}>
        {one.drill && 'drill: '}
        {one.reason} ({one.by || 'unknown'}) <Time at={one.changed_time} />
      </span>
      <button type="button" id={firm ? 'kill-release' : undefined} class="btn btn-small" disabled={!may('risk')} aria-label={`Release ${scopeText(one)}`} onClick={onRelease}>
        Release
      </button>
    </li>
  );
}

export function KillSwitchPanel(): JSX.Element {
  const [asks, setAsks] = useState<Wish | null>(null);
  const state = killSwitch.value.value;
  const engaged = engagedSwitches(state);
  return (
    <Panel title="Kill switch and blocks" fresh={freshness(killSwitch)}>
      <div class="min-h-0 flex-1 space-y-3 overflow-auto p-3" tabIndex={0} role="group" aria-label="Kill switch and blocks">
        <div class="flex items-center gap-3">
          <span class={`badge px-2 text-sm leading-6 ${state?.engaged ? 'badge-sell' : engaged.length > 0 ? 'badge-warn' : 'badge-buy'}`} data-kill-state={state ? String(state.engaged) : ''}>
            {state ? (state.engaged ? 'ENGAGED' : engaged.length > 0 ? 'Engaged in part' : 'Released') : 'not known'}
          </span>
          <button type="button" id="kill-engage" class="btn btn-sell" disabled={!state || !may('risk')} onClick={() => setAsks({ engage: true, scope: 'firm', name: '' })}>
            Engage…
          </button>
          {state && state.generation > 0 && <span class="text-quiet">generation {state.generation}</span>}
        </div>
        {engaged.length > 0 && (
          <ul class="space-y-1" aria-label="Engaged switches">
            {engaged.map((one) => (
              <Engaged key={scopeText(one)} one={one} onRelease={() => setAsks({ engage: false, scope: one.scope || 'firm', name: one.name })} />
            ))}
          </ul>
        )}
        <Measured />
        <Blocks />
      </div>
      {asks && <Question asked={asks} onClose={() => setAsks(null)} />}
    </Panel>
  );
}
