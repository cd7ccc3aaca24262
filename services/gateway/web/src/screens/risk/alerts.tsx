// What was refused, and what else risk warns of; each stays until somebody has seen it.
import type { JSX } from 'preact';
import { call } from '../../data/api.ts';
import { alerts } from '../../data/desk.ts';
import type { RiskAlert } from '../../data/types.ts';
import * as format from '../../lib/format.ts';
import { may, session } from '../../session.ts';
import { notifyError } from '../../ui/notices.tsx';
import { Time } from '../../ui/parts.tsx';
import { type Column, DataTable } from '../../ui/table.tsx';

async function acknowledge(alert: RiskAlert): Promise<void> {
  try {
    await call('POST', `/api/v1/risk/alerts/${encodeURIComponent(alert.alert_id)}/ack`, { body: { by: session.value.user } });
  } catch (error) {
    notifyError('acknowledge', error);
  }
}

export const COLUMNS: Column<RiskAlert>[] = [
  { id: 'time', title: 'Time', cell: (a) => <Time at={a.time} />, text: (a) => a.time ?? '' },
  { id: 'level', title: 'Level', cell: (a) => <span class={`badge ${a.level === 'CRITICAL' ? 'badge-sell' : 'badge-warn'}`}>{format.words(a.level)}</span>, text: (a) => a.level },
  { id: 'kind', title: 'Kind', cell: (a) => format.words(a.kind), text: (a) => a.kind },
  { id: 'account', title: 'Account', cell: (a) => a.account, text: (a) => a.account },
  { id: 'symbol', title: 'Symbol', cell: (a) => a.symbol, text: (a) => a.symbol },
  {
    id: 'message',
    title: 'What',
    cell: (a) => (
      <span class="inline-block max-w-96 truncate align-bottom" title={a.message}>
        {a.message}
      </span>
    ),
    text: (a) => a.message,
  },
  {
    id: 'seen',
    title: 'Seen',
    cell: (a) =>
      a.acknowledged ? (
        <span class="text-quiet">{a.acknowledged_by || 'yes'}</span>
      ) : (
        <button type="button" class="btn btn-small" disabled={!may('risk')} aria-label={`Acknowledge ${a.alert_id}`} onClick={() => void acknowledge(a)}>
          Acknowledge
        </button>
      ),
    text: (a) => (a.acknowledged ? a.acknowledged_by || 'yes' : ''),
  },
];

/** Newest first. */
export function alertRows(): RiskAlert[] {
  return [...(alerts.value.value ?? [])].reverse();
}

export function AlertsTable(): JSX.Element {
  return <DataTable label="Refusals and alerts" rows={alertRows()} columns={COLUMNS} keyOf={(a) => a.alert_id} empty="Nothing was refused." />;
}
