-- Since when a store has done nothing but ask to be left alone.
ALTER TABLE run_stores ADD COLUMN put_off_since BIGINT;
