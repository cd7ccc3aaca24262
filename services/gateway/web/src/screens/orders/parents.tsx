// Parent orders and their children as a tree: how far each is, and what is done about it. A child is an order like any.
import { signal } from '@preact/signals';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { book, instrumentBySymbol, pricePlaces, quantityPlaces } from '../../data/desk.ts';
import { cancelParent, openedParents, parentChildren, parents, pauseParent, replaceParent, resumeParent, toggleParent } from '../../data/parents.ts';
import type { ParentChild, ParentOrder } from '../../data/types.ts';
import * as format from '../../lib/format.ts';
import { algoOf, parentChange, parentWorks } from '../../lib/parent.ts';
import { may } from '../../session.ts';
import { account, utc } from '../../settings.ts';
import { freshness, Modal, Panel, SideBadge, StatusBadge, Time, useResource } from '../../ui/parts.tsx';
import { type Column, DataTable, saveCsv } from '../../ui/table.tsx';
import { openOrder } from './detail.tsx';

type Row = { parent: ParentOrder; child: null } | { parent: ParentOrder; child: ParentChild };

const changed = signal<ParentOrder | null>(null);

function rowsOf(list: ParentOrder[], opened: readonly string[], children: ReadonlyMap<string, ParentChild[]> | undefined): Row[] {
  return list.flatMap((parent): Row[] => {
    const own = opened.includes(parent.parent_order_id) ? (children?.get(parent.parent_order_id) ?? []) : [];
    return [{ parent, child: null }, ...[...own].reverse().map((child): Row => ({ parent, child }))];
  });
}

/** Filled of the whole, with a mark where the schedule stands. */
function Progress({ parent }: { parent: ParentOrder }): JSX.Element {
  const filled = format.share(parent.filled_quantity, parent.quantity);
  const due = format.share(parent.scheduled_quantity, parent.quantity);
  return (
    <span class="inline-flex w-36 items-center gap-2" title={`filled ${parent.filled_quantity}, working ${parent.working_quantity}, unsent ${parent.unsent_quantity}${due > 0 ? `; by the schedule ${parent.scheduled_quantity}` : ''}`}>
      <span class="gauge relative block flex-1" role="meter" aria-label={`Progress of ${parent.parent_order_id}`} aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.round(filled)}>
        <span style={{ width: `${filled}%` }} />
        {due > 0 && due < 100 && parentWorks(parent) && <i class="absolute top-0 h-full w-0.5 bg-text" style={{ left: `${due}%` }} />}
      </span>
      <span class="w-11 text-right">{format.number(filled, filled < 100 ? 1 : 0)} %</span>
    </span>
  );
}

function Toggle({ parent }: { parent: ParentOrder }): JSX.Element {
  const open = openedParents.value.includes(parent.parent_order_id);
  return (
    <button type="button" class="w-4" aria-expanded={open} aria-label={`Children of ${parent.parent_order_id}`} disabled={parent.children === 0 && !open} onClick={() => toggleParent(parent.parent_order_id)}>
      {open ? '▾' : '▸'}
    </button>
  );
}

function Actions({ parent }: { parent: ParentOrder }): JSX.Element | null {
  if (!parentWorks(parent) || parent.status === 'STOPPING') return null;
  const id = parent.parent_order_id;
  const paused = parent.status === 'PAUSED';
  return (
    <span class="inline-flex gap-1">
      <button type="button" class="btn btn-small" disabled={!may(paused ? 'trade' : 'cancel')} aria-label={`${paused ? 'Resume' : 'Pause'} ${id}`} onClick={() => void (paused ? resumeParent(parent) : pauseParent(parent))}>
        {paused ? 'Resume' : 'Pause'}
      </button>
      <button type="button" class="btn btn-small" disabled={!may('trade')} aria-label={`Replace ${id}`} onClick={() => (changed.value = parent)}>
        Replace
      </button>
      <button type="button" class="btn btn-small" disabled={!may('cancel')} aria-label={`Cancel ${id}`} onClick={() => void cancelParent(parent)}>
        Cancel
      </button>
    </span>
  );
}

const units = (value: string, row: Row) => format.fixed(value, quantityPlaces(row.parent.symbol));
const prices = (value: string, row: Row) => format.price(value, pricePlaces(row.parent.symbol));

