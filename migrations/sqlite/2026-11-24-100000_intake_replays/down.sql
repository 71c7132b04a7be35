DROP TABLE intake_replays;
