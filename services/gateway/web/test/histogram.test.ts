import assert from 'node:assert/strict';
import { test } from 'node:test';
import { quantile, readHistogram, since } from '../src/lib/histogram.ts';

const text = `# TYPE tw_gateway_order_seconds histogram
tw_gateway_order_seconds_count 10
tw_gateway_order_seconds_bucket{le="0.001"} 0
tw_gateway_order_seconds_bucket{le="0.01"} 8
tw_gateway_order_seconds_bucket{le="+Inf"} 10
tw_other_seconds_bucket{le="0.001"} 99
`;

test('a histogram is read from the metrics of a service', () => {
  assert.deepEqual(readHistogram(text, 'tw_gateway_order_seconds'), { bounds: [0.001, 0.01, Number.POSITIVE_INFINITY], counts: [0, 8, 10] });
  assert.equal(readHistogram(text, 'tw_nothing'), null);
});

test('what happened between two readings is their difference, and after a restart the newer one', () => {
  const before = { bounds: [1, 2], counts: [1, 4] };
  assert.deepEqual(since({ bounds: [1, 2], counts: [3, 9] }, before).counts, [2, 5]);
  assert.deepEqual(since({ bounds: [1, 2], counts: [0, 2] }, before).counts, [0, 2]);
  assert.deepEqual(since(before, null), before);
});

test('quantiles lie between the bounds', () => {
  const histogram = readHistogram(text, 'tw_gateway_order_seconds')!;
  assert.ok(Math.abs(quantile(histogram, 0.4)! - 0.0055) < 1e-9);
  assert.equal(quantile(histogram, 0.99), 0.01, 'past the last bound nobody knows more than that');
  assert.equal(quantile({ bounds: [1], counts: [0] }, 0.5), null);
});
