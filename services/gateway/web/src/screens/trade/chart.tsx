// The candle chart: bars with a live last one, volume, our working orders as lines and our fills as marks.
// Drawn by TradingView Lightweight Charts (Apache-2.0), which asks for the note in the corner.
import {
  CandlestickSeries,
  createChart,
  createSeriesMarkers,
  HistogramSeries,
  type IChartApi,
  type IPriceLine,
  type ISeriesApi,
  type ISeriesMarkersPluginApi,
  LineSeries,
  type SeriesMarker,
  type Time,
  type UTCTimestamp,
} from 'lightweight-charts';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { effect, signal, untracked } from '@preact/signals';
import { get } from '../../data/api.ts';
import { fills, live, now, pricePlaces } from '../../data/desk.ts';
import { nextFrame } from '../../data/frame.ts';
import type { Bar, BarUpdate, Fill, Order } from '../../data/types.ts';
import { toNumber } from '../../lib/decimal.ts';
import { fillNotes } from '../../lib/fills.ts';
import type { IndicatorLine, LinePoint } from '../../lib/indicators.ts';
import * as format from '../../lib/format.ts';
import { shownTheme, timeframe, utc } from '../../settings.ts';
import { Panel } from '../../ui/parts.tsx';
import { followIndicators, IndicatorsButton } from './indicators.tsx';
import { heldHere, restingHere, symbol } from './state.ts';

const TIMEFRAMES = ['1s', '1m', '5m', '15m', '1h', '1d'];
const SECONDS: Record<string, number> = { '1s': 1, '1m': 60, '5m': 300, '15m': 900, '1h': 3600, '1d': 86400 };
const BARS = 500;
const MARKS_MAX = 200;
// Each can be told from the next, on light and on dark.
const LINE_COLOURS = ['#3b82f6', '#d97706', '#a855f7', '#0d9488', '#db2777', '#65a30d'];

const barsAt = signal(Number.NEGATIVE_INFINITY);

function secondsOf(time: string): UTCTimestamp {
  return Math.floor(Date.parse(time) / 1000) as UTCTimestamp;
}

function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function stamp(time: Time, withDate: boolean): string {
  const text = new Date(Number(time) * 1000).toISOString();
  return withDate ? format.dateTime(text, utc.value).slice(0, -4) : format.timeOfDay(text, utc.value, false).slice(0, timeframe.value === '1s' ? 8 : 5);
}

class Chart {
  private readonly chart: IChartApi;
  private readonly candles: ISeriesApi<'Candlestick'>;
  private readonly volume: ISeriesApi<'Histogram'>;
  private readonly marks: ISeriesMarkersPluginApi<Time>;
  private lines: IPriceLine[] = [];
  private lastTime = 0;
  private readonly indicators = new Map<string, { series: ISeriesApi<'Line'>; last: number }>();

  constructor(element: HTMLElement) {
    this.chart = createChart(element, {
      autoSize: true,
      layout: { attributionLogo: false, fontSize: 11 },
      localization: { timeFormatter: (time: Time) => stamp(time, true) },
      timeScale: { timeVisible: true, secondsVisible: true, rightOffset: 4, tickMarkFormatter: (time: Time) => stamp(time, timeframe.value === '1d').slice(0, 10) },
      crosshair: { mode: 0 },
    });
    this.candles = this.chart.addSeries(CandlestickSeries, { borderVisible: false });
    this.volume = this.chart.addSeries(HistogramSeries, { priceScaleId: 'volume', priceFormat: { type: 'volume' }, lastValueVisible: false, priceLineVisible: false });
    this.chart.priceScale('volume').applyOptions({ scaleMargins: { top: 0.82, bottom: 0 } });
    this.marks = createSeriesMarkers(this.candles, []);
  }

  paint(): void {
    const line = colour('--line');
    this.chart.applyOptions({
      layout: { background: { color: colour('--panel') }, textColor: colour('--quiet') },
      grid: { vertLines: { color: line }, horzLines: { color: line } },
      timeScale: { borderColor: line },
      rightPriceScale: { borderColor: line },
    });
    this.candles.applyOptions({ upColor: colour('--buy'), downColor: colour('--sell'), wickUpColor: colour('--buy'), wickDownColor: colour('--sell') });
    this.volume.applyOptions({ color: line });
  }

  showPlaces(places: number): void {
    this.candles.applyOptions({ priceFormat: { type: 'price', precision: places, minMove: 10 ** -places } });
  }

  setBars(bars: Bar[]): void {
    this.candles.setData(bars.map((bar) => this.candleOf(bar)));
    this.volume.setData(bars.map((bar) => ({ time: secondsOf(bar.timestamp), value: toNumber(bar.volume) })));
    this.lastTime = bars.length > 0 ? secondsOf(bars.at(-1)!.timestamp) : 0;
  }

  update(bar: Bar): void {
    const time = secondsOf(bar.timestamp);
    if (time < this.lastTime) return; // what is closed stays as the history has it
    this.lastTime = time;
    this.candles.update(this.candleOf(bar));
    this.volume.update({ time, value: toNumber(bar.volume) });
  }

  /** `resting` at their limits, `held` stops at the price that sets them off. */
  showOrders(resting: Order[], held: Order[]): void {
    for (const line of this.lines) this.candles.removePriceLine(line);
    this.lines = [...resting.map((order) => ({ order, at: order.price, what: '' })), ...held.map((order) => ({ order, at: order.trigger_price || order.price, what: order.trigger_price ? 'stop ' : 'waits ' }))]
      .filter(({ at }) => at !== '0')
      .map(({ order, at, what }) =>
        this.candles.createPriceLine({
          price: toNumber(at),
          color: colour(order.side === 'BUY' ? '--buy' : '--sell'),
          lineWidth: 1,
          lineStyle: 2,
          axisLabelVisible: true,
          title: `${order.side === 'BUY' ? 'B' : 'S'} ${what}${order.leaves_quantity}`,
        }),
      );
  }

