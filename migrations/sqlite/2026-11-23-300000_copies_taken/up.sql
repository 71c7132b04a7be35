-- Copies of data that were taken outside the stores. Whose data, who holds them, where and why are
-- sealed. A copy is open until somebody attests that it was destroyed.
CREATE TABLE copies_taken (
  id TEXT NOT NULL PRIMARY KEY,
  entered_at BIGINT NOT NULL,
  entered_by TEXT,
  holder TEXT,
  everybody BOOLEAN NOT NULL,
  taken_on TEXT NOT NULL,
  until_on TEXT NOT NULL,
  destroyed_on TEXT,
  destroyed_at BIGINT,
  destroyed_by TEXT,
  sealed BLOB NOT NULL
);
CREATE INDEX copies_taken_open ON copies_taken (destroyed_at, until_on);

-- The person of a copy of one person, under every key of digests in use; gone once it is destroyed.
CREATE TABLE copy_digests (
  copy_id TEXT NOT NULL REFERENCES copies_taken (id),
  address_digest BLOB NOT NULL,
  digest_key TEXT NOT NULL,
  PRIMARY KEY (copy_id, address_digest)
);
CREATE INDEX copy_digests_by_address ON copy_digests (address_digest);
