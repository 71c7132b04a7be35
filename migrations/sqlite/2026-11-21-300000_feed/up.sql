-- Tokens of one tool share the ids that the tool has for people; no other tool is told them.
ALTER TABLE api_tokens ADD COLUMN tool TEXT NOT NULL DEFAULT '';
UPDATE api_tokens SET tool = name;

CREATE TABLE objection_ids (
  objection_id TEXT NOT NULL REFERENCES objections (id),
  tool TEXT NOT NULL,
  tool_id TEXT NOT NULL,
  PRIMARY KEY (objection_id, tool, tool_id)
);
-- Whose the ids are was not kept. Where there is one tool alone, they are its.
INSERT INTO objection_ids
  SELECT id, (SELECT min(tool) FROM api_tokens), tool_id FROM objections
  WHERE tool_id IS NOT NULL AND (SELECT count(DISTINCT tool) FROM api_tokens) = 1;
ALTER TABLE objections DROP COLUMN tool_id;

CREATE INDEX suppression_feed_of ON suppression_feed (objection_id, token_id);

-- Under which search key a fingerprint was made; nothing: under the first there was.
ALTER TABLE licences ADD COLUMN fingerprint_key TEXT;
ALTER TABLE transactions ADD COLUMN fingerprint_key TEXT;
ALTER TABLE tickets ADD COLUMN fingerprint_key TEXT;
