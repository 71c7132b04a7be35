DROP TABLE copy_digests;
DROP TABLE copies_taken;
