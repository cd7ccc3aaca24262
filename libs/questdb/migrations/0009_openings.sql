-- What accounts brought in from elsewhere: a row for the cash of each, and one for each lot.

CREATE TABLE IF NOT EXISTS openings (
  timestamp TIMESTAMP_NS,
  account SYMBOL,
  symbol SYMBOL,
  currency SYMBOL,
  import_id VARCHAR,
  sequence LONG,
  number LONG,
  adds BOOLEAN,
  quantity DOUBLE,
  price DOUBLE,
  cash DOUBLE,
  opened TIMESTAMP_NS,
  imported_by VARCHAR,
  reason VARCHAR
) TIMESTAMP(timestamp) PARTITION BY DAY WAL
DEDUP UPSERT KEYS(timestamp, sequence, number);
