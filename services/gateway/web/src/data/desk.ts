// The desk: everything the screens show, in one place, fed by one WebSocket and a few routes.
import { computed, effect, signal, untracked } from '@preact/signals';
import { placesOf } from '../lib/decimal.ts';
import { account } from '../settings.ts';
import { get } from './api.ts';
import { nextFrame } from './frame.ts';
import { LiveRows } from './live_rows.ts';
import { OrderBookkeeper } from './orders.ts';

import { LiveSocket, type Wire } from './socket.ts';
import type {
  Exposure,
  ExposureAnswer,
  Fill,
  HealthAnswer,
  Instrument,
  KillSwitch,
  Limits,
  Order,
  Pnl,
  RiskAlert,
  ScopeExposure,
  ServiceHealth,
  SymbolBlock,
  Ticker,
} from './types.ts';

export const live = new LiveSocket(() => {
  const url = new URL('/ws', location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return new WebSocket(url) as unknown as Wire;
});

/** The time by which ages are told; moves on each half second. */
export const now = signal(performance.now());

// Instruments: once, and again until they are there.

export const instruments = signal<Instrument[]>([]);
export const instrumentBySymbol = computed(() => new Map(instruments.value.map((one) => [one.symbol, one])));

export function pricePlaces(symbol: string): number {
  return placesOf(instrumentBySymbol.value.get(symbol)?.tick_size);
}
export function quantityPlaces(symbol: string): number {
  return placesOf(instrumentBySymbol.value.get(symbol)?.lot_size);
}

async function loadInstruments(): Promise<void> {
  try {
    instruments.value = await get<Instrument[]>('/api/v1/symbols');
  } catch {
    // Shown by the link's state; asked again.
  }
  if (instruments.value.length === 0) setTimeout(() => void loadInstruments(), 1000);
}

// Tickers.

export const tickers = signal<ReadonlyMap<string, Ticker>>(new Map());
let newestTickers = new Map<string, Ticker>();
let tickersWait = false;

function takeTicker(ticker: Ticker): void {
  newestTickers.set(ticker.symbol, ticker);
  if (tickersWait) return;
  tickersWait = true;
  nextFrame(() => {
    tickersWait = false;
    tickers.value = new Map(newestTickers);
  });
}

// Orders and fills of the account.

export const book = new OrderBookkeeper(nextFrame);
export const orders = computed(() => {
  void book.version.value;
  return book.allOrders();
});
export const fills = computed(() => {
  void book.version.value;
  return book.allFills();
});
export const ordersError = signal('');

async function askFor(ids: string[]): Promise<void> {
  const asked = account.value;
  for (const id of ids.slice(0, 200)) {
    try {
      const order = await get<Order>(`/api/v1/orders/${encodeURIComponent(id)}`);
      if (account.value === asked) book.takeOrder(order);
    } catch {
      return; // the next snapshot asks again
    }
  }
}

async function loadPast(name: string): Promise<void> {
  try {
    const [past, filled] = await Promise.all([
      get<Order[]>('/api/v1/orders', { account: name, limit: 1000 }),
      get<Fill[]>('/api/v1/fills', { account: name, limit: 1000 }),
    ]);
    if (account.value !== name) return;
    book.takeOrders(past);
    book.takeFills(filled);
    ordersError.value = '';
  } catch (error) {
    if (account.value === name) ordersError.value = `orders could not be read: ${(error as Error).message}`;
  }
}

function followAccount(name: string): () => void {
  book.clear();
  void loadPast(name);
  const leaveOrders = live.subscribe(`orders:${name}`, ({ data, snapshot }) => {
    if (!snapshot) {
      book.takeOrder(data as Order);
      return;
    }
    const ended = book.takeWorking(data as Order[]);
    if (ended.length > 0) void askFor(ended);
    if (ordersError.value) void loadPast(name);
  });
  const leaveFills = live.subscribe(`fills:${name}`, ({ data, snapshot }) => book.takeFills(snapshot ? (data as Fill[]) : [data as Fill]));
  return () => {
    leaveOrders();
    leaveFills();
  };
}

// States that come by rows. Each is subscribed only while a screen shows it.

function rows<Row, View>(channel: () => string, key: (row: Row) => string, view: (rows: Row[]) => View | undefined): LiveRows<Row, View> {
  return new LiveRows({ socket: live, channel, key, view, later: nextFrame });
}

export const pnl = rows<Pnl, Pnl>(() => `pnl:${account.value}`, (one) => one.account, (all) => all[0]);
export const killSwitch = rows<KillSwitch, KillSwitch>(() => 'kill_switch', () => '', (all) => all[0]);
export const blocks = rows<SymbolBlock, SymbolBlock[]>(() => 'blocks', (one) => one.symbol, (all) => all);
export const exposure = rows<Exposure | ScopeExposure, ExposureAnswer>(
  () => 'exposure',
  (one) => ('scope' in one ? `${one.scope}|${one.name}` : `account|${one.account}|${one.symbol}`),
  (all) => ({ exposures: all.filter((one): one is Exposure => !('scope' in one)), scopes: all.filter((one): one is ScopeExposure => 'scope' in one) }),
);
export const limits = rows<Limits, Limits[]>(() => 'limits', (one) => `${one.scope}|${one.desk}|${one.account}|${one.strategy}|${one.symbol}`, (all) => all);
/** Oldest first. */
export const alerts = rows<RiskAlert, RiskAlert[]>(() => 'alerts', (one) => one.alert_id, (all) => all.sort((a, b) => (a.time ?? '').localeCompare(b.time ?? '')));
export const health = rows<ServiceHealth, HealthAnswer>(
  () => 'health',
  (one) => one.name,
  (all) => ({ healthy: all.filter((one) => one.status === 'healthy').length, total: all.length, services: all }),
);

export function startDesk(): void {
  void loadInstruments();
  live.start();
  live.subscribe('tickers', ({ data, first }) => {
    if (first) newestTickers = new Map();
    takeTicker(data as Ticker);
  });
  let leave: (() => void) | null = null;
  effect(() => {
    const name = account.value;
    untracked(() => {
      leave?.();
      leave = followAccount(name);
      pnl.reset();
    });
  });
  killSwitch.use();
  pnl.use();
  setInterval(() => {
    now.value = performance.now();
  }, 500);
  const wake = () => {
    if (document.visibilityState === 'visible') live.wake();
  };
  document.addEventListener('visibilitychange', wake);
  addEventListener('online', wake);
  addEventListener('focus', wake);
}
