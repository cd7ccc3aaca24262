// Decimal strings as integers of 1e-8, as the platform has them. Money never becomes a double on its way to the server.

const DECIMALS = 8;
export const ONE = 100_000_000n;
const SHAPE = /^([+-]?)(\d*)(?:\.(\d*))?$/;

/** "45000.10" -> 4500010000000n; null for what is no decimal of at most eight places. */
export function parse(text: string | null | undefined): bigint | null {
  const found = SHAPE.exec((text ?? '').trim());
  if (!found) return null;
  const [, sign, whole = '', fraction = ''] = found;
  if (whole.length + fraction.length === 0 || fraction.length > DECIMALS || whole.length > 18) return null;
  const value = BigInt(whole || '0') * ONE + BigInt(fraction.padEnd(DECIMALS, '0') || '0');
  return sign === '-' ? -value : value;
}

/** For sorting and sums: what is no decimal counts as nothing. */
export function parseOr0(text: string | null | undefined): bigint {
  return parse(text) ?? 0n;
}

/** The shortest text: 4500010000000n -> "45000.1". */
export function toText(value: bigint): string {
  const digits = abs(value).toString().padStart(DECIMALS + 1, '0');
  const fraction = digits.slice(-DECIMALS).replace(/0+$/, '');
  return `${value < 0n ? '-' : ''}${digits.slice(0, -DECIMALS)}${fraction ? `.${fraction}` : ''}`;
}

export function abs(value: bigint): bigint {
  return value < 0n ? -value : value;
}

/** a / b, half away from zero. */
function divide(a: bigint, b: bigint): bigint {
  const quotient = abs(a) / abs(b);
  const rest = abs(a) % abs(b);
  const rounded = rest * 2n >= abs(b) ? quotient + 1n : quotient;
  return a < 0n !== b < 0n ? -rounded : rounded;
}

export function multiply(a: bigint, b: bigint): bigint {
  return divide(a * b, ONE);
}

export function ratio(a: bigint, b: bigint): bigint {
  return b === 0n ? 0n : divide(a * ONE, b);
}

/** The multiple of `step` at or below a value that is not negative. */
export function floorTo(value: bigint, step: bigint): bigint {
  return step <= 0n ? value : value - (value % step);
}

/** How many places "0.00001" has: 5. */
export function placesOf(step: string | undefined): number {
  const value = parse(step);
  if (value === null || value <= 0n) return DECIMALS;
  let places = DECIMALS;
  for (let rest = value; places > 0 && rest % 10n === 0n; rest /= 10n) places -= 1;
  return places;
}

/** Fixed places, half away from zero, with thousands apart: "45,000.10". */
export function toFixed(value: bigint, places: number): string {
  const scale = 10n ** BigInt(DECIMALS - places);
  const digits = abs(divide(value, scale)).toString().padStart(places + 1, '0');
  const whole = digits.slice(0, digits.length - places).replace(/\B(?=(\d{3})+(?!\d))/g, ',');
  const text = places > 0 ? `${whole}.${digits.slice(-places)}` : whole;
  return value < 0n && /[1-9]/.test(digits) ? `-${text}` : text;
}

/** For drawing only: bars, charts, widths. */
export function toNumber(text: string | null | undefined): number {
  return Number(text ?? '0');
}

export function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
