// A line chart over time, drawn by uPlot.
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { shownTheme, utc } from '../settings.ts';

export interface Series {
  label: string;
  colour: string; // name of a colour of styles.css: "--accent"
  values: (number | null)[];
}

interface PlotProps {
  label: string;
  times: number[]; // seconds since 1970
  series: Series[];
  show: (value: number) => string;
}

const LEGEND_PX = 30;
const LEAST_PX = 120;

export function Plot({ label, times, series, show }: PlotProps): JSX.Element {
  const holder = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const shape = `${shownTheme()} ${utc.value} ${series.map((one) => one.label).join()}`;
  const data = [times, ...series.map((one) => one.values)] as uPlot.AlignedData;

  useEffect(() => {
    const element = holder.current!;
    const style = getComputedStyle(document.documentElement);
    const colour = (name: string) => style.getPropertyValue(name).trim();
    const axis = { stroke: colour('--quiet'), grid: { stroke: colour('--line'), width: 1 }, ticks: { stroke: colour('--line'), width: 1 }, font: '11px system-ui' };
    const size = () => ({ width: element.clientWidth || 300, height: Math.max(LEAST_PX, element.clientHeight - LEGEND_PX) });
    const made = new uPlot(
      {
        ...size(),
        legend: { live: true },
        cursor: { points: { size: 5 } },
        tzDate: (seconds) => (utc.peek() ? uPlot.tzDate(new Date(seconds * 1000), 'UTC') : new Date(seconds * 1000)),
        axes: [axis, { ...axis, size: 90, values: (_, ticks) => ticks.map(show) }],
        series: [{}, ...series.map((one) => ({ label: one.label, stroke: colour(one.colour), width: 1.5, points: { show: false }, value: (_: uPlot, value: number | null) => (value === null ? '–' : show(value)) }))],
      },
      data,
      element,
    );
    plot.current = made;
    const observer = new ResizeObserver(() => made.setSize(size()));
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [shape]);

  useEffect(() => plot.current?.setData(data));

  return <div ref={holder} class="min-h-0 w-full flex-1 overflow-hidden" role="img" aria-label={label} />;
}
