-- A trail that proves itself: several logs one after the other, signed checkpoints, witnesses,
-- certificates, and old entries that may be reduced to their hashes.

CREATE TABLE audit_logs (
  id INTEGER NOT NULL PRIMARY KEY,
  origin TEXT NOT NULL UNIQUE,
  started_at BIGINT NOT NULL,
  ended_at BIGINT,
  last_known TEXT,
  pruned BIGINT NOT NULL
);

-- Clustered by their keys, so that reading the trail in order is reading pages in order.
CREATE TABLE entries_clustered (
  id TEXT NOT NULL PRIMARY KEY,
  version INTEGER NOT NULL,
  leaf BLOB NOT NULL
) WITHOUT ROWID;
INSERT INTO entries_clustered SELECT id, version, leaf FROM audit_entries ORDER BY id;
DROP TABLE audit_entries;
ALTER TABLE entries_clustered RENAME TO audit_entries;

CREATE TABLE sequence_of_logs (
  log INTEGER NOT NULL,
  position BIGINT NOT NULL,
  entry_id TEXT NOT NULL UNIQUE,
  leaf_hash BLOB NOT NULL,
  mac TEXT NOT NULL,
  PRIMARY KEY (log, position)
) WITHOUT ROWID;
INSERT INTO sequence_of_logs SELECT 1, position, entry_id, leaf_hash, '' FROM audit_sequence ORDER BY position;
DROP TABLE audit_sequence;
ALTER TABLE sequence_of_logs RENAME TO audit_sequence;

-- What waits for its place, and what has one, bears a mark made with a key outside the database.
-- The first start after this marks what is there.
ALTER TABLE audit_pending ADD COLUMN mac TEXT NOT NULL DEFAULT '';

-- Nodes below level 6 are hashed from at most 64 leaf hashes when they are needed.
CREATE TABLE nodes_of_logs (
  log INTEGER NOT NULL,
  level INTEGER NOT NULL,
  position BIGINT NOT NULL,
  hash BLOB NOT NULL,
  PRIMARY KEY (log, level, position)
) WITHOUT ROWID;
INSERT INTO nodes_of_logs SELECT 1, level, position, hash FROM audit_nodes WHERE level >= 6;
DROP TABLE audit_nodes;
ALTER TABLE nodes_of_logs RENAME TO audit_nodes;

CREATE TABLE audit_checkpoints (
  log INTEGER NOT NULL,
  size BIGINT NOT NULL,
  note TEXT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (log, size)
);

CREATE TABLE audit_witnesses (
  log INTEGER NOT NULL,
  name TEXT NOT NULL,
  size BIGINT NOT NULL,
  agreed_at BIGINT,
  trouble TEXT,
  trouble_at BIGINT,
  PRIMARY KEY (log, name)
);

CREATE TABLE audit_checks (
  id TEXT NOT NULL PRIMARY KEY,
  at BIGINT NOT NULL,
  size BIGINT NOT NULL,
  fault TEXT,
  position BIGINT,
  entry_id TEXT
);

CREATE TABLE certificates (
  request_id TEXT NOT NULL PRIMARY KEY,
  entry_id TEXT NOT NULL,
  at BIGINT NOT NULL,
  sealed BLOB NOT NULL
);

-- The trail is append-only, also for somebody with a database shell. Only entries below the
-- boundary of their log may go; their hashes stay, and an entry of the log says where it stands.
CREATE TRIGGER audit_entries_no_update BEFORE UPDATE ON audit_entries
BEGIN SELECT RAISE(ABORT, 'audit entries are never changed'); END;
CREATE TRIGGER audit_entries_no_delete BEFORE DELETE ON audit_entries
WHEN NOT EXISTS (
  SELECT 1 FROM audit_sequence JOIN audit_logs ON audit_logs.id = audit_sequence.log
  WHERE audit_sequence.entry_id = OLD.id AND audit_sequence.position < audit_logs.pruned)
BEGIN SELECT RAISE(ABORT, 'audit entries are never deleted'); END;
