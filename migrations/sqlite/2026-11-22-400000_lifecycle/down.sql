DROP INDEX erasure_guards_by_record;
DROP TABLE lifecycle_events;
CREATE TABLE installations_old (
  id TEXT NOT NULL PRIMARY KEY,
  client_key TEXT NOT NULL UNIQUE,
  app_key TEXT NOT NULL,
  site TEXT,
  address_digest BLOB,
  digest_key TEXT,
  account_id TEXT,
  email TEXT,
  secret BLOB,
  installed_at BIGINT NOT NULL,
  uninstalled_at BIGINT,
  import_id TEXT NOT NULL
);
-- Where two apps share a client key, the older table has room for one of them.
INSERT OR IGNORE INTO installations_old
  SELECT id, client_key, app_key, site, address_digest, digest_key, account_id, email, secret,
    installed_at, uninstalled_at, import_id
  FROM installations ORDER BY id;
DROP TABLE installations;
ALTER TABLE installations_old RENAME TO installations;
CREATE INDEX installations_by_address ON installations (address_digest, id);
CREATE INDEX installations_by_site ON installations (site);
