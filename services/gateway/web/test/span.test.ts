import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseMoment, parseSpan } from '../src/lib/span.ts';

test('spans as people write them', () => {
  for (const [text, ms] of [
    ['90s', 90_000],
    ['10m', 600_000],
    ['1h30m', 5_400_000],
    ['1h 30m 5s', 5_405_000],
    ['2H', 7_200_000],
    ['', null],
    ['10', null],
    ['-5m', null],
    ['5m later', null],
    ['30m1h', null],
  ] as const) {
    assert.equal(parseSpan(text), ms, text);
  }
});

test('a moment is a span from now, or the next time that the clock shows it', () => {
  const now = Date.parse('2026-03-02T14:00:00Z');
  const at = (text: string) => {
    const moment = parseMoment(text, now, true);
    return moment === null ? null : new Date(moment).toISOString();
  };
  assert.equal(at('10m'), '2026-03-02T14:10:00.000Z');
  assert.equal(at('14:30'), '2026-03-02T14:30:00.000Z');
  assert.equal(at('14:00:01'), '2026-03-02T14:00:01.000Z');
  assert.equal(at('14:00'), '2026-03-03T14:00:00.000Z', 'over for today: tomorrow');
  for (const wrong of ['24:00', '7:60', 'noon', '']) assert.equal(at(wrong), null, wrong);
});
