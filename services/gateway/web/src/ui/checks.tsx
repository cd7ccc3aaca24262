// What each check of the pre-trade gate found: for the ticket's preview and for an order's past.
import type { JSX } from 'preact';
import { instrumentBySymbol } from '../data/desk.ts';
import type { RiskCheck } from '../data/types.ts';
import { showCheck } from '../lib/checks.ts';
import * as format from '../lib/format.ts';

export function Checks({ checks, symbol, all = false }: { checks: RiskCheck[]; symbol: string; all?: boolean }): JSX.Element {
  const instrument = instrumentBySymbol.value.get(symbol);
  const shown = checks.map((check) => showCheck(check, instrument)).filter((check) => all || !check.passed || check.part !== null);
  return (
    <table class={`w-full whitespace-nowrap ${all ? '' : 'text-[11px]'}`} aria-label="Risk checks">
      <thead class="text-left text-quiet">
        <tr>
          <th class="font-medium">Check</th>
          <th class={`font-medium ${all ? 'w-16' : 'w-9'}`}>Use</th>
          <th class="text-right font-medium">{all ? 'This order' : 'Order'}</th>
          {all && <th class="text-right font-medium">Limit</th>}
          <th class="text-right font-medium">Headroom</th>
        </tr>
      </thead>
      <tbody>
        {shown.map((check) => (
          <tr key={check.name} data-check={check.name} data-passed={check.passed} class={check.passed ? '' : 'text-sell'}>
            <td class="py-px pr-2">
              <span aria-label={check.passed ? 'passed' : 'refused'}>{check.passed ? '✓' : '✗'}</span> {check.title}
              {check.level && <span class="text-quiet"> {check.level}</span>}
            </td>
            <td class="pr-2">
              {check.part !== null && (
                <div class={`gauge ${!check.passed || check.part >= 100 ? 'over' : check.part >= 80 ? 'near' : ''}`} role="meter" aria-label={`${check.title}: use`} aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.round(check.part)}>
                  <span style={{ width: `${check.part}%` }} />
                </div>
              )}
            </td>
            <td class="text-right">{check.input}</td>
            {all && <td class="pl-2 text-right">{check.limit}</td>}
            <td class="pl-2 text-right" title={`limit ${check.limit}, used ${check.used}`}>
              {check.headroom}
            </td>
          </tr>
        ))}
        {shown.length === 0 && (
          <tr>
            <td class="text-quiet">{format.NONE}</td>
          </tr>
        )}
      </tbody>
    </table>
  );
}
