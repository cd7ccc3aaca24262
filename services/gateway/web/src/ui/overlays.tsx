// The palette of commands and the list of keys.
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { instruments } from '../data/desk.ts';
import { type Command, commands, overlay } from '../keys.ts';
import { go } from '../router.ts';
import { Modal } from './parts.tsx';

function close(): void {
  overlay.value = 'none';
}

function Keys({ text }: { text: string }): JSX.Element {
  return (
    <span class="flex gap-1">
      {text.split(' ').map((key) => (
        <kbd key={key}>{key}</kbd>
      ))}
    </span>
  );
}

function Palette(): JSX.Element {
  const [query, setQuery] = useState('');
  const [chosen, setChosen] = useState(0);
  const all: Command[] = [
    ...commands.value,
    ...instruments.value.map((one) => ({ id: `symbol-${one.symbol}`, title: `${one.symbol} — ${one.description}`, group: 'Symbols', run: () => go('trade', one.symbol) })),
  ];
  const words = query.toLowerCase().split(/\s+/);
  const found = all.filter((one) => words.every((word) => `${one.group} ${one.title}`.toLowerCase().includes(word))).slice(0, 14);
  const run = (command: Command | undefined) => {
    if (!command) return;
    close();
    command.run();
  };
  return (
    <Modal title="Commands" onClose={close}>
      <input
        class="field"
        role="combobox"
        aria-label="Command or symbol"
        aria-expanded="true"
        aria-controls="palette-list"
        aria-activedescendant={found[chosen] ? `palette-${chosen}` : undefined}
        placeholder="Command or symbol"
        autofocus
        value={query}
        onInput={(event) => {
          setQuery(event.currentTarget.value);
          setChosen(0);
        }}
        onKeyDown={(event) => {
          if (event.key === 'ArrowDown') setChosen(Math.min(chosen + 1, found.length - 1));
          else if (event.key === 'ArrowUp') setChosen(Math.max(chosen - 1, 0));
          else if (event.key === 'Enter') run(found[chosen]);
          else return;
          event.preventDefault();
        }}
      />
      <ul id="palette-list" role="listbox" aria-label="Commands" class="mt-2">
        {found.map((command, index) => (
          <li
            key={command.id}
            id={`palette-${index}`}
            role="option"
            aria-selected={index === chosen}
            class={`flex cursor-pointer items-center gap-2 rounded px-2 py-1 ${index === chosen ? 'bg-raised' : ''}`}
            onClick={() => run(command)}
          >
            <span class="w-20 shrink-0 text-quiet">{command.group}</span>
            <span class="flex-1 truncate">{command.title}</span>
            {command.keys && <Keys text={command.keys} />}
          </li>
        ))}
      </ul>
      {found.length === 0 && <p class="p-2 text-quiet">Nothing of that name.</p>}
    </Modal>
  );
}

function KeyList(): JSX.Element {
  const groups = Map.groupBy(
    commands.value.filter((one) => one.keys),
    (one) => one.group,
  );
  return (
    <Modal title="Keys" onClose={close}>
      {[...groups].map(([group, list]) => (
        <section key={group} class="mb-3">
          <h3 class="mb-1 font-semibold">{group}</h3>
          <dl class="grid grid-cols-[auto_1fr] items-center gap-x-4 gap-y-1">
            {list.map((one) => [
              <dt key={`${one.id}-key`}>
                <Keys text={one.keys!} />
              </dt>,
              <dd key={one.id}>{one.title}</dd>,
            ])}
          </dl>
        </section>
      ))}
      <p class="text-quiet">
        In tables: arrows move, Enter opens. <kbd>Ctrl K</kbd> finds any command or symbol. <kbd>Esc</kbd> leaves a field.
      </p>
    </Modal>
  );
}

export function Overlays(): JSX.Element | null {
  if (overlay.value === 'palette') return <Palette />;
  return overlay.value === 'keys' ? <KeyList /> : null;
}
