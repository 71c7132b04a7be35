-- When somebody looked through who may do what, and what the list was then.
CREATE TABLE access_reviews (
  id TEXT NOT NULL PRIMARY KEY,
  reviewed_at BIGINT NOT NULL,
  reviewed_by TEXT,
  accounts BIGINT NOT NULL,
  tokens BIGINT NOT NULL,
  list TEXT NOT NULL
);
CREATE INDEX access_reviews_by_time ON access_reviews (reviewed_at);

ALTER TABLE staff ADD COLUMN signed_in_at BIGINT;
UPDATE staff SET signed_in_at = (
  SELECT MAX(created_at) FROM staff_sessions WHERE staff_sessions.staff_id = staff.id
);
