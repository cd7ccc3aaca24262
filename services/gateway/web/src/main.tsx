import './styles.css';
import { render } from 'preact';
import { App } from './app.tsx';
import { startDesk } from './data/desk.ts';
import { startKeys } from './keys.ts';

startKeys();
startDesk();
render(<App />, document.getElementById('app')!);
