// Several of a few names.
import type { JSX } from 'preact';

interface ChoicesProps {
  label: string;
  all: readonly string[];
  chosen: readonly string[];
  onChange: (chosen: string[]) => void;
}

export function Choices({ label, all, chosen, onChange }: ChoicesProps): JSX.Element {
  return (
    <fieldset>
      <legend class="label">{label}</legend>
      <div class="flex flex-wrap gap-x-3 gap-y-1">
        {all.map((name) => (
          <label key={name} class="flex items-center gap-1">
            <input
              type="checkbox"
              checked={chosen.includes(name)}
              onChange={(event) => onChange(event.currentTarget.checked ? [...chosen, name] : chosen.filter((one) => one !== name))}
            />
            {name.replace('_', ' ')}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