const COLUMNS: Column<Row>[] = [
  {
    id: 'id',
    title: 'Parent, child',
    cell: (r) =>
      r.child ? (
        <span class="pl-6 text-quiet">
          └ {r.child.number} · {r.child.order_id || 'on its way'}
        </span>
      ) : (
        <>
          <Toggle parent={r.parent} /> {r.parent.parent_order_id}
        </>
      ),
    text: (r) => (r.child ? r.child.client_order_id : r.parent.parent_order_id),
  },
  { id: 'time', title: 'Time', cell: (r) => <Time at={r.child ? r.child.time : r.parent.created_time} />, text: (r) => (r.child ? r.child.time : r.parent.created_time) ?? '' },
  { id: 'symbol', title: 'Symbol', cell: (r) => r.parent.symbol, text: (r) => r.parent.symbol },
  { id: 'side', title: 'Side', cell: (r) => <SideBadge side={r.parent.side} />, text: (r) => r.parent.side },
  { id: 'algo', title: 'By', cell: (r) => (r.child ? '' : <strong>{algoOf(r.parent.algo).title}</strong>), text: (r) => (r.child ? '' : r.parent.algo) },
  { id: 'quantity', title: 'Quantity', number: true, cell: (r) => units((r.child ?? r.parent).quantity, r), text: (r) => (r.child ?? r.parent).quantity },
  { id: 'limit', title: 'Limit', number: true, cell: (r) => prices(r.child ? r.child.price : r.parent.limit_price, r), text: (r) => (r.child ? r.child.price : r.parent.limit_price) },
  { id: 'filled', title: 'Filled', number: true, cell: (r) => units((r.child ?? r.parent).filled_quantity, r), text: (r) => (r.child ?? r.parent).filled_quantity },
  { id: 'average', title: 'Average', number: true, cell: (r) => prices((r.child ?? r.parent).average_fill_price, r), text: (r) => (r.child ?? r.parent).average_fill_price },
  { id: 'progress', title: 'Progress', cell: (r) => (r.child ? '' : <Progress parent={r.parent} />), text: (r) => (r.child ? '' : r.parent.progress_percent) },
  { id: 'working', title: 'Working', number: true, cell: (r) => (r.child ? '' : units(r.parent.working_quantity, r)), text: (r) => (r.child ? '' : r.parent.working_quantity) },
  { id: 'children', title: 'Children', number: true, cell: (r) => (r.child ? '' : r.parent.open_children > 0 ? `${r.parent.children}, ${r.parent.open_children} open` : r.parent.children), text: (r) => (r.child ? '' : String(r.parent.children)) },
  { id: 'next', title: 'Next', cell: (r) => (!r.child && parentWorks(r.parent) && r.parent.next_slice_time ? <Time at={r.parent.next_slice_time} /> : ''), text: (r) => (r.child ? '' : (r.parent.next_slice_time ?? '')) },
  { id: 'end', title: 'End', cell: (r) => (!r.child && r.parent.end_time ? <Time at={r.parent.end_time} /> : ''), text: (r) => (r.child ? '' : (r.parent.end_time ?? '')) },
  { id: 'status', title: 'Status', cell: (r) => <StatusBadge status={(r.child ?? r.parent).status} />, text: (r) => (r.child ?? r.parent).status },
  {
    id: 'actions',
    title: '',
    cell: (r) =>
      r.child === null ? (
        <Actions parent={r.parent} />
      ) : (
        r.child.order_id && (
          <button type="button" class="btn btn-small" aria-label={`Life of ${r.child.order_id}`} onClick={() => openOrder(r.child!.order_id)}>
            Life
          </button>
        )
      ),
    text: () => '',
  },
  { id: 'venue', title: 'Venue', cell: (r) => (r.child ? (book.order(r.child.order_id)?.venue ?? '') : ''), text: (r) => (r.child ? (book.order(r.child.order_id)?.venue ?? '') : '') },
  { id: 'reason', title: 'Why', cell: (r) => <span class="inline-block max-w-72 truncate align-bottom" title={r.child ? r.child.message : r.parent.reason}>{r.child ? r.child.message : r.parent.reason}</span>, text: (r) => (r.child ? r.child.message : r.parent.reason) },
];

