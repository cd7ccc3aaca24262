// Who uses the page, and what they may do: every control that changes something asks `may`. Where callers sign in, the
// session itself is in a cookie that no script can read; what is here is the server's word about it.
import { signal } from '@preact/signals';

export type Right = 'read' | 'trade' | 'cancel' | 'risk' | 'operate' | 'admin';

export interface Session {
  user: string; // goes into "by" of what the platform records
  rights: ReadonlySet<Right>;
  accounts: readonly string[]; // "*": every one
  security: 'local' | 'secure';
  csrf: string; // goes back with every change
}

/** What the server answers to /api/v1/whoami and to a sign-in. */
export interface Identity {
  user: string;
  roles: string[];
  scopes: Right[];
  accounts: string[];
  csrf_token: string;
  security: 'local' | 'secure';
}

const NOBODY: Session = { user: '', rights: new Set<Right>(), accounts: [], security: 'secure', csrf: '' };

/** 'asking' until the server has said who this is; 'out' shows the sign-in. */
export type State = 'asking' | 'in' | 'out';

export const state = signal<State>('asking');
export const session = signal<Session>(NOBODY);

export function may(right: Right): boolean {
  return session.value.rights.has(right);
}

export function entitled(account: string): boolean {
  return session.value.accounts.some((mine) => mine === '*' || mine === account);
}

export function takeIdentity(identity: Identity): void {
  const local = identity.security === 'local';
  session.value = {
    user: local ? 'web' : identity.user,
    rights: new Set(identity.scopes),
    accounts: identity.accounts,
    security: identity.security,
    csrf: identity.csrf_token,
  };
  state.value = 'in';
}

/** The server does not know us any more. */
export function signedOut(): void {
  session.value = NOBODY;
  state.value = 'out';
}
