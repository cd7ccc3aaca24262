// Sending (lib/sender.ts), and risk's word before it.
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { ApiError, call, newKey } from '../../../data/api.ts';
import type { Decision } from '../../../data/types.ts';
import * as format from '../../../lib/format.ts';
import { Sender } from '../../../lib/sender.ts';
import { may } from '../../../session.ts';
import { Checks } from '../../../ui/checks.tsx';
import { notifyError } from '../../../ui/notices.tsx';
import { symbol } from '../state.ts';

const PREVIEW_WAIT_MS = 200;
const PREVIEW_AGAIN_MS = 2000;

export interface Sending<Request> {
  again: boolean; // the outcome of what stands in the ticket is not known
  why: string;
  busy: boolean;
  send: (request: Request | null) => Promise<void>; // null: nothing but the one whose outcome is not known
}

// By kind of ticket, and kept while another kind or screen is looked at: a key whose outcome is not known is not forgotten.
const senders = new Map<string, Sender<never>>();

function senderOf<Request>(kind: string): Sender<Request> {
  const known = senders.get(kind) ?? new Sender<never>(newKey, (error) => !(error instanceof ApiError) || error.outcomeUnknown);
  senders.set(kind, known);
  return known as unknown as Sender<Request>;
}

/** `of` is what was written, as text: another text is another order. Not what it comes to, which moves with the market. */
export function useSend<Request>(kind: string, of: string, submit: (request: Request, key: string) => Promise<unknown>): Sending<Request> {
  const [, redraw] = useState(0);
  const sender = senderOf<Request>(kind);
  const send = async (request: Request | null) => {
    if (!may('trade')) return;
    try {
      const sent = sender.send(of, request, submit);
      redraw((n) => n + 1);
      await sent;
    } catch (error) {
      notifyError('order', error);
    } finally {
      redraw((n) => n + 1);
    }
  };
  return { again: sender.again(of), why: sender.why, busy: sender.busy, send };
}

interface SendButtonProps {
  sending: Sending<never>;
  ready: boolean;
  buy: boolean;
  title: string;
}

export function SendButton({ sending, ready, buy, title }: SendButtonProps): JSX.Element {
  return (
    <>
      {sending.again && (
        <p role="alert" class="rounded bg-warn-ground px-2 py-1 text-warn">
          {sending.why}: the outcome is not known. Sending again uses the same key, so it cannot become two orders.
        </p>
      )}
      <button type="submit" id="ticket-send" class={`btn w-full ${buy ? 'btn-buy' : 'btn-sell'} min-h-8`} disabled={(!ready && !sending.again) || sending.busy || !may('trade')}>
        {sending.busy ? 'Sending…' : sending.again ? 'Send again, same key' : title}
      </button>
    </>
  );
}

export type Preview = { of: string; decision: Decision | null; error: string };

/** Risk's word on what is written, asked again while it stands. An answer to an older draft is not shown. */
export function usePreview(request: string | null): Preview | null {
  const [preview, setPreview] = useState<Preview | null>(null);
  useEffect(() => {
    if (request === null) {
      setPreview(null);
      return undefined;
    }
    let current = true;
    let timer = 0;
    const ask = async () => {
      let next: Preview;
      try {
        next = { of: request, decision: await call<Decision>('POST', '/api/v1/orders/preview', { body: JSON.parse(request) as unknown }), error: '' };
      } catch (error) {
        next = { of: request, decision: null, error: (error as Error).message };
      }
      if (!current) return;
      setPreview(next);
      timer = window.setTimeout(() => void ask(), PREVIEW_AGAIN_MS);
    };
    timer = window.setTimeout(() => void ask(), PREVIEW_WAIT_MS);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [request]);
  return preview?.of === request ? preview : null;
}

export function Verdict({ request, of = '' }: { request: string | null; of?: string }): JSX.Element {
  const preview = usePreview(request);
  const decision = preview?.decision;
  return (
    <div id="preview" aria-live="polite" data-approved={decision ? String(decision.approved) : ''} class="border-t border-line pt-2">
      {of && request !== null && <p class="mb-1 text-quiet">{of}</p>}
      {decision && !decision.approved && (
        <p class="mb-1 rounded bg-sell-ground px-2 py-1 text-sell">
          Would be refused: {format.words(decision.reject_reason)} — {decision.reject_message}
        </p>
      )}
      {decision?.approved && <p class="mb-1 text-buy">Risk would approve.</p>}
      {preview?.error && <p class="mb-1 text-sell">No preview: {preview.error}</p>}
      {decision && <Checks checks={decision.checks} symbol={symbol.value} />}
      {!preview && <p class="text-quiet">{request !== null ? 'Asking risk…' : 'Risk is asked once the ticket is complete.'}</p>}
    </div>
  );
}
