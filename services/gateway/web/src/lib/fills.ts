// Trades that a venue took back or corrected, told from the fills themselves: what takes a fill back is one of negative
// quantity, what it is now one of positive quantity, and both name the fill as it was.
import type { Fill } from '../data/types.ts';

/** By fill id, for those that are not simply a fill. */
export function fillNotes(fills: Fill[]): Map<string, string> {
  const notes = new Map<string, string>();
  const corrected = new Set(fills.filter((fill) => fill.original_fill_id && !fill.quantity.startsWith('-')).map((fill) => fill.original_fill_id));
  for (const fill of fills) {
    const original = fill.original_fill_id;
    if (!original) continue;
    const again = !fill.quantity.startsWith('-');
    notes.set(fill.fill_id, again ? `${original} as corrected` : `takes back ${original}`);
    if (!again) notes.set(original, corrected.has(original) ? 'corrected by the venue' : 'busted by the venue');
  }
  return notes;
}
