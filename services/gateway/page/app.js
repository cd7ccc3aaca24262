'use strict';
// The page asks the gateway each second and shows what it answers, with its age. Every text goes in
// by textContent. A failed answer leaves the last one in sight, greyed.

const PERIOD_MS = 1000;
const STALE_MS = 3000;
const TIMEOUT_MS = 4000;

const byId = (id) => document.getElementById(id);
const account = () => byId('account').value.trim() || 'default';
const query = (params) => '?' + new URLSearchParams(params).toString();

class ApiError extends Error {
  constructor(message, field) {
    super(message);
    this.field = field;
  }
}

async function api(method, path, body) {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), TIMEOUT_MS);
  let response;
  let data;
  try {
    response = await fetch(path, {
      method,
      headers: {'Content-Type': 'application/json'},
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: abort.signal,
      cache: 'no-store',
    });
    data = await response.json();
  } catch (e) {
    throw new ApiError(abort.signal.aborted ? 'no answer in time; a change may have been carried out' :
                                              'the gateway is out of reach');
  } finally {
    clearTimeout(timer);
  }
  if (!response.ok) {
    throw new ApiError(data.message || 'error ' + response.status, data.field);
  }
  return data;
}

// --- showing -----------------------------------------------------------------------------------

function cell(value, kind) {
  const td = document.createElement('td');
  if (value instanceof Node) {
    td.append(value);
  } else {
    td.textContent = value === undefined || value === null || value === '' ? '–' : String(value);
  }
  if (kind) {
    td.className = kind;
  }
  return td;
}

function fill(bodyId, items, empty, toCells) {
  const rows = items.map((item) => {
    const tr = document.createElement('tr');
    tr.append(...toCells(item, tr));
    return tr;
  });
  if (rows.length === 0) {
    const tr = document.createElement('tr');
    const td = cell(empty, 'empty');
    td.colSpan = 12;
    tr.append(td);
    rows.push(tr);
  }
  byId(bodyId).replaceChildren(...rows);
}

const sign = (text) => (text.startsWith('-') ? 'n bad' : 'n');
const clock = (time) => (time ? time.slice(11, 19) : '');
const price = (text) => (text === '0' ? '' : text);

function show(id, text) {
  const element = byId(id);
  element.textContent = text;
  element.hidden = text === '';
}

let symbols = '';

function showTickers(tickers) {
  const names = tickers.map((t) => t.symbol).join();
  if (names !== symbols) {
    symbols = names;
    const select = byId('ticket').elements.symbol;
    const chosen = select.value;
    select.replaceChildren(...tickers.map((t) => new Option(t.symbol)));
    select.value = tickers.some((t) => t.symbol === chosen) ? chosen : select.options[0]?.value || '';
  }
  fill('tickers', tickers, 'no ticker yet', (t, tr) => {
    tr.classList.toggle('stale', Boolean(t.stale));
    return [
      cell(t.symbol), cell(t.last_price, 'n'), cell(t.bid, 'n'), cell(t.bid_size, 'n'), cell(t.ask, 'n'),
      cell(t.ask_size, 'n'), cell(t.volume_24h, 'n'), cell(t.change_24h, sign(t.change_24h || '')),
    ];
  });
}

function cancelButton(order) {
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = 'Cancel';
  button.dataset.cancel = order.order_id;
  button.setAttribute('aria-label', 'Cancel order ' + order.order_id);
  button.disabled = order.status === 'PENDING_CANCEL';
  return button;
}

const status = (order) => order.status + (order.uncertain ? ' (uncertain: ' + order.uncertain_reason + ')' : '');

