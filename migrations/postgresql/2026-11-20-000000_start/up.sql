-- Times are microseconds since 1970 in UTC (…_at), dates are ISO texts (…_on, due_…).
-- docs/data-retention.md says of every table what it keeps, how long and why.

-- Requests -----------------------------------------------------------------

CREATE TABLE submissions (
  id TEXT NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'confirmed', 'denied', 'locked')),
  lang TEXT NOT NULL,
  received_at BIGINT NOT NULL,
  received_via TEXT NOT NULL,
  address_digest BYTEA NOT NULL,
  digest_key TEXT NOT NULL,
  sealed BYTEA NOT NULL,
  token_hash BYTEA NOT NULL UNIQUE,
  code_hash BYTEA,
  attempts INTEGER NOT NULL,
  expires_at BIGINT NOT NULL,
  request_id TEXT
);
CREATE INDEX submissions_by_end ON submissions (expires_at);

CREATE TABLE request_keys (
  id TEXT NOT NULL PRIMARY KEY,
  wrapped BYTEA NOT NULL,
  master_key TEXT NOT NULL
);

CREATE TABLE requests (
  id TEXT NOT NULL PRIMARY KEY,
  reference TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  stage TEXT NOT NULL CHECK (stage IN ('received', 'verified', 'fulfilling', 'closed')),
  outcome TEXT,
  progress TEXT NOT NULL,
  lang TEXT NOT NULL,
  received_at BIGINT NOT NULL,
  received_on TEXT NOT NULL,
  received_via TEXT NOT NULL,
  regime TEXT NOT NULL,
  address_digest BYTEA NOT NULL,
  digest_key TEXT NOT NULL,
  sealed BYTEA NOT NULL,
  proof TEXT,
  proved_by TEXT,
  verified_at BIGINT,
  accepted_at BIGINT,
  closed_at BIGINT,
  due_strict TEXT NOT NULL,
  due_with_suspension TEXT NOT NULL,
  extended_at BIGINT,
  suspended_at BIGINT,
  suspended_days INTEGER NOT NULL,
  restricted_at BIGINT,
  policy_version TEXT NOT NULL,
  assignee TEXT,
  team TEXT,
  version INTEGER NOT NULL
);
CREATE UNIQUE INDEX requests_one_open ON requests (address_digest, kind) WHERE stage <> 'closed';
CREATE INDEX requests_by_address ON requests (address_digest);
CREATE INDEX requests_by_due ON requests (stage, due_strict, id);
CREATE INDEX requests_by_progress ON requests (progress, due_strict, id);
CREATE INDEX requests_by_assignee ON requests (assignee, stage, due_strict, id);
CREATE INDEX requests_by_closing ON requests (closed_at);

CREATE TABLE decisions (
  id TEXT NOT NULL PRIMARY KEY,
  request_id TEXT NOT NULL REFERENCES requests (id),
  kind TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('proposed', 'in_force', 'dropped')),
  reason TEXT,
  sealed BYTEA NOT NULL,
  taken_by TEXT,
  taken_at BIGINT NOT NULL,
  seconded_by TEXT,
  seconded_at BIGINT
);
CREATE INDEX decisions_by_request ON decisions (request_id, taken_at);

CREATE TABLE messages (
  id TEXT NOT NULL PRIMARY KEY,
  request_id TEXT NOT NULL REFERENCES requests (id),
  author TEXT NOT NULL,
  staff_id TEXT,
  internal BOOLEAN NOT NULL,
  sealed BYTEA NOT NULL,
  at BIGINT NOT NULL
);
CREATE INDEX messages_by_request ON messages (request_id, at);

