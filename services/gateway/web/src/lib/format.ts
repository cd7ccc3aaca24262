// How values are shown: numbers by their instrument, times in local or UTC. Texts in, texts out.
import * as decimal from './decimal.ts';

export const NONE = '–';

/** A decimal in fixed places; what is not known is a dash. */
export function fixed(text: string | null | undefined, places: number): string {
  const value = decimal.parse(text);
  return value === null ? NONE : decimal.toFixed(value, places);
}

/** A price of an order or fill: "0" means that there is none. */
export function price(text: string | null | undefined, places: number): string {
  return decimal.parseOr0(text) === 0n ? NONE : fixed(text, places);
}

export function money(text: string | null | undefined): string {
  return fixed(text, 2);
}

export function signedMoney(text: string | null | undefined): string {
  const value = decimal.parse(text);
  return value !== null && value > 0n ? `+${money(text)}` : money(text);
}

/** "up", "down" or nothing, for colour. */
export function trend(text: string | null | undefined): 'up' | 'down' | '' {
  const value = decimal.parseOr0(text);
  return value > 0n ? 'up' : value < 0n ? 'down' : '';
}

/** Part of a whole as a percentage between 0 and 100, for widths. */
export function share(part: string | null | undefined, whole: string | null | undefined): number {
  const total = decimal.toNumber(whole);
  return total > 0 ? Math.max(0, Math.min(100, (decimal.toNumber(part) / total) * 100)) : 0;
}

/** 0.4567 -> "45.67 %". */
export function percent(value: number | undefined, places = 2): string {
  return value === undefined || !Number.isFinite(value) ? NONE : `${(value * 100).toFixed(places)} %`;
}

export function number(value: number | undefined, places: number): string {
  return value === undefined || !Number.isFinite(value) ? NONE : value.toFixed(places);
}

function pad(value: number, digits = 2): string {
  return String(value).padStart(digits, '0');
}

/** "14:03:07.123" of an RFC 3339 time. */
export function timeOfDay(text: string | undefined, utc: boolean, millis = true): string {
  const date = new Date(text ?? '');
  if (Number.isNaN(date.getTime())) return NONE;
  const [h, m, s, ms] = utc
    ? [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds(), date.getUTCMilliseconds()]
    : [date.getHours(), date.getMinutes(), date.getSeconds(), date.getMilliseconds()];
  return `${pad(h)}:${pad(m)}:${pad(s)}${millis ? `.${pad(ms, 3)}` : ''}`;
}

/** "2026-11-27 14:03:07.123". */
export function dateTime(text: string | undefined, utc: boolean): string {
  const date = new Date(text ?? '');
  if (Number.isNaN(date.getTime())) return NONE;
  const [y, m, d] = utc
    ? [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()]
    : [date.getFullYear(), date.getMonth(), date.getDate()];
  return `${y}-${pad(m + 1)}-${pad(d)} ${timeOfDay(text, utc)}`;
}

/** Nanoseconds of an RFC 3339 time, exact: differences of stages lie below a millisecond. */
export function nanos(text: string): bigint {
  const found = /^(.*?)(?:\.(\d{1,9}))?Z$/.exec(text);
  if (!found) return 0n;
  const millis = Date.parse(`${found[1]}Z`);
  return Number.isNaN(millis) ? 0n : BigInt(millis) * 1_000_000n + BigInt((found[2] ?? '').padEnd(9, '0') || '0');
}

export function duration(ns: bigint): string {
  const us = Number(ns) / 1e3;
  if (us < 1000) return `${us.toFixed(0)} µs`;
  if (us < 1e6) return `${(us / 1e3).toFixed(us < 1e5 ? 2 : 0)} ms`;
  const seconds = us / 1e6;
  if (seconds < 120) return `${seconds.toFixed(1)} s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min`;
  return `${Math.floor(seconds / 3600)} h`;
}

export function age(ms: number): string {
  if (!Number.isFinite(ms)) return 'no data';
  return ms < 1000 ? 'now' : `${duration(BigInt(Math.round(ms)) * 1_000_000n)} ago`;
}

/** "PARTIALLY_FILLED" -> "partially filled". */
export function words(code: string): string {
  return code.toLowerCase().replaceAll('_', ' ');
}

/** A comma-separated file; quotes where needed, no formulas for the spreadsheet that opens it. */
export function csv(rows: string[][]): string {
  const cell = (value: string) => {
    const safe = /^[=@\t\r]|^[+-](?![\d.])/.test(value) ? `'${value}` : value;
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  return `${rows.map((row) => row.map(cell).join(',')).join('\r\n')}\r\n`;
}
