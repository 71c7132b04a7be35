//! The journeys: the real application on a port of its own, a database of its own, a
//! frozen clock, and letters that stay in the outbox. SQLite by default; with
//! `TEST_DATABASE_URL` the same suite runs on PostgreSQL.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod access;
mod architecture;
mod auditing;
mod by_hand;
mod certificate;
mod crash;
mod database;
mod decisions;
mod everywhere;
mod feed;
mod holds;
mod imap;
mod inbound;
mod intake;
mod jira;
mod joining;
mod lifecycle;
mod live;
mod logs;
mod mail_out;
mod mailboxes;
mod notices;
mod proof;
mod rectification;
mod registers;
mod removal;
mod request_tracker;
mod restore;
mod retention;
mod returning;
mod runs;
mod search_key;
mod second_factor;
mod senders;
mod sql;
mod staff;
mod statement;
mod support;
mod tampering;
mod trail;
mod unsubscribe;
mod webhook;
mod witness;
