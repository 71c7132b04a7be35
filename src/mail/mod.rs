//! Mail: the letters we write, how they leave, and how mailboxes are read.

pub mod imap;
pub mod letters;
pub mod outbound;
