//! Lethe, a portal for data-subject requests under the GDPR.
//!
//! The rooms, from the inside out: [`domain`] holds the rules and knows nothing
//! else. [`audit`] hashes, [`db`] stores, [`seal`] keeps secrets, [`journal`] writes
//! beside the database. [`certificate`] proves to a person how a request ended.
//! [`stores`] are the places where personal data lives, [`connectors`] those in other systems.
//! [`app`] holds them together; [`actions`] are the verbs of the product; [`jobs`],
//! [`web`] and [`cli`] call them. `docs/architecture.md` draws the arrows, and a
//! test holds them. [`witness`] watches other people's trails and shares nothing with
//! the rest but [`http`], which asks other people's servers.

pub mod actions;
pub mod app;
pub mod audit;
pub mod auth;
pub mod certificate;
pub mod cli;
pub mod clock;
pub mod config;
pub mod connectors;
pub mod db;
pub mod domain;
pub mod http;
pub mod i18n;
pub mod imports;
pub mod jobs;
pub mod journal;
pub mod mail;
pub mod seal;
pub mod stores;
pub mod web;
pub mod witness;
