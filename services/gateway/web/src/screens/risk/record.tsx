// What is on record: refusals and alerts, what each throw of the kill switch led to, strategies that were switched off, and
// who changed what.
import { signal } from '@preact/signals';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { changes, disabledStrategies, enableStrategy, killReports, scopeText } from '../../data/controls.ts';
import { alerts } from '../../data/desk.ts';
import type { DisabledStrategy, KillReport, RiskChange } from '../../data/types.ts';
import * as format from '../../lib/format.ts';
import { may, session } from '../../session.ts';
import { Confirm, ReasonField } from '../../ui/confirm.tsx';
import { notify, notifyError } from '../../ui/notices.tsx';
import { freshness, Panel, Time, useResource } from '../../ui/parts.tsx';
import { type Column, DataTable, saveCsv } from '../../ui/table.tsx';
import { alertRows, AlertsTable, COLUMNS as ALERTS } from './alerts.tsx';

type Tab = 'alerts' | 'kills' | 'strategies' | 'changes';
const tab = signal<Tab>('alerts');
const enabling = signal<DisabledStrategy | null>(null);

const long = (text: string) => (
  <span class="inline-block max-w-96 truncate align-bottom" title={text}>
    {text}
  </span>
);
const millis = (value: string) => (value === '' ? format.NONE : `${format.fixed(value, 1)} ms`);

const KILLS: Column<KillReport>[] = [
  { id: 'time', title: 'Engaged', cell: (r) => <Time at={r.engaged_time} date />, text: (r) => r.engaged_time ?? '' },
  { id: 'scope', title: 'Stopped', cell: (r) => scopeText(r), text: (r) => scopeText(r) },
  { id: 'drill', title: 'Drill', cell: (r) => (r.drill ? 'drill' : ''), text: (r) => (r.drill ? 'drill' : '') },
  { id: 'blocked', title: 'No order left after', number: true, cell: (r) => (r.blocked ? millis(r.blocked_ms) : <span class="badge badge-warn badge-pending">not yet</span>), text: (r) => (r.blocked ? r.blocked_ms : '') },
  { id: 'open', title: 'Were working', number: true, cell: (r) => r.open_orders, text: (r) => String(r.open_orders) },
  {
    id: 'confirmed',
    title: 'All canceled after',
    number: true,
    cell: (r) => (!r.cancels ? 'not asked' : r.confirmed ? millis(r.confirmed_ms) : <span class="badge badge-warn">{r.left_open} left</span>),
    text: (r) => (r.cancels && r.confirmed ? r.confirmed_ms : ''),
  },
  { id: 'by', title: 'By', cell: (r) => r.by, text: (r) => r.by },
  { id: 'reason', title: 'Reason', cell: (r) => long(r.reason), text: (r) => r.reason },
];

const STRATEGIES: Column<DisabledStrategy>[] = [
  { id: 'strategy', title: 'Strategy', cell: (s) => <strong>{s.strategy}</strong>, text: (s) => s.strategy },
  { id: 'time', title: 'Since', cell: (s) => <Time at={s.changed_time} date />, text: (s) => s.changed_time ?? '' },
  { id: 'reason', title: 'Why', cell: (s) => long(s.reason), text: (s) => s.reason },
  {
    id: 'actions',
    title: '',
    cell: (s) => (
      <button type="button" class="btn btn-small" disabled={!may('risk')} aria-label={`Enable ${s.strategy}`} onClick={() => (enabling.value = s)}>
        Enable
      </button>
    ),
    text: () => '',
  },
];

