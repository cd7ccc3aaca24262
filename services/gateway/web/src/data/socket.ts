// LiveSocket: the one WebSocket of the page. Each channel begins with a snapshot and is numbered without holes; at a hole
// the channel begins anew. After a lost connection a channel whose messages have positions goes on where it was, where the
// server still has what was missed; any other begins anew. A connection that says nothing is a dead one: it is asked
// every two seconds and left after six.
import { type ReadonlySignal, signal } from '@preact/signals';
import { browserClock, type Clock } from './resource.ts';

export interface Message {
  data: unknown;
  snapshot: boolean;
  first: boolean; // the first one since the channel was opened
}

/** Why what a channel shows is not current; "" when it is. */
export type StaleHandler = (reason: string) => void;

export interface Wire {
  send(text: string): void;
  close(): void;
  onopen: (() => void) | null;
  onmessage: ((event: { data: string }) => void) | null;
  onclose: (() => void) | null;
}

export type LinkState = 'connecting' | 'open' | 'lost';

interface Channel {
  handlers: Set<(message: Message) => void>;
  staleHandlers: Set<StaleHandler>;
  sequence: number; // of the last message; 0: none yet
  position: string; // of the last message; "": the channel has none, or is to begin anew
  resumed: boolean; // it goes on from an earlier connection
  leaving: boolean; // unsubscribed, not confirmed: what comes is of the old subscription
  at: number;
}

interface Envelope {
  op?: string;
  channels?: string[];
  code?: string;
  message?: string;
  channel?: string;
  sequence?: number;
  snapshot?: boolean;
  position?: string;
  reason?: string;
  data?: unknown;
}

const PING_MS = 2000;
const SILENCE_MS = 6000;
const RETRY_MS = [250, 500, 1000, 2000, 5000];

export class LiveSocket {
  private readonly open: () => Wire;
  private readonly clock: Clock;
  private readonly channels = new Map<string, Channel>();
  private readonly linkState = signal<LinkState>('connecting');
  private readonly lastHeard = signal(Number.NEGATIVE_INFINITY);
  private readonly lastError = signal('');
  private wire: Wire | null = null;
  private retries = 0;
  private heard = Number.NEGATIVE_INFINITY;
  private callOff: (() => void) | null = null;

  constructor(open: () => Wire, clock: Clock = browserClock) {
    this.open = open;
    this.clock = clock;
  }

  get state(): ReadonlySignal<LinkState> {
    return this.linkState;
  }
  /** When anything was heard last, to the second. */
  get heardAt(): ReadonlySignal<number> {
    return this.lastHeard;
  }
  get error(): ReadonlySignal<string> {
    return this.lastError;
  }

  start(): void {
    this.connect();
  }

  /** Answers how to unsubscribe. `stale` is told when the owner of what the channel shows is away, and when it is back. */
  subscribe(name: string, handler: (message: Message) => void, stale: StaleHandler = () => undefined): () => void {
    let channel = this.channels.get(name);
    if (!channel) {
      channel = { handlers: new Set(), staleHandlers: new Set(), sequence: 0, position: '', resumed: false, leaving: false, at: Number.NEGATIVE_INFINITY };
      this.channels.set(name, channel);
      this.say({ op: 'subscribe', channels: [name] });
    } else if (channel.handlers.size > 0 || !channel.leaving) {
      this.restart(name, channel); // a newcomer needs a snapshot
    }
    channel.handlers.add(handler);
    channel.staleHandlers.add(stale);
    return () => {
      channel.handlers.delete(handler);
      channel.staleHandlers.delete(stale);
      if (channel.handlers.size === 0 && this.channels.get(name) === channel && !channel.leaving) {
        this.leave(name, channel);
      }
    };
  }

  /** When the channel said something last, by the clock. */
  channelAt(name: string): number {
    return this.channels.get(name)?.at ?? Number.NEGATIVE_INFINITY;
  }

  /** After sleep, or when the network is back: a link that is dead is not waited for. */
  wake(): void {
    if (this.linkState.value === 'open' && this.clock.now() - this.heard > PING_MS * 1.5) {
      this.say({ op: 'ping' });
      this.schedule(1000, () => this.beat(1000));
    } else if (this.linkState.value === 'lost') {
      this.callOff?.();
      this.connect();
    }
  }

