// What the gateway's routes and channels say (proto/tradewind/v1, docs/api.md). Decimals are texts.

export type Side = 'BUY' | 'SELL';

export interface Instrument {
  symbol: string;
  description: string;
  base_currency: string;
  quote_currency: string;
  tick_size: string;
  lot_size: string;
  min_quantity: string;
  max_quantity: string;
}

export interface Ticker {
  symbol: string;
  last_price: string;
  bid: string;
  ask: string;
  bid_size: string;
  ask_size: string;
  volume_24h: string;
  change_24h: string;
  timestamp?: string;
  stale: boolean;
}

export type Level = [price: string, size: string];

export interface OrderBook {
  symbol: string;
  bids: Level[];
  asks: Level[];
  sequence: number;
  timestamp?: string;
  stale: boolean;
}

export interface MarketTrade {
  venue: string;
  symbol: string;
  price: string;
  quantity: string;
  side: Side | '';
  source_seq: number;
  timestamp?: string;
}

export interface Bar {
  timestamp: string;
  open: string;
  high: string;
  low: string;
  close: string;
  volume: string;
  trades: number;
}

export interface BarUpdate {
  timeframe: string;
  bar: Bar;
}

export interface Order {
  order_id: string;
  client_order_id: string;
  account: string;
  symbol: string;
  side: Side;
  type: string;
  time_in_force: string;
  quantity: string;
  price: string;
  stop_price: string;
  status: string;
  filled_quantity: string;
  average_fill_price: string;
  leaves_quantity: string;
  canceled_quantity: string;
  reject_reason: string;
  reject_message: string;
  uncertain: boolean;
  uncertain_reason: string;
  uncertain_since?: string;
  duplicate: boolean;
  created_time?: string;
  updated_time?: string;
  sequence: number;
  venue: string;
  resolution?: { outcome: string; reason: string; by: string };
  trigger_price: string; // of a stop: what sets it off; empty for others
  triggered_time?: string; // of a stop that was set off
  strategy: string;
  parent_order_id: string; // of a child: its parent order
  self_trade_prevention: string;
  link_id: string; // of a linked order: the first of them
  link_kind: string;
  link_role: string;
  dormant: boolean; // a leg that waits for its parent: the venue does not know it
  cancel_reason: string;
  post_only: boolean;
  reduce_only: boolean;
  display_quantity: string;
  trailing_amount: string;
  trailing_percent: string;
  expire_time?: string;
}

export interface LinkedOrders {
  link_id: string;
  kind: string;
  parent?: Order;
  legs: Order[];
  duplicate: boolean;
}

/** A large order that exeq works in slices, each an order. */
export interface ParentOrder {
  parent_order_id: string;
  client_parent_id: string;
  account: string;
  symbol: string;
  side: Side;
  algo: string;
  quantity: string;
  limit_price: string; // "0": none
  status: string;
  reason: string;
  filled_quantity: string;
  average_fill_price: string;
  working_quantity: string;
  unsent_quantity: string;
  progress_percent: string;
  scheduled_quantity: string; // "0" without a schedule
  slices: number;
  slices_due: number;
  next_slice_time?: string;
  children: number;
  open_children: number;
  market_volume: string;
  start_time?: string;
  end_time?: string;
  created_time?: string;
  updated_time?: string;
  seed: number;
  randomize_percent: number;
  participation: string;
  participation_cap: string;
  display_quantity: string;
  slice_max: string;
  interval_ms: number;
  urgency: string;
  volume_curve: string;
  duplicate: boolean;
  child_orders: ParentChild[];
}

export interface ParentChild {
  number: number;
  client_order_id: string;
  order_id: string; // empty: oms has not answered yet
  quantity: string;
  price: string; // "0": a market order
  status: string;
  filled_quantity: string;
  average_fill_price: string;
  time?: string;
  message: string;
}

export interface Fill {
  fill_id: string;
  order_id: string;
  client_order_id: string;
  account: string;
  symbol: string;
  side: Side;
  quantity: string;
  price: string;
  liquidity: string;
  fee: string;
  fee_currency: string;
  venue: string;
  venue_exec_id: string;
  time?: string;
  sequence: number;
  original_fill_id: string; // of a trade that was taken back or corrected: that fill
}

export interface RiskCheck {
  name: string;
  passed: boolean;
  input: string;
  limit: string;
  used: string;
  headroom: string;
  reason: string;
  level?: string; // whose limit it is
}

export interface Decision {
  approved: boolean;
  reject_reason: string;
  reject_message: string;
  checks: RiskCheck[];
  limits_version: number;
}

export interface LifeEvent {
  sequence: number;
  time?: string;
  kind: string;
  order: Order;
  fill?: Fill;
  decision?: Decision;
}

export interface TraceStage {
  time: string;
  service?: string;
  event?: string;
  [key: string]: unknown;
}

export interface Position {
  account: string;
  symbol: string;
  quantity: string;
  average_price: string;
  mark_price: string;
  realized_pnl: string;
  unrealized_pnl: string;
  realized_pnl_fifo: string;
  unrealized_pnl_fifo: string;
  fees: string;
  mark_stale: boolean;
}

export interface Pnl {
  account: string;
  currency: string;
  cash: string;
  realized_pnl: string;
  unrealized_pnl: string;
  fees: string;
  equity: string;
  timestamp?: string;
  positions: Position[];
}

