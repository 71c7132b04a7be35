DROP TABLE notices;
DROP TABLE announcements;
DROP TABLE policies;
