// DataTable: a table that the keyboard walks through (arrows, Home, End, Enter), sorted by any column, of which only the
// rows in sight are in the page.
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { compare, parseOr0 } from '../lib/decimal.ts';
import * as format from '../lib/format.ts';

export interface Column<Row> {
  id: string;
  title: string;
  number?: boolean;
  cell: (row: Row) => ComponentChildren;
  /** For sorting and for files: decimals in full. */
  text: (row: Row) => string;
}

interface TableProps<Row> {
  label: string;
  rows: Row[];
  columns: Column<Row>[];
  keyOf: (row: Row) => string;
  empty: string;
  onOpen?: (row: Row) => void;
  /** Keys beside the arrows; true when taken. */
  onKey?: (key: string, row: Row) => boolean;
  rowLabel?: (row: Row) => string;
  /** The rows stay in the order they are given in: those of a tree. */
  fixedOrder?: boolean;
}

const ROW_PX = 24;
const SPARE_ROWS = 12;

function sorted<Row>(rows: Row[], column: Column<Row> | undefined, down: boolean): Row[] {
  if (!column) return rows;
  const order = column.number
    ? (a: Row, b: Row) => compare(parseOr0(column.text(a)), parseOr0(column.text(b)))
    : (a: Row, b: Row) => column.text(a).localeCompare(column.text(b));
  return [...rows].sort((a, b) => (down ? -order(a, b) : order(a, b)));
}

export function DataTable<Row>({ label, rows, columns, keyOf, empty, onOpen, onKey, rowLabel, fixedOrder = false }: TableProps<Row>): JSX.Element {
  const scroller = useRef<HTMLDivElement>(null);
  const [sort, setSort] = useState<{ id: string; down: boolean } | null>(null);
  const [chosen, setChosen] = useState('');
  const [view, setView] = useState({ top: 0, height: 600 });
  const shown = useMemo(
    () => sorted(rows, columns.find((column) => column.id === sort?.id), sort?.down ?? false),
    [rows, columns, sort],
  );
  const index = shown.findIndex((row) => keyOf(row) === chosen);

  useEffect(() => {
    const element = scroller.current!;
    const measure = () => setView({ top: element.scrollTop, height: element.clientHeight });
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    element.addEventListener('scroll', measure, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener('scroll', measure);
    };
  }, []);

  const choose = (to: number) => {
    const row = shown[Math.max(0, Math.min(shown.length - 1, to))];
    const element = scroller.current;
    if (!row || !element) return;
    setChosen(keyOf(row));
    const y = shown.indexOf(row) * ROW_PX;
    if (y < element.scrollTop) element.scrollTop = y;
    if (y + 2 * ROW_PX > element.scrollTop + element.clientHeight) element.scrollTop = y + 2 * ROW_PX - element.clientHeight;
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target !== scroller.current || event.ctrlKey || event.metaKey || event.altKey) return;
    const steps: Record<string, number> = {
      ArrowDown: index + 1,
      ArrowUp: index < 0 ? 0 : index - 1,
      PageDown: index + Math.floor(view.height / ROW_PX) - 1,
      PageUp: index - Math.floor(view.height / ROW_PX) + 1,
      Home: 0,
      End: shown.length - 1,
    };
    const row = shown[index];
    if (event.key in steps) choose(steps[event.key]!);
    else if (row && event.key === 'Enter' && onOpen) onOpen(row);
    else if (!row || !onKey?.(event.key, row)) return;
    event.preventDefault();
  };

  const from = Math.max(0, Math.floor(view.top / ROW_PX) - SPARE_ROWS);
  const to = Math.min(shown.length, Math.ceil((view.top + view.height) / ROW_PX) + SPARE_ROWS);
  return (
    <div ref={scroller} class="min-h-0 flex-1 overflow-auto" tabIndex={0} role="group" aria-label={label} onKeyDown={onKeyDown}>
      <table class="grid-table" aria-label={label} aria-rowcount={shown.length}>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.id} scope="col" class={column.number ? 'n' : ''} aria-sort={sort?.id === column.id ? (sort.down ? 'descending' : 'ascending') : 'none'}>
                {column.title === '' ? (
                  <span class="sr-only">Actions</span>
                ) : fixedOrder ? (
                  column.title
                ) : (
                  <button
                    type="button"
                    tabIndex={-1}
                    onClick={() => setSort(sort?.id !== column.id ? { id: column.id, down: !!column.number } : sort.down === !!column.number ? { id: column.id, down: !sort.down } : null)}
                  >
                    {column.title}
                    {sort?.id === column.id ? (sort.down ? ' ▾' : ' ▴') : ''}
                  </button>
                )}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {from > 0 && <tr aria-hidden="true" style={{ height: `${from * ROW_PX}px` }} />}
          {shown.slice(from, to).map((row) => {
            const key = keyOf(row);
            return (
              <tr key={key} data-row={key} aria-selected={key === chosen} aria-label={rowLabel?.(row)} onClick={() => setChosen(key)} onDblClick={() => onOpen?.(row)}>
                {columns.map((column) => (
                  <td key={column.id} data-column={column.id} class={column.number ? 'n' : ''}>
                    {column.cell(row)}
                  </td>
                ))}
              </tr>
            );
          })}
          {to < shown.length && <tr aria-hidden="true" style={{ height: `${(shown.length - to) * ROW_PX}px` }} />}
        </tbody>
      </table>
      {shown.length === 0 && <p class="p-3 text-quiet">{empty}</p>}
    </div>
  );
}

/** Saves the rows as a file of comma-separated values. */
export function saveCsv<Row>(name: string, rows: Row[], columns: Column<Row>[]): void {
  const named = columns.filter((column) => column.title !== '');
  const text = format.csv([named.map((column) => column.title), ...rows.map((row) => named.map((column) => column.text(row)))]);
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'text/csv' }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