  private connect(): void {
    this.linkState.value = this.retries === 0 ? 'connecting' : 'lost';
    const wire = this.open();
    this.wire = wire;
    this.heard = this.clock.now();
    wire.onopen = () => {
      if (this.wire !== wire) return;
      this.retries = 0;
      this.linkState.value = 'open';
      this.hear();
      const after: Record<string, string> = {};
      for (const [name, channel] of this.channels) {
        if (channel.handlers.size === 0) {
          this.channels.delete(name);
          continue;
        }
        channel.sequence = 0;
        channel.leaving = false;
        channel.resumed = false;
        if (channel.position !== '') after[name] = channel.position;
      }
      if (this.channels.size > 0) {
        const resumes = Object.keys(after).length > 0;
        this.say({ op: 'subscribe', channels: [...this.channels.keys()], ...(resumes ? { after } : {}) });
      }
      this.schedule(PING_MS, () => this.beat(SILENCE_MS));
    };
    wire.onmessage = (event) => {
      if (this.wire === wire) this.take(event.data);
    };
    wire.onclose = () => {
      if (this.wire === wire) this.lost();
    };
    this.schedule(SILENCE_MS, () => this.drop());
  }

  private beat(silenceMs: number): void {
    if (this.clock.now() - this.heard > silenceMs) {
      this.drop();
      return;
    }
    this.say({ op: 'ping' });
    this.schedule(PING_MS, () => this.beat(SILENCE_MS));
  }

  private drop(): void {
    this.wire?.close();
    this.lost();
  }

  private lost(): void {
    if (this.wire) this.wire.onclose = null;
    this.wire = null;
    this.linkState.value = 'lost';
    const wait = RETRY_MS[Math.min(this.retries, RETRY_MS.length - 1)]!;
    this.retries += 1;
    this.schedule(wait, () => this.connect());
  }

  private take(text: string): void {
    this.hear();
    let envelope: Envelope;
    try {
      envelope = JSON.parse(text) as Envelope;
    } catch {
      return;
    }
    if (envelope.op === 'error') {
      this.lastError.value = `${envelope.code}: ${envelope.message}`;
    } else if (envelope.op === 'unsubscribed') {
      for (const name of envelope.channels ?? []) this.left(name);
    } else if (envelope.op === 'closing') {
      this.retries = 0; // it goes by plan, and is back in a moment
    } else if (envelope.op !== undefined) {
      for (const name of envelope.channels ?? []) this.hearOf(name, envelope);
    } else if (envelope.channel !== undefined) {
      this.deliver(envelope.channel, envelope);
    }
  }

  private hearOf(name: string, { op, reason }: Envelope): void {
    const channel = this.channels.get(name);
    if (!channel || channel.leaving) return;
    if (op === 'resumed' || op === 'restarted') channel.resumed = op === 'resumed';
    if (op !== 'stale' && op !== 'live') return;
    for (const tell of channel.staleHandlers) tell(op === 'stale' ? reason || 'its owner is away' : '');
  }

  private deliver(name: string, envelope: Envelope): void {
    const channel = this.channels.get(name);
    if (!channel || channel.leaving) return;
    const sequence = envelope.sequence ?? 0;
    const snapshot = envelope.snapshot === true;
    const first = channel.sequence === 0 && !channel.resumed;
    // A channel without a state (trades) begins with news: then the first message is no snapshot, but number 1.
    if (sequence !== channel.sequence + 1) {
      this.restart(name, channel);
      return;
    }
    channel.sequence = sequence;
    channel.position = envelope.position ?? '';
    channel.at = this.clock.now();
    for (const handler of channel.handlers) handler({ data: envelope.data, snapshot, first });
  }

  private restart(name: string, channel: Channel): void {
    if (!channel.leaving) this.leave(name, channel);
  }

  private leave(name: string, channel: Channel): void {
    channel.position = '';
    channel.resumed = false;
    if (this.linkState.value !== 'open') {
      if (channel.handlers.size === 0) this.channels.delete(name);
      return;
    }
    channel.leaving = true;
    this.say({ op: 'unsubscribe', channels: [name] });
  }

  private left(name: string): void {
    const channel = this.channels.get(name);
    if (!channel?.leaving) return;
    channel.leaving = false;
    channel.sequence = 0;
    if (channel.handlers.size === 0) {
      this.channels.delete(name);
    } else {
      this.say({ op: 'subscribe', channels: [name] });
    }
  }

  private hear(): void {
    this.heard = this.clock.now();
    if (this.heard - this.lastHeard.value >= 1000 || this.lastHeard.value < 0) this.lastHeard.value = this.heard;
  }

  private say(message: object): void {
    if (this.wire && this.linkState.value === 'open') this.wire.send(JSON.stringify(message));
  }

  private schedule(ms: number, f: () => void): void {
    this.callOff?.();
    this.callOff = this.clock.after(ms, f);
  }
}
