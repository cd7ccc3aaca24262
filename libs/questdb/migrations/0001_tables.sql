-- The ten tables of the contract. What the columns mean is in docs/questdb-schema.md.

CREATE TABLE IF NOT EXISTS order_events (
  timestamp TIMESTAMP_NS,
  sequence LONG,
  order_id VARCHAR,
  client_order_id VARCHAR,
  account SYMBOL,
  symbol SYMBOL,
  event SYMBOL,
  "status" SYMBOL,
  side SYMBOL,
  "type" SYMBOL,
  time_in_force SYMBOL,
  quantity DOUBLE,
  price DOUBLE,
  stop_price DOUBLE,
  filled_quantity DOUBLE,
  leaves_quantity DOUBLE,
  average_fill_price DOUBLE,
  reject_reason SYMBOL
) TIMESTAMP(timestamp) PARTITION BY DAY WAL
DEDUP UPSERT KEYS(timestamp, sequence);

CREATE TABLE IF NOT EXISTS fills (
  timestamp TIMESTAMP_NS,
  fill_id VARCHAR,
  order_id VARCHAR,
  client_order_id VARCHAR,
  account SYMBOL,
  symbol SYMBOL,
  side SYMBOL,
  quantity DOUBLE,
  price DOUBLE,
  liquidity SYMBOL,
  fee DOUBLE,
  fee_currency SYMBOL,
  venue SYMBOL,
  venue_exec_id VARCHAR
) TIMESTAMP(timestamp) PARTITION BY DAY WAL
DEDUP UPSERT KEYS(timestamp, fill_id);

CREATE TABLE IF NOT EXISTS risk_decisions (
  timestamp TIMESTAMP_NS,
  sequence LONG,
  order_id VARCHAR,
  account SYMBOL,
  symbol SYMBOL,
  approved BOOLEAN,
  reason_code SYMBOL,
  check_name SYMBOL,
  "input" DOUBLE,
  "limit_value" DOUBLE,
  used DOUBLE,
  headroom DOUBLE,
  reference_bid DOUBLE,
  reference_ask DOUBLE,
  limits_version LONG
) TIMESTAMP(timestamp) PARTITION BY DAY WAL
DEDUP UPSERT KEYS(timestamp, sequence, check_name);

CREATE TABLE IF NOT EXISTS positions (
  timestamp TIMESTAMP_NS,
  sequence LONG,
  account SYMBOL,
  symbol SYMBOL,
  quantity DOUBLE,
  average_price DOUBLE,
  mark_price DOUBLE,
  realized_pnl DOUBLE,
  unrealized_pnl DOUBLE
) TIMESTAMP(timestamp) PARTITION BY DAY WAL
DEDUP UPSERT KEYS(timestamp, account, symbol, sequence);

CREATE TABLE IF NOT EXISTS trades (
  timestamp TIMESTAMP_NS,
  venue SYMBOL,
  symbol SYMBOL,
  source_seq LONG,
  price DOUBLE,
  quantity DOUBLE,
  side SYMBOL,
  receive_time TIMESTAMP_NS
) TIMESTAMP(timestamp) PARTITION BY DAY WAL
DEDUP UPSERT KEYS(timestamp, venue, symbol, source_seq);

CREATE TABLE IF NOT EXISTS quotes (
  timestamp TIMESTAMP_NS,
  venue SYMBOL,
  symbol SYMBOL,
  source_seq LONG,
  bid DOUBLE,
  bid_size DOUBLE,
  ask DOUBLE,
  ask_size DOUBLE,
  receive_time TIMESTAMP_NS
) TIMESTAMP(timestamp) PARTITION BY DAY WAL
DEDUP UPSERT KEYS(timestamp, venue, symbol, source_seq);

CREATE TABLE IF NOT EXISTS book_snapshots (
  timestamp TIMESTAMP_NS,
  venue SYMBOL,
  symbol SYMBOL,
  source_seq LONG,
  best_bid DOUBLE,
  best_ask DOUBLE,
  bids DOUBLE[][],
  asks DOUBLE[][]
) TIMESTAMP(timestamp) PARTITION BY DAY WAL
DEDUP UPSERT KEYS(timestamp, venue, symbol, source_seq);

CREATE TABLE IF NOT EXISTS bars (
  timestamp TIMESTAMP_NS,
  venue SYMBOL,
  symbol SYMBOL,
  "interval" SYMBOL,
  open DOUBLE,
  high DOUBLE,
  low DOUBLE,
  close DOUBLE,
  volume DOUBLE,
  trades LONG
) TIMESTAMP(timestamp) PARTITION BY DAY WAL
DEDUP UPSERT KEYS(timestamp, venue, symbol, "interval");

CREATE TABLE IF NOT EXISTS alt_data (
  timestamp TIMESTAMP_NS,
  category SYMBOL,
  source SYMBOL,
  symbols VARCHAR,
  title VARCHAR,
  body VARCHAR,
  value DOUBLE,
  hash VARCHAR
) TIMESTAMP(timestamp) PARTITION BY DAY WAL
DEDUP UPSERT KEYS(timestamp, hash);

CREATE TABLE IF NOT EXISTS gaps (
  timestamp TIMESTAMP_NS,
  venue SYMBOL,
  symbol SYMBOL,
  from_seq LONG,
  to_seq LONG,
  reason SYMBOL
) TIMESTAMP(timestamp) PARTITION BY DAY WAL
DEDUP UPSERT KEYS(timestamp, venue, symbol, from_seq);
