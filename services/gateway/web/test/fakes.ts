// Time and wires of the tests' own.
import type { Clock } from '../src/data/resource.ts';
import type { Wire } from '../src/data/socket.ts';
import type { Instrument, Order } from '../src/data/types.ts';
import { type Draft, NO_EXTRAS } from '../src/lib/ticket.ts';

export class FakeClock implements Clock {
  private at = 0;
  private due: { at: number; f: () => void }[] = [];

  now(): number {
    return this.at;
  }
  after(ms: number, f: () => void): () => void {
    const entry = { at: this.at + ms, f };
    this.due.push(entry);
    return () => {
      this.due = this.due.filter((other) => other !== entry);
    };
  }
  /** Lets time pass; what is due runs in its order. */
  pass(ms: number): void {
    const end = this.at + ms;
    for (;;) {
      const next = this.due.filter((entry) => entry.at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.due = this.due.filter((entry) => entry !== next);
      this.at = next.at;
      next.f();
    }
    this.at = end;
  }
}

export class FakeWire implements Wire {
  sent: Record<string, unknown>[] = [];
  closed = false;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;

  send(text: string): void {
    this.sent.push(JSON.parse(text) as Record<string, unknown>);
  }
  close(): void {
    this.closed = true;
  }
  say(message: unknown): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
  /** What was sent since the last call. */
  take(): Record<string, unknown>[] {
    return this.sent.splice(0);
  }
}

export function order(id: string, status: string, sequence: number): Order {
  return { order_id: id, status, sequence, uncertain: false, link_id: '', dormant: false, created_time: `2026-01-01T00:00:00.00000000${id.at(-1)}Z` } as Order;
}

export const btc: Instrument = {
  symbol: 'BTCUSDT',
  description: '',
  base_currency: 'BTC',
  quote_currency: 'USDT',
  tick_size: '0.01',
  lot_size: '0.00001',
  min_quantity: '0.00001',
  max_quantity: '9000',
};

export const draft: Draft = {
  account: 'demo',
  symbol: 'BTCUSDT',
  side: 'BUY',
  type: 'LIMIT',
  timeInForce: 'GTC',
  quantity: '0.1',
  notional: false,
  price: '45000.10',
  stopPrice: '',
  ...NO_EXTRAS,
};
