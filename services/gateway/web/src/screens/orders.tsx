// Orders: working and past, with filters, a choice of columns, and files.
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { instruments, ordersError } from '../data/desk.ts';
import { account, hiddenColumns } from '../settings.ts';
import { Modal, Panel } from '../ui/parts.tsx';
import { saveCsv } from '../ui/table.tsx';
import { filter, set, shown, STATES } from './orders/filter.ts';
import { Parents } from './orders/parents.tsx';
import { CancelAllButton, COLUMNS, OrdersTable } from './orders/table.tsx';

function Filters(): JSX.Element {
  return (
    <div class="flex flex-wrap items-center gap-1 border-b border-line p-1">
      <div role="group" aria-label="State" class="flex flex-wrap gap-0.5">
        {STATES.map((one) => (
          <button key={one.id} type="button" class="btn btn-small" aria-pressed={filter.value.state === one.id} onClick={() => set({ state: one.id })}>
            {one.title}
          </button>
        ))}
      </div>
      <select class="field w-auto" aria-label="Symbol" value={filter.value.symbol} onChange={(event) => set({ symbol: event.currentTarget.value })}>
        <option value="">every symbol</option>
        {instruments.value.map((one) => (
          <option key={one.symbol}>{one.symbol}</option>
        ))}
      </select>
      <select class="field w-auto" aria-label="Side" value={filter.value.side} onChange={(event) => set({ side: event.currentTarget.value })}>
        <option value="">both sides</option>
        <option>BUY</option>
        <option>SELL</option>
      </select>
      {filter.value.of && (
        <button type="button" class="btn btn-small" aria-label={`Show more than what belongs to ${filter.value.of}`} onClick={() => set({ of: '' })}>
          only {filter.value.of} ×
        </button>
      )}
      <input class="field w-44" aria-label="Id or reason" placeholder="Id or reason" value={filter.value.text} onInput={(event) => set({ text: event.currentTarget.value })} />
    </div>
  );
}

function ColumnChoice({ onClose }: { onClose: () => void }): JSX.Element {
  return (
    <Modal title="Columns" onClose={onClose}>
      <ul class="grid grid-cols-2 gap-1">
        {COLUMNS.filter((column) => column.title !== '').map((column) => (
          <li key={column.id}>
            <label class="flex items-center gap-2">
              <input
                type="checkbox"
                checked={!hiddenColumns.value.includes(column.id)}
                onChange={(event) => {
                  const others = hiddenColumns.value.filter((id) => id !== column.id);
                  hiddenColumns.value = event.currentTarget.checked ? others : [...others, column.id];
                }}
              />
              {column.title}
            </label>
          </li>
        ))}
      </ul>
    </Modal>
  );
}

export default function Orders(): JSX.Element {
  const [chooses, setChooses] = useState(false);
  const columns = COLUMNS.filter((column) => !hiddenColumns.value.includes(column.id));
  return (
    <div class="orders-grid">
      <Parents />
      <Panel
        title={`Orders of ${account.value} (${shown.value.length})`}
        class="area-orders"
        actions={
          <>
            {ordersError.value && <span class="badge badge-warn">{ordersError.value}</span>}
            <button type="button" class="btn btn-small" onClick={() => setChooses(true)}>
              Columns
            </button>
            <button type="button" class="btn btn-small" onClick={() => saveCsv(`orders-${account.value}.csv`, shown.value, columns)}>
              CSV
            </button>
            <CancelAllButton />
          </>
        }
      >
        <Filters />
        <OrdersTable label="Orders" rows={shown.value} columns={columns.map((column) => column.id)} empty="No order of that kind." />
      </Panel>
      {chooses && <ColumnChoice onClose={() => setChooses(false)} />}
    </div>
  );
}
