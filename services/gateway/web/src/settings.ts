// What a desk sets once and finds again: kept in this browser.
import { effect, signal, type Signal } from '@preact/signals';

const PREFIX = 'tradewind.';

function stored<T>(name: string, initial: T, valid: (value: unknown) => boolean): Signal<T> {
  let value = initial;
  try {
    const text = localStorage.getItem(PREFIX + name);
    const read: unknown = text === null ? null : JSON.parse(text);
    if (text !== null && valid(read)) value = read as T;
  } catch {
    // What another version wrote, or storage that is shut: the default holds.
  }
  const setting = signal(value);
  effect(() => {
    const text = JSON.stringify(setting.value);
    try {
      localStorage.setItem(PREFIX + name, text);
    } catch {
      // Not kept, then.
    }
  });
  return setting;
}

export const ACCOUNT_SHAPE = /^[A-Za-z0-9._-]{1,64}$/;
const isTexts = (value: unknown) => Array.isArray(value) && value.every((item) => typeof item === 'string');

export const theme = stored<'system' | 'dark' | 'light'>('theme', 'system', (v) => ['system', 'dark', 'light'].includes(v as string));
export const utc = stored('utc', false, (v) => typeof v === 'boolean');
export const account = stored('account', 'default', (v) => typeof v === 'string' && ACCOUNT_SHAPE.test(v));
export const timeframe = stored('timeframe', '1m', (v) => ['1s', '1m', '5m', '15m', '1h', '1d'].includes(v as string));
export const clickPlaces = stored('click-places', false, (v) => typeof v === 'boolean');
export const indicators = stored<string[]>('indicators', [], isTexts);
export const hiddenColumns = stored<string[]>('hidden-columns', ['client_order_id', 'strategy', 'canceled_quantity'], isTexts);

const systemDark = matchMedia('(prefers-color-scheme: dark)');
const systemTheme = signal<'dark' | 'light'>(systemDark.matches ? 'dark' : 'light');
systemDark.addEventListener('change', (event) => {
  systemTheme.value = event.matches ? 'dark' : 'light';
});

export function shownTheme(): 'dark' | 'light' {
  return theme.value === 'system' ? systemTheme.value : theme.value;
}
effect(() => {
  document.documentElement.dataset.theme = shownTheme();
});
