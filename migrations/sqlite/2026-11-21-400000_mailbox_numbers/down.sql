DROP INDEX incoming_by_answer;
ALTER TABLE incoming DROP COLUMN answered_at;
DROP TABLE mailbox_leftovers;
ALTER TABLE mailboxes DROP COLUMN renumbered_since_on;
ALTER TABLE mailboxes DROP COLUMN renumbered_through;
