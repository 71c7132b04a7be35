DROP TRIGGER audit_entries_no_delete ON audit_entries;
DROP TRIGGER audit_entries_no_update ON audit_entries;
CREATE TRIGGER audit_entries_no_change BEFORE UPDATE OR DELETE ON audit_entries
FOR EACH ROW EXECUTE FUNCTION refuse_audit_change();
DROP FUNCTION refuse_audit_delete;

DROP TABLE certificates;
DROP TABLE audit_checks;
DROP TABLE audit_witnesses;
DROP TABLE audit_checkpoints;

DROP TABLE audit_nodes;
CREATE TABLE audit_nodes (
  level INTEGER NOT NULL,
  position BIGINT NOT NULL,
  hash BYTEA NOT NULL,
  PRIMARY KEY (level, position)
);

-- The older version places the entries anew, in the order in which they were made.
INSERT INTO audit_pending (entry_id) SELECT entry_id FROM audit_sequence WHERE entry_id IN (SELECT id FROM audit_entries);
DROP TABLE audit_sequence;
CREATE TABLE audit_sequence (
  position BIGINT NOT NULL PRIMARY KEY,
  entry_id TEXT NOT NULL UNIQUE,
  leaf_hash BYTEA NOT NULL
);
ALTER TABLE audit_pending DROP COLUMN mac;
DROP TABLE audit_logs;
