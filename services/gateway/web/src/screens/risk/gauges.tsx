// How much of each limit is used: the firm's, each account's, each account's in each symbol.
import type { JSX } from 'preact';
import { exposure, limits, quantityPlaces } from '../../data/desk.ts';
import type { Exposure, Limits } from '../../data/types.ts';
import { parseOr0 } from '../../lib/decimal.ts';
import * as format from '../../lib/format.ts';
import { accountLimit, firmLimit, headroom, limitInForce, positionAtMost, sum } from '../../lib/limits.ts';
import { freshness, Gauge, Panel } from '../../ui/parts.tsx';

interface Level {
  key: string;
  name: string;
  what: string;
  used: string;
  limit: string;
  places: number;
}

function levelsOf(rows: Exposure[], firm: string, known: Limits[]): Level[] {
  const accounts = [...new Set(rows.map((one) => one.account))].sort();
  const levels: Level[] = [{ key: 'firm', name: 'Firm', what: 'exposure', used: firm, limit: firmLimit(known, 'max_exposure'), places: 2 }];
  for (const account of accounts) {
    const own = rows.filter((one) => one.account === account);
    levels.push({ key: account, name: account, what: 'exposure', used: sum(own.map((one) => one.used_exposure)), limit: accountLimit(known, 'max_exposure', account), places: 2 });
    for (const one of own) {
      const name = `${account} · ${one.symbol}`;
      const key = `${account}/${one.symbol}`;
      levels.push({ key: `${key}/units`, name, what: 'position', used: positionAtMost(one), limit: limitInForce(known, 'max_position', account, one.symbol), places: quantityPlaces(one.symbol) });
      levels.push({ key: `${key}/money`, name, what: 'position value', used: one.used_exposure, limit: limitInForce(known, 'max_position_notional', account, one.symbol), places: 2 });
    }
  }
  return levels.filter((level) => level.limit !== '' && (level.key === 'firm' || parseOr0(level.used) !== 0n));
}

export function Gauges(): JSX.Element {
  const answer = exposure.value.value;
  const levels = levelsOf(answer?.exposures ?? [], answer?.firm_exposure ?? '0', limits.value.value ?? []);
  return (
    <Panel title="Limits in use" fresh={freshness(exposure)} class="max-lg:h-80">
      <div class="min-h-0 flex-1 overflow-auto" tabIndex={0} role="group" aria-label="Limits in use">
        <table class="grid-table" aria-label="Limits in use">
          <thead>
            <tr>
              <th>Level</th>
              <th>Limit on</th>
              <th class="w-40">Use</th>
              <th class="n">Used</th>
              <th class="n">Limit</th>
              <th class="n">Headroom</th>
            </tr>
          </thead>
          <tbody>
            {levels.map((level) => (
              <tr key={level.key} data-level={level.key}>
                <td>{level.name}</td>
                <td class="text-quiet">{level.what}</td>
                <td>
                  <Gauge label={`${level.name}, ${level.what}`} used={level.used} limit={level.limit} />
                </td>
                <td class="n">{format.fixed(level.used, level.places)}</td>
                <td class="n">{format.fixed(level.limit, level.places)}</td>
                <td class="n">{format.fixed(headroom(level.used, level.limit), level.places)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}
