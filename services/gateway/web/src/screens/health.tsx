// Health: the fourteen services, what each checks, how far its streams lag, and how long orders take.
import { signal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { get } from '../data/api.ts';
import { health, now } from '../data/desk.ts';
import { Resource } from '../data/resource.ts';
import type { Quota, ServiceHealth, Venue } from '../data/types.ts';
import * as format from '../lib/format.ts';
import { type Histogram, quantile, readHistogram, since } from '../lib/histogram.ts';
import { account } from '../settings.ts';
import { freshness, Gauge, Panel, useResource } from '../ui/parts.tsx';
import { Plot } from '../ui/plot.tsx';
import { type Column, DataTable } from '../ui/table.tsx';

const SAMPLE_MS = 2000;
const SAMPLES_MAX = 900;

interface Sample {
  time: number;
  p50: number | null;
  p99: number | null;
}

// Kept while the page is open, also while another screen is shown.
const samples = signal<Sample[]>([]);
let before: Histogram | null = null;

async function sample(): Promise<void> {
  try {
    const response = await fetch('/metrics', { cache: 'no-store', signal: AbortSignal.timeout(SAMPLE_MS) });
    const read = readHistogram(await response.text(), 'tw_gateway_order_seconds');
    if (!read) return;
    const passed = since(read, before);
    if (before) {
      const millis = (part: number) => {
        const value = quantile(passed, part);
        return value === null ? null : value * 1000;
      };
      samples.value = [...samples.value.slice(1 - SAMPLES_MAX), { time: Date.now() / 1000, p50: millis(0.5), p99: millis(0.99) }];
    }
    before = read;
  } catch {
    // A gap in the curve.
  }
}

const chosen = signal('gateway');

const TONE: Record<string, string> = { healthy: 'badge-buy', ok: 'badge-buy', degraded: 'badge-warn', unhealthy: 'badge-sell', failed: 'badge-sell', unreachable: 'badge-sell' };

function State({ word }: { word: string }): JSX.Element {
  return <span class={`badge ${TONE[word] ?? 'badge-warn'}`}>{word}</span>;
}

/** The longest lag that its checks tell of. */
function lagOf(service: ServiceHealth): number | null {
  const lags = (service.check?.checks ?? []).map((check) => check.lag_ms).filter((lag) => typeof lag === 'number');
  return lags.length > 0 ? Math.max(...lags) : null;
}

function troubles(service: ServiceHealth): string {
  if (service.status !== 'healthy') return service.reason;
  return (service.check?.checks ?? [])
    .filter((check) => check.status !== 'ok')
    .map((check) => `${check.name}: ${check.reason}`)
    .join('; ');
}

const COLUMNS: Column<ServiceHealth>[] = [
  { id: 'name', title: 'Service', cell: (s) => <strong>{s.name}</strong>, text: (s) => s.name },
  { id: 'status', title: 'Health', cell: (s) => <State word={s.status} />, text: (s) => s.status },
  { id: 'check', title: 'Checks', cell: (s) => (s.check ? <State word={s.check.status} /> : format.NONE), text: (s) => s.check?.status ?? '' },
  { id: 'latency', title: 'Answers in', number: true, cell: (s) => `${format.number(s.latency_ms, 1)} ms`, text: (s) => String(s.latency_ms) },
  { id: 'lag', title: 'Stream lag', number: true, cell: (s) => (lagOf(s) === null ? format.NONE : `${lagOf(s)} ms`), text: (s) => String(lagOf(s) ?? 0) },
  { id: 'since', title: 'For', number: true, cell: (s) => format.duration(BigInt(Math.max(0, Math.round(Date.now() - Date.parse(s.since)))) * 1_000_000n), text: (s) => String(Date.now() - Date.parse(s.since)) },
  {
    id: 'actions',
    title: '',
    cell: (s) => (
      <button type="button" class="btn btn-small" aria-pressed={chosen.value === s.name} aria-label={`Details of ${s.name}`} onClick={() => (chosen.value = s.name)}>
        Details
      </button>
    ),
    text: () => '',
  },
  {
    id: 'reason',
    title: 'What',
    cell: (s) => (
      <span class="inline-block max-w-80 truncate align-bottom" title={troubles(s)}>
        {troubles(s)}
      </span>
    ),
    text: troubles,
  },
];

function Facts({ service }: { service: ServiceHealth }): JSX.Element {
  const stats = Object.entries(service.stats ?? {});
  return (
    <div class="grid min-h-0 flex-1 content-start gap-4 overflow-auto p-2 md:grid-cols-[minmax(0,2fr)_minmax(0,1fr)]" tabIndex={0} role="group" aria-label={`Details of ${service.name}`}>
      <table class="w-full" aria-label={`Checks of ${service.name}`}>
        <tbody>
          {(service.check?.checks ?? []).map((check) => (
            <tr key={check.name}>
              <td class="pr-2 whitespace-nowrap">{check.name}</td>
              <td class="pr-2">
                <State word={check.status} />
              </td>
              <td class="pr-2 text-right">{typeof check.lag_ms === 'number' ? `${check.lag_ms} ms` : ''}</td>
              <td class="text-quiet">{check.reason}</td>
            </tr>
          ))}
          {!service.check && (
            <tr>
              <td class="text-quiet">It does not answer.</td>
            </tr>
          )}
        </tbody>
      </table>
      <dl class="grid grid-cols-[auto_1fr] content-start gap-x-4">
        {stats.map(([name, value]) => [
          <dt key={`${name}-name`} class="text-quiet">
            {format.words(name)}
          </dt>,
          <dd key={name} class="text-right break-all">
            {typeof value === 'object' ? JSON.stringify(value) : String(value)}
          </dd>,
        ])}
      </dl>
    </div>
  );
}

const venues = new Resource<Venue[]>(() => get('/api/v1/venues'), 2000);

const VENUES: Column<Venue>[] = [
  { id: 'name', title: 'Venue', cell: (v) => <strong>{v.name}</strong>, text: (v) => v.name },
  { id: 'connected', title: 'Link', cell: (v) => <State word={v.connected ? 'ok' : 'unreachable'} />, text: (v) => (v.connected ? 'ok' : 'unreachable') },
  { id: 'takes', title: 'Orders', cell: (v) => <span class={`badge ${v.takes_orders ? 'badge-buy' : 'badge-sell'}`}>{v.takes_orders ? 'taken' : 'not taken'}</span>, text: (v) => (v.takes_orders ? 'taken' : 'not taken') },
  { id: 'mode', title: 'Mode', cell: (v) => v.mode, text: (v) => v.mode },
  { id: 'open', title: 'Open', number: true, cell: (v) => v.open_orders, text: (v) => String(v.open_orders) },
  { id: 'failures', title: 'Failures', number: true, cell: (v) => (v.failures > 0 ? <span class="text-sell">{v.failures}</span> : 0), text: (v) => String(v.failures) },
  { id: 'latency', title: 'There, back', number: true, cell: (v) => `${v.latency_to_us}, ${v.latency_from_us} µs`, text: (v) => String(v.latency_to_us + v.latency_from_us) },
  { id: 'fees', title: 'Maker, taker bp', number: true, cell: (v) => `${v.maker_fee_bps}, ${v.taker_fee_bps}`, text: (v) => v.taker_fee_bps },
  { id: 'minimum', title: 'Least fee', number: true, cell: (v) => (v.minimum_fee === '0' ? format.NONE : v.minimum_fee), text: (v) => v.minimum_fee },
  { id: 'symbols', title: 'Symbols', cell: (v) => v.symbols.join(' '), text: (v) => v.symbols.join(' ') },
  { id: 'reason', title: 'What', cell: (v) => v.reason, text: (v) => v.reason },
];

const quotas = new Resource<Quota[]>(() => get('/api/v1/quota', { account: account.value }), 2000);

function Quotas(): JSX.Element | null {
  const known = (quotas.value.value ?? []).filter((quota) => quota.limit > 0);
  if (known.length === 0) return null;
  return (
    <dl class="flex flex-wrap gap-x-6 border-t border-line px-2 py-1" aria-label="Quotas">
      {known.map((quota) => (
        <div key={quota.name} class="flex items-center gap-2">
          <dt class="text-quiet">
            Orders of {quota.name} {quota.of}
          </dt>
          <dd class="flex items-center gap-2">
            <span class="w-16">
              <Gauge label={`Quota of ${quota.name} ${quota.of}`} used={String(quota.used)} limit={String(quota.limit)} />
            </span>
            {quota.used} of {quota.limit} in {format.duration(BigInt(quota.window_ms) * 1_000_000n)}
          </dd>
        </div>
      ))}
    </dl>
  );
}

export default function Health(): JSX.Element {
  useResource(health);
  useResource(venues);
  useResource(quotas);
  useEffect(() => {
    void sample();
    const id = setInterval(() => void sample(), SAMPLE_MS);
    return () => clearInterval(id);
  }, []);
  void now.value;
  const answer = health.value.value;
  const service = answer?.services.find((one) => one.name === chosen.value);
  const curve = samples.value;
  return (
    <div class="grid h-full gap-1 p-1 max-lg:h-auto lg:grid-cols-[minmax(0,1.4fr)_minmax(0,1fr)] lg:grid-rows-[minmax(300px,1.3fr)_minmax(180px,1fr)]">
      <Panel title={`Services ${answer ? `${answer.healthy} of ${answer.total} healthy` : ''}`} fresh={freshness(health)} class="max-lg:h-[26rem] lg:col-start-1 lg:row-start-1">
        <DataTable label="Services. Enter: details." rows={answer?.services ?? []} columns={COLUMNS} keyOf={(s) => s.name} empty="No answer yet." onOpen={(s) => (chosen.value = s.name)} />
      </Panel>
      <Panel title="Orders: time to the answer, as the gateway measures it">
        {curve.length > 1 ? (
          <Plot
            label="Order latency over time"
            times={curve.map((one) => one.time)}
            show={(value) => `${value.toFixed(1)} ms`}
            series={[
              { label: 'p50', colour: '--accent', values: curve.map((one) => one.p50) },
              { label: 'p99', colour: '--warn', values: curve.map((one) => one.p99) },
            ]}
          />
        ) : (
          <p class="p-3 text-quiet">The curve begins with two readings, two seconds apart.</p>
        )}
      </Panel>
      <Panel title="Venues, as routing sees them" fresh={freshness(venues)} class="max-lg:h-56">
        <DataTable label="Venues" rows={venues.value.value ?? []} columns={VENUES} keyOf={(v) => v.name} empty="No venue is known." />
        <Quotas />
      </Panel>
      <Panel title={`Details of ${chosen.value}`} fresh={freshness(health)} class="max-lg:h-96">
        {service ? <Facts service={service} /> : <p class="p-3 text-quiet">No answer yet.</p>}
      </Panel>
    </div>
  );
}
