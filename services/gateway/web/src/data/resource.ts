// Resource: one thing that is asked for again and again. Answers are numbered by their requests: one that comes after a
// newer one is dropped, so that no late answer shows an old state. Its age is known at all times.
import { type ReadonlySignal, signal } from '@preact/signals';

export interface Clock {
  now(): number;
  after(ms: number, f: () => void): () => void; // answers how to call it off
}

export const browserClock: Clock = {
  now: () => performance.now(),
  after: (ms, f) => {
    const id = setTimeout(f, ms);
    return () => clearTimeout(id);
  },
};

/** What a part of a screen shows: a value, how old it is, and what is wrong with it. */
export interface Shown<T> {
  readonly value: ReadonlySignal<T | undefined>;
  readonly error: ReadonlySignal<Error | null>;
  readonly at: ReadonlySignal<number>;
  readonly staleAfterMs: number;
  /** Somebody looks. Answers how to stop. */
  use(): () => void;
}

export class Resource<T> implements Shown<T> {
  private readonly shown = signal<T | undefined>(undefined);
  private readonly failed = signal<Error | null>(null);
  private readonly told = signal(Number.NEGATIVE_INFINITY);
  private readonly read: () => Promise<T>;
  private readonly periodMs: number;
  private readonly clock: Clock;
  private users = 0;
  private asked = 0; // number of the newest request
  private answered = 0; // of the newest answer that was taken
  private callOff: (() => void) | null = null;

  constructor(read: () => Promise<T>, periodMs: number, clock: Clock = browserClock) {
    this.read = read;
    this.periodMs = periodMs;
    this.clock = clock;
  }

  get value(): ReadonlySignal<T | undefined> {
    return this.shown;
  }
  get error(): ReadonlySignal<Error | null> {
    return this.failed;
  }
  /** When the newest answer came, by the clock. */
  get at(): ReadonlySignal<number> {
    return this.told;
  }
  get staleAfterMs(): number {
    return this.periodMs * 3 + 2000;
  }

  /** Asks as long as somebody looks. Answers how to stop. */
  use(): () => void {
    this.users += 1;
    if (this.users === 1) void this.refresh();
    return () => {
      this.users -= 1;
      if (this.users === 0) this.cancel();
    };
  }

  /** What is shown is of another question now: nothing of it may stay. */
  reset(): void {
    this.answered = this.asked;
    this.shown.value = undefined;
    this.failed.value = null;
    this.told.value = Number.NEGATIVE_INFINITY;
    if (this.users > 0) void this.refresh();
  }

  async refresh(): Promise<void> {
    this.asked += 1;
    const number = this.asked;
    this.cancel();
    try {
      const value = await this.read();
      if (number > this.answered) {
        this.answered = number;
        this.shown.value = value;
        this.failed.value = null;
        this.told.value = this.clock.now();
      }
    } catch (error) {
      if (number > this.answered) this.failed.value = error as Error;
    }
    if (this.users > 0 && number === this.asked && this.periodMs > 0) {
      this.cancel();
      this.callOff = this.clock.after(this.periodMs, () => void this.refresh());
    }
  }

  private cancel(): void {
    this.callOff?.();
    this.callOff = null;
  }
}
