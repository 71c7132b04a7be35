ALTER TABLE run_stores DROP COLUMN put_off_since;
