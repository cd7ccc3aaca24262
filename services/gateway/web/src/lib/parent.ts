// Parent orders: what each algorithm asks for, and whether what was entered can be sent. The rules are exeq's
// (docs/api.md); it has the last word. A new algorithm is a row of ALGOS, a new setting one of SETTINGS.
import type { Instrument, ParentOrder, Side } from '../data/types.ts';
import { floorTo, ONE, parse, parseOr0, toText } from './decimal.ts';
import { parseMoment, parseSpan } from './span.ts';
import { quantityFault } from './ticket.ts';

export type Setting = 'limit_price' | 'start' | 'end' | 'slices' | 'randomize_percent' | 'participation' | 'participation_cap' | 'display_quantity' | 'slice_max' | 'interval_ms' | 'urgency' | 'volume_curve';

export interface AlgoRule {
  algo: string;
  title: string;
  does: string;
  scheduled: boolean; // its slices are laid out up to an end
  settings: Setting[]; // in the order of the ticket
  needs: Setting[];
}

const COMMON: Setting[] = ['limit_price', 'start', 'end'];
const BOUNDS: Setting[] = ['slice_max', 'participation_cap'];

export const ALGOS: AlgoRule[] = [
  { algo: 'TWAP', title: 'TWAP', does: 'even slices over the time', scheduled: true, settings: [...COMMON, 'slices', 'randomize_percent', ...BOUNDS], needs: ['end'] },
  { algo: 'VWAP', title: 'VWAP', does: 'slices as the volume of a day has it', scheduled: true, settings: [...COMMON, 'slices', 'volume_curve', 'randomize_percent', ...BOUNDS], needs: ['end'] },
  { algo: 'POV', title: 'POV', does: 'a share of what the market trades', scheduled: false, settings: [...COMMON, 'participation', 'interval_ms', 'randomize_percent', ...BOUNDS], needs: ['participation'] },
  { algo: 'ICEBERG', title: 'Iceberg', does: 'rests at the limit, a part in sight', scheduled: false, settings: [...COMMON, 'display_quantity', 'randomize_percent', ...BOUNDS], needs: ['limit_price', 'display_quantity'] },
  { algo: 'IMPLEMENTATION_SHORTFALL', title: 'Shortfall', does: 'the more urgent, the earlier', scheduled: true, settings: [...COMMON, 'slices', 'urgency', 'randomize_percent', ...BOUNDS], needs: ['end'] },
];

export function algoOf(name: string): AlgoRule {
  return ALGOS.find((rule) => rule.algo === name) ?? ALGOS[0]!;
}

export interface SettingRule {
  title: string;
  hint: string; // what it is when left empty, or how it is written
  step?: string; // by which the arrow keys go
}

export const SETTINGS: Record<Setting, SettingRule> = {
  limit_price: { title: 'Limit price', hint: 'none' },
  start: { title: 'Starts', hint: 'at once, 14:30' },
  end: { title: 'Ends', hint: '10m, 15:00' },
  slices: { title: 'Slices', hint: 'one each 30 s', step: '1' },
  randomize_percent: { title: 'Randomize %', hint: '0 to 50', step: '5' },
  participation: { title: 'Participation %', hint: 'of the volume', step: '1' },
  participation_cap: { title: 'At most % of volume', hint: 'no cap', step: '1' },
  display_quantity: { title: 'In sight', hint: 'quantity shown' },
  slice_max: { title: 'Largest slice', hint: 'no bound' },
  interval_ms: { title: 'Interval ms', hint: '1000', step: '100' },
  urgency: { title: 'Urgency', hint: '2, up to 20', step: '1' },
  volume_curve: { title: 'Volume curve', hint: '' },
};

export const VOLUME_CURVES = ['DEFAULT', 'LEARNED'];

export interface ParentDraft {
  account: string;
  symbol: string;
  side: Side;
  algo: string;
  quantity: string;
  settings: Partial<Record<Setting, string>>;
}

export type ParentField = 'quantity' | Setting;

const SPAN_MIN_MS = 1000;
const SPAN_MAX_MS = 7 * 86_400_000;
const SLICE_MIN_MS = 100;
const SLICES_MAX = 1000;
const HUNDRED = 100n * ONE;

