// The desk: everything the screens show, in one place, fed by one WebSocket and a few routes.
import { computed, effect, signal, untracked } from '@preact/signals';
import { placesOf } from '../lib/decimal.ts';
import { account } from '../settings.ts';
import { get } from './api.ts';
import { nextFrame } from './frame.ts';
import { OrderBookkeeper } from './orders.ts';
import { Resource } from './resource.ts';
import { LiveSocket, type Wire } from './socket.ts';
import type { ExposureAnswer, Fill, HealthAnswer, Instrument, KillSwitch, Limits, Order, Pnl, RiskAlert, Ticker } from './types.ts';

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

// What is asked for. A resource is asked only while a screen shows it.

export const pnl = new Resource<Pnl>(() => get('/api/v1/pnl', { account: account.value }), 1000);
export const killSwitch = new Resource<KillSwitch>(() => get('/api/v1/risk/kill-switch'), 2000);
export const exposure = new Resource<ExposureAnswer>(() => get('/api/v1/risk/portfolio'), 1500);
export const limits = new Resource<Limits[]>(() => get('/api/v1/risk/limits'), 5000);
export const alerts = new Resource<RiskAlert[]>(() => get('/api/v1/risk/alerts', { limit: 200 }), 2000);
export const health = new Resource<HealthAnswer>(() => get('/api/v1/health'), 1500);

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
