// Admin: users and their rights, API keys, the access log. Everybody sees their own keys.
import type { JSX } from 'preact';
import { may } from '../session.ts';
import { AccessLog } from './admin/access_log.tsx';
import { Keys } from './admin/keys.tsx';
import { Users } from './admin/users.tsx';

export default function Admin(): JSX.Element {
  if (!may('admin')) {
    return (
      <div class="grid h-full p-1">
        <Keys />
      </div>
    );
  }
  return (
    <div class="grid h-full gap-1 p-1 max-lg:h-auto lg:grid-cols-2 lg:grid-rows-[minmax(200px,1fr)_minmax(200px,1fr)]">
      <Users />
      <Keys />
      <div class="grid min-h-0 lg:col-span-2">
        <AccessLog />
      </div>
    </div>
  );
}
