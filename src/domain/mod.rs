//! The rules. No I/O, no clock, no database, no web: a lawyer can follow them.

pub mod calendar;
pub mod deadline;
pub mod due;
pub mod email;
pub mod event;
pub mod fields;
pub mod hold;
pub mod identity;
pub mod ids;
pub mod incoming;
pub mod job;
pub mod lifecycle;
pub mod recipient;
pub mod records;
pub mod reference;
pub mod request;
pub mod retention;
pub mod run;
pub mod sender;
pub mod staff;
pub mod statistic;
pub mod store;
pub mod taken;
pub mod task;
mod text;

pub use text::UnknownText;
