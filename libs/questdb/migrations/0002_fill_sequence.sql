-- The ledger event that a fill came with: joins fills to order_events and positions.
ALTER TABLE fills ADD COLUMN IF NOT EXISTS sequence LONG;
