-- The parent order that an order is a child of.
ALTER TABLE order_events ADD COLUMN IF NOT EXISTS parent_order_id VARCHAR;
ALTER TABLE fills ADD COLUMN IF NOT EXISTS parent_order_id VARCHAR;
