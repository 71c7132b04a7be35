//! Mail: the letters we write, how they leave, and what a message that comes in says.

pub mod inbound;
pub mod letters;
pub mod outbound;
