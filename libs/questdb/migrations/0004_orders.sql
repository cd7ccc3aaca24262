-- What an order asks beyond price and quantity.
ALTER TABLE order_events ADD COLUMN IF NOT EXISTS post_only BOOLEAN;
ALTER TABLE order_events ADD COLUMN IF NOT EXISTS reduce_only BOOLEAN;
ALTER TABLE order_events ADD COLUMN IF NOT EXISTS display_quantity DOUBLE;
ALTER TABLE order_events ADD COLUMN IF NOT EXISTS trigger_price DOUBLE;
ALTER TABLE order_events ADD COLUMN IF NOT EXISTS expire_time TIMESTAMP_NS;

-- The parent order that an order is a child of.
ALTER TABLE order_events ADD COLUMN IF NOT EXISTS parent_order_id VARCHAR;
ALTER TABLE fills ADD COLUMN IF NOT EXISTS parent_order_id VARCHAR;
