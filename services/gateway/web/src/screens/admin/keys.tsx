// API keys: for programs. The secret is shown once, when the key is made.
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { type ApiKey, createKey, keys, namesOf, revokeKey, SCOPES } from '../../data/admin.ts';
import { may, type Right } from '../../session.ts';
import { notify, notifyError } from '../../ui/notices.tsx';
import { freshness, Modal, Panel, Time, useResource } from '../../ui/parts.tsx';
import { type Column, DataTable } from '../../ui/table.tsx';
import { Choices } from './choices.tsx';

const DAYS_MAX = 366;

function Maker({ onClose }: { onClose: () => void }): JSX.Element {
  const [label, setLabel] = useState('');
  const [scopes, setScopes] = useState<string[]>(['read']);
  const [accounts, setAccounts] = useState('');
  const [days, setDays] = useState('90');
  const [secret, setSecret] = useState('');
  const [fault, setFault] = useState('');
  const [busy, setBusy] = useState(false);
  const count = Number(days);
  const ready = label.trim() !== '' && scopes.length > 0 && Number.isInteger(count) && count >= 1 && count <= DAYS_MAX && !busy;
  const make = async () => {
    setBusy(true);
    setFault('');
    try {
      const made = await createKey({ label: label.trim(), scopes, accounts: namesOf(accounts), days: count });
      setSecret(made.secret);
      await keys.refresh();
    } catch (error) {
      setFault((error as Error).message);
    } finally {
      setBusy(false);
    }
  };
  if (secret) {
    return (
      <Modal title="The key's secret" onClose={onClose}>
        <p>Copy it now: it is not shown again, and nobody can look it up.</p>
        <p class="my-3 break-all rounded border border-line bg-ground p-2 font-mono" id="key-secret" tabIndex={0}>
          {secret}
        </p>
        <p class="text-quiet">
          Programs send it as <code>authorization: Bearer …</code>; the command line takes it from <code>TRADEWIND_TOKEN</code>.
        </p>
      </Modal>
    );
  }
  return (
    <Modal title="New key" onClose={onClose}>
      <form
        class="space-y-3"
        onSubmit={(event) => {
          event.preventDefault();
          if (ready) void make();
        }}
      >
        <div>
          <label class="label" for="key-label">
            What it is for
          </label>
          <input id="key-label" class="field" maxLength={64} value={label} onInput={(event) => setLabel(event.currentTarget.value)} />
        </div>
        <Choices label="May" all={SCOPES.filter((scope) => may(scope as Right))} chosen={scopes} onChange={setScopes} />
        <div>
          <label class="label" for="key-accounts">
            Accounts, with commas (empty: all of yours)
          </label>
          <input id="key-accounts" class="field" spellcheck={false} value={accounts} onInput={(event) => setAccounts(event.currentTarget.value)} />
        </div>
        <div>
          <label class="label" for="key-days">
            Days until it expires, {DAYS_MAX} at most
          </label>
          <input id="key-days" class="field" inputMode="numeric" value={days} onInput={(event) => setDays(event.currentTarget.value)} />
        </div>
        {fault && (
          <p role="alert" class="text-sell">
            {fault}
          </p>
        )}
        <button type="submit" id="key-make" class="btn btn-accent" disabled={!ready}>
          Make the key
        </button>
      </form>
    </Modal>
  );
}

export function Keys(): JSX.Element {
  useResource(keys);
  const [making, setMaking] = useState(false);
  const revoke = async (key: ApiKey) => {
    try {
      await revokeKey(key.key_id);
      notify('good', `key ${key.label || key.key_id} revoked`);
      await keys.refresh();
    } catch (error) {
      notifyError('revoke', error);
    }
  };
  const columns: Column<ApiKey>[] = [
    { id: 'label', title: 'Key', cell: (k) => k.label || k.key_id, text: (k) => k.label || k.key_id },
    { id: 'user', title: 'Of', cell: (k) => k.user, text: (k) => k.user },
    { id: 'scopes', title: 'May', cell: (k) => k.scopes.join(', '), text: (k) => k.scopes.join(' ') },
    { id: 'accounts', title: 'Accounts', cell: (k) => k.accounts.join(', ') || "its user's", text: (k) => k.accounts.join(' ') },
    { id: 'expires', title: 'Expires', cell: (k) => <Time at={k.expire_time} date />, text: (k) => k.expire_time ?? '' },
    {
      id: 'actions',
      title: '',
      cell: (k) =>
        k.revoked_time ? (
          <span class="badge badge-warn">revoked</span>
        ) : (
          <button type="button" class="btn btn-small" aria-label={`Revoke ${k.label || k.key_id}`} onClick={() => void revoke(k)}>
            Revoke
          </button>
        ),
      text: (k) => k.revoked_time ?? '',
    },
  ];
  return (
    <Panel
      title="API keys"
      fresh={freshness(keys)}
      actions={
        <button type="button" id="key-new" class="btn btn-small" onClick={() => setMaking(true)}>
          New key
        </button>
      }
    >
      <DataTable label="API keys" rows={keys.value.value ?? []} columns={columns} keyOf={(k) => k.key_id} empty="No keys." />
      {making && <Maker onClose={() => setMaking(false)} />}
    </Panel>
  );
}
