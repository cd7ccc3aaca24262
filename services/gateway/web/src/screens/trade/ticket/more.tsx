// What an order may ask for beside its terms: folded away until it is wanted.
import type { JSX } from 'preact';
import * as format from '../../../lib/format.ts';
import { parseMoment } from '../../../lib/span.ts';
import { type DraftField, offers, SELF_TRADE, STOP_TRIGGERS } from '../../../lib/ticket.ts';
import { utc } from '../../../settings.ts';
import { draft, edit, instrument } from '../state.ts';
import { Choice, Field } from './fields.tsx';

type Faults = Partial<Record<DraftField, string>>;

/** When a GTD order ends: understood as it is written, and shown. */
export function ExpiresField({ fault }: { fault: string | undefined }): JSX.Element {
  const { expires, expireTime } = draft.value;
  const take = (text: string) => {
    const at = parseMoment(text, Date.now(), utc.value);
    edit({ expires: text, expireTime: at === null ? '' : new Date(at).toISOString() });
  };
  return (
    <Field
      id="ticket-expires"
      label={
        <span class="flex">
          Ends <span class="ml-auto">{expireTime && format.dateTime(expireTime, utc.value).slice(0, 19)}</span>
        </span>
      }
      value={expires}
      fault={fault}
      hint="10m, 15:00"
      onChange={take}
    />
  );
}

function Check({ id, title, checked, onChange }: { id: string; title: string; checked: boolean; onChange: (checked: boolean) => void }): JSX.Element {
  return (
    <label class="flex items-center gap-2">
      <input id={id} type="checkbox" checked={checked} onChange={(event) => onChange(event.currentTarget.checked)} />
      {title}
    </label>
  );
}

/** `common`: only what goes with every order of a link. */
export function More({ faults, common = false }: { faults: Faults; common?: boolean }): JSX.Element {
  const now = draft.value;
  const offered = offers(now);
  const own = !common;
  const set = [now.strategy, now.selfTrade, now.allowDuplicate, own && now.reduceOnly, own && offered.postOnly && now.postOnly, own && offered.display && now.display, own && offered.trigger && now.trigger].filter(Boolean).length;
  return (
    <details id="ticket-more" class="rounded border border-line px-2 py-1">
      <summary class="cursor-pointer text-quiet">
        More{set > 0 && <strong class="text-text"> ({set} set)</strong>}: strategy, self-trade, …
      </summary>
      <div class="mt-1 space-y-1">
        <Field id="ticket-strategy" label="Strategy" value={now.strategy} fault={faults.strategy} hint="none" onChange={(strategy) => edit({ strategy })} />
        <Choice id="ticket-self-trade" label="If it would meet an own order" value={now.selfTrade} options={SELF_TRADE} onChange={(selfTrade) => edit({ selfTrade })} />
        {own && offered.trigger && <Choice id="ticket-trigger" label="Set off by" value={now.trigger} options={STOP_TRIGGERS} onChange={(trigger) => edit({ trigger })} />}
        {own && offered.display && <Field id="ticket-display" label="In sight" value={now.display} fault={faults.display} hint="all of it" step={instrument.value?.lot_size ?? '1'} onChange={(display) => edit({ display })} />}
        {own && offered.postOnly && <Check id="ticket-post-only" title="Post only: refused if it would trade at once" checked={now.postOnly} onChange={(postOnly) => edit({ postOnly })} />}
        {own && <Check id="ticket-reduce-only" title="Reduce only: never beyond the position" checked={now.reduceOnly} onChange={(reduceOnly) => edit({ reduceOnly })} />}
        <Check id="ticket-duplicate" title="Also if it equals one just sent" checked={now.allowDuplicate} onChange={(allowDuplicate) => edit({ allowDuplicate })} />
      </div>
    </details>
  );
}
