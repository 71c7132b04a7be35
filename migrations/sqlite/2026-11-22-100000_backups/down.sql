DROP TABLE backups;
DROP TABLE journals;
