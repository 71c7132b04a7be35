DROP TABLE store_health;
DROP TABLE tasks;
CREATE TABLE run_stores_new (
  run_id TEXT NOT NULL REFERENCES runs (id),
  store TEXT NOT NULL,
  position INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'searched', 'working', 'verifying', 'done', 'halted')),
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
  PRIMARY KEY (run_id, store)
);
INSERT INTO run_stores_new (run_id, store, position, state, cursor, found, erased, kept, attempts, read_backs, intent, searched_at, verified_at, trouble)
  SELECT run_id, store, position, CASE state WHEN 'with_person' THEN 'halted' ELSE state END, cursor, found, erased, kept, attempts, read_backs, intent, searched_at, verified_at, trouble FROM run_stores;
DROP TABLE run_stores;
ALTER TABLE run_stores_new RENAME TO run_stores;
