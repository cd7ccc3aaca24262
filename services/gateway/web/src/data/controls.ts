// What risk officers do, and what is on record about it: kill switches and their reports, strategies that were switched
// off, changes.
import { get, call } from './api.ts';
import { Resource } from './resource.ts';
import type { DisabledStrategy, KillReport, KillSwitch, RiskChange } from './types.ts';

const CHANGES_MAX = 1000;

export const killReports = new Resource<KillReport[]>(() => get('/api/v1/risk/kill-switch/reports', { limit: 100 }), 1000);
export const disabledStrategies = new Resource<DisabledStrategy[]>(() => get('/api/v1/risk/strategies/disabled'), 2000);

let known: RiskChange[] = []; // oldest first
/** Newest first. Only what is new is asked for; a risk whose record begins anew is read from its beginning. */
export const changes = new Resource<RiskChange[]>(async () => {
  for (;;) {
    const after = known.at(-1)?.sequence ?? 0;
    const page = await get<RiskChange[]>('/api/v1/risk/changes', { after, limit: 1000 });
    known = [...known, ...page].slice(-CHANGES_MAX);
    if (page.length < 1000) return [...known].reverse();
  }
}, 3000);

export const KILL_SCOPES = ['firm', 'desk', 'account', 'strategy', 'symbol'];

/** All that are engaged, the firm's first. */
export function engagedSwitches(state: KillSwitch | undefined): KillSwitch[] {
  return state ? [...(state.engaged ? [state] : []), ...state.scoped] : [];
}

/** "account day", "every order". */
export function scopeText(of: { scope: string; name: string }): string {
  return of.scope === '' || of.scope === 'firm' ? 'every order' : `${of.scope} ${of.name}`;
}

export interface KillRequest {
  scope: string;
  name: string;
  reason: string;
  by: string;
  cancel_open_orders?: boolean;
  drill?: boolean;
}

export async function throwSwitch(engage: boolean, request: KillRequest): Promise<KillSwitch> {
  const state = await call<KillSwitch>(engage ? 'POST' : 'DELETE', '/api/v1/risk/kill-switch', { body: request });
  await killReports.refresh();
  return state;
}

export async function enableStrategy(strategy: string, reason: string, by: string): Promise<void> {
  await call('POST', `/api/v1/risk/strategies/${encodeURIComponent(strategy)}/enable`, { body: { reason, by } });
  await disabledStrategies.refresh();
}
