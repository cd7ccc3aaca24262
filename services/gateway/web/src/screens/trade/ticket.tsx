// The ticket: an order is checked against its instrument's rules while it is written, and shown to risk before it is sent.
// Each order has a key of its own; when the outcome of a send is not known, the same key is sent again.
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { submit } from '../../data/actions.ts';
import { ApiError, call, newKey } from '../../data/api.ts';
import type { Decision, Side } from '../../data/types.ts';
import { multiply, parse, parseOr0, toText } from '../../lib/decimal.ts';
import * as format from '../../lib/format.ts';
import { type DraftField, faultsOf, ORDER_TYPES, requestOf, ruleOf, unitsOf } from '../../lib/ticket.ts';
import { may } from '../../session.ts';
import { Checks } from '../../ui/checks.tsx';
import { notifyError } from '../../ui/notices.tsx';
import { Panel } from '../../ui/parts.tsx';
import { draft, edit, farPrice, instrument, symbol, wholeDraft } from './state.ts';

const PREVIEW_WAIT_MS = 200;
const PREVIEW_AGAIN_MS = 2000;

type Preview = { of: string; decision: Decision | null; error: string };

/** Risk's word on what is written, asked again while it stands. An answer to an older draft is not shown. */
function usePreview(request: string | null): Preview | null {
  const [preview, setPreview] = useState<Preview | null>(null);
  useEffect(() => {
    if (request === null) {
      setPreview(null);
      return undefined;
    }
    let current = true;
    let timer = 0;
    const ask = async () => {
      let next: Preview;
      try {
        next = { of: request, decision: await call<Decision>('POST', '/api/v1/orders/preview', { body: JSON.parse(request) as unknown }), error: '' };
      } catch (error) {
        next = { of: request, decision: null, error: (error as Error).message };
      }
      if (!current) return;
      setPreview(next);
      timer = window.setTimeout(() => void ask(), PREVIEW_AGAIN_MS);
    };
    timer = window.setTimeout(() => void ask(), PREVIEW_WAIT_MS);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [request]);
  return preview?.of === request ? preview : null;
}

interface NumberFieldProps {
  id: string;
  label: ComponentChildren;
  value: string;
  fault: string | undefined;
  step: string;
  onChange: (text: string) => void;
}

/** A decimal as text. Arrow keys go by a step, with Shift by ten. */
function NumberField({ id, label, value, fault, step, onChange }: NumberFieldProps): JSX.Element {
  const onKeyDown = (event: KeyboardEvent) => {
    const up = event.key === 'ArrowUp';
    if (!up && event.key !== 'ArrowDown') return;
    event.preventDefault();
    const by = (parse(step) ?? 0n) * (event.shiftKey ? 10n : 1n);
    const next = parseOr0(value) + (up ? by : -by);
    onChange(toText(next > 0n ? next : 0n));
  };
  return (
    <div>
      <label class="label" for={id}>
        {label}
      </label>
      <input
        id={id}
        class="field text-right"
        inputMode="decimal"
        autocomplete="off"
        value={value}
        aria-invalid={fault !== undefined && value !== ''}
        aria-describedby={`${id}-fault`}
        onInput={(event) => onChange(event.currentTarget.value)}
        onKeyDown={onKeyDown}
      />
      <p id={`${id}-fault`} class="min-h-4 text-[11px] text-sell">
        {value === '' ? '' : fault}
      </p>
    </div>
  );
}

function SideButtons(): JSX.Element {
  const side = draft.value.side;
  const button = (one: Side, title: string) => (
    <button type="button" role="radio" aria-checked={side === one} class={`btn flex-1 ${side === one ? (one === 'BUY' ? 'btn-buy' : 'btn-sell') : ''}`} onClick={() => edit({ side: one })}>
      {title}
    </button>
  );
  return (
    <div class="flex gap-1" role="radiogroup" aria-label="Side">
      {button('BUY', 'Buy')}
      {button('SELL', 'Sell')}
    </div>
  );
}

function TypeAndTime(): JSX.Element {
  const rule = ruleOf(draft.value.type);
  return (
    <div class="grid grid-cols-2 gap-2">
      <div>
        <label class="label" for="ticket-type">
          Type
        </label>
        <select id="ticket-type" class="field" value={rule.type} onChange={(event) => edit({ type: event.currentTarget.value })}>
          {ORDER_TYPES.map((one) => (
            <option key={one.type} value={one.type}>
              {one.title}
            </option>
          ))}
        </select>
      </div>
      <div>
        <label class="label" for="ticket-tif">
          Time in force
        </label>
        <select id="ticket-tif" class="field" value={draft.value.timeInForce} onChange={(event) => edit({ timeInForce: event.currentTarget.value })}>
          {rule.timesInForce.map((one) => (
            <option key={one}>{one}</option>
          ))}
        </select>
      </div>
    </div>
  );
}

function Verdict({ preview, waiting }: { preview: Preview | null; waiting: boolean }): JSX.Element {
  const decision = preview?.decision;
  return (
    <div id="preview" aria-live="polite" data-approved={decision ? String(decision.approved) : ''} class="border-t border-line pt-2">
      {decision && !decision.approved && (
        <p class="mb-1 rounded bg-sell-ground px-2 py-1 text-sell">
          Would be refused: {format.words(decision.reject_reason)} — {decision.reject_message}
        </p>
      )}
      {decision?.approved && <p class="mb-1 text-buy">Risk would approve.</p>}
      {preview?.error && <p class="mb-1 text-sell">No preview: {preview.error}</p>}
      {decision && <Checks checks={decision.checks} symbol={symbol.value} />}
      {!preview && <p class="text-quiet">{waiting ? 'Asking risk…' : 'Risk is asked once the ticket is complete.'}</p>}
    </div>
  );
}

export function Ticket(): JSX.Element {
  const rules = instrument.value;
  const now = wholeDraft.value;
  const reference = farPrice(now.side);
  const faults = rules ? faultsOf(now, rules, reference) : { quantity: 'no instrument' };
  const complete = rules !== undefined && Object.keys(faults).length === 0;
  const request = complete ? requestOf(now, rules, reference) : null;
  const preview = usePreview(request ? JSON.stringify(request) : null);
  const [sending, setSending] = useState(false);
  const [unknown, setUnknown] = useState<{ of: string; key: string; why: string } | null>(null);
  const key = useRef(newKey());
  const text = JSON.stringify(request);
  const again = unknown !== null && unknown.of === text;
  const units = rules ? unitsOf(now, rules, reference) : null;
  const price = ruleOf(now.type).needsPrice ? now.price : reference;
  const value = units !== null ? multiply(parseOr0(units), parseOr0(price)) : 0n;

  const send = async () => {
    if (!request || sending || !may('trade')) return;
    setSending(true);
    try {
      await submit({ ...request, client_order_id: again ? unknown.key : key.current });
      setUnknown(null);
      key.current = newKey();
    } catch (error) {
      const known = error instanceof ApiError && !error.outcomeUnknown;
      setUnknown(known ? null : { of: text, key: again ? unknown.key : key.current, why: (error as Error).message });
      if (known) notifyError('order', error);
    } finally {
      setSending(false);
    }
  };

  const change = (field: DraftField) => (text: string) => edit({ [field]: text });
  const buy = now.side === 'BUY';
  return (
    <Panel title={`Ticket ${symbol.value}`} class="area-ticket">
      <form
        id="ticket"
        class="min-h-0 flex-1 space-y-1.5 overflow-auto p-2"
        tabIndex={-1}
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <SideButtons />
        <TypeAndTime />
        <NumberField
          id="ticket-quantity"
          label={
            <span class="flex">
              Quantity
              <button type="button" class="ml-auto underline" aria-pressed={now.notional} onClick={() => edit({ notional: !now.notional, quantity: '' })}>
                {now.notional ? `in ${rules?.quote_currency ?? 'money'}` : `in ${rules?.base_currency ?? 'units'}`}
              </button>
            </span>
          }
          value={now.quantity}
          fault={faults.quantity}
          step={now.notional ? '100' : (rules?.lot_size ?? '1')}
          onChange={change('quantity')}
        />
        {ruleOf(now.type).needsPrice && <NumberField id="ticket-price" label="Price" value={now.price} fault={faults.price} step={rules?.tick_size ?? '1'} onChange={change('price')} />}
        {ruleOf(now.type).needsStop && <NumberField id="ticket-stop" label="Stop price" value={now.stopPrice} fault={faults.stopPrice} step={rules?.tick_size ?? '1'} onChange={change('stopPrice')} />}
        <p class="flex text-quiet">
          <span>
            {units ?? format.NONE} {rules?.base_currency}
          </span>
          <span class="ml-auto">
            ≈ {format.money(toText(value))} {rules?.quote_currency}
          </span>
        </p>
        {again && (
          <p role="alert" class="rounded bg-warn-ground px-2 py-1 text-warn">
            {unknown.why}: the outcome is not known. Sending again uses the same key, so it cannot become two orders.
          </p>
        )}
        <button type="submit" id="ticket-send" class={`btn w-full ${buy ? 'btn-buy' : 'btn-sell'} min-h-8`} disabled={!complete || sending || !may('trade')}>
          {sending ? 'Sending…' : again ? 'Send again, same key' : `${buy ? 'Buy' : 'Sell'} ${symbol.value}`}
        </button>
        <Verdict preview={preview} waiting={complete} />
      </form>
    </Panel>
  );
}
