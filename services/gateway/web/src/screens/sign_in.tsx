// The sign-in: all that is shown to whom the server does not know.
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { ApiError } from '../data/api.ts';
import { signIn } from '../data/identity.ts';

function wordsOf(error: unknown): string {
  if (!(error instanceof ApiError)) return 'this did not work';
  return error.status === 0 ? 'the server cannot be reached' : error.message;
}

export function SignIn(): JSX.Element {
  const [user, setUser] = useState('');
  const [password, setPassword] = useState('');
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState('');
  const send = async () => {
    setBusy(true);
    setFault('');
    try {
      await signIn(user.trim(), password);
    } catch (error) {
      setPassword('');
      setFault(wordsOf(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <main class="flex h-full items-center justify-center p-4">
      <form
        class="panel w-[min(340px,96vw)]"
        aria-label="Sign in"
        onSubmit={(event) => {
          event.preventDefault();
          if (!busy && user.trim() && password) void send();
        }}
      >
        <header>
          <img src="/icon.svg" alt="" width="18" height="18" />
          <h1 class="text-sm font-semibold">Tradewind</h1>
        </header>
        <div class="space-y-3 p-4">
          <div>
            <label class="label" for="sign-in-user">
              Name
            </label>
            <input id="sign-in-user" class="field" autocomplete="username" autocapitalize="none" spellcheck={false} autofocus required value={user} onInput={(event) => setUser(event.currentTarget.value)} />
          </div>
          <div>
            <label class="label" for="sign-in-password">
              Password
            </label>
            <input id="sign-in-password" class="field" type="password" autocomplete="current-password" required value={password} onInput={(event) => setPassword(event.currentTarget.value)} />
          </div>
          {fault && (
            <p role="alert" class="text-sell">
              {fault}
            </p>
          )}
          <button type="submit" id="sign-in" class="btn btn-accent min-h-8 w-full" disabled={busy || !user.trim() || !password}>
            {busy ? 'Signing in…' : 'Sign in'}
          </button>
        </div>
      </form>
    </main>
  );
}
