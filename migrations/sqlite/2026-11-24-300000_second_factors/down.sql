ALTER TABLE staff DROP COLUMN wrong_code_at;
ALTER TABLE staff DROP COLUMN wrong_codes;
ALTER TABLE staff_sessions DROP COLUMN wrong_codes;
ALTER TABLE staff_sessions DROP COLUMN proved;
DROP TABLE staff_recovery_codes;
DROP TABLE staff_factors;