interface Asked {
  draft: ParentDraft;
  instrument: Instrument;
  now: number;
  utc: boolean;
  text: string; // of this setting; not empty
}

function wholeFault(text: string, least: number, most: number): string {
  return /^\d{1,9}$/.test(text) && Number(text) >= least && Number(text) <= most ? '' : `from ${least} to ${most}, whole`;
}

function percentFault(text: string): string {
  const value = parse(text);
  return value === null || value <= 0n || value > HUNDRED ? 'above 0, at most 100' : '';
}

function spanMs(asked: Asked): number | null {
  const start = asked.draft.settings.start?.trim() ?? '';
  const from = start === '' ? asked.now : parseMoment(start, asked.now, asked.utc);
  const end = asked.draft.settings.end?.trim() ?? '';
  const span = parseSpan(end);
  if (span !== null) return span;
  const until = parseMoment(end, asked.now, asked.utc);
  return from === null || until === null ? null : until - from;
}

const FAULTS: Record<Setting, (asked: Asked) => string> = {
  limit_price: ({ text, instrument }) => {
    const price = parse(text);
    if (price === null || price <= 0n) return 'a price above zero';
    const tick = parseOr0(instrument.tick_size);
    return tick > 0n && price % tick !== 0n ? `must be a multiple of ${instrument.tick_size}` : '';
  },
  start: ({ text, now, utc }) => {
    const at = parseMoment(text, now, utc);
    if (at === null) return 'such as 5m or 14:30';
    return at - now > SPAN_MAX_MS ? 'at most seven days from now' : '';
  },
  end: (asked) => {
    const span = spanMs(asked);
    if (span === null) return 'such as 10m or 15:00';
    if (span < SPAN_MIN_MS) return 'at least a second after the start';
    return span > SPAN_MAX_MS ? 'at most seven days after the start' : '';
  },
  slices: (asked) => {
    const fault = wholeFault(asked.text, 1, SLICES_MAX);
    const span = spanMs(asked);
    if (fault || span === null) return fault;
    return span / Number(asked.text) < SLICE_MIN_MS ? 'each needs a tenth of a second' : '';
  },
  randomize_percent: ({ text }) => wholeFault(text, 0, 50),
  participation: ({ text }) => percentFault(text),
  participation_cap: ({ text, draft }) => {
    const share = draft.algo === 'POV' ? parseOr0(draft.settings.participation) : 0n;
    return percentFault(text) || (parseOr0(text) < share ? 'not below the participation' : '');
  },
  display_quantity: ({ text, draft, instrument }) => quantityFault(text, instrument) || (parseOr0(text) > (parse(draft.quantity) ?? parseOr0(text)) ? 'not above the quantity' : ''),
  slice_max: ({ text, instrument }) => quantityFault(text, instrument),
  interval_ms: ({ text }) => wholeFault(text, 100, 3_600_000),
  urgency: ({ text }) => {
    const value = parse(text);
    return value === null || value <= 0n || value > 20n * ONE ? 'above 0, at most 20' : '';
  },
  volume_curve: ({ text }) => (VOLUME_CURVES.includes(text) ? '' : 'DEFAULT or LEARNED'),
};

/** What is wrong with each field; empty when it can be sent. */
export function parentFaults(draft: ParentDraft, instrument: Instrument, now: number, utc: boolean): Partial<Record<ParentField, string>> {
  const rule = algoOf(draft.algo);
  const faults: Partial<Record<ParentField, string>> = {};
  // The most that one order may have is no bound for a parent: its slices are orders.
  const quantity = quantityFault(draft.quantity, { ...instrument, max_quantity: '' });
  if (quantity) faults.quantity = quantity;
  for (const setting of rule.settings) {
    const text = draft.settings[setting]?.trim() ?? '';
    const fault = text !== '' ? FAULTS[setting]({ draft, instrument, now, utc, text }) : rule.needs.includes(setting) ? 'is needed' : '';
    if (fault) faults[setting] = fault;
  }
  return faults;
}

export type ParentRequest = Record<string, string | number>;

const shareOf = (percent: string) => toText((parse(percent) ?? 0n) / 100n);

