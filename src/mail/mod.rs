//! Mail: the letters we write, how they leave, how mailboxes are read, and what a mail says that
//! came in.

pub mod imap;
pub mod inbound;
pub mod letters;
pub mod outbound;
