// Desk: what the steps do again and again.

export class Desk {
  constructor(page, url) {
    this.page = page;
    this.url = url;
  }

  /** Goes to a screen; with an account, as that account. */
  async open(place, account) {
    if (account) {
      await this.page.addInitScript((name) => {
        if (localStorage.getItem('tradewind.account') === null) localStorage.setItem('tradewind.account', JSON.stringify(name));
      }, account);
      await this.page.goto(`${this.url}/#/${place}`);
    } else {
      await this.page.evaluate((hash) => (location.hash = hash), `#/${place}`);
    }
    await this.page.waitForSelector(`[data-screen="${place.split('/')[0]}"] section`);
    await this.page.waitForFunction((hash) => location.hash === hash, `#/${place}`);
  }

  /** Until the link stands and says something. */
  async live() {
    await this.page.waitForSelector('[data-link="open"]', { timeout: 60_000 });
  }

  async get(path) {
    return (await fetch(this.url + path)).json();
  }

  async post(path, body) {
    return (await fetch(this.url + path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) })).json();
  }

  async fillTicket({ side, type, quantity, price, stop }) {
    await this.page.click('#ticket-mode-order');
    await this.page.click(`#ticket [role="radio"]:text-is("${side}")`);
    await this.page.selectOption('#ticket-type', type);
    await this.page.fill('#ticket-quantity', quantity);
    if (price !== undefined) await this.page.fill('#ticket-price', price);
    if (stop !== undefined) await this.page.fill('#ticket-stop', stop);
  }

  /** Sends a ticket that is known to be refused; the notice says why. */
  async sendRefused(why) {
    await this.page.click('#ticket-send');
    await this.page.waitForSelector(`[data-notice="bad"]:has-text("${why}")`);
    await this.page.click('[aria-label="Dismiss"]');
  }

  /** Serious and critical faults, one text each. The page's policy lets no script in but by the debugger's door. */
  async axe(source) {
    const client = await this.page.context().newCDPSession(this.page);
    const run = async (expression) => {
      const { result, exceptionDetails } = await client.send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
      if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
      return result.value;
    };
    await run(`${source}; undefined`);
    const found = await run(
      `axe.run(document, { resultTypes: ['violations'] }).then((r) => r.violations
        .filter((v) => v.impact === 'serious' || v.impact === 'critical')
        .map((v) => v.id + ': ' + v.nodes.slice(0, 3).map((n) => n.target.join(' ') + ' (' + (n.any[0]?.message ?? n.all[0]?.message ?? '') + ')').join('; ')))`,
    );
    await client.detach();
    return found;
  }
}
