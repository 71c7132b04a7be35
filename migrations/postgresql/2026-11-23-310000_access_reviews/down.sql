ALTER TABLE staff DROP COLUMN signed_in_at;
DROP TABLE access_reviews;
