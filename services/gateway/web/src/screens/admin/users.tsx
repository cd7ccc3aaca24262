// Users: who there is, with which roles, for which accounts.
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { createUser, namesOf, ROLES, updateUser, type User, users } from '../../data/admin.ts';
import { notify, notifyError } from '../../ui/notices.tsx';
import { freshness, Modal, Panel, Time, useResource } from '../../ui/parts.tsx';
import { type Column, DataTable } from '../../ui/table.tsx';
import { Choices } from './choices.tsx';

const PASSWORD_MIN = 12;

function Editor({ user, onClose }: { user: User | null; onClose: () => void }): JSX.Element {
  const [name, setName] = useState(user?.name ?? '');
  const [password, setPassword] = useState('');
  const [roles, setRoles] = useState<string[]>(user?.roles ?? ['viewer']);
  const [accounts, setAccounts] = useState((user?.accounts ?? []).join(', '));
  const [disabled, setDisabled] = useState(user?.disabled ?? false);
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState('');
  const passwordReady = user && password === '' ? true : password.length >= PASSWORD_MIN;
  const ready = name.trim() !== '' && roles.length > 0 && passwordReady && !busy;
  const save = async () => {
    setBusy(true);
    setFault('');
    try {
      if (user) await updateUser(user.name, { roles, accounts: namesOf(accounts), disabled, ...(password ? { password } : {}) });
      else await createUser({ name: name.trim(), password, roles, accounts: namesOf(accounts) });
      notify('good', `user ${name.trim()} ${user ? 'changed' : 'made'}`);
      await users.refresh();
      onClose();
    } catch (error) {
      setFault((error as Error).message);
      notifyError('user', error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Modal title={user ? `User ${user.name}` : 'New user'} onClose={onClose}>
      <form
        class="space-y-3"
        onSubmit={(event) => {
          event.preventDefault();
          if (ready) void save();
        }}
      >
        <div>
          <label class="label" for="user-name">
            Name
          </label>
          <input id="user-name" class="field" disabled={user !== null} maxLength={32} autocapitalize="none" spellcheck={false} value={name} onInput={(event) => setName(event.currentTarget.value)} />
        </div>
        <div>
          <label class="label" for="user-password">
            {user ? 'New password (empty: unchanged)' : 'Password'}, {PASSWORD_MIN} characters at least
          </label>
          <input id="user-password" class="field" type="password" autocomplete="new-password" aria-invalid={!passwordReady && password !== ''} value={password} onInput={(event) => setPassword(event.currentTarget.value)} />
        </div>
        <Choices label="Roles" all={ROLES} chosen={roles} onChange={setRoles} />
        <div>
          <label class="label" for="user-accounts">
            Accounts, with commas; * is every one
          </label>
          <input id="user-accounts" class="field" spellcheck={false} value={accounts} onInput={(event) => setAccounts(event.currentTarget.value)} />
        </div>
        {user && (
          <label class="flex items-center gap-1">
            <input type="checkbox" checked={disabled} onChange={(event) => setDisabled(event.currentTarget.checked)} />
            Disabled: cannot sign in, and what is signed in ends
          </label>
        )}
        {fault && (
          <p role="alert" class="text-sell">
            {fault}
          </p>
        )}
        <button type="submit" id="user-save" class="btn btn-accent" disabled={!ready}>
          Save
        </button>
      </form>
    </Modal>
  );
}

export function Users(): JSX.Element {
  useResource(users);
  const [edited, setEdited] = useState<User | null | undefined>(undefined);
  const columns: Column<User>[] = [
    { id: 'name', title: 'User', cell: (u) => u.name, text: (u) => u.name },
    { id: 'roles', title: 'Roles', cell: (u) => u.roles.join(', ').replaceAll('_', ' '), text: (u) => u.roles.join(' ') },
    { id: 'accounts', title: 'Accounts', cell: (u) => u.accounts.join(', ') || 'none', text: (u) => u.accounts.join(' ') },
    { id: 'state', title: 'State', cell: (u) => (u.disabled ? <span class="badge badge-warn">disabled</span> : 'active'), text: (u) => (u.disabled ? 'disabled' : 'active') },
    { id: 'changed', title: 'Changed', cell: (u) => <Time at={u.updated_time} date />, text: (u) => u.updated_time ?? '' },
    {
      id: 'actions',
      title: '',
      cell: (u) => (
        <button type="button" class="btn btn-small" aria-label={`Edit ${u.name}`} onClick={() => setEdited(u)}>
          Edit
        </button>
      ),
      text: () => '',
    },
  ];
  return (
    <Panel
      title="Users"
      fresh={freshness(users)}
      actions={
        <button type="button" id="user-new" class="btn btn-small" onClick={() => setEdited(null)}>
          New user
        </button>
      }
    >
      <DataTable label="Users. Enter: edit." rows={users.value.value ?? []} columns={columns} keyOf={(u) => u.name} empty="No users are known." onOpen={setEdited} />
      {edited !== undefined && <Editor user={edited} onClose={() => setEdited(undefined)} />}
    </Panel>
  );
}