function showOrders([open, recent]) {
  const base = (o) => [
    cell(o.order_id), cell(o.client_order_id), cell(o.symbol), cell(o.side, o.side === 'BUY' ? 'good' : 'bad'),
    cell(o.type + ' ' + o.time_in_force), cell(o.quantity, 'n'), cell(price(o.price), 'n'), cell(o.filled_quantity, 'n'),
  ];
  // A button that has the focus must not vanish under the hand.
  const focused = document.activeElement?.dataset?.cancel;
  fill('open-orders', open.reverse(), 'no open order', (o) => [
    ...base(o), cell(status(o), o.uncertain ? 'warn' : ''), cell(cancelButton(o)),
  ]);
  if (focused) {
    byId('open-orders').querySelector('[data-cancel="' + CSS.escape(focused) + '"]')?.focus();
  }
  fill('recent-orders', recent.reverse(), 'no order yet', (o) => [
    ...base(o), cell(price(o.average_fill_price), 'n'), cell(status(o), o.status === 'REJECTED' ? 'bad' : ''),
    cell(o.reject_reason ? o.reject_reason + ': ' + o.reject_message : ''), cell(clock(o.created_time)),
  ]);
}

function showFills(fills) {
  fill('fills', fills.reverse(), 'no fill yet', (f) => [
    cell(clock(f.time)), cell(f.symbol), cell(f.side, f.side === 'BUY' ? 'good' : 'bad'), cell(f.quantity, 'n'),
    cell(f.price, 'n'), cell(f.fee + ' ' + f.fee_currency, 'n'), cell(f.liquidity), cell(f.order_id),
  ]);
}

function showPositions(positions) {
  fill('positions', positions, 'no position', (p, tr) => {
    tr.classList.toggle('stale', Boolean(p.mark_stale));
    return [
      cell(p.symbol), cell(p.quantity, sign(p.quantity)), cell(p.average_price, 'n'), cell(p.mark_price, 'n'),
      cell(p.realized_pnl, sign(p.realized_pnl)), cell(p.unrealized_pnl, sign(p.unrealized_pnl)),
    ];
  });
}

function showHealth(board) {
  const summary = byId('health-summary');
  summary.textContent = board.healthy + '/' + board.total + ' services healthy';
  summary.className = board.healthy === board.total ? 'good' : 'bad';
  byId('services').replaceChildren(...board.services.map((s) => {
    const li = document.createElement('li');
    const word = document.createElement('span');
    word.textContent = s.status;
    word.className = s.status === 'healthy' ? 'good' : 'bad';
    li.append(s.name + ': ', word, s.status === 'healthy' ? ' ' + s.latency_ms.toFixed(1) + ' ms' : ' ' + s.reason);
    return li;
  }));
}

// --- asking ------------------------------------------------------------------------------------

const panels = {
  tickers: {load: () => api('GET', '/tickers'), show: showTickers},
  orders: {
    load: () => Promise.all([
      api('GET', '/api/v1/orders' + query({account: account(), open_only: true, limit: 200})),
      api('GET', '/api/v1/orders' + query({account: account(), limit: 50})),
    ]),
    show: showOrders,
  },
  fills: {load: () => api('GET', '/api/v1/fills' + query({account: account(), limit: 50})), show: showFills},
  positions: {load: () => api('GET', '/api/v1/positions' + query({account: account()})), show: showPositions},
  health: {load: () => api('GET', '/status'), show: showHealth},
};

async function refresh(name) {
  const panel = panels[name];
  if (panel.busy) {
    panel.again = true;
    return;
  }
  panel.busy = true;
  const asked = account();
  try {
    const data = await panel.load();
    if (asked === account()) {
      panel.show(data);
      panel.at = Date.now();
      panel.error = '';
    }
  } catch (e) {
    panel.error = e.message;
  } finally {
    panel.busy = false;
  }
  showAges();
  if (panel.again) {
    panel.again = false;
    refresh(name);
  }
}

function showAges() {
  for (const [name, panel] of Object.entries(panels)) {
    const section = document.querySelector('[data-panel=' + name + ']');
    const age = panel.at ? Date.now() - panel.at : Infinity;
    const words = age === Infinity ? 'nothing yet' : (age / 1000).toFixed(0) + ' s old';
    section.querySelector('.age').textContent = panel.error ? words + ': ' + panel.error : words;
    section.classList.toggle('stale', age > STALE_MS);
  }
}

