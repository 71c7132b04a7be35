DROP INDEX erasure_guards_by_record;
DROP TABLE lifecycle_events;
-- Where two apps share a client key, the older table has room for one of them.
DELETE FROM installations WHERE id NOT IN (SELECT min(id) FROM installations GROUP BY client_key);
ALTER TABLE installations DROP CONSTRAINT installations_client_key_app_key_key;
ALTER TABLE installations DROP COLUMN uninstalled_source;
ALTER TABLE installations ADD CONSTRAINT installations_client_key_key UNIQUE (client_key);
