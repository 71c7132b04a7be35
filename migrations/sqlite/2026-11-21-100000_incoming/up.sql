-- Mail that came in: kept sealed as it was, judged once, answered at most once.

CREATE TABLE incoming (
  id TEXT NOT NULL PRIMARY KEY,
  source TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('arriving', 'waiting', 'done', 'for_staff')),
  received_at BIGINT NOT NULL,
  taken_at BIGINT NOT NULL,
  size BIGINT NOT NULL,
  parts INTEGER NOT NULL,
  verdict TEXT,
  reason TEXT,
  identity BLOB,
  identity_key TEXT,
  address_digest BLOB,
  digest_key TEXT,
  sender_proof TEXT,
  kind TEXT,
  lang TEXT,
  attachments INTEGER NOT NULL,
  sealed BLOB NOT NULL,
  request_id TEXT,
  letter_id TEXT,
  settled TEXT,
  settled_by TEXT,
  settled_at BIGINT
);
CREATE UNIQUE INDEX incoming_once ON incoming (identity);
CREATE INDEX incoming_by_state ON incoming (state, id);
CREATE INDEX incoming_by_sender ON incoming (address_digest, taken_at);
CREATE INDEX incoming_by_request ON incoming (request_id);
CREATE INDEX incoming_by_time ON incoming (taken_at);

CREATE TABLE incoming_parts (
  incoming_id TEXT NOT NULL,
  seq INTEGER NOT NULL,
  sealed BLOB NOT NULL,
  PRIMARY KEY (incoming_id, seq)
) WITHOUT ROWID;

-- How far each mailbox has been read, and who reads it.
CREATE TABLE mailboxes (
  name TEXT NOT NULL PRIMARY KEY,
  uid_validity BIGINT,
  last_uid BIGINT NOT NULL,
  put_away_uid BIGINT NOT NULL,
  newest_at BIGINT,
  looked_at BIGINT,
  trouble TEXT,
  trouble_at BIGINT,
  owner TEXT,
  leased_until BIGINT NOT NULL
);

-- Which mail a message came with; nothing for one that was written on a page.
ALTER TABLE messages ADD COLUMN incoming_id TEXT;
