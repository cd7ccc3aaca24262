// Risk: what is used of every limit, what was refused and why, and the means to stop: blocks and the kill switch.
import type { JSX } from 'preact';
import { killReports } from '../data/controls.ts';
import { alerts, blocks, exposure, limits } from '../data/desk.ts';
import { useResource } from '../ui/parts.tsx';
import { Gauges } from './risk/gauges.tsx';
import { KillSwitchPanel } from './risk/kill_switch.tsx';
import { LimitsPanel } from './risk/limits.tsx';
import { Record } from './risk/record.tsx';

export default function Risk(): JSX.Element {
  useResource(exposure);
  useResource(limits);
  useResource(alerts);
  useResource(blocks);
  useResource(killReports);
  return (
    <div class="grid h-full gap-1 p-1 max-lg:h-auto lg:grid-cols-[minmax(0,1.4fr)_minmax(0,1fr)] lg:grid-rows-[minmax(200px,1fr)_minmax(200px,1fr)]">
      <Gauges />
      <KillSwitchPanel />
      <LimitsPanel />
      <Record />
    </div>
  );
}
