// A question before something that cannot be taken back.
import type { ComponentChildren, JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Modal } from './parts.tsx';

interface ConfirmProps {
  title: string;
  children: ComponentChildren;
  action: string;
  tone?: 'sell' | 'accent' | 'buy';
  disabled?: boolean;
  onClose: () => void;
  onConfirm: () => Promise<unknown>;
}

export function Confirm({ title, children, action, tone = 'sell', disabled = false, onClose, onConfirm }: ConfirmProps): JSX.Element {
  const [busy, setBusy] = useState(false);
  return (
    <Modal title={title} onClose={onClose}>
      <form
        class="space-y-3"
        onSubmit={(event) => {
          event.preventDefault();
          if (busy || disabled) return;
          setBusy(true);
          void onConfirm().finally(() => {
            setBusy(false);
            onClose();
          });
        }}
      >
        {children}
        <div class="flex justify-end gap-2">
          <button type="button" class="btn" onClick={onClose}>
            Keep as it is
          </button>
          <button type="submit" class={`btn btn-${tone}`} data-confirm disabled={disabled || busy}>
            {busy ? 'Working…' : action}
          </button>
        </div>
      </form>
    </Modal>
  );
}

export function ReasonField({ value, onInput, id = 'reason' }: { value: string; onInput: (text: string) => void; id?: string }): JSX.Element {
  return (
    <div>
      <label class="label" for={id}>
        Reason (kept with the change)
      </label>
      <input id={id} class="field" required maxLength={200} value={value} autofocus onInput={(event) => onInput(event.currentTarget.value)} />
    </div>
  );
}
