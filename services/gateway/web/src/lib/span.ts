// Times as people write them at a desk: "90s", "10m", "1h30m" from now on, or "14:30" and "14:30:15" by the clock.

const SPAN = /^(?:(\d{1,3})h)?\s*(?:(\d{1,5})m)?\s*(?:(\d{1,6})s)?$/i;
const CLOCK = /^([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$/;
const DAY_MS = 86_400_000;

/** "1h30m" -> milliseconds; null for what is no span. */
export function parseSpan(text: string): number | null {
  const trimmed = text.trim();
  const found = SPAN.exec(trimmed);
  if (!found || trimmed === '') return null;
  const [, h = '0', m = '0', s = '0'] = found;
  return (Number(h) * 3600 + Number(m) * 60 + Number(s)) * 1000;
}

/** A span from `now` on, or the next time that the clock shows it. Milliseconds since 1970; null for neither. */
export function parseMoment(text: string, now: number, utc: boolean): number | null {
  const span = parseSpan(text);
  if (span !== null) return now + span;
  const found = CLOCK.exec(text.trim());
  if (!found) return null;
  const at = new Date(now);
  const [h, m, s] = [Number(found[1]), Number(found[2]), Number(found[3] ?? 0)];
  if (utc) at.setUTCHours(h, m, s, 0);
  else at.setHours(h, m, s, 0);
  return at.getTime() > now ? at.getTime() : at.getTime() + DAY_MS;
}
