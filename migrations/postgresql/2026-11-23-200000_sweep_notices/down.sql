DELETE FROM notices WHERE request_id IS NULL;
DROP INDEX notices_once_a_sweep;
ALTER TABLE notices DROP CONSTRAINT notices_about_check;
ALTER TABLE notices DROP CONSTRAINT notices_state_check;
ALTER TABLE notices ADD CONSTRAINT notices_state_check CHECK (state IN ('queued', 'told', 'failed', 'not_told'));
ALTER TABLE notices ALTER COLUMN request_id SET NOT NULL;
ALTER TABLE notices DROP COLUMN sweep_id;