function Replace({ parent, onClose }: { parent: ParentOrder; onClose: () => void }): JSX.Element {
  const [terms, setTerms] = useState({ quantity: parent.quantity, limit: parent.limit_price === '0' ? '' : parent.limit_price, end: '' });
  const [busy, setBusy] = useState(false);
  const instrument = instrumentBySymbol.value.get(parent.symbol);
  const { change, faults } = instrument ? parentChange(parent, terms, instrument, Date.now(), utc.value) : { change: {}, faults: {} };
  const ready = Object.keys(change).length > 0 && Object.keys(faults).length === 0 && !busy;
  const field = (id: 'quantity' | 'limit' | 'end', title: string, hint: string) => (
    <div>
      <label class="label" for={`parent-${id}`}>
        {title}
      </label>
      <input id={`parent-${id}`} class="field text-right" autocomplete="off" placeholder={hint} value={terms[id]} aria-invalid={faults[id] !== undefined} aria-describedby={`parent-${id}-fault`} onInput={(event) => setTerms({ ...terms, [id]: event.currentTarget.value })} />
      <p id={`parent-${id}-fault`} class="min-h-4 text-[11px] text-sell">
        {faults[id]}
      </p>
    </div>
  );
  const send = async () => {
    setBusy(true);
    if (await replaceParent(parent, change)) onClose();
    else setBusy(false);
  };
  return (
    <Modal title={`Replace ${parent.parent_order_id}`} onClose={onClose}>
      <form
        class="space-y-2"
        onSubmit={(event) => {
          event.preventDefault();
          if (ready) void send();
        }}
      >
        <p class="text-quiet">
          {algoOf(parent.algo).title} {parent.side.toLowerCase()} {parent.symbol}: {parent.filled_quantity} filled, {parent.working_quantity} working. What is done stays done; the rest is laid out anew.
        </p>
        <div class="grid grid-cols-3 gap-2">
          {field('quantity', 'New quantity', parent.quantity)}
          {field('limit', 'Limit price', 'none')}
          {field('end', 'New end', '10m, 15:00')}
        </div>
        <div class="flex justify-end gap-2">
          <button type="button" class="btn" onClick={onClose}>
            Keep as it is
          </button>
          <button type="submit" class="btn btn-accent" data-confirm disabled={!ready}>
            {busy ? 'Working…' : 'Replace'}
          </button>
        </div>
      </form>
    </Modal>
  );
}

const keyOf = (row: Row) => (row.child ? row.child.client_order_id : row.parent.parent_order_id);

export function Parents(): JSX.Element | null {
  useResource(parents);
  useResource(parentChildren);
  const list = [...(parents.value.value ?? [])].reverse();
  const rows = rowsOf(list, openedParents.value, parentChildren.value.value);
  const working = list.filter(parentWorks).length;
  if (list.length === 0 && !parents.error.value) return null;
  return (
    <Panel
      title={`Parent orders of ${account.value} (${working} of ${list.length} working)`}
      fresh={freshness(parents)}
      class="area-parents"
      actions={
        <button type="button" class="btn btn-small" onClick={() => saveCsv(`parents-${account.value}.csv`, rows, COLUMNS)}>
          CSV
        </button>
      }
    >
      <DataTable
        label="Parent orders. Enter or arrow right: children. P: pause, resume. R: replace. C: cancel."
        rows={rows}
        columns={COLUMNS}
        keyOf={keyOf}
        fixedOrder
        empty="No parent order."
        onOpen={(row) => (row.child ? row.child.order_id && openOrder(row.child.order_id) : toggleParent(row.parent.parent_order_id))}
        onKey={(key, { parent, child }) => {
          if (key === 'ArrowRight' || key === 'ArrowLeft') toggleParent(parent.parent_order_id, key === 'ArrowRight');
          else if (child || !parentWorks(parent) || parent.status === 'STOPPING') return false;
          else if (key === 'p' && may(parent.status === 'PAUSED' ? 'trade' : 'cancel')) void (parent.status === 'PAUSED' ? resumeParent(parent) : pauseParent(parent));
          else if (key === 'r' && may('trade')) changed.value = parent;
          else if (key === 'c' && may('cancel')) void cancelParent(parent);
          else return false;
          return true;
        }}
      />
      {changed.value && <Replace key={changed.value.parent_order_id} parent={changed.value} onClose={() => (changed.value = null)} />}
    </Panel>
  );
}
