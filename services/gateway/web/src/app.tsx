// The frame of every screen: where one is, for which account, how fresh what one sees is, and the kill switch's state.
import type { ComponentType, JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { killSwitch, live, now } from './data/desk.ts';
import { signOut } from './data/identity.ts';
import { addCommands, overlay } from './keys.ts';
import * as format from './lib/format.ts';
import { go, place, SCREENS, type ScreenId } from './router.ts';
import { may, session, state } from './session.ts';
import { SignIn } from './screens/sign_in.tsx';
import { account, ACCOUNT_SHAPE, shownTheme, theme, utc } from './settings.ts';
import { Notices } from './ui/notices.tsx';
import { Overlays } from './ui/overlays.tsx';

// Each screen is a file of its own, fetched when it is first looked at.
const LOADERS: Record<ScreenId, () => Promise<{ default: ComponentType }>> = {
  trade: () => import('./screens/trade.tsx'),
  orders: () => import('./screens/orders.tsx'),
  portfolio: () => import('./screens/portfolio.tsx'),
  risk: () => import('./screens/risk.tsx'),
  execution: () => import('./screens/execution.tsx'),
  health: () => import('./screens/health.tsx'),
  admin: () => import('./screens/admin.tsx'),
};

function Screen({ id }: { id: ScreenId }): JSX.Element {
  const [loaded, setLoaded] = useState<{ id: ScreenId; Part: ComponentType } | null>(null);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    let current = true;
    setFailed(false);
    LOADERS[id]().then(
      (module) => current && setLoaded({ id, Part: module.default }),
      () => current && setFailed(true),
    );
    return () => {
      current = false;
    };
  }, [id]);
  if (failed) {
    return (
      <p class="p-4">
        This screen could not be loaded: the server was updated or cannot be reached.{' '}
        <button type="button" class="btn" onClick={() => location.reload()}>
          Load the page again
        </button>
      </p>
    );
  }
  return loaded?.id === id ? (
    <div class="contents" data-screen={id}>
      <loaded.Part />
    </div>
  ) : (
    <p class="p-4 text-quiet">Loading…</p>
  );
}

/** The life of an order is opened from many screens, and fetched with the first that shows orders. */
function Details(): JSX.Element | null {
  const [Part, setPart] = useState<ComponentType | null>(null);
  useEffect(() => {
    void import('./screens/orders/detail.tsx').then((module) => setPart(() => module.OrderDetail));
  }, []);
  return Part ? <Part /> : null;
}

function LinkState(): JSX.Element {
  const state = live.state.value;
  const silent = now.value - live.heardAt.value;
  const good = state === 'open' && silent < 4000;
  const text = good ? 'live' : state === 'open' ? `silent ${format.duration(BigInt(Math.round(silent)) * 1_000_000n)}` : state;
  return (
    <span class={`badge ${good ? 'badge-buy' : 'badge-warn badge-pending'}`} role="status" data-link={state} title="The live connection to the server">
      {text}
    </span>
  );
}

function Clock(): JSX.Element {
  void now.value;
  return (
    <button type="button" class="btn btn-small max-md:hidden" title="Times in UTC or local" onClick={() => (utc.value = !utc.value)}>
      {format.timeOfDay(new Date().toISOString(), utc.value, false)} {utc.value ? 'UTC' : 'local'}
    </button>
  );
}

function AccountField(): JSX.Element {
  const [draft, setDraft] = useState(account.value);
  const valid = ACCOUNT_SHAPE.test(draft);
  const take = () => {
    if (valid) account.value = draft;
    else setDraft(account.value);
  };
  return (
    <label class="flex items-center gap-1 text-quiet">
      <span class="max-md:sr-only">Account</span>
      <input
        id="account"
        class="field w-28"
        value={draft}
        maxLength={64}
        spellcheck={false}
        aria-invalid={!valid}
        onInput={(event) => setDraft(event.currentTarget.value)}
        onBlur={take}
        onKeyDown={(event) => event.key === 'Enter' && take()}
      />
    </label>
  );
}

function ThemeButton(): JSX.Element {
  const dark = shownTheme() === 'dark';
  return (
    <button type="button" class="btn btn-small" aria-label={dark ? 'Light colours' : 'Dark colours'} onClick={() => (theme.value = dark ? 'light' : 'dark')}>
      {dark ? '☀' : '☾'}
    </button>
  );
}

