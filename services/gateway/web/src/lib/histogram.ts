// Histograms of a Prometheus text, and what happened between two readings of one.

export interface Histogram {
  bounds: number[]; // upper bounds in seconds, rising, the last one infinite
  counts: number[]; // up to each bound, all below it included
}

/** The histogram `name` without labels of its own; null when the text has none. */
export function readHistogram(text: string, name: string): Histogram | null {
  const pattern = new RegExp(`^${name}_bucket\\{le="([^"]+)"\\} ([0-9.e+]+)$`, 'gm');
  const pairs = [...text.matchAll(pattern)].map(([, bound, count]): [number, number] => [bound === '+Inf' ? Number.POSITIVE_INFINITY : Number(bound), Number(count)]);
  if (pairs.length === 0) return null;
  pairs.sort(([a], [b]) => a - b);
  return { bounds: pairs.map(([bound]) => bound), counts: pairs.map(([, count]) => count) };
}

/** What was counted since `before`; all of it after a restart of the counter. */
export function since(now: Histogram, before: Histogram | null): Histogram {
  const last = now.counts.length - 1;
  if (!before || before.counts.length !== now.counts.length || before.counts[last]! > now.counts[last]!) return now;
  return { bounds: now.bounds, counts: now.counts.map((count, index) => count - before.counts[index]!) };
}

/** The value that a part of all lies below, in between two bounds by straight line; null when nothing was counted. */
export function quantile(histogram: Histogram, part: number): number | null {
  const total = histogram.counts.at(-1) ?? 0;
  if (total === 0) return null;
  const wanted = total * part;
  const index = histogram.counts.findIndex((count) => count >= wanted);
  const lower = index > 0 ? histogram.bounds[index - 1]! : 0;
  const upper = histogram.bounds[index]!;
  if (!Number.isFinite(upper)) return lower;
  const below = index > 0 ? histogram.counts[index - 1]! : 0;
  const within = histogram.counts[index]! - below;
  return lower + (upper - lower) * (within > 0 ? (wanted - below) / within : 1);
}