CREATE TABLE status_links (
  token_hash BYTEA NOT NULL PRIMARY KEY,
  request_id TEXT NOT NULL REFERENCES requests (id),
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX status_links_by_request ON status_links (request_id);
CREATE INDEX status_links_by_end ON status_links (expires_at);

CREATE TABLE subject_sessions (
  token_hash BYTEA NOT NULL PRIMARY KEY,
  request_id TEXT NOT NULL REFERENCES requests (id),
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX subject_sessions_by_request ON subject_sessions (request_id);
CREATE INDEX subject_sessions_by_end ON subject_sessions (expires_at);

CREATE TABLE bundles (
  id TEXT NOT NULL PRIMARY KEY,
  request_id TEXT NOT NULL UNIQUE REFERENCES requests (id),
  made_at BIGINT NOT NULL,
  size BIGINT NOT NULL,
  chunks INTEGER NOT NULL,
  code_hash BYTEA,
  code_expires_at BIGINT,
  attempts INTEGER NOT NULL,
  downloads INTEGER NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX bundles_by_end ON bundles (expires_at);

CREATE TABLE bundle_chunks (
  bundle_id TEXT NOT NULL,
  seq INTEGER NOT NULL,
  sealed BYTEA NOT NULL,
  PRIMARY KEY (bundle_id, seq)
);

-- Runs ---------------------------------------------------------------------

CREATE TABLE runs (
  id TEXT NOT NULL PRIMARY KEY,
  request_id TEXT REFERENCES requests (id),
  cause TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('searching', 'proposed', 'running', 'halted', 'done', 'cancelled')),
  created_at BIGINT NOT NULL,
  started_at BIGINT,
  finished_at BIGINT
);
CREATE INDEX runs_by_request ON runs (request_id);
CREATE INDEX runs_by_state ON runs (state);

CREATE TABLE run_stores (
  run_id TEXT NOT NULL REFERENCES runs (id),
  store TEXT NOT NULL,
  position INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'searched', 'working', 'verifying', 'done', 'halted')),
  cursor TEXT,
  found BIGINT NOT NULL,
  erased BIGINT NOT NULL,
  kept BIGINT NOT NULL,
  attempts INTEGER NOT NULL,
  read_backs INTEGER NOT NULL,
  intent TEXT,
  searched_at BIGINT,
  verified_at BIGINT,
  trouble TEXT,
  PRIMARY KEY (run_id, store)
);

CREATE TABLE run_items (
  id TEXT NOT NULL PRIMARY KEY,
  run_id TEXT NOT NULL REFERENCES runs (id),
  store TEXT NOT NULL,
  item_key TEXT NOT NULL,
  kind TEXT NOT NULL,
  matched TEXT NOT NULL,
  decision TEXT NOT NULL CHECK (decision IN ('erase', 'keep', 'leave', 'undecided')),
  ground TEXT,
  keep_until TEXT,
  decided_by TEXT,
  outcome TEXT,
  outcome_at BIGINT,
  sealed BYTEA NOT NULL
);
CREATE UNIQUE INDEX run_items_once ON run_items (run_id, store, item_key);
CREATE INDEX run_items_by_work ON run_items (run_id, store, outcome, decision, id);

CREATE TABLE run_fields (
  id TEXT NOT NULL PRIMARY KEY,
  run_id TEXT NOT NULL REFERENCES runs (id),
  store TEXT NOT NULL,
  item_key TEXT NOT NULL,
  field TEXT NOT NULL,
  decision TEXT NOT NULL CHECK (decision IN ('accept', 'refuse', 'undecided')),
  reason TEXT,
  outcome TEXT,
  outcome_at BIGINT,
  sealed BYTEA NOT NULL
);
CREATE UNIQUE INDEX run_fields_once ON run_fields (run_id, store, item_key, field);

-- Guards -------------------------------------------------------------------

CREATE TABLE objections (
  id TEXT NOT NULL PRIMARY KEY,
  address_digest BYTEA NOT NULL,
  digest_key TEXT NOT NULL,
  list TEXT NOT NULL,
  since_at BIGINT NOT NULL,
  channel TEXT NOT NULL,
  tool_id TEXT,
  lifted_at BIGINT
);
CREATE UNIQUE INDEX objections_once ON objections (address_digest, list);

CREATE TABLE erasure_guards (
  id TEXT NOT NULL PRIMARY KEY,
  address_digest BYTEA NOT NULL,
  digest_key TEXT NOT NULL,
  store TEXT NOT NULL,
  record_key TEXT NOT NULL,
  erased_at BIGINT NOT NULL,
  cause TEXT NOT NULL
);
CREATE UNIQUE INDEX erasure_guards_once ON erasure_guards (address_digest, store, record_key);