export interface Lot {
  account: string;
  symbol: string;
  open_fill_id: string;
  quantity: string;
  price: string;
  opened?: string;
}

export interface Limits {
  scope: string;
  account: string;
  symbol: string;
  desk: string;
  strategy: string;
  version: number;
  changed_by: string;
  reason: string;
  changed_time?: string;
  [field: string]: string | number | undefined;
}

export interface Exposure {
  account: string;
  symbol: string;
  position: string;
  open_buy: string;
  open_sell: string;
  reserved_notional: string;
  position_notional: string;
  used_exposure: string;
}

/** What the firm, a desk or a strategy has, all symbols together. */
export interface ScopeExposure {
  scope: string;
  name: string;
  used_exposure: string;
  net_exposure: string;
  open_value: string;
  open_orders: number;
}

export interface ExposureAnswer {
  exposures: Exposure[];
  scopes: ScopeExposure[]; // none for who is not entitled to every account
}

/** The mid some time after fills, against their prices; above zero is a cost. */
export interface MarkOut {
  horizon_ms: number;
  bps: number;
  mid: string; // of one fill alone
  fills: number;
}

export interface RiskAlert {
  alert_id: string;
  time?: string;
  level: string;
  kind: string;
  account: string;
  symbol: string;
  message: string;
  acknowledged: boolean;
  acknowledged_by: string;
}

export interface KillSwitch {
  engaged: boolean;
  generation: number;
  reason: string;
  by: string;
  changed_time?: string;
  scope: string; // what it stops; empty: the firm
  name: string;
  scoped: KillSwitch[]; // of the firm's: those engaged below it
  cancel_open_orders: boolean;
  drill: boolean;
}

/** What one throw of the switch led to. */
export interface KillReport {
  generation: number;
  scope: string;
  name: string;
  reason: string;
  by: string;
  drill: boolean;
  engaged_time?: string;
  blocked: boolean; // oms and live-gateway have it: no order can leave
  blocked_ms: string; // from the request until then
  open_orders: number; // in its scope when it was engaged
  confirmed: boolean; // no open order is left in its scope
  confirmed_ms: string;
  left_open: number;
  cancels: boolean; // open orders were to be canceled
}

export interface SymbolBlock {
  symbol: string;
  blocked: boolean;
  reason: string;
  by: string;
  closing_only: boolean;
}

export interface DisabledStrategy {
  strategy: string;
  disabled: boolean;
  reason: string;
  by: string;
  changed_time?: string;
}

export interface RiskChange {
  sequence: number;
  time?: string;
  kind: string;
  scope: string;
  name: string;
  text: string;
  by: string;
  reason: string;
  version: number;
}

/** Orders and replaces in a window; cancels are never counted. */
export interface Quota {
  name: string; // "key" or "account"
  of: string;
  limit: number;
  used: number;
  reset_time?: string;
  window_ms: number;
}

/** A venue as routing sees it. */
export interface Venue {
  name: string;
  connected: boolean;
  mode: string;
  symbols: string[];
  open_orders: number;
  takes_orders: boolean;
  reason: string;
  maker_fee_bps: string;
  taker_fee_bps: string;
  minimum_fee: string;
  latency_to_us: number;
  latency_from_us: number;
  failures: number; // refusals and time-outs of late
}

export interface OrderLeg {
  child_id: string;
  venue: string;
  quantity: string;
  price: string;
  filled_quantity: string;
  state: string;
  sent_time?: string;
  reason: string;
}

export interface OrderRoute {
  order_id: string;
  symbol: string;
  children: OrderLeg[];
  reroutes: number;
}

export interface VenueQuality {
  venue: string;
  orders: number;
  fills: number;
  fill_rate: number;
  slippage_bps: number;
  time_to_first_fill_ms_p50: number;
  rank: number;
  mark_outs: MarkOut[];
}

export interface OrderQuality {
  order_id: string;
  symbol: string;
  side: Side;
  arrival_mid: string;
  quantity: string;
  filled_quantity: string;
  average_fill_price: string;
  fill_rate: number;
  slippage: string;
  slippage_bps: number;
  slippage_cost: string;
  fees: string;
  time_to_first_fill_ms: number;
  time_to_last_fill_ms: number;
  fills: { fill_id: string; quantity: string; price: string; slippage: string; slippage_bps: number; mark_outs: MarkOut[] }[];
  venue: string;
  mark_outs: MarkOut[];
  end_mid: string; // "": it did not end with something left
  opportunity_cost: string;
  shortfall: string; // "": not known, or not yet
  shortfall_bps: number;
}

export interface Benchmarks {
  symbol: string;
  mid: string;
  vwap_1m: string;
  vwap_5m: string;
  twap_1m: string;
  timestamp?: string;
}

export interface HealthCheck {
  name: string;
  status: string;
  reason?: string;
  lag_ms?: number;
}

export interface ServiceHealth {
  name: string;
  status: string;
  latency_ms: number;
  since: string;
  reason: string;
  age_ms: number;
  check: { status: string; checks: HealthCheck[]; [fact: string]: unknown } | null;
  stats: Record<string, unknown> | null;
}

export interface HealthAnswer {
  healthy: number;
  total: number;
  services: ServiceHealth[];
}

export type { FeatureDefinition, FeaturePoint, FeatureSet } from './feature_types.ts';
