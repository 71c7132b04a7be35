DROP TABLE certificates;
DROP TABLE audit_checks;
DROP TABLE audit_witnesses;
DROP TABLE audit_checkpoints;

DROP TABLE audit_nodes;
CREATE TABLE audit_nodes (
  level INTEGER NOT NULL,
  position BIGINT NOT NULL,
  hash BLOB NOT NULL,
  PRIMARY KEY (level, position)
);

-- The older version places the entries anew, in the order in which they were made.
ALTER TABLE audit_sequence RENAME TO sequence_of_logs;
CREATE TABLE audit_sequence (
  position BIGINT NOT NULL PRIMARY KEY,
  entry_id TEXT NOT NULL UNIQUE,
  leaf_hash BLOB NOT NULL
);
INSERT INTO audit_pending (entry_id) SELECT entry_id FROM sequence_of_logs WHERE entry_id IN (SELECT id FROM audit_entries);

ALTER TABLE audit_entries RENAME TO entries_clustered;
CREATE TABLE audit_entries (
  id TEXT NOT NULL PRIMARY KEY,
  version INTEGER NOT NULL,
  leaf BLOB NOT NULL
);
INSERT INTO audit_entries SELECT id, version, leaf FROM entries_clustered;
DROP TABLE entries_clustered;
DROP TABLE sequence_of_logs;
ALTER TABLE audit_pending DROP COLUMN mac;
DROP TABLE audit_logs;

CREATE TRIGGER audit_entries_no_update BEFORE UPDATE ON audit_entries
BEGIN SELECT RAISE(ABORT, 'audit entries are never changed'); END;
CREATE TRIGGER audit_entries_no_delete BEFORE DELETE ON audit_entries
BEGIN SELECT RAISE(ABORT, 'audit entries are never deleted'); END;
