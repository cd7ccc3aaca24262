import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { namesOf } from '../src/data/admin.ts';
import { call } from '../src/data/api.ts';
import { entitled, type Identity, may, session, signedOut, state, takeIdentity } from '../src/session.ts';

const vera: Identity = { user: 'vera', roles: ['viewer'], scopes: ['read'], accounts: ['demo'], csrf_token: 'c-1', security: 'secure' };

let sent: { url: string; init: RequestInit }[] = [];
function answer(status: number, body: unknown): void {
  globalThis.fetch = ((url: string, init: RequestInit) => {
    sent.push({ url, init });
    return Promise.resolve(new Response(status === 204 ? null : JSON.stringify(body), { status }));
  }) as typeof fetch;
}
const headers = () => sent.at(-1)!.init.headers as Record<string, string>;

beforeEach(() => {
  sent = [];
  signedOut();
});

test('nobody may do anything before the server has said so', () => {
  assert.equal(state.value, 'out');
  assert.equal(may('trade'), false);
  assert.equal(may('read'), false);
});

test('a viewer reads, and only the accounts of the entitlement', () => {
  takeIdentity(vera);
  assert.deepEqual([state.value, session.value.user, may('read'), may('trade'), may('cancel')], ['in', 'vera', true, false, false]);
  assert.deepEqual([entitled('demo'), entitled('other')], [true, false]);
});

test('where nobody signs in, changes are recorded as made by the web page', () => {
  takeIdentity({ ...vera, user: 'anonymous', scopes: ['read', 'trade', 'risk'], accounts: ['*'], csrf_token: '', security: 'local' });
  assert.deepEqual([session.value.user, may('risk'), entitled('any')], ['web', true, true]);
});

test('a change carries the token of the session, a read does not', async () => {
  takeIdentity(vera);
  answer(200, {});
  await call('POST', '/api/v1/orders', { body: {} });
  assert.equal(headers()['X-CSRF-Token'], 'c-1');
  await call('GET', '/api/v1/orders');
  assert.equal(sent.at(-1)!.init.headers, undefined);
});

test('a session that is over leads to the sign-in', async () => {
  takeIdentity(vera);
  answer(401, { code: 'UNAUTHENTICATED', message: 'over' });
  await assert.rejects(call('GET', '/api/v1/orders'), /over/);
  assert.equal(state.value, 'out');
});

test('a late refusal of an old session does not end the new one', async () => {
  takeIdentity(vera);
  let refuse = (_: Response) => {};
  globalThis.fetch = (() => new Promise<Response>((resolve) => (refuse = resolve))) as typeof fetch;
  const old = call('GET', '/api/v1/orders');
  takeIdentity({ ...vera, csrf_token: 'c-2' });
  refuse(new Response('{}', { status: 401 }));
  await assert.rejects(old);
  assert.equal(state.value, 'in');
});

test('no right is no sign-out', async () => {
  takeIdentity(vera);
  answer(403, { code: 'PERMISSION_DENIED', message: 'no' });
  await assert.rejects(call('POST', '/api/v1/orders'), /no/);
  assert.equal(state.value, 'in');
});

test('an answer without a body is an answer', async () => {
  takeIdentity(vera);
  answer(204, null);
  assert.equal(await call('POST', '/api/v1/logout'), null);
});

test('names are told by commas', () => {
  assert.deepEqual(namesOf(' demo, desk-2 ,, '), ['demo', 'desk-2']);
  assert.deepEqual(namesOf(''), []);
});
