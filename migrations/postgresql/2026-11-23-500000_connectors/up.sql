-- A store may be with a person, may be tried later, and says how far an erasure goes in it.
ALTER TABLE run_stores DROP CONSTRAINT run_stores_state_check;
ALTER TABLE run_stores ADD CONSTRAINT run_stores_state_check CHECK (state IN ('waiting', 'searched', 'working', 'verifying', 'done', 'with_person', 'halted'));
ALTER TABLE run_stores ADD COLUMN retry_at BIGINT;
ALTER TABLE run_stores ADD COLUMN level TEXT;
ALTER TABLE run_stores ADD COLUMN leaves TEXT;

-- What a person does in a store, because no program can: one open task for each run and store. What is
-- to be done, and what they say of it, is sealed with the request's key.
CREATE TABLE tasks (
  id TEXT NOT NULL PRIMARY KEY,
  run_id TEXT NOT NULL REFERENCES runs (id),
  store TEXT NOT NULL,
  cause TEXT NOT NULL CHECK (cause IN ('manual', 'remainder', 'handed_over')),
  owner TEXT,
  opened_at BIGINT NOT NULL,
  due_on TEXT NOT NULL,
  reminded_at BIGINT,
  done_at BIGINT,
  done_by TEXT,
  sealed BYTEA NOT NULL,
  attestation BYTEA
);
CREATE UNIQUE INDEX tasks_once ON tasks (run_id, store) WHERE done_at IS NULL;
CREATE INDEX tasks_open ON tasks (due_on, id) WHERE done_at IS NULL;

-- How a store in another system was when it was last asked.
CREATE TABLE store_health (
  store TEXT NOT NULL PRIMARY KEY,
  asked_at BIGINT NOT NULL,
  last_success_at BIGINT,
  failing_since BIGINT,
  trouble TEXT
);
