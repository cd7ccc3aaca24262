-- What feature-pipeline computes, dated by when it was known.

CREATE TABLE IF NOT EXISTS features (
  timestamp TIMESTAMP_NS,
  venue SYMBOL,
  symbol SYMBOL,
  timeframe SYMBOL,
  name SYMBOL,
  value DOUBLE,
  event_time TIMESTAMP_NS
) TIMESTAMP(timestamp) PARTITION BY DAY WAL
DEDUP UPSERT KEYS(timestamp, venue, symbol, timeframe, name);
