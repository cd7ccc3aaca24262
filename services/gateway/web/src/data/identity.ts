// Signing in and out.
import { type Identity, signedOut, takeIdentity } from '../session.ts';
import { ApiError, call, get } from './api.ts';

const RETRY_MS = 1000;
let lastUser = '';

function take(identity: Identity): void {
  lastUser = identity.user;
  takeIdentity(identity);
}

/** Asks until the server has said who we are, or that it wants a sign-in. */
export async function askWhoWeAre(): Promise<void> {
  try {
    take(await get<Identity>('/api/v1/whoami'));
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) signedOut();
    else setTimeout(() => void askWhoWeAre(), RETRY_MS);
  }
}

/** The page keeps nothing of whoever was here before. */
export async function signIn(user: string, password: string): Promise<void> {
  const identity = await call<Identity>('POST', '/api/v1/login', { body: { user, password } });
  if (lastUser !== '' && lastUser !== identity.user) location.reload();
  else take(identity);
}

export async function signOut(): Promise<void> {
  try {
    await call('POST', '/api/v1/logout');
  } finally {
    location.reload();
  }
}
