// How much of each limit is used: the firm's, each desk's, strategy's and account's, each account's in each symbol.
import type { JSX } from 'preact';
import { exposure, limits, quantityPlaces } from '../../data/desk.ts';
import type { Exposure, Limits, ScopeExposure } from '../../data/types.ts';
import { abs, parseOr0, toText } from '../../lib/decimal.ts';
import * as format from '../../lib/format.ts';
import { accountLimit, firmLimit, headroom, limitInForce, positionAtMost, scopeLimit, sum } from '../../lib/limits.ts';
import { freshness, Gauge, Panel } from '../../ui/parts.tsx';

interface Level {
  key: string;
  name: string;
  what: string;
  used: string;
  limit: string;
  places: number;
}

const absText = (value: string) => toText(abs(parseOr0(value)));
const SUMS = [
  { field: 'max_exposure', what: 'exposure', used: (one: ScopeExposure) => one.used_exposure, places: 2 },
  { field: 'max_net_exposure', what: 'net exposure', used: (one: ScopeExposure) => absText(one.net_exposure), places: 2 },
  { field: 'max_open_value', what: 'open orders’ value', used: (one: ScopeExposure) => one.open_value, places: 2 },
  { field: 'max_open_orders', what: 'open orders', used: (one: ScopeExposure) => String(one.open_orders), places: 0 },
];

/** The firm, each desk and each strategy, with every limit on sums that it has. */
function sumLevels(scopes: ScopeExposure[], known: Limits[]): Level[] {
  return scopes.flatMap((one) => {
    const firm = one.scope === 'firm';
    const limitOf = (field: string) => (firm ? firmLimit(known, field) : scopeLimit(known, field, one.scope as 'desk' | 'strategy', one.name));
    return SUMS.map((sum) => ({
      key: `${firm ? 'firm' : `${one.scope}/${one.name}`}${sum.what === 'exposure' ? '' : `/${sum.what}`}`,
      name: firm ? 'Firm' : `${one.scope} ${one.name}`,
      what: sum.what,
      used: sum.used(one),
      limit: limitOf(sum.field),
      places: sum.places,
    }));
  });
}

function levelsOf(rows: Exposure[], scopes: ScopeExposure[], known: Limits[]): Level[] {
  const accounts = [...new Set(rows.map((one) => one.account))].sort();
  const levels: Level[] = sumLevels(scopes, known);
  for (const account of accounts) {
    const own = rows.filter((one) => one.account === account).sort((a, b) => a.symbol.localeCompare(b.symbol));
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

/** Desks and strategies that have something and no limit on it: shown all the same. */
function unlimited(scopes: ScopeExposure[], levels: Level[]): ScopeExposure[] {
  return scopes.filter((one) => one.scope !== 'firm' && !levels.some((level) => level.key === `${one.scope}/${one.name}`));
}

export function Gauges(): JSX.Element {
  const answer = exposure.value.value;
  const levels = levelsOf(answer?.exposures ?? [], answer?.scopes ?? [], limits.value.value ?? []);
  const free = unlimited(answer?.scopes ?? [], levels);
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
            {free.map((one) => (
              <tr key={`${one.scope}/${one.name}`} data-level={`${one.scope}/${one.name}`}>
                <td>
                  {one.scope} {one.name}
                </td>
                <td class="text-quiet">exposure</td>
                <td class="text-quiet">no limit</td>
                <td class="n">{format.fixed(one.used_exposure, 2)}</td>
                <td />
                <td />
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}
