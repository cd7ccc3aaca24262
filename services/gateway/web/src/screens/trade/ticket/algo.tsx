// A parent order: an algorithm, and its settings. Risk is asked about one slice, as the algorithm would send it.
import type { JSX } from 'preact';
import { submitParent } from '../../../data/parents.ts';
import type { Instrument } from '../../../data/types.ts';
import { ALGOS, algoOf, type ParentDraft, parentFaults, parentRequest, type ParentRequest, type Setting, SETTINGS, sliceOf, sliceRequest, VOLUME_CURVES } from '../../../lib/parent.ts';
import { unitsOf } from '../../../lib/ticket.ts';
import { utc } from '../../../settings.ts';
import { algo, algoSettings, draft, editSetting, farPrice, instrument, symbol, wholeDraft } from '../state.ts';
import { Choice, Field, QuantityField, SideButtons, Worth } from './fields.tsx';
import { SendButton, useSend, Verdict } from './send.tsx';

const QUANTITIES: Setting[] = ['display_quantity', 'slice_max'];

function stepOf(setting: Setting, rules: Instrument | undefined): string | undefined {
  if (setting === 'limit_price') return rules?.tick_size ?? '1';
  return QUANTITIES.includes(setting) ? (rules?.lot_size ?? '1') : SETTINGS[setting].step;
}

function SettingField({ setting, needed, fault }: { setting: Setting; needed: boolean; fault: string | undefined }): JSX.Element {
  const rule = SETTINGS[setting];
  const value = algoSettings.value[setting] ?? '';
  const id = `algo-${setting}`;
  const set = (text: string) => editSetting(setting, text);
  if (setting === 'volume_curve') return <Choice id={id} label={rule.title} value={value || 'DEFAULT'} options={VOLUME_CURVES.map((one) => ({ value: one, title: one.toLowerCase() }))} onChange={set} />;
  const step = stepOf(setting, instrument.value);
  return <Field id={id} label={needed ? `${rule.title} *` : rule.title} value={value} fault={fault} hint={needed && setting === 'limit_price' ? 'is needed' : rule.hint} {...(step === undefined ? {} : { step })} onChange={set} />;
}

export function AlgoForm(): JSX.Element {
  const rules = instrument.value;
  const rule = algoOf(algo.value);
  const reference = farPrice(draft.value.side);
  const limit = algoSettings.value.limit_price?.trim() ?? '';
  // Money is turned into units at the limit, where there is one.
  const units = rules ? unitsOf({ ...wholeDraft.value, type: limit ? 'LIMIT' : 'MARKET', price: limit }, rules, reference) : null;
  const { account, symbol: name, side } = wholeDraft.value;
  const parent: ParentDraft = { account, symbol: name, side, algo: rule.algo, quantity: units ?? '', settings: algoSettings.value };
  const now = Date.now();
  const faults = rules ? parentFaults(parent, rules, now, utc.value) : { quantity: 'no instrument' };
  const complete = rules !== undefined && Object.keys(faults).length === 0;
  const slice = complete ? sliceOf(parent, rules, now, utc.value) : '';
  const sending = useSend<ParentRequest>('algo', JSON.stringify([{ ...parent, quantity: draft.value.quantity }, draft.value.notional]), (request, key) => submitParent({ ...request, client_parent_id: key }));
  const buy = side === 'BUY';
  return (
    <form
      id="ticket"
      class="space-y-1.5"
      tabIndex={-1}
      onSubmit={(event) => {
        event.preventDefault();
        void sending.send(complete ? parentRequest(parent, Date.now(), utc.value) : null);
      }}
    >
      <SideButtons />
      <Choice id="ticket-algo" label="Algorithm" value={rule.algo} options={ALGOS.map((one) => ({ value: one.algo, title: `${one.title}: ${one.does}` }))} onChange={(value) => (algo.value = value)} />
      <QuantityField fault={faults.quantity} />
      <div class="grid grid-cols-2 gap-x-2">
        {rule.settings.map((setting) => (
          <SettingField key={setting} setting={setting} needed={rule.needs.includes(setting)} fault={faults[setting]} />
        ))}
      </div>
      <Worth units={units} price={limit || reference} />
      <SendButton sending={sending} ready={complete} buy={buy} title={`${buy ? 'Buy' : 'Sell'} ${symbol.value} by ${rule.title}`} />
      <Verdict request={complete ? JSON.stringify(sliceRequest(parent, slice)) : null} of={`Risk on one slice of ${slice} ${rules?.base_currency ?? ''}:`} />
    </form>
  );
}
