// The limits themselves, by scope; each change needs a written reason.
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { call } from '../../data/api.ts';
import { limits } from '../../data/desk.ts';
import type { Limits } from '../../data/types.ts';
import { parse, placesOf } from '../../lib/decimal.ts';
import * as format from '../../lib/format.ts';
import { LIMIT_FIELDS, type LimitField, namesOfScope, rowName, SCOPES, type ScopeName } from '../../lib/limits.ts';
import { may, session } from '../../session.ts';
import { ReasonField } from '../../ui/confirm.tsx';
import { notify, notifyError } from '../../ui/notices.tsx';
import { freshness, Modal, Panel, Time } from '../../ui/parts.tsx';
import { type Column, DataTable } from '../../ui/table.tsx';

interface Draft extends Record<ScopeName, string> {
  scope: string;
  reason: string;
  values: Record<string, string>;
}

function draftOf(row: Limits | null): Draft {
  const values = Object.fromEntries(LIMIT_FIELDS.map((field) => [field.id, String(row?.[field.id] ?? '')]));
  return { scope: row?.scope ?? 'symbol', account: row?.account ?? '', symbol: row?.symbol ?? '', desk: row?.desk ?? '', strategy: row?.strategy ?? '', reason: '', values };
}

function fieldsOf(scope: string): LimitField[] {
  return LIMIT_FIELDS.filter((field) => field.scopes.includes(scope));
}

/** Only what differs is sent; a value that was emptied is taken away. */
export function changesOf(row: Limits | null, draft: Draft): Record<string, string> {
  const changes: Record<string, string> = {};
  for (const field of fieldsOf(draft.scope)) {
    const before = String(row?.[field.id] ?? '');
    const after = (draft.values[field.id] ?? '').trim();
    if (after !== before) changes[field.id] = after === '' ? 'none' : after;
  }
  return changes;
}

function Editor({ row, onClose }: { row: Limits | null; onClose: () => void }): JSX.Element {
  const [draft, setDraft] = useState(draftOf(row));
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState('');
  const changes = changesOf(row, draft);
  const fields = fieldsOf(draft.scope);
  const names = namesOfScope(draft.scope);
  const named = names.every((name) => draft[name].trim() !== '');
  const bad = fields.filter((field) => draft.values[field.id]?.trim() && parse(draft.values[field.id]) === null);
  const ready = Object.keys(changes).length > 0 && bad.length === 0 && draft.reason.trim() !== '' && named && !busy;
  const save = async () => {
    setBusy(true);
    setFault('');
    try {
      const body = { scope: draft.scope, ...Object.fromEntries(names.map((name) => [name, draft[name].trim()])), reason: draft.reason.trim(), changed_by: session.value.user, ...changes };
      const saved = await call<Limits>('PUT', '/api/v1/risk/limits', { body });
      notify('good', `limits changed: version ${saved.version}`);
      onClose();
    } catch (error) {
      setFault((error as Error).message);
      notifyError('limits', error);
    } finally {
      setBusy(false);
    }
  };
  const text = (id: ScopeName) => (
    <div key={id}>
      <label class="label" for={`limit-${id}`}>
        {id[0]!.toUpperCase() + id.slice(1)}
      </label>
      <input id={`limit-${id}`} class="field" disabled={row !== null} placeholder={draft.scope === 'account_symbol' ? '' : '* is every other'} value={draft[id]} onInput={(event) => setDraft({ ...draft, [id]: event.currentTarget.value })} />
    </div>
  );
  return (
    <Modal title={row ? `Limits of ${rowName(row)}` : 'New limits'} onClose={onClose}>
      <form
        class="space-y-2"
        onSubmit={(event) => {
          event.preventDefault();
          if (ready) void save();
        }}
      >
        <div class="grid grid-cols-3 gap-2">
          <div>
            <label class="label" for="limit-scope">
              Scope
            </label>
            <select id="limit-scope" class="field" disabled={row !== null} value={draft.scope} onChange={(event) => setDraft({ ...draft, scope: event.currentTarget.value })}>
              {SCOPES.map((scope) => (
                <option key={scope} value={scope}>
                  {format.words(scope)}
                </option>
              ))}
            </select>
          </div>
          {names.map(text)}
        </div>
        <div class="grid grid-cols-2 gap-2">
          {fields.map((field) => (
            <div key={field.id}>
              <label class="label" for={`limit-${field.id}`}>
                {field.title} ({field.unit === 'money' ? 'USD' : field.unit})
              </label>
              <input
                id={`limit-${field.id}`}
                class="field text-right"
                inputMode="decimal"
                aria-invalid={bad.includes(field)}
                value={draft.values[field.id]}
                onInput={(event) => setDraft({ ...draft, values: { ...draft.values, [field.id]: event.currentTarget.value } })}
              />
            </div>
          ))}
        </div>
        <p class="text-quiet">An empty value is not set here: the wider scope's holds.</p>
        <ReasonField id="limit-reason" value={draft.reason} onInput={(reason) => setDraft({ ...draft, reason })} />
        {fault && (
          <p role="alert" class="text-sell">
            {fault}
          </p>
        )}
        <div class="flex justify-end gap-2">
          <button type="button" class="btn" onClick={onClose}>
            Keep as it is
          </button>
          <button type="submit" class="btn btn-accent" disabled={!ready}>
            Change limits
          </button>
        </div>
      </form>
    </Modal>
  );
}

export function LimitsPanel(): JSX.Element {
  const [edited, setEdited] = useState<Limits | null | undefined>(undefined);
  const rows = limits.value.value ?? [];
  const nameOf = (l: Limits) => namesOfScope(l.scope).map((name) => l[name]).join(' ');
  const columns: Column<Limits>[] = [
    { id: 'scope', title: 'Scope', cell: (l) => format.words(l.scope), text: (l) => l.scope },
    { id: 'name', title: 'Of', cell: nameOf, text: nameOf },
    ...LIMIT_FIELDS.filter((field) => rows.some((row) => String(row[field.id] ?? '') !== '')).map((field): Column<Limits> => {
      const value = (l: Limits) => String(l[field.id] ?? '');
      return { id: field.id, title: field.title, number: true, cell: (l) => (value(l) === '' ? format.NONE : format.fixed(value(l), field.unit === 'money' ? 2 : placesOf(value(l)))), text: value };
    }),
    { id: 'reason', title: 'Reason', cell: (l) => <span title={`${l.reason} (${l.changed_by})`}>{l.reason}</span>, text: (l) => l.reason },
    { id: 'changed_time', title: 'Changed', cell: (l) => <Time at={l.changed_time} />, text: (l) => l.changed_time ?? '' },
    {
      id: 'actions',
      title: '',
      cell: (l) => (
        <button type="button" class="btn btn-small" disabled={!may('risk')} aria-label={`Edit limits of ${rowName(l)}`} onClick={() => setEdited(l)}>
          Edit
        </button>
      ),
      text: () => '',
    },
  ];
  return (
    <Panel
      title="Limits"
      fresh={freshness(limits)}
      class="max-lg:h-80"
      actions={
        <button type="button" class="btn btn-small" disabled={!may('risk')} onClick={() => setEdited(null)}>
          New
        </button>
      }
    >
      <DataTable label="Limits. Enter: edit." rows={rows} columns={columns} keyOf={(l) => `${l.scope}/${l.account || l.desk || l.strategy}/${l.symbol}`} empty="No limits are known." onOpen={(l) => may('risk') && setEdited(l)} />
      {edited !== undefined && <Editor row={edited} onClose={() => setEdited(undefined)} />}
    </Panel>
  );
}
