DROP TABLE store_health;
DROP TABLE tasks;
UPDATE run_stores SET state = 'halted' WHERE state = 'with_person';
ALTER TABLE run_stores DROP COLUMN leaves;
ALTER TABLE run_stores DROP COLUMN level;
ALTER TABLE run_stores DROP COLUMN retry_at;
ALTER TABLE run_stores DROP CONSTRAINT run_stores_state_check;
ALTER TABLE run_stores ADD CONSTRAINT run_stores_state_check CHECK (state IN ('waiting', 'searched', 'working', 'verifying', 'done', 'halted'));
