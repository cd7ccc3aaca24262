// Sender: a request goes out under a key of its own. When its outcome is not known, the very same request goes out again
// under the same key, whatever the market has made of what was written meanwhile.

interface Unknown<Request> {
  of: string;
  request: Request;
  why: string;
}

export class Sender<Request> {
  private readonly newKey: () => string;
  private readonly isUnknown: (error: unknown) => boolean;
  private key: string;
  private unknown: Unknown<Request> | null = null;
  private sends = false;

  constructor(newKey: () => string, isUnknown: (error: unknown) => boolean) {
    this.newKey = newKey;
    this.isUnknown = isUnknown;
    this.key = newKey();
  }

  get busy(): boolean {
    return this.sends;
  }
  /** Why the outcome of the last one is not known; "" when it is. */
  get why(): string {
    return this.unknown?.why ?? '';
  }
  /** What is written is the one whose outcome is not known. `of` is what was written: another text is another order. */
  again(of: string): boolean {
    return this.unknown !== null && this.unknown.of === of;
  }

  /** Throws what the server refused. A null request sends nothing but the one whose outcome is not known. */
  async send(of: string, request: Request | null, submit: (request: Request, key: string) => Promise<unknown>): Promise<void> {
    const again = this.again(of);
    const sent = again ? this.unknown!.request : request;
    if (this.sends || sent === null) return;
    if (this.unknown !== null && !again) this.key = this.newKey(); // the key of the unknown one may be used up
    this.sends = true;
    try {
      await submit(sent, this.key);
      this.unknown = null;
      this.key = this.newKey();
    } catch (error) {
      const unknown = this.isUnknown(error);
      this.unknown = unknown ? { of, request: sent, why: (error as Error).message } : null;
      if (!unknown) throw error;
    } finally {
      this.sends = false;
    }
  }
}
