ALTER TABLE tickets DROP COLUMN fingerprint_key;
ALTER TABLE transactions DROP COLUMN fingerprint_key;
ALTER TABLE licences DROP COLUMN fingerprint_key;
DROP INDEX suppression_feed_of;
ALTER TABLE objections ADD COLUMN tool_id TEXT;
UPDATE objections SET tool_id =
  (SELECT min(ids.tool_id) FROM objection_ids ids WHERE ids.objection_id = objections.id);
DROP TABLE objection_ids;
ALTER TABLE api_tokens DROP COLUMN tool;
