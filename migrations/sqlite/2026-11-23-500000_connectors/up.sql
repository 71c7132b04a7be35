-- A store may be with a person, may be tried later, and says how far an erasure goes in it.
CREATE TABLE run_stores_new (
  run_id TEXT NOT NULL REFERENCES runs (id),
  store TEXT NOT NULL,
  position INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'searched', 'working', 'verifying', 'done', 'with_person', 'halted')),
  cursor TEXT,
  found BIGINT NOT NULL,
  erased BIGINT NOT NULL,
  kept BIGINT NOT NULL,
  attempts INTEGER NOT NULL,
  read_backs INTEGER NOT NULL,
  intent TEXT,
  searched_at BIGINT,
  verified_at BIGINT,
  trouble TEXT,
  retry_at BIGINT,
  level TEXT,
  leaves TEXT,
  PRIMARY KEY (run_id, store)
);
INSERT INTO run_stores_new (run_id, store, position, state, cursor, found, erased, kept, attempts, read_backs, intent, searched_at, verified_at, trouble)
  SELECT run_id, store, position, state, cursor, found, erased, kept, attempts, read_backs, intent, searched_at, verified_at, trouble FROM run_stores;
DROP TABLE run_stores;
ALTER TABLE run_stores_new RENAME TO run_stores;

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
  sealed BLOB NOT NULL,
  attestation BLOB
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
