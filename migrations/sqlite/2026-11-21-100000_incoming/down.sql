ALTER TABLE messages DROP COLUMN incoming_id;
DROP TABLE mailboxes;
DROP TABLE incoming_parts;
DROP TABLE incoming;
