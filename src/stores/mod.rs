//! The ordered list of stores that every request looks in.
