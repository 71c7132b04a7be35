-- A replay of the intake journal that was begun and is not done, if any: until it is, nothing is served. The backup
-- that it began with holds all that is older than its own newest entry.
CREATE TABLE intake_replays (
  begun_at BIGINT NOT NULL PRIMARY KEY,
  backup_at BIGINT
);
