// Commands: what the keyboard, the palette (Ctrl K) and the list of keys (?) share. A key is a name such as "g o" (one
// after the other), "?", "Shift+X". While somebody writes in a field only Escape and chords with Ctrl are taken.
import { signal } from '@preact/signals';

export interface Command {
  id: string;
  title: string;
  group: string;
  keys?: string;
  run: () => void;
}

const registered = new Map<string, Command>();
export const commands = signal<Command[]>([]);
export const overlay = signal<'none' | 'palette' | 'keys'>('none');

/** Answers how to take them away again. */
export function addCommands(list: Command[]): () => void {
  for (const command of list) registered.set(command.id, command);
  commands.value = [...registered.values()];
  return () => {
    for (const command of list) {
      if (registered.get(command.id) === command) registered.delete(command.id);
    }
    commands.value = [...registered.values()];
  };
}

const CHORD_MS = 1200;
let first = '';
let firstAt = 0;

function nameOf(event: KeyboardEvent): string {
  const key = event.key.length === 1 ? event.key : event.key.replace(' ', 'Space');
  const letter = /^[a-z]$/i.test(key);
  return letter && event.shiftKey ? `Shift+${key.toUpperCase()}` : letter ? key.toLowerCase() : key;
}

function writes(target: EventTarget | null): boolean {
  return target instanceof HTMLInputElement ? !['checkbox', 'radio', 'button'].includes(target.type) : target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}

function onKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing) return;
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
    event.preventDefault();
    overlay.value = overlay.value === 'palette' ? 'none' : 'palette';
    return;
  }
  if (event.key === 'Escape' && writes(event.target)) {
    (event.target as HTMLElement).blur();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || overlay.value !== 'none' || writes(event.target) || document.querySelector('dialog[open]')) return;
  const key = nameOf(event);
  const chord = first && performance.now() - firstAt < CHORD_MS ? `${first} ${key}` : '';
  const found = [...registered.values()];
  const command = found.find((one) => chord !== '' && one.keys === chord) ?? found.find((one) => one.keys === key);
  first = '';
  if (command) {
    event.preventDefault();
    command.run();
  } else if (found.some((one) => one.keys?.startsWith(`${key} `))) {
    first = key;
    firstAt = performance.now();
  }
}

export function startKeys(): void {
  addEventListener('keydown', onKey);
  addCommands([{ id: 'keys', title: 'Show all keys', group: 'General', keys: '?', run: () => (overlay.value = 'keys') }]);
}
