//! Closed and open sets of words that are stored and shown by one text each.

/// Defines an enum whose variants each have one stable text, used in the
/// database, in addresses and in the audit trail.
macro_rules! text_enum {
    ($(#[$meta:meta])* pub enum $Name:ident { $($(#[$vmeta:meta])* $Variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $Name { $($(#[$vmeta])* $Variant),+ }

        impl $Name {
            /// Every value, in the order of the definition.
            pub const ALL: &'static [$Name] = &[$($Name::$Variant),+];

            /// The stable text: stored, logged and written into the trail.
            pub fn as_str(self) -> &'static str {
                match self { $($Name::$Variant => $text),+ }
            }
        }

        impl std::str::FromStr for $Name {
            type Err = $crate::domain::text::UnknownText;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($text => Ok($Name::$Variant),)+
                    _ => Err($crate::domain::text::UnknownText { what: stringify!($Name), text: text.to_owned() }),
                }
            }
        }

        impl std::fmt::Display for $Name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}
pub(crate) use text_enum;

/// A text that is none of the words of its set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no {what}")]
pub struct UnknownText {
    /// The set that was expected.
    pub what: &'static str,
    /// What was found instead.
    pub text: String,
}
