//! The pages of a person who asks: a page struct and a template each.

pub mod ask;
pub mod confirm;
pub mod errors;
pub mod home;
pub mod outbox;
pub mod privacy;
pub mod received;
pub mod sent;
pub mod status;
pub mod unsubscribe;
