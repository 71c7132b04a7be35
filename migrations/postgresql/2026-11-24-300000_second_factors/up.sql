-- What staff sign in with beside their password: a row for each factor, by its kind, the secret sealed. One that
-- nobody has confirmed counts for nothing, and only the session that began it may see it.
CREATE TABLE staff_factors (
  id TEXT NOT NULL PRIMARY KEY,
  staff_id TEXT NOT NULL REFERENCES staff (id),
  kind TEXT NOT NULL,
  sealed BYTEA NOT NULL,
  begun_at BIGINT NOT NULL,
  session_hash BYTEA,
  confirmed_at BIGINT,
  last_step BIGINT
);
CREATE INDEX staff_factors_by_staff ON staff_factors (staff_id);

-- Recovery codes, each until it is used.
CREATE TABLE staff_recovery_codes (
  staff_id TEXT NOT NULL REFERENCES staff (id),
  code_hash BYTEA NOT NULL,
  made_at BIGINT NOT NULL,
  PRIMARY KEY (staff_id, code_hash)
);

-- What a session has shown, and how many wrong codes it was given.
ALTER TABLE staff_sessions ADD COLUMN proved TEXT NOT NULL DEFAULT 'password';
ALTER TABLE staff_sessions ADD COLUMN wrong_codes INTEGER NOT NULL DEFAULT 0;

-- Wrong codes of an account in a row, over all its sessions, and when the last one came.
ALTER TABLE staff ADD COLUMN wrong_codes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE staff ADD COLUMN wrong_code_at BIGINT;
