//! Mail: the letters we write, and how they leave. What comes in is read by nobody yet.

pub mod letters;
pub mod outbound;
