// The small parts that every screen is made of.
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { now } from '../data/desk.ts';
import type { Shown } from '../data/resource.ts';
import * as format from '../lib/format.ts';
import { account, utc } from '../settings.ts';

export interface Freshness {
  at: number; // by performance.now()
  staleAfterMs: number;
  error?: Error | null;
}

export function freshness(resource: Shown<unknown>): Freshness {
  return { at: resource.at.value, staleAfterMs: resource.staleAfterMs, error: resource.error.value };
}

export function isStale(fresh: Freshness): boolean {
  return now.value - fresh.at > fresh.staleAfterMs;
}

interface PanelProps {
  title: string;
  fresh?: Freshness;
  actions?: ComponentChildren;
  class?: string;
  children: ComponentChildren;
}

/** A titled part of a screen. With `fresh` it says how old it is, and greys what is stale. */
export function Panel({ title, fresh, actions, class: extra = '', children }: PanelProps): JSX.Element {
  const stale = fresh !== undefined && isStale(fresh);
  return (
    <section class={`panel ${stale ? 'stale' : ''} ${extra}`} aria-label={title}>
      <header>
        <h2>{title}</h2>
        {fresh && <Age fresh={fresh} />}
        <div class="ml-auto flex items-center gap-1">{actions}</div>
      </header>
      <div class="panel-body flex flex-col">{children}</div>
    </section>
  );
}

export function Age({ fresh }: { fresh: Freshness }): JSX.Element | null {
  const stale = isStale(fresh);
  if (!stale && !fresh.error) return null;
  const text = fresh.error ? fresh.error.message : format.age(now.value - fresh.at);
  return (
    <span class="badge badge-warn max-w-60 truncate" role="status" title={text}>
      {stale ? `stale: ${text}` : text}
    </span>
  );
}

/** Keeps it coming as long as the part is on the screen. */
export function useResource(resource: Shown<unknown>): void {
  useEffect(() => resource.use(), [resource]);
}

export function SideBadge({ side }: { side: string }): JSX.Element {
  return <span class={`badge ${side === 'BUY' ? 'badge-buy' : 'badge-sell'}`}>{side}</span>;
}

const STATUS_TONE: Record<string, string> = {
  FILLED: 'badge-buy',
  REJECTED: 'badge-sell',
  EXPIRED: 'badge-warn',
  PENDING_NEW: 'badge-warn badge-pending',
  PENDING_CANCEL: 'badge-warn badge-pending',
  PENDING_REPLACE: 'badge-warn badge-pending',
  // of parent orders
  PAUSED: 'badge-warn',
  STOPPING: 'badge-warn badge-pending',
};

export function StatusBadge({ status, uncertain = false, waits = false }: { status: string; uncertain?: boolean; waits?: boolean }): JSX.Element {
  const tone = uncertain ? 'badge-warn badge-pending' : (STATUS_TONE[status] ?? '');
  return (
    <span class={`badge ${tone}`} data-status={status}>
      {format.words(status)}
      {uncertain && ' · uncertain'}
      {waits && ' · waits'}
    </span>
  );
}

export function Time({ at, date = false }: { at: string | undefined; date?: boolean }): JSX.Element {
  const shown = date ? format.dateTime(at, utc.value) : format.timeOfDay(at, utc.value);
  return (
    <time dateTime={at ?? ''} title={`${format.dateTime(at, false)} local · ${format.dateTime(at, true)} UTC`}>
      {shown}
    </time>
  );
}

export function Money({ value, signed = false }: { value: string | undefined; signed?: boolean }): JSX.Element {
  return <span class={signed ? format.trend(value) : ''}>{signed ? format.signedMoney(value) : format.money(value)}</span>;
}

export function Gauge({ label, used, limit }: { label: string; used: string; limit: string }): JSX.Element {
  const part = format.share(used, limit);
  const tone = part >= 100 ? 'over' : part >= 80 ? 'near' : '';
  return (
    <div class={`gauge ${tone}`} role="meter" aria-label={label} aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.round(part)}>
      <span style={{ width: `${part}%` }} />
    </div>
  );
}

interface ModalProps {
  title: string;
  onClose: () => void;
  children: ComponentChildren;
  wide?: boolean;
}

/** A dialog of the browser's own: it holds the focus and closes on Escape. */
export function Modal({ title, onClose, children, wide = false }: ModalProps): JSX.Element {
  const ref = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    ref.current?.showModal();
    return () => {
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={ref}
      aria-label={title}
      class={`m-auto rounded border border-line bg-panel p-0 shadow-xl ${wide ? 'w-[min(1100px,96vw)]' : 'w-[min(460px,96vw)]'} max-h-[92vh]`}
      onClose={onClose}
      onClick={(event) => {
        if (event.target === ref.current) ref.current?.close();
      }}
    >
      <div class="flex max-h-[90vh] flex-col">
        <header class="flex items-center gap-2 border-b border-line px-3 py-2">
          <h2 class="text-sm font-semibold">{title}</h2>
          <button type="button" class="btn btn-small ml-auto" onClick={() => ref.current?.close()}>
            Close
          </button>
        </header>
        <div class="min-h-0 overflow-auto p-3" tabIndex={0} role="group" aria-label={title}>
          {children}
        </div>
      </div>
    </dialog>
  );
}

export function Empty({ children }: { children: ComponentChildren }): JSX.Element {
  return <p class="p-3 text-quiet">{children}</p>;
}

/** The name of the account, where a screen shows no other. */
export function accountLabel(): string {
  return account.value;
}
