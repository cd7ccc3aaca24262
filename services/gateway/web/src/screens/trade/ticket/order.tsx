// One order.
import type { JSX } from 'preact';
import { submit } from '../../../data/actions.ts';
import { type DraftField, faultsOf, ORDER_TYPES, type OrderRequest, requestOf, ruleOf, unitsOf } from '../../../lib/ticket.ts';
import { draft, edit, farPrice, instrument, symbol, wholeDraft } from '../state.ts';
import { Choice, Field, QuantityField, SideButtons, Worth } from './fields.tsx';
import { ExpiresField, More } from './more.tsx';
import { SendButton, useSend, Verdict } from './send.tsx';

export function TypeAndTime(): JSX.Element {
  const rule = ruleOf(draft.value.type);
  return (
    <div class="grid grid-cols-2 gap-2">
      <Choice id="ticket-type" label="Type" value={rule.type} options={ORDER_TYPES.map((one) => ({ value: one.type, title: one.title }))} onChange={(type) => edit({ type })} />
      <Choice id="ticket-tif" label="Time in force" value={draft.value.timeInForce} options={rule.timesInForce.map((one) => ({ value: one, title: one }))} onChange={(timeInForce) => edit({ timeInForce })} />
    </div>
  );
}

export function OrderForm(): JSX.Element {
  const rules = instrument.value;
  const now = wholeDraft.value;
  const reference = farPrice(now.side);
  const faults = rules ? faultsOf(now, rules, reference) : { quantity: 'no instrument' };
  const complete = rules !== undefined && Object.keys(faults).length === 0;
  const request = complete ? requestOf(now, rules, reference) : null;
  const text = request ? JSON.stringify(request) : null;
  const sending = useSend<OrderRequest>('order', JSON.stringify(now), (order, key) => submit({ ...order, client_order_id: key }));
  const rule = ruleOf(now.type);
  const change = (field: DraftField) => (value: string) => edit({ [field]: value });
  const tick = rules?.tick_size ?? '1';
  const buy = now.side === 'BUY';
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
      <TypeAndTime />
      <QuantityField fault={faults.quantity} />
      {rule.needsPrice && <Field id="ticket-price" label="Price" value={now.price} fault={faults.price} step={tick} onChange={change('price')} />}
      {rule.needsStop && <Field id="ticket-stop" label="Stop price" value={now.stopPrice} fault={faults.stopPrice} step={tick} onChange={change('stopPrice')} />}
      {rule.trails && <Field id="ticket-trailing" label="Follows behind by (amount or %)" value={now.trailing} fault={faults.trailing} hint="25 or 0.5%" onChange={change('trailing')} />}
      {now.timeInForce === 'GTD' && <ExpiresField fault={faults.expires} />}
      <More faults={faults} />
      <Worth units={rules ? unitsOf(now, rules, reference) : null} price={rule.needsPrice ? now.price : reference} />
      <SendButton sending={sending} ready={complete} buy={buy} title={`${buy ? 'Buy' : 'Sell'} ${symbol.value}`} />
      <Verdict request={text} />
    </form>
  );
}
