// How each check of the pre-trade gate is shown. A check that has no row here is shown by its name, its figures as they
// are: a new one appears by itself, and well by adding a row.
import type { Instrument, RiskCheck } from '../data/types.ts';
import { parseOr0, placesOf } from './decimal.ts';
import * as format from './format.ts';

type Unit = 'units' | 'money' | 'price' | 'seconds' | 'count' | 'none';

interface CheckRule {
  title: string;
  unit: Unit;
  /** Its limit is something to be used up, so that use and headroom mean something. */
  budget?: boolean;
}

const CHECKS: Record<string, CheckRule> = {
  risk_available: { title: 'Risk available', unit: 'none' },
  kill_switch: { title: 'Kill switch', unit: 'none' },
  account_known: { title: 'Account', unit: 'none' },
  symbol_known: { title: 'Symbol', unit: 'none' },
  symbol_entitled: { title: 'Symbol open to the account', unit: 'none' },
  symbol_blocked: { title: 'Symbol not blocked', unit: 'none' },
  strategy_known: { title: 'Strategy', unit: 'none' },
  strategy_enabled: { title: 'Strategy on', unit: 'none' },
  message_rate: { title: 'Message rate', unit: 'count', budget: true },
  order_type: { title: 'Order type', unit: 'none' },
  time_in_force: { title: 'Time in force', unit: 'none' },
  tick_size: { title: 'Tick size', unit: 'price' },
  lot_size: { title: 'Lot size', unit: 'units' },
  min_quantity: { title: 'Smallest quantity', unit: 'units' },
  max_quantity: { title: 'Largest quantity', unit: 'units' },
  reference_price: { title: 'Reference price', unit: 'price' },
  reference_age: { title: 'Reference age', unit: 'seconds' },
  price_collar: { title: 'Price collar', unit: 'price' },
  reduce_only: { title: 'Reduce only', unit: 'units' },
  own_price_collar: { title: 'Own price collar', unit: 'price' },
  duplicate_order: { title: 'No duplicate', unit: 'seconds' },
  max_order_quantity: { title: 'Order quantity', unit: 'units', budget: true },
  max_order_notional: { title: 'Order value', unit: 'money', budget: true },
  max_open_orders: { title: 'Open orders', unit: 'count', budget: true },
  symbol_restricted: { title: 'Symbol not restricted', unit: 'none' },
  short_sale: { title: 'Short sale', unit: 'units', budget: true },
  max_position: { title: 'Position', unit: 'units', budget: true },
  max_position_notional: { title: 'Position value', unit: 'money', budget: true },
  max_concentration: { title: 'Concentration', unit: 'money', budget: true },
  max_exposure: { title: 'Exposure', unit: 'money', budget: true },
  max_firm_exposure: { title: 'Firm exposure', unit: 'money', budget: true },
  max_net_exposure: { title: 'Net exposure', unit: 'money', budget: true },
  max_open_value: { title: 'Open orders’ value', unit: 'money', budget: true },
  buying_power: { title: 'Buying power', unit: 'money', budget: true },
  margin: { title: 'Margin', unit: 'money', budget: true },
  max_daily_loss: { title: 'Daily loss', unit: 'money', budget: true },
  max_drawdown: { title: 'Drawdown', unit: 'money', budget: true },
  max_position_loss: { title: 'Loss of the position', unit: 'money', budget: true },
};

export interface ShownCheck {
  name: string;
  title: string;
  passed: boolean;
  reason: string;
  level: string; // whose limit it is, "firm" to "symbol"; empty where it is nobody's
  input: string;
  used: string;
  limit: string;
  headroom: string;
  /** Use after this order, as a part of the limit from 0 to 100; null where there is nothing to use up. */
  part: number | null;
}

function show(value: string, unit: Unit, instrument: Instrument | undefined): string {
  switch (unit) {
    case 'money':
      return format.money(value);
    case 'units':
      return format.fixed(value, placesOf(instrument?.lot_size));
    case 'price':
      return format.price(value, placesOf(instrument?.tick_size));
    case 'count':
      return value;
    case 'seconds':
      return `${format.fixed(value, 3)} s`;
    case 'none':
      return format.NONE;
  }
}

export function showCheck(check: RiskCheck, instrument: Instrument | undefined): ShownCheck {
  const rule = CHECKS[check.name];
  const known = parseOr0(check.limit) !== 0n;
  const figure = (value: string) => (rule ? show(value, rule.unit, instrument) : value);
  const budget = rule ? rule.budget === true : known;
  const after = parseOr0(check.input) + parseOr0(check.used);
  const limit = parseOr0(check.limit);
  return {
    name: check.name,
    title: rule?.title ?? format.words(check.name),
    passed: check.passed,
    reason: check.reason,
    level: check.level ?? '',
    input: figure(check.input),
    used: budget ? figure(check.used) : format.NONE,
    limit: known ? figure(check.limit) : format.NONE,
    headroom: budget ? figure(check.headroom) : format.NONE,
    part: !budget ? null : limit > 0n ? Math.max(0, Math.min(100, Number((after * 1000n) / limit) / 10)) : 100,
  };
}
