-- Each version of the rules that was in force, with its text and the statement as people could read
-- it, in every language (JSON).
CREATE TABLE policies (
  version TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  text TEXT NOT NULL,
  statement TEXT NOT NULL,
  first_at BIGINT NOT NULL,
  in_force_at BIGINT NOT NULL
);

-- What was decided about telling people of a version. The first version needs no telling. `reached` is
-- how far the letters have been written: the digest of the last address.
CREATE TABLE announcements (
  id TEXT NOT NULL PRIMARY KEY,
  version TEXT NOT NULL REFERENCES policies (version),
  previous TEXT,
  decision TEXT NOT NULL CHECK (decision IN ('first', 'send', 'needless')),
  reason TEXT,
  decided_by TEXT,
  decided_at BIGINT NOT NULL,
  reached BYTEA,
  letters BIGINT NOT NULL,
  passed_over BIGINT NOT NULL,
  done_at BIGINT
);

-- Notices to recipients (Art. 19), one for each request and recipient.
CREATE TABLE notices (
  id TEXT NOT NULL PRIMARY KEY,
  request_id TEXT NOT NULL REFERENCES requests (id),
  recipient TEXT NOT NULL,
  way TEXT NOT NULL,
  act TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('queued', 'told', 'failed', 'not_told')),
  sealed BYTEA NOT NULL,
  attempts INTEGER NOT NULL,
  created_at BIGINT NOT NULL,
  done_at BIGINT,
  trouble TEXT
);
CREATE UNIQUE INDEX notices_once ON notices (request_id, recipient);
CREATE INDEX notices_open ON notices (state) WHERE state IN ('queued', 'failed');
