// The access log: sign-ins, refusals, every change of rights.
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { audit, type AuditEntry } from '../../data/admin.ts';
import { freshness, Panel, Time, useResource } from '../../ui/parts.tsx';
import { type Column, DataTable, saveCsv } from '../../ui/table.tsx';

const columns: Column<AuditEntry>[] = [
  { id: 'sequence', title: '#', number: true, cell: (e) => e.sequence, text: (e) => String(e.sequence) },
  { id: 'time', title: 'Time', cell: (e) => <Time at={e.time} date />, text: (e) => e.time ?? '' },
  { id: 'kind', title: 'What', cell: (e) => <span class={`badge ${e.kind === 'denied' || e.kind === 'login_failed' ? 'badge-warn' : ''}`}>{e.kind.replaceAll('_', ' ')}</span>, text: (e) => e.kind },
  { id: 'user', title: 'Who', cell: (e) => e.user || '–', text: (e) => e.user },
  { id: 'subject', title: 'On what', cell: (e) => e.subject, text: (e) => e.subject },
  { id: 'text', title: 'More', cell: (e) => e.text, text: (e) => e.text },
  { id: 'peer', title: 'From', cell: (e) => e.peer, text: (e) => e.peer },
];

export function AccessLog(): JSX.Element {
  useResource(audit);
  const [filter, setFilter] = useState('');
  const wanted = filter.trim().toLowerCase();
  const rows = [...(audit.value.value ?? [])].reverse().filter((entry) => wanted === '' || columns.some((column) => column.text(entry).toLowerCase().includes(wanted)));
  return (
    <Panel
      title="Access log"
      fresh={freshness(audit)}
      actions={
        <>
          <input class="field w-40" aria-label="Filter the access log" placeholder="Filter" value={filter} onInput={(event) => setFilter(event.currentTarget.value)} />
          <button type="button" class="btn btn-small" disabled={rows.length === 0} onClick={() => saveCsv('access-log.csv', rows, columns)}>
            CSV
          </button>
        </>
      }
    >
      <DataTable label="Access log, newest first" rows={rows} columns={columns} keyOf={(e) => String(e.sequence)} empty="Nothing was logged." />
    </Panel>
  );
}
