-- What every account held and made when a market closed.

CREATE TABLE IF NOT EXISTS day_ends (
  timestamp TIMESTAMP_NS,
  account SYMBOL,
  symbol SYMBOL,
  quantity DOUBLE,
  average_price DOUBLE,
  mark_price DOUBLE,
  realized_pnl DOUBLE,
  realized_total DOUBLE,
  unrealized_pnl DOUBLE,
  fees DOUBLE,
  fees_total DOUBLE,
  cash DOUBLE
) TIMESTAMP(timestamp) PARTITION BY DAY WAL
DEDUP UPSERT KEYS(timestamp, account, symbol);
