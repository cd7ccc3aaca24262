import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FeatureDefinition } from '../src/data/types.ts';
import { barOf, linesOf, pointsByLine } from '../src/lib/indicators.ts';

const definition = (name: string, kind: string, outputs: string[], source = 'bars'): FeatureDefinition => ({ name, kind, parameters: '', outputs, source, bars_needed: 1 });
const definitions = [
  definition('sma_20', 'sma', ['sma_20']),
  definition('bollinger', 'bollinger', ['bollinger_middle', 'bollinger_upper', 'bollinger_lower']),
  definition('rsi_14', 'rsi', ['rsi_14']),
  definition('micro_price', 'micro_price', ['micro_price'], 'quotes'),
];

test('prices are drawn on the candles, everything else made of bars below them', () => {
  assert.deepEqual(linesOf(definitions, ['sma_20', 'rsi_14', 'micro_price', 'gone']), [
    { name: 'sma_20', pane: 0 },
    { name: 'rsi_14', pane: 1 },
  ]);
  assert.deepEqual(linesOf(definitions, ['bollinger']).map((line) => line.name), ['bollinger_middle', 'bollinger_upper', 'bollinger_lower']);
});

test('a value known at the end of a bar stands at that bar', () => {
  const start = Date.parse('2026-01-01T10:05:00Z') / 1000;
  assert.equal(barOf('2026-01-01T10:06:00.000000000Z', 60), start);
  assert.equal(barOf('2026-01-01T10:05:59.999999999Z', 60), start);
  assert.equal(barOf('2026-01-01T10:05:00.000000001Z', 60), start);
});

test('lines rise in time and hold one value a bar, the last one told', () => {
  const lines = pointsByLine(
    [
      { name: 'a', value: 2, event_time: '2026-01-01T00:02:00Z' },
      { name: 'a', value: 1, event_time: '2026-01-01T00:01:00Z' },
      { name: 'a', value: 3, event_time: '2026-01-01T00:02:00Z' },
      { name: 'b', value: Number.NaN, event_time: '2026-01-01T00:02:00Z' },
      { name: 'b', value: 5 },
    ],
    60,
  );
  assert.deepEqual(lines.get('a')!.map((point) => point.value), [1, 3]);
  assert.equal(lines.has('b'), false);
});
