//! Whether a stored value leads to a person (Art. 4(1), 4(5)).

use super::text::text_enum;

text_enum! {
    /// Whether a value leads to a person.
    pub enum Identity {
        /// It names the person, or says how to reach them.
        Direct = "direct",
        /// It leads to a person or their employer with what else is known: a number, an id of a site or
        /// of an account, a keyed digest. Pseudonymous, so personal data (Art. 4(5)), and inside every
        /// request.
        Linked = "linked",
        /// What somebody wrote or uploaded: it may hold anything.
        Content = "content",
        /// It says something of the record alone.
        Plain = "plain",
    }
}
