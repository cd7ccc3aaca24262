// LiveRows: a state that comes over the WebSocket by rows: all of them at first, then each that changes. It looks like a
// Resource to who shows it, and is subscribed while somebody does.
import { computed, type ReadonlySignal, signal } from '@preact/signals';
import type { Clock, Shown } from './resource.ts';
import { browserClock } from './resource.ts';
import type { LiveSocket } from './socket.ts';

const STALE_MS = 5000;

export interface LiveRowsOptions<Row, View> {
  socket: LiveSocket;
  channel: () => string; // asked anew after a reset
  key: (row: Row) => string;
  view: (rows: Row[]) => View | undefined; // what is shown of them; undefined: nothing yet
  later: (f: () => void) => void; // runs its argument soon, once
  clock?: Clock;
}

export class LiveRows<Row, View> implements Shown<View> {
  readonly staleAfterMs = STALE_MS;
  private readonly shown = signal<View | undefined>(undefined);
  private readonly failed = signal<Error | null>(null);
  private readonly lostAt = signal(Number.NEGATIVE_INFINITY); // when it went stale
  private readonly known = signal(false);
  private readonly told: ReadonlySignal<number>;
  private readonly options: LiveRowsOptions<Row, View>;
  private readonly clock: Clock;
  private rows = new Map<string, Row>();
  private users = 0;
  private leave: (() => void) | null = null;
  private waiting = false;

  constructor(options: LiveRowsOptions<Row, View>) {
    this.options = options;
    this.clock = options.clock ?? browserClock;
    this.told = computed(() => {
      if (!this.known.value) return Number.NEGATIVE_INFINITY;
      return this.failed.value ? this.lostAt.value : options.socket.heardAt.value;
    });
  }

  get value(): ReadonlySignal<View | undefined> {
    return this.shown;
  }
  get error(): ReadonlySignal<Error | null> {
    return this.failed;
  }
  /** As of when it holds: as long as its owner is there, when the link was heard last. */
  get at(): ReadonlySignal<number> {
    return this.told;
  }

  use(): () => void {
    this.users += 1;
    if (this.users === 1) this.join();
    return () => {
      this.users -= 1;
      if (this.users === 0) this.part();
    };
  }

  /** What is shown is of another question now: nothing of it may stay. */
  reset(): void {
    this.part();
    this.rows = new Map();
    this.shown.value = undefined;
    if (this.users > 0) this.join();
  }

  private join(): void {
    this.leave = this.options.socket.subscribe(
      this.options.channel(),
      ({ data, snapshot }) => {
        if (snapshot) this.rows = new Map();
        for (const row of (snapshot ? data : [data]) as Row[]) this.rows.set(this.options.key(row), row);
        this.tell();
      },
      (reason) => {
        this.lostAt.value = this.clock.now();
        this.failed.value = reason === '' ? null : new Error(reason);
      },
    );
  }

  private part(): void {
    this.leave?.();
    this.leave = null;
    this.known.value = false;
    this.failed.value = null;
  }

  private tell(): void {
    if (this.waiting) return;
    this.waiting = true;
    this.options.later(() => {
      this.waiting = false;
      if (this.leave === null) return;
      this.known.value = true;
      this.shown.value = this.options.view([...this.rows.values()]);
    });
  }
}