CREATE TABLE corrections (
  id TEXT NOT NULL PRIMARY KEY,
  store TEXT NOT NULL,
  record_key TEXT NOT NULL,
  field TEXT NOT NULL,
  wrong_digest BYTEA NOT NULL,
  digest_key TEXT NOT NULL,
  corrected_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX corrections_once ON corrections (store, record_key, field, wrong_digest);

-- Built-in stores ----------------------------------------------------------

CREATE TABLE licences (
  id TEXT NOT NULL PRIMARY KEY,
  store TEXT NOT NULL CHECK (store IN ('licence', 'trial')),
  addon_licence_id TEXT,
  entitlement_id TEXT,
  entitlement_number TEXT,
  licence_number TEXT,
  addon_key TEXT NOT NULL,
  addon_name TEXT,
  hosting TEXT NOT NULL,
  licence_type TEXT NOT NULL,
  status TEXT NOT NULL,
  tier TEXT,
  starts_on TEXT,
  ends_on TEXT,
  evaluation_licence TEXT,
  company TEXT,
  country TEXT,
  region TEXT,
  cloud_id TEXT,
  site TEXT,
  last_updated_on TEXT,
  fingerprint BYTEA NOT NULL,
  import_id TEXT NOT NULL,
  first_seen_at BIGINT NOT NULL,
  changed_at BIGINT NOT NULL,
  returned_at BIGINT
);
CREATE UNIQUE INDEX licences_by_addon_licence ON licences (addon_licence_id);
CREATE UNIQUE INDEX licences_by_entitlement ON licences (entitlement_id);
CREATE UNIQUE INDEX licences_by_entitlement_number ON licences (entitlement_number);
CREATE INDEX licences_by_number ON licences (licence_number);
CREATE INDEX licences_by_site ON licences (site);

CREATE TABLE transactions (
  id TEXT NOT NULL PRIMARY KEY,
  line_item_id TEXT NOT NULL UNIQUE,
  transaction_id TEXT NOT NULL,
  addon_licence_id TEXT,
  entitlement_id TEXT,
  entitlement_number TEXT,
  addon_key TEXT NOT NULL,
  addon_name TEXT,
  sale_on TEXT NOT NULL,
  sale_type TEXT,
  tier TEXT,
  licence_type TEXT,
  hosting TEXT,
  billing_period TEXT,
  purchase_price TEXT,
  vendor_amount TEXT,
  company TEXT,
  country TEXT,
  region TEXT,
  last_updated_on TEXT,
  fingerprint BYTEA NOT NULL,
  import_id TEXT NOT NULL,
  first_seen_at BIGINT NOT NULL,
  changed_at BIGINT NOT NULL
);

CREATE TABLE contacts (
  id TEXT NOT NULL PRIMARY KEY,
  store TEXT NOT NULL CHECK (store IN ('licence', 'trial', 'transaction')),
  record_id TEXT NOT NULL,
  role TEXT NOT NULL,
  address_digest BYTEA,
  digest_key TEXT,
  email TEXT,
  name TEXT,
  phone TEXT,
  address1 TEXT,
  address2 TEXT,
  city TEXT,
  state TEXT,
  postcode TEXT,
  blocked BYTEA,
  blocked_until TEXT,
  blocked_ground TEXT,
  import_id TEXT NOT NULL,
  first_seen_at BIGINT NOT NULL,
  replaced_at BIGINT
);
CREATE INDEX contacts_by_address ON contacts (address_digest, id);
CREATE INDEX contacts_by_record ON contacts (record_id, role);

CREATE TABLE tickets (
  id TEXT NOT NULL PRIMARY KEY,
  ticket_key TEXT NOT NULL UNIQUE,
  subject TEXT NOT NULL,
  status TEXT NOT NULL,
  product TEXT,
  opened_at BIGINT NOT NULL,
  closed_at BIGINT,
  fingerprint BYTEA NOT NULL,
  import_id TEXT NOT NULL,
  changed_at BIGINT NOT NULL
);

CREATE TABLE ticket_people (
  id TEXT NOT NULL PRIMARY KEY,
  ticket_id TEXT NOT NULL REFERENCES tickets (id),
  role TEXT NOT NULL,
  address_digest BYTEA,
  digest_key TEXT,
  email TEXT,
  name TEXT
);
CREATE INDEX ticket_people_by_address ON ticket_people (address_digest, id);
CREATE INDEX ticket_people_by_ticket ON ticket_people (ticket_id);

CREATE TABLE ticket_messages (
  id TEXT NOT NULL PRIMARY KEY,
  ticket_id TEXT NOT NULL REFERENCES tickets (id),
  message_key TEXT NOT NULL,
  address_digest BYTEA,
  digest_key TEXT,
  author_email TEXT,
  author_name TEXT,
  at BIGINT NOT NULL,
  internal BOOLEAN NOT NULL,
  body TEXT NOT NULL,
  headers TEXT NOT NULL
);
CREATE UNIQUE INDEX ticket_messages_once ON ticket_messages (ticket_id, message_key);
CREATE INDEX ticket_messages_by_address ON ticket_messages (address_digest, id);

CREATE TABLE ticket_files (
  id TEXT NOT NULL PRIMARY KEY,
  ticket_id TEXT NOT NULL REFERENCES tickets (id),
  message_id TEXT NOT NULL REFERENCES ticket_messages (id),
  file_name TEXT NOT NULL,
  media_type TEXT NOT NULL,
  size BIGINT NOT NULL,
  content BYTEA
);
CREATE INDEX ticket_files_by_message ON ticket_files (message_id);
CREATE INDEX ticket_files_by_ticket ON ticket_files (ticket_id);

CREATE TABLE mentions (
  id TEXT NOT NULL PRIMARY KEY,
  ticket_id TEXT NOT NULL REFERENCES tickets (id),
  record_id TEXT NOT NULL,
  place TEXT NOT NULL,
  address_digest BYTEA NOT NULL,
  digest_key TEXT NOT NULL
);
CREATE INDEX mentions_by_address ON mentions (address_digest, id);
CREATE INDEX mentions_by_ticket ON mentions (ticket_id);

CREATE TABLE installations (
  id TEXT NOT NULL PRIMARY KEY,
  client_key TEXT NOT NULL UNIQUE,
  app_key TEXT NOT NULL,
  site TEXT,
  address_digest BYTEA,
  digest_key TEXT,
  account_id TEXT,
  email TEXT,
  secret BYTEA,
  installed_at BIGINT NOT NULL,
  uninstalled_at BIGINT,
  import_id TEXT NOT NULL
);
CREATE INDEX installations_by_address ON installations (address_digest, id);
CREATE INDEX installations_by_site ON installations (site);

CREATE TABLE imports (
  id TEXT NOT NULL PRIMARY KEY,
  source TEXT NOT NULL,
  file_digest BYTEA NOT NULL,
  started_at BIGINT NOT NULL,
  finished_at BIGINT,
  position BIGINT NOT NULL,
  rows_read BIGINT NOT NULL,
  rows_written BIGINT NOT NULL,
  rows_unchanged BIGINT NOT NULL,
  rows_suppressed BIGINT NOT NULL,
  rows_refused BIGINT NOT NULL
);
CREATE INDEX imports_by_start ON imports (source, started_at);

-- Letters, jobs, staff -----------------------------------------------------

CREATE TABLE outbox (
  id TEXT NOT NULL PRIMARY KEY,
  cause TEXT NOT NULL UNIQUE,
  letter TEXT NOT NULL,
  request_id TEXT,
  sealed BYTEA NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('queued', 'sent', 'failed')),
  attempts INTEGER NOT NULL,
  created_at BIGINT NOT NULL,
  sent_at BIGINT,
  trouble TEXT
);
CREATE INDEX outbox_by_state ON outbox (state, created_at);
CREATE INDEX outbox_by_request ON outbox (request_id);

