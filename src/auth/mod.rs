//! What proves who someone is: tokens, codes, passwords, second factors and form tokens.

pub mod connect;
pub mod csrf;
pub mod password;
pub mod recovery;
pub mod token;
pub mod totp;
