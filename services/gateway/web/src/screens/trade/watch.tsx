// The watch list: every instrument with its live ticker.
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { instruments, live, now, pricePlaces, tickers } from '../../data/desk.ts';
import type { Instrument } from '../../data/types.ts';
import { parse, ratio, toNumber, toText } from '../../lib/decimal.ts';
import * as format from '../../lib/format.ts';
import { go } from '../../router.ts';
import { Panel } from '../../ui/parts.tsx';
import { symbol } from './state.ts';

const STALE_MS = 5000;

export function changeShare(last: string, change: string): number {
  const before = (parse(last) ?? 0n) - (parse(change) ?? 0n);
  return toNumber(toText(ratio(parse(change) ?? 0n, before)));
}

function Row({ one }: { one: Instrument }): JSX.Element {
  const ticker = tickers.value.get(one.symbol);
  const places = pricePlaces(one.symbol);
  const chosen = symbol.value === one.symbol;
  return (
    <a
      href={`#/trade/${one.symbol}`}
      aria-current={chosen ? 'true' : undefined}
      data-symbol={one.symbol}
      class={`grid grid-cols-[minmax(0,1fr)_auto] gap-x-1 border-b border-line/50 px-2 py-1 hover:bg-raised ${chosen ? 'bg-raised shadow-[inset_2px_0_var(--accent)]' : ''} ${ticker?.stale ? 'opacity-60 grayscale' : ''}`}
      title={one.description}
    >
      <span class="font-semibold">
        {one.symbol}
        {ticker?.stale && <span class="badge badge-warn ml-1">stale</span>}
      </span>
      <span class="text-right font-semibold" data-last>
        {format.fixed(ticker?.last_price, places)}
      </span>
      <span class="truncate text-[11.5px] text-quiet">
        {format.fixed(ticker?.bid, places)} / {format.fixed(ticker?.ask, places)}
      </span>
      <span class={`text-right ${format.trend(ticker?.change_24h)}`}>{ticker ? format.percent(changeShare(ticker.last_price, ticker.change_24h)) : format.NONE}</span>
    </a>
  );
}

export function Watch(): JSX.Element {
  const [filter, setFilter] = useState('');
  const wanted = filter.trim().toLowerCase();
  const shown = instruments.value.filter((one) => `${one.symbol} ${one.description}`.toLowerCase().includes(wanted));
  void now.value;
  return (
    <Panel title="Watch" fresh={{ at: live.channelAt('tickers'), staleAfterMs: STALE_MS }} class="area-watch">
      <input
        id="watch-filter"
        class="field m-1 w-auto"
        aria-label="Filter symbols"
        placeholder="Filter  /"
        value={filter}
        onInput={(event) => setFilter(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && shown[0]) go('trade', shown[0].symbol);
        }}
      />
      <div class="min-h-0 flex-1 overflow-auto" tabIndex={0} role="group" aria-label="Symbols">
        {shown.map((one) => (
          <Row key={one.symbol} one={one} />
        ))}
        {shown.length === 0 && <p class="p-3 text-quiet">No symbol of that name.</p>}
      </div>
    </Panel>
  );
}