const CHANGES: Column<RiskChange>[] = [
  { id: 'time', title: 'Time', cell: (c) => <Time at={c.time} date />, text: (c) => c.time ?? '' },
  { id: 'kind', title: 'What', cell: (c) => format.words(c.kind), text: (c) => c.kind },
  { id: 'of', title: 'Of', cell: (c) => [c.scope, c.name].filter(Boolean).join(' '), text: (c) => [c.scope, c.name].filter(Boolean).join(' ') },
  { id: 'text', title: 'Now holds', cell: (c) => long(c.text), text: (c) => c.text },
  { id: 'by', title: 'By', cell: (c) => c.by, text: (c) => c.by },
  { id: 'reason', title: 'Reason', cell: (c) => long(c.reason), text: (c) => c.reason },
  { id: 'sequence', title: '#', number: true, cell: (c) => c.sequence, text: (c) => String(c.sequence) },
];

function Kills(): JSX.Element {
  const rows = [...(killReports.value.value ?? [])].reverse();
  return <DataTable label="Kill switch reports" rows={rows} columns={KILLS} keyOf={(r) => String(r.generation)} empty="The switch was never thrown." />;
}

function Strategies(): JSX.Element {
  useResource(disabledStrategies);
  return <DataTable label="Strategies switched off" rows={disabledStrategies.value.value ?? []} columns={STRATEGIES} keyOf={(s) => s.strategy} empty="No strategy is switched off." onOpen={(s) => may('risk') && (enabling.value = s)} />;
}

function Changes(): JSX.Element {
  useResource(changes);
  return <DataTable label="Changes" rows={changes.value.value ?? []} columns={CHANGES} keyOf={(c) => String(c.sequence)} empty="Nothing was changed." />;
}

function Enable({ strategy, onClose }: { strategy: DisabledStrategy; onClose: () => void }): JSX.Element {
  const [reason, setReason] = useState('');
  const enable = async () => {
    try {
      await enableStrategy(strategy.strategy, reason.trim(), session.value.user);
      notify('good', `strategy ${strategy.strategy} may trade again`);
    } catch (error) {
      notifyError(`enable ${strategy.strategy}`, error);
    }
  };
  return (
    <Confirm title={`Enable ${strategy.strategy}`} action="Let it trade again" tone="accent" disabled={reason.trim() === ''} onClose={onClose} onConfirm={enable}>
      <p>It was switched off: {strategy.reason}.</p>
      <ReasonField value={reason} onInput={setReason} />
    </Confirm>
  );
}

function saveShown(): void {
  if (tab.value === 'alerts') saveCsv('risk-alerts.csv', alertRows(), ALERTS);
  else if (tab.value === 'kills') saveCsv('kill-reports.csv', killReports.value.value ?? [], KILLS);
  else if (tab.value === 'strategies') saveCsv('strategies-off.csv', disabledStrategies.value.value ?? [], STRATEGIES);
  else saveCsv('risk-changes.csv', changes.value.value ?? [], CHANGES);
}

export function Record(): JSX.Element {
  const open = alertRows().filter((one) => !one.acknowledged).length;
  const tabs: [Tab, string][] = [
    ['alerts', `Alerts (${open} open)`],
    ['kills', 'Kill reports'],
    ['strategies', 'Strategies off'],
    ['changes', 'Changes'],
  ];
  const shown = { alerts, kills: killReports, strategies: disabledStrategies, changes }[tab.value];
  return (
    <Panel
      title="On record"
      fresh={freshness(shown)}
      class="max-lg:h-96"
      actions={
        <>
          {tabs.map(([id, title]) => (
            <button key={id} type="button" id={`record-${id}`} class="btn btn-small" aria-pressed={tab.value === id} onClick={() => (tab.value = id)}>
              {title}
            </button>
          ))}
          <button type="button" class="btn btn-small" onClick={saveShown}>
            CSV
          </button>
        </>
      }
    >
      {tab.value === 'alerts' && <AlertsTable />}
      {tab.value === 'kills' && <Kills />}
      {tab.value === 'strategies' && <Strategies />}
      {tab.value === 'changes' && <Changes />}
      {enabling.value && <Enable strategy={enabling.value} onClose={() => (enabling.value = null)} />}
    </Panel>
  );
}
