CREATE TABLE notices_of_requests (
  id TEXT NOT NULL PRIMARY KEY,
  request_id TEXT NOT NULL REFERENCES requests (id),
  recipient TEXT NOT NULL,
  way TEXT NOT NULL,
  act TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('queued', 'told', 'failed', 'not_told')),
  sealed BLOB NOT NULL,
  attempts INTEGER NOT NULL,
  created_at BIGINT NOT NULL,
  done_at BIGINT,
  trouble TEXT
);
INSERT INTO notices_of_requests (id, request_id, recipient, way, act, state, sealed, attempts, created_at, done_at, trouble)
SELECT id, request_id, recipient, way, act, state, sealed, attempts, created_at, done_at, trouble FROM notices WHERE request_id IS NOT NULL;
DROP TABLE notices;
ALTER TABLE notices_of_requests RENAME TO notices;
CREATE UNIQUE INDEX notices_once ON notices (request_id, recipient);
CREATE INDEX notices_open ON notices (state) WHERE state IN ('queued', 'failed');
