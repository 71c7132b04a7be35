-- Two apps of one vendor on one site share the client key, so an installation is an app and a key.
ALTER TABLE installations DROP CONSTRAINT installations_client_key_key;
ALTER TABLE installations ADD COLUMN uninstalled_source TEXT;
ALTER TABLE installations ADD UNIQUE (client_key, app_key);

-- What was told of installations, by whom, once for each thing told. Of a report the client key is not
-- known until one installation fits; happened_on is there where only the day is known.
CREATE TABLE lifecycle_events (
  id TEXT NOT NULL PRIMARY KEY,
  source TEXT NOT NULL,
  event TEXT NOT NULL,
  app_key TEXT NOT NULL,
  client_key TEXT,
  site TEXT,
  happened_at BIGINT NOT NULL,
  happened_on TEXT,
  received_at BIGINT NOT NULL,
  repeat_key TEXT NOT NULL UNIQUE
);
CREATE INDEX lifecycle_events_by_installation ON lifecycle_events (client_key, app_key);
CREATE INDEX lifecycle_events_by_site ON lifecycle_events (site, app_key) WHERE client_key IS NULL;
CREATE INDEX lifecycle_events_by_receipt ON lifecycle_events (received_at);

-- Whether the person of an installation was erased is asked by the record alone.
CREATE INDEX erasure_guards_by_record ON erasure_guards (store, record_key);
