-- Who signed in at the door, who was refused what, and every change of users and keys.

CREATE TABLE IF NOT EXISTS audit_log (
  timestamp TIMESTAMP_NS,
  sequence LONG,
  kind SYMBOL,
  user SYMBOL,
  subject VARCHAR,
  text VARCHAR,
  peer VARCHAR
) TIMESTAMP(timestamp) PARTITION BY DAY WAL
DEDUP UPSERT KEYS(timestamp, sequence);
