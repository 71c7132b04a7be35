-- Legal holds: what concerns a person must not go while one is in force (Art. 17(3)(e)). Matter,
-- author, address and the reason of lifting are sealed. A hold is in force until ended_at is set,
-- also where until_on has passed, so that no clock alone lets anything go.
CREATE TABLE holds (
  id TEXT NOT NULL PRIMARY KEY,
  placed_at BIGINT NOT NULL,
  placed_by TEXT,
  until_on TEXT,
  review_on TEXT NOT NULL,
  ended_at BIGINT,
  ended_by TEXT,
  ended_how TEXT CHECK (ended_how IN ('lifted', 'expired')),
  sealed BYTEA NOT NULL
);
CREATE INDEX holds_in_force ON holds (ended_at, review_on);

-- The person, under every key of digests in use.
CREATE TABLE hold_digests (
  hold_id TEXT NOT NULL REFERENCES holds (id),
  address_digest BYTEA NOT NULL,
  digest_key TEXT NOT NULL,
  PRIMARY KEY (hold_id, address_digest)
);
CREATE INDEX hold_digests_by_address ON hold_digests (address_digest);

-- What would have gone, and which hold stopped it. It goes when every hold named here has ended.
CREATE TABLE held_records (
  hold_id TEXT NOT NULL REFERENCES holds (id),
  store TEXT NOT NULL,
  item_key TEXT NOT NULL,
  kind TEXT NOT NULL,
  cause TEXT NOT NULL,
  since_at BIGINT NOT NULL,
  PRIMARY KEY (hold_id, store, item_key)
);
CREATE INDEX held_records_by_item ON held_records (store, item_key);

CREATE INDEX run_items_held ON run_items (run_id) WHERE outcome = 'held';