function tick() {
  if (!document.hidden) {
    Object.keys(panels).forEach((name) => panels[name].busy || refresh(name));
  }
  showAges();
}

// --- the ticket --------------------------------------------------------------------------------

const form = byId('ticket');

// A fresh key, so that sending the same ticket again after a lost answer is no second order.
function newKey() {
  form.elements.client_order_id.value = 'web-' + crypto.randomUUID();
}

function ticket() {
  const order = {account: account()};
  for (const name of ['symbol', 'side', 'type', 'time_in_force', 'quantity', 'price', 'client_order_id']) {
    order[name] = form.elements[name].value.trim();
  }
  if (order.type === 'MARKET') {
    delete order.price;
  }
  return order;
}

function ticketError(error) {
  show('ticket-error', error ? error.message : '');
  for (const element of form.elements) {
    element.removeAttribute('aria-invalid');
  }
  const field = error && error.field && form.elements[error.field];
  if (field && field.setAttribute) {
    field.setAttribute('aria-invalid', 'true');
  }
}

function showChecks(answer) {
  const table = byId('checks');
  const rows = answer.checks.map((check) => {
    const tr = document.createElement('tr');
    tr.append(
        cell(check.name), cell(check.passed ? 'passed' : 'refused: ' + check.reason, check.passed ? 'good' : 'bad'),
        cell(check.input, 'n'), cell(check.used, 'n'), cell(check.limit, 'n'), cell(check.headroom, 'n'));
    return tr;
  });
  table.tBodies[0].replaceChildren(...rows);
  table.hidden = rows.length === 0;
  show('ticket-result', answer.approved ? 'Risk would approve this order.' :
                                          'Risk would refuse it: ' + answer.reject_reason + ' ' + answer.reject_message);
}

async function withTicket(action) {
  byId('send').disabled = byId('preview').disabled = true;
  ticketError(null);
  show('ticket-result', '');
  byId('checks').hidden = true;
  try {
    await action();
  } catch (e) {
    ticketError(e);
  } finally {
    byId('send').disabled = byId('preview').disabled = false;
  }
}

async function submit(event) {
  event.preventDefault();
  await withTicket(async () => {
    const order = await api('POST', '/api/v1/orders', ticket());
    const refused = order.status === 'REJECTED';
    show('ticket-result', 'Order ' + order.order_id + ': ' + order.status + (order.duplicate ? ' (sent before)' : '') +
        (refused ? ', ' + order.reject_reason + ': ' + order.reject_message : ''));
    newKey();
  });
  ['orders', 'fills', 'positions'].forEach(refresh);
}

function typeChanged() {
  const market = form.elements.type.value === 'MARKET';
  form.elements.price.disabled = market;
  form.elements.price.required = !market;
  if (market) {
    form.elements.time_in_force.value = 'IOC';
  }
}

async function cancel(path) {
  try {
    await api('DELETE', path);
    show('notice', '');
  } catch (e) {
    show('notice', 'Cancel: ' + e.message);
  }
  refresh('orders');
}

form.addEventListener('submit', submit);
form.elements.type.addEventListener('change', typeChanged);
byId('preview').addEventListener('click', () => withTicket(async () => {
  showChecks(await api('POST', '/api/v1/orders/preview', ticket()));
}));
byId('open-orders').addEventListener('click', (event) => {
  const id = event.target.dataset?.cancel;
  if (id) {
    event.target.disabled = true;
    cancel('/api/v1/orders/' + encodeURIComponent(id));
  }
});
byId('cancel-all').addEventListener('click', () => {
  if (confirm('Cancel every open order of account ' + account() + '?')) {
    cancel('/api/v1/orders' + query({account: account()}));
  }
});
byId('account').addEventListener('change', () => ['orders', 'fills', 'positions'].forEach(refresh));
document.addEventListener('visibilitychange', tick);
newKey();
typeChanged();
tick();
setInterval(tick, PERIOD_MS);
