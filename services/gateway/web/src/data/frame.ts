// Changes are shown once a frame, however many come; in a tab that is not seen, once a quarter of a second.
import { batch } from '@preact/signals';

let waiting: (() => void)[] = [];

function run(): void {
  const due = waiting;
  waiting = [];
  batch(() => {
    for (const f of due) f();
  });
}

export function nextFrame(f: () => void): void {
  waiting.push(f);
  if (waiting.length > 1) return;
  let done = false;
  const once = () => {
    if (done) return;
    done = true;
    run();
  };
  requestAnimationFrame(once);
  setTimeout(once, 250);
}
