-- When a job is done once more that was asked for while somebody worked it.
ALTER TABLE jobs ADD COLUMN again_at BIGINT;