CREATE TABLE jobs (
  id TEXT NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('ready', 'needs_person')),
  run_at BIGINT NOT NULL,
  attempts INTEGER NOT NULL,
  owner TEXT,
  leased_until BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  trouble TEXT
);
CREATE UNIQUE INDEX jobs_once ON jobs (kind, subject);
CREATE INDEX jobs_by_time ON jobs (state, run_at);

CREATE TABLE staff (
  id TEXT NOT NULL PRIMARY KEY,
  email TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  role TEXT NOT NULL,
  team TEXT,
  contract TEXT,
  until_on TEXT,
  active BOOLEAN NOT NULL,
  password_hash TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  failures INTEGER NOT NULL,
  locked_until BIGINT
);

CREATE TABLE staff_sessions (
  token_hash BYTEA NOT NULL PRIMARY KEY,
  staff_id TEXT NOT NULL REFERENCES staff (id),
  created_at BIGINT NOT NULL,
  seen_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX staff_sessions_by_staff ON staff_sessions (staff_id);
CREATE INDEX staff_sessions_by_end ON staff_sessions (expires_at);

-- The trail ----------------------------------------------------------------

CREATE TABLE audit_entries (
  id TEXT NOT NULL PRIMARY KEY,
  version INTEGER NOT NULL,
  leaf BYTEA NOT NULL
);

CREATE TABLE audit_personal (
  entry_id TEXT NOT NULL PRIMARY KEY,
  salt BYTEA NOT NULL,
  personal BYTEA NOT NULL
);

CREATE TABLE audit_pending (
  entry_id TEXT NOT NULL PRIMARY KEY
);

CREATE TABLE audit_sequence (
  position BIGINT NOT NULL PRIMARY KEY,
  entry_id TEXT NOT NULL UNIQUE,
  leaf_hash BYTEA NOT NULL
);

CREATE TABLE audit_nodes (
  level INTEGER NOT NULL,
  position BIGINT NOT NULL,
  hash BYTEA NOT NULL,
  PRIMARY KEY (level, position)
);

CREATE TABLE audit_index (
  entry_id TEXT NOT NULL PRIMARY KEY,
  at BIGINT NOT NULL,
  action TEXT NOT NULL,
  staff_id TEXT,
  request_id TEXT,
  store TEXT
);
CREATE INDEX audit_index_by_time ON audit_index (at, entry_id);
CREATE INDEX audit_index_by_request ON audit_index (request_id, at);
CREATE INDEX audit_index_by_staff ON audit_index (staff_id, at);
CREATE INDEX audit_index_by_action ON audit_index (action, at);

CREATE TABLE audit_intents (
  entry_id TEXT NOT NULL PRIMARY KEY,
  at BIGINT NOT NULL
);

-- The trail is append-only, also for somebody with a database shell.
CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'audit entries are never changed or deleted'; END $$;
CREATE TRIGGER audit_entries_no_change BEFORE UPDATE OR DELETE ON audit_entries
FOR EACH ROW EXECUTE FUNCTION refuse_audit_change();
CREATE TRIGGER audit_entries_no_truncate BEFORE TRUNCATE ON audit_entries
FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();

-- Statistics hold sampled values: none of a column that names a person.
ALTER TABLE contacts ALTER COLUMN email SET STATISTICS 0, ALTER COLUMN name SET STATISTICS 0,
  ALTER COLUMN phone SET STATISTICS 0, ALTER COLUMN address1 SET STATISTICS 0, ALTER COLUMN address2 SET STATISTICS 0,
  ALTER COLUMN city SET STATISTICS 0, ALTER COLUMN state SET STATISTICS 0, ALTER COLUMN postcode SET STATISTICS 0;
ALTER TABLE licences ALTER COLUMN company SET STATISTICS 0, ALTER COLUMN site SET STATISTICS 0;
ALTER TABLE transactions ALTER COLUMN company SET STATISTICS 0;
ALTER TABLE tickets ALTER COLUMN subject SET STATISTICS 0;
ALTER TABLE ticket_people ALTER COLUMN email SET STATISTICS 0, ALTER COLUMN name SET STATISTICS 0;
ALTER TABLE ticket_messages ALTER COLUMN author_email SET STATISTICS 0, ALTER COLUMN author_name SET STATISTICS 0,
  ALTER COLUMN body SET STATISTICS 0, ALTER COLUMN headers SET STATISTICS 0;
ALTER TABLE ticket_files ALTER COLUMN file_name SET STATISTICS 0, ALTER COLUMN content SET STATISTICS 0;
ALTER TABLE installations ALTER COLUMN email SET STATISTICS 0, ALTER COLUMN account_id SET STATISTICS 0, ALTER COLUMN site SET STATISTICS 0;
ALTER TABLE staff ALTER COLUMN email SET STATISTICS 0, ALTER COLUMN name SET STATISTICS 0;
