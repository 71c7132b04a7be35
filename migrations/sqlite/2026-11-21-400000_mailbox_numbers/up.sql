-- After a mailbox numbered its messages anew, those up to this number count only from this day on.
ALTER TABLE mailboxes ADD COLUMN renumbered_through BIGINT;
ALTER TABLE mailboxes ADD COLUMN renumbered_since_on TEXT;

-- Messages that the mail server does not hand out, and those that are not kept whole: none of them
-- is marked or deleted in its mailbox.
CREATE TABLE mailbox_leftovers (
  mailbox TEXT NOT NULL,
  uid BIGINT NOT NULL,
  tries INTEGER NOT NULL,
  PRIMARY KEY (mailbox, uid)
) WITHOUT ROWID;

-- When a letter answered the mail; what is counted against the limits of answers.
ALTER TABLE incoming ADD COLUMN answered_at BIGINT;
UPDATE incoming SET answered_at = taken_at WHERE state = 'done' AND settled IS NULL AND verdict IN ('asks', 'answers');
CREATE INDEX incoming_by_answer ON incoming (answered_at) WHERE answered_at IS NOT NULL;
