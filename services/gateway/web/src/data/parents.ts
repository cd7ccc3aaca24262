// Parent orders of the account, live while somebody looks; the children of those that are opened are asked for.
import { signal } from '@preact/signals';
import { words } from '../lib/format.ts';
import type { ParentRequest } from '../lib/parent.ts';
import { account } from '../settings.ts';
import { notify, notifyError } from '../ui/notices.tsx';
import { call, get } from './api.ts';
import { live } from './desk.ts';
import { nextFrame } from './frame.ts';
import { LiveRows } from './live_rows.ts';
import { Resource } from './resource.ts';
import type { ParentChild, ParentOrder } from './types.ts';

const LISTED_MAX = 200;
const OPENED_MAX = 8; // whose children are asked for at a time

/** The newest, oldest first. */
export const parents = new LiveRows<ParentOrder, ParentOrder[]>({
  socket: live,
  channel: () => `parents:${account.value}`,
  key: (one) => one.parent_order_id,
  view: (all) => all.sort((a, b) => (a.created_time ?? '').localeCompare(b.created_time ?? '')).slice(-LISTED_MAX),
  later: nextFrame,
});

export const openedParents = signal<readonly string[]>([]);
export const parentChildren = new Resource<ReadonlyMap<string, ParentChild[]>>(async () => {
  const asked = openedParents.value;
  const answers = await Promise.all(asked.map((id) => get<ParentOrder>(`/api/v1/parents/${encodeURIComponent(id)}`)));
  return new Map(answers.map((parent) => [parent.parent_order_id, parent.child_orders]));
}, 1000);

let shownAccount = account.value;
account.subscribe((name) => {
  if (name === shownAccount) return;
  shownAccount = name;
  openedParents.value = [];
  parents.reset();
  parentChildren.reset();
});

export function toggleParent(id: string, open?: boolean): void {
  const others = openedParents.value.filter((one) => one !== id);
  const isOpen = others.length < openedParents.value.length;
  if (isOpen === (open ?? !isOpen)) return;
  openedParents.value = isOpen ? others : [...others, id].slice(-OPENED_MAX);
  if (!isOpen) void parentChildren.refresh();
}

export async function submitParent(request: ParentRequest): Promise<ParentOrder> {
  const parent = await call<ParentOrder>('POST', '/api/v1/parents', { body: request });
  notify('good', `${parent.algo} ${parent.side} ${parent.quantity} ${parent.symbol}: ${words(parent.status)}${parent.duplicate ? ' (was sent before)' : ''}`);
  toggleParent(parent.parent_order_id, true);
  return parent;
}

async function act(what: string, method: string, parent: ParentOrder, path = '', body: unknown = {}): Promise<boolean> {
  try {
    const answer = await call<ParentOrder>(method, `/api/v1/parents/${encodeURIComponent(parent.parent_order_id)}${path}`, { body });
    notify('good', `${what} ${parent.parent_order_id}: ${words(answer.status)}`);
    return true;
  } catch (error) {
    notifyError(`${what} ${parent.parent_order_id}`, error);
    return false;
  }
}

export const pauseParent = (parent: ParentOrder) => act('pause', 'POST', parent, '/pause');
export const resumeParent = (parent: ParentOrder) => act('resume', 'POST', parent, '/resume');
export const cancelParent = (parent: ParentOrder) => act('cancel', 'DELETE', parent);
export const replaceParent = (parent: ParentOrder, change: Record<string, string>) => act('replace', 'PATCH', parent, '', change);
