-- Machines that ask by the API. The name is free again after the end of a token. What a transaction
-- of an objection reads of them never changes in use; what changes lies in sender_state.
CREATE TABLE api_tokens (
  id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  token_hash BLOB NOT NULL,
  scopes TEXT NOT NULL,
  sealed BLOB NOT NULL,
  has_webhook BOOLEAN NOT NULL,
  created_at BIGINT NOT NULL,
  revoked_at BIGINT
);
CREATE UNIQUE INDEX api_tokens_once ON api_tokens (name) WHERE revoked_at IS NULL;
CREATE UNIQUE INDEX api_tokens_by_hash ON api_tokens (token_hash);

CREATE TABLE sender_state (
  token_id TEXT NOT NULL PRIMARY KEY REFERENCES api_tokens (id),
  last_place BIGINT NOT NULL,
  applied_through BIGINT NOT NULL,
  filled_through TEXT,
  last_used_on TEXT
);

-- One row for each objection made or lifted and each sender that hears of it. Of one objection `at`
-- grows with each change, whatever the clocks of several machines say, so places follow it.
CREATE TABLE suppression_feed (
  id TEXT NOT NULL PRIMARY KEY,
  token_id TEXT NOT NULL REFERENCES api_tokens (id),
  objection_id TEXT NOT NULL,
  place BIGINT,
  digest BLOB,
  list TEXT NOT NULL,
  tool_id TEXT,
  change TEXT NOT NULL CHECK (change IN ('added', 'lifted')),
  at BIGINT NOT NULL,
  written_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX suppression_feed_places ON suppression_feed (token_id, place) WHERE place IS NOT NULL;
CREATE INDEX suppression_feed_waiting ON suppression_feed (at, id) WHERE place IS NULL;
