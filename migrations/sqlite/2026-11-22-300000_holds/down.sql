DROP INDEX run_items_held;
DROP TABLE held_records;
DROP TABLE hold_digests;
DROP TABLE holds;
