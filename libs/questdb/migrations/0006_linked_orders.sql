-- Orders that belong together, why oms canceled one, and the fill that a busted or corrected trade is about.
ALTER TABLE order_events ADD COLUMN IF NOT EXISTS link_id VARCHAR;
ALTER TABLE order_events ADD COLUMN IF NOT EXISTS link_kind SYMBOL;
ALTER TABLE order_events ADD COLUMN IF NOT EXISTS cancel_reason VARCHAR;
ALTER TABLE fills ADD COLUMN IF NOT EXISTS original_fill_id VARCHAR;