/** Admin is for where there are users and keys. */
function shownScreens(): readonly (typeof SCREENS)[number][] {
  return SCREENS.filter((screen) => screen.id !== 'admin' || session.value.security === 'secure');
}

function Who(): JSX.Element {
  if (session.value.security === 'local') {
    return (
      <span class="text-quiet max-lg:hidden" title="Nobody signs in on this platform">
        {session.value.user}
      </span>
    );
  }
  return (
    <>
      <span class="text-quiet max-lg:hidden" id="who" title={`Signed in; may ${[...session.value.rights].join(', ')}`}>
        {session.value.user}
        {!may('trade') && <span class="badge badge-warn ml-1">cannot trade</span>}
      </span>
      <button type="button" id="sign-out" class="btn btn-small" onClick={() => void signOut()}>
        Sign out
      </button>
    </>
  );
}

function Navigation({ class: extra }: { class: string }): JSX.Element {
  return (
    <nav aria-label="Screens" class={extra}>
      {shownScreens().map((screen) => (
        <a
          key={screen.id}
          href={`#/${screen.id}`}
          aria-current={place.value.screen === screen.id ? 'page' : undefined}
          class="rounded px-2 py-1 text-quiet hover:text-text aria-[current=page]:bg-raised aria-[current=page]:font-semibold aria-[current=page]:text-text"
        >
          {screen.title}
        </a>
      ))}
    </nav>
  );
}

function KillBanner(): JSX.Element | null {
  const state = killSwitch.value.value;
  const scoped = state?.scoped ?? [];
  if (!state?.engaged && scoped.length === 0) return null;
  const shown = state?.engaged ? state : scoped[0]!;
  const more = state?.engaged ? scoped.length : scoped.length - 1;
  return (
    <div role="alert" data-kill={state?.engaged ? 'engaged' : 'scoped'} class="flex items-center gap-3 bg-sell-ground px-3 py-1 font-semibold text-sell">
      <span>
        KILL SWITCH ENGAGED — no order {state?.engaged ? '' : `of ${shown.scope} ${shown.name} `}leaves. {shown.reason} ({shown.by || 'unknown'}, {format.timeOfDay(shown.changed_time, utc.value, false)}){more > 0 && `; ${more} more`}
      </span>
      <a class="ml-auto underline" href="#/risk">
        Risk
      </a>
    </div>
  );
}

export function App(): JSX.Element {
  if (state.value === 'asking') return <p class="p-4 text-quiet">Asking the server who you are…</p>;
  return state.value === 'out' ? <SignIn /> : <Desk />;
}

function Desk(): JSX.Element {
  useEffect(
    () =>
      addCommands([
        ...SCREENS.map((screen) => ({ id: `go-${screen.id}`, title: `Go to ${screen.title}`, group: 'Screens', keys: `g ${screen.key}`, run: () => go(screen.id) })),
        { id: 'account', title: 'Change the account', group: 'General', keys: 'a', run: () => document.getElementById('account')?.focus() },
        { id: 'theme', title: 'Dark or light', group: 'General', keys: 'Shift+D', run: () => (theme.value = shownTheme() === 'dark' ? 'light' : 'dark') },
        { id: 'utc', title: 'Times in UTC or local', group: 'General', keys: 'Shift+U', run: () => (utc.value = !utc.value) },
      ]),
    [],
  );
  return (
    <div class="flex h-full flex-col">
      <header class="flex flex-wrap items-center gap-x-3 gap-y-1 border-b border-line bg-panel px-3 py-1">
        <h1 class="flex items-center gap-1.5 text-sm font-semibold">
          <img src="/icon.svg" alt="" width="18" height="18" />
          Tradewind
        </h1>
        <Navigation class="flex gap-0.5 max-md:hidden" />
        <div class="ml-auto flex items-center gap-2">
          <AccountField />
          <LinkState />
          <Clock />
          <ThemeButton />
          <button type="button" class="btn btn-small max-md:hidden" aria-label="Commands: Ctrl K" title="Commands (Ctrl K)" onClick={() => (overlay.value = 'palette')}>
            <kbd>Ctrl K</kbd>
          </button>
          <Who />
        </div>
      </header>
      <KillBanner />
      <main class="min-h-0 flex-1 overflow-auto" tabIndex={-1}>
        <Screen id={place.value.screen} />
      </main>
      <Navigation class="hidden justify-between border-t border-line bg-panel px-1 py-1.5 max-md:flex" />
      <Notices />
      <Overlays />
      <Details />
    </div>
  );
}
