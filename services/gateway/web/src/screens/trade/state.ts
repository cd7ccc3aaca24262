// What the parts of the Trade screen share: the symbol, the ticket's draft, the market of the symbol.
import { computed, effect, signal, untracked } from '@preact/signals';
import { get } from '../../data/api.ts';
import { instrumentBySymbol, instruments, live, orders, tickers } from '../../data/desk.ts';
import { nextFrame } from '../../data/frame.ts';
import { isHeld, isWorking } from '../../data/orders.ts';
import type { MarketTrade, OrderBook, Side } from '../../data/types.ts';
import type { LinkDraft, LinkField } from '../../lib/linked.ts';
import type { Setting } from '../../lib/parent.ts';
import { type Draft, NO_EXTRAS, ruleOf } from '../../lib/ticket.ts';
import { place } from '../../router.ts';
import { account } from '../../settings.ts';

const BOOK_LEVELS = 60;
const TAPE_ROWS = 80;

/** Of the place in the address, or the last one looked at. */
const lastSymbol = signal('');
export const symbol = computed(() => {
  const named = place.value.screen === 'trade' ? place.value.detail : '';
  if (named && instrumentBySymbol.value.has(named)) return named;
  return lastSymbol.value || (instruments.value[0]?.symbol ?? '');
});
export const instrument = computed(() => instrumentBySymbol.value.get(symbol.value));
export const ticker = computed(() => tickers.value.get(symbol.value));

/** Working orders of the account in this symbol. */
const workingHere = computed(() => orders.value.filter((order) => order.symbol === symbol.value && isWorking(order)));
/** Those of them that the venue has, and those that wait at oms: stops for their price, legs for their entry. */
export const restingHere = computed(() => workingHere.value.filter((order) => !isHeld(order)));
export const heldHere = computed(() => workingHere.value.filter(isHeld));

export const depth = signal<OrderBook | null>(null);
export const depthAt = signal(Number.NEGATIVE_INFINITY);
export const tape = signal<MarketTrade[]>([]); // newest first

// The ticket.

export const draft = signal<Omit<Draft, 'account' | 'symbol'>>({
  side: 'BUY',
  type: 'LIMIT',
  timeInForce: 'GTC',
  quantity: '',
  notional: false,
  price: '',
  stopPrice: '',
  ...NO_EXTRAS,
});
export const wholeDraft = computed<Draft>(() => ({ ...draft.value, account: account.value, symbol: symbol.value }));

/** What the ticket is for. */
export const MODES = [
  { id: 'order', title: 'Order', does: 'one order' },
  { id: 'algo', title: 'Algo', does: 'a large order, worked in slices' },
  { id: 'bracket', title: 'Bracket', does: 'an entry with take profit and stop loss' },
  { id: 'oto', title: 'OTO', does: 'an entry, and one order that goes out as it fills' },
  { id: 'oco', title: 'OCO', does: 'two orders, one cancels the other' },
] as const;
export type TicketMode = (typeof MODES)[number]['id'];
export const ticketMode = signal<TicketMode>('order');

// Of a parent order: side and quantity are the draft's.
export const algo = signal('TWAP');
export const algoSettings = signal<Partial<Record<Setting, string>>>({ end: '10m' });
export function editSetting(setting: Setting, text: string): void {
  algoSettings.value = { ...algoSettings.value, [setting]: text };
}

// The legs of a bracket or an OCO.
export const legs = signal<LinkDraft>({ profit: '', stop: '', stopLimit: '' });
export function editLeg(field: LinkField, text: string): void {
  legs.value = { ...legs.value, [field]: text };
}

export function edit(change: Partial<Draft>): void {
  const next = { ...draft.value, ...change };
  const rule = ruleOf(next.type);
  // Another type begins with its own time in force: an IOC left over from a market order would surprise.
  if (next.type !== draft.value.type || !rule.timesInForce.includes(next.timeInForce)) next.timeInForce = rule.timesInForce[0]!;
  draft.value = next;
}

/** Prices of one symbol mean nothing in another. */
function forgetPrices(): void {
  edit({ price: '', stopPrice: '', trailing: '', display: '' });
  legs.value = { profit: '', stop: '', stopLimit: '' };
  algoSettings.value = { ...algoSettings.value, limit_price: '', display_quantity: '', slice_max: '' };
}

/** What a market order would meet: the far side of the book. */
export function farPrice(side: Side): string {
  return (side === 'BUY' ? ticker.value?.ask : ticker.value?.bid) ?? '';
}

export function focusTicket(side: Side): void {
  edit({ side });
  const field = document.getElementById('ticket-quantity') as HTMLInputElement | null;
  field?.focus();
  field?.select();
}

// The market of the symbol.

function followMarket(name: string): () => void {
  let newest: OrderBook | null = null;
  let trades: MarketTrade[] = [];
  let gone = false;
  let drawing = false;
  depth.value = null;
  depthAt.value = Number.NEGATIVE_INFINITY;
  tape.value = [];
  const draw = () => {
    if (drawing) return;
    drawing = true;
    nextFrame(() => {
      drawing = false;
      if (gone) return;
      if (newest) depthAt.value = live.channelAt(`book:${name}:${BOOK_LEVELS}`);
      depth.value = newest;
      tape.value = trades;
    });
  };
  const add = (list: MarketTrade[]) => {
    const bySeq = new Map([...trades, ...list].map((trade) => [`${trade.venue} ${trade.source_seq}`, trade]));
    trades = [...bySeq.values()].sort((a, b) => (b.timestamp ?? '').localeCompare(a.timestamp ?? '') || b.source_seq - a.source_seq).slice(0, TAPE_ROWS);
    draw();
  };
  const loadTape = () =>
    get<MarketTrade[]>(`/api/v1/trades/${name}`, { limit: TAPE_ROWS }).then(add, () => {
      // Live trades fill it; the link's state says why it is empty.
    });
  const leaveBook = live.subscribe(`book:${name}:${BOOK_LEVELS}`, ({ data }) => {
    newest = data as OrderBook;
    draw();
  });
  const leaveTape = live.subscribe(`trades:${name}`, ({ data, first }) => {
    if (first) void loadTape(); // what passed while nobody listened
    add([data as MarketTrade]);
  });
  void loadTape();
  return () => {
    gone = true;
    leaveBook();
    leaveTape();
  };
}

/** Follows the symbol while the screen is shown. */
export function followSymbol(): () => void {
  let leave: (() => void) | null = null;
  const stop = effect(() => {
    const name = symbol.value;
    untracked(() => {
      leave?.();
      leave = name ? followMarket(name) : null;
      if (lastSymbol.value !== '' && lastSymbol.value !== name) forgetPrices();
      lastSymbol.value = name;
    });
  });
  return () => {
    stop();
    leave?.();
  };
}
