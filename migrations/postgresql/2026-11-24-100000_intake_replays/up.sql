-- A replay of the intake journal that was begun and is not done, if any: until it is, nothing is served.
CREATE TABLE intake_replays (
  begun_at BIGINT NOT NULL PRIMARY KEY
);
