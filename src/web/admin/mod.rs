//! Staff pages: a page struct beside its handler, a template each. A handler parses, calls an
//! action and renders; it decides nothing, and a page shows only what its struct allows.

mod acceptance;
mod audit;
mod extension;
mod item;
mod message;
mod new_request;
mod overview;
mod parts;
mod password;
mod people;
mod question;
mod queue;
mod rectification;
mod refusal;
mod request;
mod run;
#[cfg(test)]
mod samples;
mod sign_in;
mod staff;
mod stores;
