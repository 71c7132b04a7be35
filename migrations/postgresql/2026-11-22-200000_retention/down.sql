DROP INDEX licences_by_trial;
DROP TABLE incidents;
DROP TABLE sweep_forecast;
DROP TABLE sweep_rules;
DROP TABLE sweep_categories;
DROP TABLE sweeps;
