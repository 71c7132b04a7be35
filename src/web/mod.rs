//! The web: every address in one table, and the pages behind it. It decides nothing.

pub mod admin;
pub mod forms;
pub mod frame;
pub mod frame_admin;
pub mod parts;
pub mod public;
#[cfg(test)]
mod samples;
