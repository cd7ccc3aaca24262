// Changes are shown together, twenty times a second at most, however many come: a screen that is drawn more often is read
// no faster, and drawing is what costs. In a tab that is not seen, four times a second.
import { batch } from '@preact/signals';

const LEAST_MS = 50;
const UNSEEN_MS = 250;

let waiting: (() => void)[] = [];
let shownAt = Number.NEGATIVE_INFINITY;

function run(): void {
  const due = waiting;
  waiting = [];
  shownAt = performance.now();
  batch(() => {
    for (const f of due) f();
  });
}

function draw(): void {
  let done = false;
  const once = () => {
    if (done) return;
    done = true;
    run();
  };
  requestAnimationFrame(once);
  setTimeout(once, UNSEEN_MS);
}

export function nextFrame(f: () => void): void {
  waiting.push(f);
  if (waiting.length > 1) return;
  const left = LEAST_MS - (performance.now() - shownAt);
  if (left > 0) setTimeout(draw, left);
  else draw();
}
