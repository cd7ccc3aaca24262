// The screens and where they are: "#/trade/BTCUSDT". A place that is none is the first screen.
import { computed, signal } from '@preact/signals';

export const SCREENS = [
  { id: 'trade', title: 'Trade', key: 't' },
  { id: 'orders', title: 'Orders', key: 'o' },
  { id: 'portfolio', title: 'Portfolio', key: 'p' },
  { id: 'risk', title: 'Risk', key: 'r' },
  { id: 'execution', title: 'Execution', key: 'e' },
  { id: 'health', title: 'Health', key: 'h' },
  { id: 'admin', title: 'Admin', key: 'd' },
] as const;
export type ScreenId = (typeof SCREENS)[number]['id'];

const hash = signal(location.hash);
addEventListener('hashchange', () => {
  hash.value = location.hash;
});

export const place = computed(() => {
  const [id = '', detail = ''] = hash.value.replace(/^#\/?/, '').split('/');
  const screen = SCREENS.find((one) => one.id === id) ?? SCREENS[0];
  return { screen: screen.id as ScreenId, detail: decodeURIComponent(detail) };
});

export function go(screen: ScreenId, detail = ''): void {
  location.hash = `#/${screen}${detail ? `/${encodeURIComponent(detail)}` : ''}`;
}