/** What is sent: only what the algorithm takes, so that nobody believes in a setting it does not read. REQUIRES: no faults. */
export function parentRequest(draft: ParentDraft, now: number, utc: boolean): ParentRequest {
  const rule = algoOf(draft.algo);
  const request: ParentRequest = { account: draft.account, symbol: draft.symbol, side: draft.side, algo: draft.algo, quantity: draft.quantity.trim() };
  for (const setting of rule.settings) {
    const text = draft.settings[setting]?.trim() ?? '';
    if (text === '') continue;
    const span = setting === 'end' ? parseSpan(text) : null;
    if (span !== null) request.duration_ms = span;
    else if (setting === 'start' || setting === 'end') request[`${setting}_time`] = new Date(parseMoment(text, now, utc) ?? now).toISOString();
    else if (setting === 'participation' || setting === 'participation_cap') request[setting] = shareOf(text);
    else if (setting === 'slices' || setting === 'randomize_percent' || setting === 'interval_ms') request[setting] = Number(text);
    else request[setting] = text;
  }
  return request;
}

/** The quantity of one child, as far as the ticket knows it: what risk is asked about beforehand. */
export function sliceOf(draft: ParentDraft, instrument: Instrument, now: number, utc: boolean): string {
  const whole = parseOr0(draft.quantity);
  const bound = parse(draft.settings.slice_max) ?? whole;
  let slice = whole;
  if (draft.algo === 'ICEBERG') slice = parse(draft.settings.display_quantity) ?? whole;
  else if (algoOf(draft.algo).scheduled) {
    const span = spanMs({ draft, instrument, now, utc, text: '' }) ?? 0;
    const usual = Math.min(SLICES_MAX, Math.max(4, Math.floor(span / 30_000)));
    const slices = draft.settings.slices?.trim() ? Number(draft.settings.slices) : usual;
    slice = whole / BigInt(Math.max(1, Math.floor(slices) || 1));
  }
  const lot = parseOr0(instrument.lot_size);
  const least = slice < bound ? slice : bound;
  const floored = floorTo(least, lot);
  return toText(floored > 0n ? floored : lot);
}

/** The order that one child would be. */
export function sliceRequest(draft: ParentDraft, slice: string): Record<string, string> {
  const limit = draft.settings.limit_price?.trim() ?? '';
  const base = { account: draft.account, symbol: draft.symbol, side: draft.side, quantity: slice };
  if (limit === '') return { ...base, type: 'MARKET', time_in_force: 'IOC' };
  return { ...base, type: 'LIMIT', price: limit, time_in_force: draft.algo === 'ICEBERG' ? 'GTC' : 'IOC' };
}

const ENDED = new Set(['FILLED', 'CANCELED', 'EXPIRED']);

export function parentWorks(parent: Pick<ParentOrder, 'status'>): boolean {
  return !ENDED.has(parent.status);
}

/** Of a change: what differs, or what is wrong with it. */
export function parentChange(parent: ParentOrder, terms: { quantity: string; limit: string; end: string }, instrument: Instrument, now: number, utc: boolean): { change: Record<string, string>; faults: Partial<Record<'quantity' | 'limit' | 'end', string>> } {
  const change: Record<string, string> = {};
  const faults: Partial<Record<'quantity' | 'limit' | 'end', string>> = {};
  if (parse(terms.quantity) !== parse(parent.quantity)) {
    change.quantity = terms.quantity.trim();
    const least = parseOr0(parent.filled_quantity) + parseOr0(parent.working_quantity);
    const fault = quantityFault(change.quantity, { ...instrument, max_quantity: '' }) || (parseOr0(change.quantity) < least ? `not below ${toText(least)}, filled and working` : '');
    if (fault) faults.quantity = fault;
  }
  const limit = terms.limit.trim();
  if (limit === '' && parent.limit_price !== '0') faults.limit = 'a limit cannot be taken away';
  else if (limit !== '' && parse(limit) !== parse(parent.limit_price)) {
    change.limit_price = limit;
    const draft = { account: '', symbol: '', side: parent.side, algo: parent.algo, quantity: '', settings: {} };
    const fault = FAULTS.limit_price({ draft, instrument, now, utc, text: limit });
    if (fault) faults.limit = fault;
  }
  if (terms.end.trim() !== '') {
    const at = parseMoment(terms.end, now, utc);
    if (at === null) faults.end = 'such as 10m or 15:00';
    else change.end_time = new Date(at).toISOString();
  }
  return { change, faults };
}
