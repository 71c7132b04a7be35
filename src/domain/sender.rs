//! Senders: the vendor's mailing tools and other machines, which ask by the API who must not be
//! written to. A list is a kind of mailing; objections end one list, or all.

use super::ids::TokenId;
use super::text::text_enum;

/// The list that stands for all lists; no list has this name.
pub const ALL_LISTS: &str = "*";

/// The longest name of a list or a token.
const LONGEST_NAME: usize = 64;

/// The longest id of a mailing tool for a person. With the longest address and list, a header line
/// with the link stays below the limit of RFC 5322 (998).
const LONGEST_TOOL_ID: usize = 128;

text_enum! {
    /// What a machine may ask.
    pub enum Scope {
        /// Read who has unsubscribed, check addresses, tell what was applied.
        Suppressions = "suppressions",
        /// Make unsubscribe links.
        Links = "links",
        /// Tell that an app was installed or uninstalled.
        Lifecycle = "lifecycle",
    }
}

text_enum! {
    /// What became of an objection.
    pub enum Change {
        /// The person must not be written to.
        Added = "added",
        /// The person may be written to again.
        Lifted = "lifted",
    }
}

/// A machine that showed its token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sender {
    /// Its token.
    pub id: TokenId,
    /// Its name.
    pub name: String,
    /// The tool it belongs to: its tokens share the ids that the tool has for people.
    pub tool: String,
    /// What it may ask.
    pub scopes: Vec<Scope>,
}

impl Sender {
    /// Whether it may ask this.
    pub fn may(&self, scope: Scope) -> bool {
        self.scopes.contains(&scope)
    }
}

/// Whether this can be the name of a list or a token: letters, digits, `-` and `_`.
pub fn is_name(text: &str) -> bool {
    (1..=LONGEST_NAME).contains(&text.len())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-_".contains(c))
}

/// Whether this can be a mailing tool's own id of a person: visible ASCII that needs no escape
/// in JSON, so that the length of a link has a bound. It is kept in clear after an erasure, so it
/// is no mail address.
pub fn is_tool_id(text: &str) -> bool {
    (1..=LONGEST_TOOL_ID).contains(&text.len())
        && text
            .chars()
            .all(|c| c.is_ascii_graphic() && !"\"\\@".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_and_plain_and_never_stand_for_all() {
        for name in ["news", "Product-News_2", &"n".repeat(64)] {
            assert!(is_name(name), "{name}");
        }
        for name in ["", ALL_LISTS, "two words", "café", "a/b", &"n".repeat(65)] {
            assert!(!is_name(name), "{name}");
        }
    }

    #[test]
    fn an_id_of_a_tool_is_visible_and_bounded() {
        for id in ["41", "usr_9f/8=", &"i".repeat(128)] {
            assert!(is_tool_id(id), "{id}");
        }
        for id in [
            "",
            "a b",
            "ann@halden.example",
            "a\"b",
            "a\\b",
            "ä",
            "a\n",
            &"i".repeat(129),
        ] {
            assert!(!is_tool_id(id), "{id}");
        }
    }
}
