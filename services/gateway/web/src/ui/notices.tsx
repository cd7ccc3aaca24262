// Notices: what happened after somebody asked for it. Errors stay until they are closed.
import { signal } from '@preact/signals';
import type { JSX } from 'preact';
import { ApiError } from '../data/api.ts';

interface Notice {
  id: number;
  tone: 'good' | 'bad' | 'plain';
  text: string;
}

const notices = signal<Notice[]>([]);
let next = 1;
const GOOD_MS = 5000;

export function dismiss(id: number): void {
  notices.value = notices.value.filter((one) => one.id !== id);
}

export function notify(tone: Notice['tone'], text: string): void {
  const id = next++;
  notices.value = [...notices.value.slice(-3), { id, tone, text }];
  if (tone !== 'bad') setTimeout(() => dismiss(id), GOOD_MS);
}

export function notifyError(what: string, error: unknown): void {
  const unknown = error instanceof ApiError && error.outcomeUnknown;
  notify('bad', `${what}: ${(error as Error).message}${unknown ? ' — the outcome is not known' : ''}`);
}

export function Notices(): JSX.Element {
  return (
    <div class="pointer-events-none fixed right-3 bottom-3 z-50 flex w-[min(420px,92vw)] flex-col gap-2" aria-live="polite" role="log" aria-label="Notices">
      {notices.value.map((one) => (
        <div
          key={one.id}
          class={`pointer-events-auto flex items-start gap-2 rounded border border-line bg-panel p-2 shadow-lg ${one.tone === 'bad' ? 'border-l-4 border-l-sell' : one.tone === 'good' ? 'border-l-4 border-l-buy' : ''}`}
        >
          <p class="flex-1 break-words" data-notice={one.tone}>
            {one.text}
          </p>
          <button type="button" class="btn btn-small" aria-label="Dismiss" onClick={() => dismiss(one.id)}>
            ×
          </button>
        </div>
      ))}
    </div>
  );
}
