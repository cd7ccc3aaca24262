// Indicators of feature-pipeline on the chart: their history, then what becomes known with each bar.
import { effect, signal, untracked } from '@preact/signals';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { get } from '../../data/api.ts';
import type { FeatureDefinition, FeaturePoint, FeatureSet } from '../../data/types.ts';
import { type IndicatorLine, type LinePoint, linesOf, pointsByLine } from '../../lib/indicators.ts';
import { indicators, timeframe } from '../../settings.ts';
import { Modal } from '../../ui/parts.tsx';
import { symbol } from './state.ts';

const LIVE_MS = 2000;
const HISTORY_BARS = 500;
const ROWS_MAX = 10_000;

export const definitions = signal<FeatureDefinition[]>([]);

async function load(): Promise<void> {
  if (definitions.value.length > 0) return;
  try {
    definitions.value = (await get<{ features: FeatureDefinition[] }>('/api/v1/features')).features.filter((one) => one.source === 'bars');
  } catch {
    // Asked again when the list is opened, or the chart is.
  }
}

/** Where lines are drawn. */
export interface LineSurface {
  setLines(lines: IndicatorLine[]): void;
  addPoints(name: string, points: LinePoint[]): void;
}

function followLines(surface: LineSurface, name: string, frame: string, seconds: number, lines: IndicatorLine[]): () => void {
  let gone = false;
  let timer = 0;
  surface.setLines(lines);
  if (lines.length === 0) return () => {};
  const names = lines.map((line) => line.name).join(',');
  const path = `/api/v1/features/${name}`;
  const show = (points: { name: string; value: number; event_time?: string }[]) => {
    if (gone) return;
    for (const [line, list] of pointsByLine(points, seconds)) surface.addPoints(line, list);
  };
  const ask = async () => {
    try {
      const set = await get<FeatureSet>(path, { timeframe: frame, names });
      show(set.features.filter((feature) => feature.ready));
    } catch {
      // The lines end where nothing is known.
    }
    if (!gone) timer = window.setTimeout(() => void ask(), LIVE_MS);
  };
  const limit = Math.min(ROWS_MAX, HISTORY_BARS * lines.length);
  get<FeaturePoint[]>(`${path}/history`, { timeframe: frame, names, limit })
    .then(show, () => {
      // Without QuestDB the lines begin now.
    })
    .finally(() => void ask());
  return () => {
    gone = true;
    clearTimeout(timer);
  };
}

export function followIndicators(surface: LineSurface, secondsOf: (frame: string) => number): () => void {
  let leave: (() => void) | null = null;
  const stop = effect(() => {
    const name = symbol.value;
    const frame = timeframe.value;
    const lines = linesOf(definitions.value, indicators.value);
    if (indicators.value.length > 0) void load();
    untracked(() => {
      leave?.();
      leave = name ? followLines(surface, name, frame, secondsOf(frame), lines) : null;
    });
  });
  return () => {
    stop();
    leave?.();
  };
}

export function IndicatorsButton(): JSX.Element {
  const [open, setOpen] = useState(false);
  return (
    <>
      <button
        type="button"
        class="btn btn-small"
        onClick={() => {
          void load();
          setOpen(true);
        }}
      >
        Indicators{indicators.value.length > 0 ? ` ${indicators.value.length}` : ''}
      </button>
      {open && (
        <Modal title="Indicators" onClose={() => setOpen(false)}>
          <ul class="grid grid-cols-2 gap-1">
            {definitions.value.map((one) => (
              <li key={one.name}>
                <label class="flex items-center gap-2" title={`${one.kind} ${one.parameters}`}>
                  <input
                    type="checkbox"
                    checked={indicators.value.includes(one.name)}
                    onChange={(event) => {
                      const others = indicators.value.filter((name) => name !== one.name);
                      indicators.value = event.currentTarget.checked ? [...others, one.name] : others;
                    }}
                  />
                  {one.name}
                </label>
              </li>
            ))}
          </ul>
          {definitions.value.length === 0 && <p class="text-quiet">feature-pipeline does not answer, or has none.</p>}
          <p class="mt-2 text-quiet">Which there are is said in features.toml. A line begins where its history does.</p>
        </Modal>
      )}
    </>
  );
}
