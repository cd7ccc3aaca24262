// Orders that belong together: a bracket (entry, take profit and stop loss), an OTO (entry and one leg), and an OCO (two of
// which one cancels the other).
import type { JSX } from 'preact';
import { submitLinked } from '../../../data/actions.ts';
import { hasEntry, legSide, type LinkedRequest, linkedRequest, type LinkField, linkFaults, type LinkKind, ocoUnits, withKey } from '../../../lib/linked.ts';
import { ruleOf, unitsOf } from '../../../lib/ticket.ts';
import { draft, edit, editLeg, farPrice, instrument, legs, symbol, wholeDraft } from '../state.ts';
import { Field, QuantityField, SideButtons, Worth } from './fields.tsx';
import { ExpiresField, More } from './more.tsx';
import { TypeAndTime } from './order.tsx';
import { SendButton, useSend, Verdict } from './send.tsx';

const NAMES: Record<LinkKind, string> = { bracket: 'bracket', oto: 'OTO', oco: 'OCO' };
const TITLES: Record<LinkKind, Record<LinkField, string>> = {
  bracket: { profit: 'Take profit at', stop: 'Stop loss at', stopLimit: 'Stop loss limit' },
  oto: { profit: 'Leg: limit price', stop: 'or stop price', stopLimit: 'Stop limit' },
  oco: { profit: 'Limit price', stop: 'Stop price', stopLimit: 'Stop limit' },
};
const WHAT: Record<LinkKind, string> = {
  bracket: 'As the entry fills, both go out, as large as what is filled; one cancels the other.',
  oto: 'As the entry fills, the leg goes out, as large as what is filled.',
  oco: 'Both work at once; as one fills or is set off, the other is canceled.',
};

export function LinkedForm({ kind }: { kind: LinkKind }): JSX.Element {
  const rules = instrument.value;
  const now = wholeDraft.value;
  const rule = ruleOf(now.type);
  const reference = farPrice(now.side);
  const faults: Record<string, string> = rules ? linkFaults(kind, now, legs.value, rules, reference) : { quantity: 'no instrument' };
  const complete = rules !== undefined && Object.keys(faults).length === 0;
  const request = complete ? linkedRequest(kind, now, legs.value, rules, reference) : null;
  const sending = useSend<LinkedRequest>(kind, JSON.stringify([now, legs.value]), (whole, key) => submitLinked(withKey(whole, key)));
  const buy = now.side === 'BUY';
  const tick = rules?.tick_size ?? '1';
  const entry = hasEntry(kind);
  const units = rules ? (entry ? unitsOf(now, rules, reference) : ocoUnits(now, legs.value, rules)) : null;
  const closing = legSide(kind, now.side).toLowerCase();
  const leg = (field: LinkField, hint = '') => <Field id={`leg-${field}`} label={TITLES[kind][field]} value={legs.value[field]} fault={faults[field]} hint={hint} step={tick} onChange={(text) => editLeg(field, text)} />;
  return (
    <form
      id="ticket"
      class="space-y-1.5"
      tabIndex={-1}
      onSubmit={(event) => {
        event.preventDefault();
        void sending.send(request);
      }}
    >
      <SideButtons />
      {entry && <TypeAndTime />}
      <QuantityField fault={faults.quantity} />
      {entry && rule.needsPrice && <Field id="ticket-price" label="Entry price" value={draft.value.price} fault={faults.price} step={tick} onChange={(price) => edit({ price })} />}
      {entry && rule.needsStop && <Field id="ticket-stop" label="Entry stop price" value={draft.value.stopPrice} fault={faults.stopPrice} step={tick} onChange={(stopPrice) => edit({ stopPrice })} />}
      {entry && rule.trails && <Field id="ticket-trailing" label="Follows behind by (amount or %)" value={now.trailing} fault={faults.trailing} hint="25 or 0.5%" onChange={(trailing) => edit({ trailing })} />}
      {entry && now.timeInForce === 'GTD' && <ExpiresField fault={faults.expires} />}
      <fieldset class="rounded border border-line px-2 pt-1" aria-label={kind === 'bracket' ? `Legs, both to ${closing}` : 'Legs'}>
        <p class="text-[11px] text-quiet">
          {WHAT[kind]} {kind === 'bracket' && `Both ${closing}.`}
          {kind === 'oto' && `It is to ${closing}.`}
        </p>
        {leg('profit')}
        <div class="grid grid-cols-2 gap-x-2">
          {leg('stop')}
          {leg('stopLimit', 'at the market')}
        </div>
      </fieldset>
      <More faults={faults} common={!entry} />
      <Worth units={units} price={entry ? (rule.needsPrice ? now.price : reference) : legs.value.profit} />
      <SendButton sending={sending} ready={complete} buy={buy} title={`${buy ? 'Buy' : 'Sell'} ${symbol.value}, ${NAMES[kind]}`} />
      <Verdict request={request ? JSON.stringify(request.parent ?? request.legs[0]) : null} of={entry ? 'Risk on the entry:' : 'Risk on the limit order:'} />
    </form>
  );
}
