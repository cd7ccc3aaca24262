// Who uses the page, and what they may do. In local security that is an anonymous trader; signing in sets `session`, and
// every control that changes something asks `may`.
import { signal } from '@preact/signals';

export type Right = 'trade' | 'risk' | 'operate';

export interface Session {
  user: string; // goes into "by" of what the platform records
  rights: ReadonlySet<Right>;
}

export const session = signal<Session>({ user: 'web', rights: new Set<Right>(['trade', 'risk', 'operate']) });

export function may(right: Right): boolean {
  return session.value.rights.has(right);
}
