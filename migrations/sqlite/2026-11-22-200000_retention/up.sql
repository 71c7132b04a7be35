-- One sweep: what fell due under which rules, and what became of it.
CREATE TABLE sweeps (
  id TEXT NOT NULL PRIMARY KEY,
  policy TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'purging', 'done')),
  reason TEXT,
  made_at BIGINT NOT NULL,
  finished_at BIGINT,
  confirmed_by TEXT,
  trouble TEXT
);
CREATE UNIQUE INDEX sweeps_one_at_a_time ON sweeps (state) WHERE state = 'waiting';

-- How many records of a category there were, and how many of them have no date yet.
CREATE TABLE sweep_categories (
  sweep_id TEXT NOT NULL REFERENCES sweeps (id),
  category TEXT NOT NULL,
  total BIGINT NOT NULL,
  dateless BIGINT NOT NULL,
  PRIMARY KEY (sweep_id, category)
);

-- What a rule did in a sweep: counted at its start, done in its course, late of those.
CREATE TABLE sweep_rules (
  sweep_id TEXT NOT NULL REFERENCES sweeps (id),
  category TEXT NOT NULL,
  rule TEXT NOT NULL,
  act TEXT NOT NULL,
  due BIGINT NOT NULL,
  done BIGINT NOT NULL,
  late BIGINT NOT NULL,
  PRIMARY KEY (sweep_id, category, rule, act)
);

-- What falls due on the days after the newest count.
CREATE TABLE sweep_forecast (
  due_on TEXT NOT NULL,
  category TEXT NOT NULL,
  rule TEXT NOT NULL,
  act TEXT NOT NULL,
  records BIGINT NOT NULL,
  PRIMARY KEY (due_on, category, rule, act)
);

-- Promises that were not kept in time, and what was done about it.
CREATE TABLE incidents (
  id TEXT NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL,
  at BIGINT NOT NULL,
  category TEXT NOT NULL,
  rule TEXT NOT NULL,
  records BIGINT NOT NULL,
  worst_on TEXT NOT NULL,
  sweep_id TEXT NOT NULL REFERENCES sweeps (id),
  settled_at BIGINT,
  settled_by TEXT,
  sealed BLOB
);
CREATE UNIQUE INDEX incidents_once ON incidents (sweep_id, kind, category, rule);

-- A trial leads to the licence that it became.
CREATE INDEX licences_by_trial ON licences (evaluation_licence) WHERE evaluation_licence IS NOT NULL;
