-- What a sweep removes is told to recipients too (Art. 19), once for each sweep and recipient. While the
-- sweep goes on, the notice gathers what it will say. A notice is about a request or about a sweep.
CREATE TABLE notices_of_both (
  id TEXT NOT NULL PRIMARY KEY,
  request_id TEXT REFERENCES requests (id),
  recipient TEXT NOT NULL,
  way TEXT NOT NULL,
  act TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('gathered', 'queued', 'told', 'failed', 'not_told')),
  sealed BLOB NOT NULL,
  attempts INTEGER NOT NULL,
  created_at BIGINT NOT NULL,
  done_at BIGINT,
  trouble TEXT,
  sweep_id TEXT REFERENCES sweeps (id),
  CHECK ((request_id IS NULL) <> (sweep_id IS NULL))
);
INSERT INTO notices_of_both (id, request_id, recipient, way, act, state, sealed, attempts, created_at, done_at, trouble)
SELECT id, request_id, recipient, way, act, state, sealed, attempts, created_at, done_at, trouble FROM notices;
DROP TABLE notices;
ALTER TABLE notices_of_both RENAME TO notices;
CREATE UNIQUE INDEX notices_once ON notices (request_id, recipient);
CREATE INDEX notices_open ON notices (state) WHERE state IN ('queued', 'failed');
CREATE UNIQUE INDEX notices_once_a_sweep ON notices (sweep_id, recipient);
