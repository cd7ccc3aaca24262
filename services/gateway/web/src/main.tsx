import './styles.css';
import { effect } from '@preact/signals';
import { render } from 'preact';
import { App } from './app.tsx';
import { startDesk } from './data/desk.ts';
import { askWhoWeAre } from './data/identity.ts';
import { startKeys } from './keys.ts';
import { state } from './session.ts';

startKeys();
void askWhoWeAre();
// The desk begins with the first sign-in; whoever signs in after somebody else gets a page of their own.
let begun = false;
effect(() => {
  if (state.value === 'in' && !begun) {
    begun = true;
    startDesk();
  }
});
render(<App />, document.getElementById('app')!);
