-- Two apps of one vendor on one site share the client key, so an installation is an app and a key.
-- SQLite cannot drop a constraint; the table is made anew.
CREATE TABLE installations_new (
  id TEXT NOT NULL PRIMARY KEY,
  client_key TEXT NOT NULL,
  app_key TEXT NOT NULL,
  site TEXT,
  address_digest BLOB,
  digest_key TEXT,
  account_id TEXT,
  email TEXT,
  secret BLOB,
  installed_at BIGINT NOT NULL,
  uninstalled_at BIGINT,
  import_id TEXT NOT NULL,
  uninstalled_source TEXT,
  UNIQUE (client_key, app_key)
);
INSERT INTO installations_new
  SELECT id, client_key, app_key, site, address_digest, digest_key, account_id, email, secret,
    installed_at, uninstalled_at, import_id, NULL
  FROM installations;
DROP TABLE installations;
ALTER TABLE installations_new RENAME TO installations;
CREATE INDEX installations_by_address ON installations (address_digest, id);
CREATE INDEX installations_by_site ON installations (site);

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
