import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Fill } from '../src/data/types.ts';
import { fillNotes } from '../src/lib/fills.ts';

const fill = (fill_id: string, quantity: string, original_fill_id = '') => ({ fill_id, quantity, original_fill_id }) as Fill;

test('a bust takes a fill back, a correction also says what it is now', () => {
  const fills = [fill('f-1', '2'), fill('f-2', '3'), fill('f-3', '1'), fill('f-4', '-2', 'f-1'), fill('f-5', '-3', 'f-2'), fill('f-6', '2.5', 'f-2')];
  assert.deepEqual(
    [...fillNotes(fills)].sort(),
    [
      ['f-1', 'busted by the venue'],
      ['f-2', 'corrected by the venue'],
      ['f-4', 'takes back f-1'],
      ['f-5', 'takes back f-2'],
      ['f-6', 'f-2 as corrected'],
    ],
  );
  assert.equal(fillNotes([fill('f-1', '2')]).size, 0);
});
