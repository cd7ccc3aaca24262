// The gateway's REST routes. Answers may come in any order: whoever shows them uses Resource (resource.ts) or compares
// sequences (orders.ts).

import { session, signedOut } from '../session.ts';

export class ApiError extends Error {
  readonly status: number; // 0: no answer came
  readonly code: string;
  readonly field: string;

  constructor(status: number, code: string, message: string, field = '') {
    super(message);
    this.status = status;
    this.code = code;
    this.field = field;
  }

  /** The request may have been carried out: ask again under the same key, never under a new one. */
  get outcomeUnknown(): boolean {
    return this.status === 0 || this.status === 502 || this.status === 503 || this.status === 504;
  }
}

export type Query = Record<string, string | number | boolean | undefined>;

export interface CallOptions {
  query?: Query;
  body?: unknown;
  timeoutMs?: number;
}

export function withQuery(path: string, query: Query = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== '');
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return text ? `${path}?${text}` : path;
}

export async function call<T>(method: string, path: string, options: CallOptions = {}): Promise<T> {
  const csrf = session.value.csrf;
  const init: RequestInit = { method, signal: AbortSignal.timeout(options.timeoutMs ?? 8000), cache: 'no-store' };
  if (method !== 'GET') {
    init.headers = { 'Content-Type': 'application/json', ...(session.value.csrf ? { 'X-CSRF-Token': session.value.csrf } : {}) };
    init.body = JSON.stringify(options.body ?? {});
  }
  let response: Response;
  let text: string;
  try {
    response = await fetch(withQuery(path, options.query), init);
    text = await response.text();
  } catch (error) {
    const late = error instanceof DOMException && error.name === 'TimeoutError';
    throw new ApiError(0, late ? 'DEADLINE_EXCEEDED' : 'UNAVAILABLE', late ? 'no answer in time' : 'the server cannot be reached');
  }
  let value: unknown = null;
  try {
    value = JSON.parse(text);
  } catch {
    if (response.ok && response.status !== 204) throw new ApiError(response.status, 'INTERNAL', 'the answer is no JSON');
  }
  if (response.ok) return value as T;
  // Of a request that was sent before the last sign-in the answer says nothing about now.
  if (response.status === 401 && session.value.csrf === csrf) signedOut();
  const said = (value ?? {}) as { code?: string; message?: string; field?: string };
  throw new ApiError(response.status, said.code ?? String(response.status), said.message ?? response.statusText, said.field);
}

export function get<T>(path: string, query?: Query): Promise<T> {
  return call<T>('GET', path, query ? { query } : {});
}

export function newKey(): string {
  return `web-${crypto.randomUUID()}`;
}
