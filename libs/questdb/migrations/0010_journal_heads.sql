-- How far oms's journal went and the hash of it, about once a second: what `tradewind journal verify --questdb` holds it against.

CREATE TABLE IF NOT EXISTS journal_heads (
  timestamp TIMESTAMP_NS,
  journal_id VARCHAR,
  record LONG,
  sequence LONG,
  hash VARCHAR
) TIMESTAMP(timestamp) PARTITION BY DAY WAL
DEDUP UPSERT KEYS(timestamp, record);
