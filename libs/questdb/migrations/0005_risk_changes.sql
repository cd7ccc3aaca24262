-- Whose limit a check held an order against, when its figures were true, and the strategy behind an order.
ALTER TABLE risk_decisions ADD COLUMN IF NOT EXISTS level SYMBOL;
ALTER TABLE risk_decisions ADD COLUMN IF NOT EXISTS clock TIMESTAMP_NS;
ALTER TABLE order_events ADD COLUMN IF NOT EXISTS strategy SYMBOL;

-- Who changed what risk holds, when and why.

CREATE TABLE IF NOT EXISTS risk_changes (
  timestamp TIMESTAMP_NS,
  sequence LONG,
  kind SYMBOL,
  scope SYMBOL,
  name VARCHAR,
  text VARCHAR,
  changed_by VARCHAR,
  reason VARCHAR,
  version LONG
) TIMESTAMP(timestamp) PARTITION BY DAY WAL
DEDUP UPSERT KEYS(timestamp, sequence);
