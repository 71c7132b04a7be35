-- What a sweep removes is told to recipients too (Art. 19), once for each sweep and recipient. While the
-- sweep goes on, the notice gathers what it will say. A notice is about a request or about a sweep.
ALTER TABLE notices ADD COLUMN sweep_id TEXT REFERENCES sweeps (id);
ALTER TABLE notices ALTER COLUMN request_id DROP NOT NULL;
ALTER TABLE notices DROP CONSTRAINT notices_state_check;
ALTER TABLE notices ADD CONSTRAINT notices_state_check CHECK (state IN ('gathered', 'queued', 'told', 'failed', 'not_told'));
ALTER TABLE notices ADD CONSTRAINT notices_about_check CHECK ((request_id IS NULL) <> (sweep_id IS NULL));
CREATE UNIQUE INDEX notices_once_a_sweep ON notices (sweep_id, recipient);
