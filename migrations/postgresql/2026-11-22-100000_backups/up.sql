-- How far each erasure journal is carried out here: up to which byte, and the hash that the line before
-- it bears. A database that was put back knows an older place than its journal has.
CREATE TABLE journals (
  id TEXT NOT NULL PRIMARY KEY,
  position BIGINT NOT NULL,
  line_hash TEXT NOT NULL,
  known_since BIGINT NOT NULL,
  moved_at BIGINT NOT NULL,
  to_replay BOOLEAN NOT NULL,
  given_up_at BIGINT,
  intent TEXT,
  replayed_all_at BIGINT
);

-- The backups that may still hold whom we have erased.
CREATE TABLE backups (
  id TEXT NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  own BOOLEAN NOT NULL,
  made_at BIGINT NOT NULL,
  expires_on TEXT NOT NULL,
  verified_at BIGINT,
  deleted_at BIGINT
);
