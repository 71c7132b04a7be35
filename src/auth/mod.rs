//! What proves who someone is: tokens, codes, passwords and form tokens.

pub mod connect;
pub mod csrf;
pub mod password;
pub mod token;
