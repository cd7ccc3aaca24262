// Users, keys and the access log, as the gateway has them.
import { session } from '../session.ts';
import { call, get } from './api.ts';
import { Resource } from './resource.ts';

export interface User {
  name: string;
  roles: string[];
  accounts: string[];
  disabled: boolean;
  created_time?: string;
  updated_time?: string;
}

export interface ApiKey {
  key_id: string;
  user: string;
  label: string;
  scopes: string[];
  accounts: string[];
  created_time?: string;
  expire_time?: string;
  revoked_time?: string;
}

export interface AuditEntry {
  sequence: number;
  time?: string;
  kind: string;
  user: string;
  subject: string;
  text: string;
  peer: string;
}

export const ROLES = ['viewer', 'trader', 'risk_officer', 'operator', 'admin'];
export const SCOPES = ['read', 'trade', 'cancel', 'risk', 'operate', 'admin'];

export const users = new Resource(() => get<User[]>('/api/v1/users'), 10_000);
export const keys = new Resource(() => get<ApiKey[]>('/api/v1/keys', session.value.rights.has('admin') ? { user: '*' } : {}), 10_000);
export const audit = new Resource(() => get<AuditEntry[]>('/api/v1/audit', { limit: 500 }), 5_000);

/** "demo, desk-2" or "*" -> names. */
export function namesOf(text: string): string[] {
  return text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

export function createUser(user: { name: string; password: string; roles: string[]; accounts: string[] }): Promise<User> {
  return call<User>('POST', '/api/v1/users', { body: user });
}

export function updateUser(name: string, change: { roles?: string[]; accounts?: string[]; disabled?: boolean; password?: string }): Promise<User> {
  // An empty list would mean "unchanged".
  const accounts = change.accounts?.length === 0 ? ['-'] : change.accounts;
  return call<User>('PATCH', `/api/v1/users/${encodeURIComponent(name)}`, { body: { ...change, ...(accounts ? { accounts } : {}) } });
}

export function createKey(key: { label: string; scopes: string[]; accounts: string[]; days: number }): Promise<{ key: ApiKey; secret: string }> {
  return call('POST', '/api/v1/keys', { body: key });
}

export function revokeKey(id: string): Promise<ApiKey> {
  return call('DELETE', `/api/v1/keys/${encodeURIComponent(id)}`);
}