  showFills(list: Fill[], frame: string): void {
    const width = SECONDS[frame] ?? 60;
    const notes = fillNotes(list);
    const marks = list.slice(0, MARKS_MAX).map((fill): SeriesMarker<Time> => {
      const buy = fill.side === 'BUY';
      const time = (Math.floor(secondsOf(fill.time ?? '') / width) * width) as UTCTimestamp;
      // What the venue took back or corrected is no arrow.
      if (notes.has(fill.fill_id)) return { time, position: buy ? 'belowBar' : 'aboveBar', shape: 'circle', color: colour('--warn') };
      return { time, position: buy ? 'belowBar' : 'aboveBar', shape: buy ? 'arrowUp' : 'arrowDown', color: colour(buy ? '--buy' : '--sell') };
    });
    this.marks.setMarkers(marks.sort((a, b) => Number(a.time) - Number(b.time)));
  }

  setLines(lines: IndicatorLine[]): void {
    for (const { series } of this.indicators.values()) this.chart.removeSeries(series);
    this.indicators.clear();
    lines.forEach((line, index) => {
      const series = this.chart.addSeries(LineSeries, { color: LINE_COLOURS[index % LINE_COLOURS.length]!, lineWidth: 1, title: line.name, priceLineVisible: false, crosshairMarkerVisible: false }, line.pane);
      this.indicators.set(line.name, { series, last: 0 });
    });
  }

  addPoints(name: string, points: LinePoint[]): void {
    const line = this.indicators.get(name);
    if (!line) return;
    for (const point of points) {
      if (point.time < line.last) continue;
      line.last = point.time;
      line.series.update({ time: point.time as UTCTimestamp, value: point.value });
    }
  }

  fit(): void {
    this.chart.timeScale().applyOptions({ barSpacing: 7 });
    this.chart.timeScale().scrollToRealTime();
  }

  remove(): void {
    this.chart.remove();
  }

  private candleOf(bar: Bar) {
    return { time: secondsOf(bar.timestamp), open: toNumber(bar.open), high: toNumber(bar.high), low: toNumber(bar.low), close: toNumber(bar.close) };
  }
}

/** Bars of one symbol and timeframe: history first, then what is live. */
function followBars(chart: Chart, name: string, frame: string): () => void {
  let gone = false;
  let loaded = false;
  let held: Bar[] = []; // not drawn yet, oldest first
  let drawing = false;
  barsAt.value = Number.NEGATIVE_INFINITY;
  const load = async (fit: boolean) => {
    loaded = false;
    try {
      const bars = await get<Bar[]>(`/api/v1/candles/${name}`, { timeframe: frame, limit: BARS });
      if (gone) return;
      chart.setBars(bars);
      if (fit) chart.fit();
    } catch {
      // Live bars are shown all the same.
    }
    loaded = true;
    draw();
  };
  const draw = () => {
    if (drawing || !loaded || gone) return;
    drawing = true;
    nextFrame(() => {
      drawing = false;
      if (gone || !loaded) return;
      for (const bar of held) chart.update(bar);
      if (held.length > 0) barsAt.value = performance.now();
      held = [];
    });
  };
  const leave = live.subscribe(`bars:${name}:${frame}`, ({ data, first }) => {
    const { bar } = data as BarUpdate;
    if (first && loaded) void load(false); // bars that closed while nobody listened
    if (held.at(-1)?.timestamp === bar.timestamp) held.pop();
    held = [...held.slice(-50), bar];
    draw();
  });
  chart.setBars([]);
  void load(true);
  return () => {
    gone = true;
    leave();
  };
}

export function CandleChart(): JSX.Element {
  const holder = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const chart = new Chart(holder.current!);
    let leave: (() => void) | null = null;
    const stops = [
      effect(() => {
        shownTheme();
        chart.paint();
      }),
      effect(() => {
        const name = symbol.value;
        const frame = timeframe.value;
        untracked(() => {
          leave?.();
          leave = name ? followBars(chart, name, frame) : null;
        });
      }),
      followIndicators(chart, (frame) => SECONDS[frame] ?? 60),
      effect(() => chart.showPlaces(pricePlaces(symbol.value))),
      effect(() => {
        shownTheme();
        chart.showOrders(restingHere.value, heldHere.value);
      }),
      effect(() => {
        shownTheme();
        chart.showFills(
          fills.value.filter((fill) => fill.symbol === symbol.value),
          timeframe.value,
        );
      }),
    ];
    return () => {
      for (const stop of stops) stop();
      leave?.();
      chart.remove();
    };
  }, []);
  void now.value;
  return (
    <Panel
      title={`${symbol.value} bars`}
      fresh={{ at: barsAt.value, staleAfterMs: 15_000 }}
      class="area-chart"
      actions={
        <>
          {TIMEFRAMES.map((frame) => (
            <button key={frame} type="button" class="btn btn-small" aria-pressed={timeframe.value === frame} onClick={() => (timeframe.value = frame)}>
              {frame}
            </button>
          ))}
          <IndicatorsButton />
        </>
      }
    >
      <div class="relative min-h-0 flex-1">
        <div ref={holder} class="absolute inset-0" role="img" aria-label={`Candle chart of ${symbol.value}, ${timeframe.value}`} />
        <a
          class="absolute bottom-7 left-2 z-10 rounded bg-panel/80 px-1 text-[10px] text-quiet"
          href="https://www.tradingview.com/"
          target="_blank"
          rel="noreferrer"
        >
          Charts by TradingView
        </a>
      </div>
    </Panel>
  );
}
