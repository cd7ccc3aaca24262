// What the ticket's forms are made of.
import type { ComponentChildren, JSX } from 'preact';
import type { Side } from '../../../data/types.ts';
import { multiply, parse, parseOr0, toText } from '../../../lib/decimal.ts';
import * as format from '../../../lib/format.ts';
import { draft, edit, instrument } from '../state.ts';

interface FieldProps {
  id: string;
  label: ComponentChildren;
  value: string;
  fault: string | undefined;
  onChange: (text: string) => void;
  /** By which the arrow keys go, with Shift ten times as far; without it the field is a text. */
  step?: string;
  hint?: string;
}

/** A value as text, with what is wrong with it below. */
export function Field({ id, label, value, fault, step, hint = '', onChange }: FieldProps): JSX.Element {
  const onKeyDown = (event: KeyboardEvent) => {
    const up = event.key === 'ArrowUp';
    if (step === undefined || (!up && event.key !== 'ArrowDown')) return;
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
        inputMode={step === undefined ? 'text' : 'decimal'}
        autocomplete="off"
        spellcheck={false}
        placeholder={hint}
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

interface ChoiceProps {
  id: string;
  label: string;
  value: string;
  options: { value: string; title: string }[];
  onChange: (value: string) => void;
}

export function Choice({ id, label, value, options, onChange }: ChoiceProps): JSX.Element {
  return (
    <div>
      <label class="label" for={id}>
        {label}
      </label>
      <select id={id} class="field" value={value} onChange={(event) => onChange(event.currentTarget.value)}>
        {options.map((one) => (
          <option key={one.value} value={one.value}>
            {one.title}
          </option>
        ))}
      </select>
    </div>
  );
}

export function SideButtons(): JSX.Element {
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

/** Units or money, as the trader likes. */
export function QuantityField({ fault }: { fault: string | undefined }): JSX.Element {
  const rules = instrument.value;
  const { notional, quantity } = draft.value;
  return (
    <Field
      id="ticket-quantity"
      label={
        <span class="flex">
          Quantity
          <button type="button" class="ml-auto underline" aria-pressed={notional} onClick={() => edit({ notional: !notional, quantity: '' })}>
            {notional ? `in ${rules?.quote_currency ?? 'money'}` : `in ${rules?.base_currency ?? 'units'}`}
          </button>
        </span>
      }
      value={quantity}
      fault={fault}
      step={notional ? '100' : (rules?.lot_size ?? '1')}
      onChange={(text) => edit({ quantity: text })}
    />
  );
}

/** What it comes to: units, and their value at a price. */
export function Worth({ units, price }: { units: string | null; price: string }): JSX.Element {
  const rules = instrument.value;
  return (
    <p class="flex text-quiet">
      <span>
        {units ?? format.NONE} {rules?.base_currency}
      </span>
      <span class="ml-auto">
        ≈ {format.money(toText(units === null ? 0n : multiply(parseOr0(units), parseOr0(price))))} {rules?.quote_currency}
      </span>
    </p>
  );
}
