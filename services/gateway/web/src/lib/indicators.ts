// Which features are drawn on the candles, which below them, and where in time a value stands.
import type { FeatureDefinition } from '../data/types.ts';
import { nanos } from './format.ts';

/** Kinds whose values are prices: over the candles. Any other kind made of bars is drawn below them. */
const PRICE_KINDS = new Set(['sma', 'ema', 'wma', 'vwap', 'session_vwap', 'bollinger']);

export interface IndicatorLine {
  name: string; // of the output: "bollinger_upper"
  pane: 0 | 1;
}

/** The lines of the chosen definitions; a name that is none (any more) has no line. */
export function linesOf(definitions: FeatureDefinition[], chosen: string[]): IndicatorLine[] {
  return definitions
    .filter((one) => chosen.includes(one.name) && one.source === 'bars')
    .flatMap((one) => outputsOf(one).map((name): IndicatorLine => ({ name, pane: PRICE_KINDS.has(one.kind) ? 0 : 1 })));
}

function outputsOf(definition: FeatureDefinition): string[] {
  return definition.outputs.length > 0 ? definition.outputs : [definition.name];
}

/** A value is known at the end of its bar: it is drawn at the bar's start, in seconds. */
export function barOf(eventTime: string, seconds: number): number {
  const width = BigInt(seconds) * 1_000_000_000n;
  return Number(((nanos(eventTime) - 1n) / width) * BigInt(seconds));
}

export interface LinePoint {
  time: number;
  value: number;
}

/** Points by line, rising in time, the last value of each bar. What is no number is left out. */
export function pointsByLine(points: { name: string; value: number; event_time?: string }[], seconds: number): Map<string, LinePoint[]> {
  const lines = new Map<string, Map<number, number>>();
  for (const point of points) {
    if (!point.event_time || !Number.isFinite(point.value)) continue;
    const line = lines.get(point.name) ?? new Map<number, number>();
    line.set(barOf(point.event_time, seconds), point.value);
    lines.set(point.name, line);
  }
  return new Map([...lines].map(([name, line]) => [name, [...line].map(([time, value]) => ({ time, value })).sort((a, b) => a.time - b.time)]));
}
