//! Address fields: who wrote, and to whom. Stricter than parsers that show mail, because a field that two programs
//! read differently is how one person passes for another.

use super::Sender;
use super::shape::Header;
use crate::domain::email::Email;

/// Fields that name recipients: what the writer wrote, and what our own servers noted at delivery.
const RECIPIENT_FIELDS: &[&str] = &["to", "cc", "delivered-to", "x-original-to", "envelope-to"];
/// Most addresses that are looked at.
const MAX_ADDRESSES: usize = 1000;
/// Longest token in an address, in bytes.
const MAX_TAG: usize = 512;

/// The addresses of one field.
#[derive(Debug, Default, PartialEq, Eq)]
struct List {
    /// Bare, unchecked.
    addresses: Vec<String>,
    /// Some belong to a group, `Team: a@…, b@…;`.
    grouped: bool,
    /// Somewhere more than one address stands for one mailbox.
    ambiguous: bool,
}

/// Who the From fields name.
pub(super) fn sender(header: &Header<'_>) -> Sender {
    let mut fields = header.all("from");
    let Some(field) = fields.next() else {
        return Sender::None;
    };
    let list = parse(&field);
    if fields.next().is_some() || list.ambiguous || list.addresses.len() > 1 {
        return Sender::Several;
    }
    match list.addresses.first() {
        None => Sender::None,
        Some(_) if list.grouped => Sender::Several,
        Some(address) => Email::parse(address).map_or(Sender::None, Sender::One),
    }
}

/// Every address that the message names as a recipient, as it is written.
pub(super) fn recipients(header: &Header<'_>) -> Vec<String> {
    RECIPIENT_FIELDS
        .iter()
        .flat_map(|name| header.all(name))
        .flat_map(|field| parse(&field).addresses)
        .take(MAX_ADDRESSES)
        .collect()
}

/// What follows the `+` in the first address whose name is `name+…`, in its own case.
pub(super) fn tagged(recipients: &[String], name: &str) -> Option<String> {
    let tag = |address: &String| {
        let (local, _) = address.rsplit_once('@')?;
        let (user, tag) = local.split_once('+')?;
        let sound = |c: char| c.is_ascii_alphanumeric() || "._~=-".contains(c);
        let fits = (1..=MAX_TAG).contains(&tag.len()) && tag.chars().all(sound);
        (user.eq_ignore_ascii_case(name) && fits).then(|| tag.to_owned())
    };
    recipients.iter().find_map(tag)
}

/// Takes an address list apart (RFC 5322 section 3.4). One pass; names are dropped.
fn parse(field: &str) -> List {
    let mut list = List::default();
    let mut item = Item::default();
    let mut comments = 0_usize;
    let mut quoted = false;
    let mut escaped = false;
    for c in field.chars() {
        if escaped {
            escaped = false;
            if quoted && comments == 0 {
                item.quoted(c);
            }
        } else if c == '\\' && (quoted || comments > 0) {
            escaped = true;
        } else if quoted {
            if c == '"' {
                quoted = false;
                item.push('"');
            } else {
                item.quoted(c);
            }
        } else if comments > 0 {
            match c {
                '(' => comments += 1,
                ')' => comments -= 1,
                _ => {}
            }
        } else {
            match c {
                '"' => {
                    quoted = true;
                    item.push('"');
                }
                '(' => comments = 1,
                '<' if item.angle == Angle::Outside => item.angle = Angle::Inside,
                '<' => item.broken = true,
                '>' if item.angle == Angle::Inside => item.angle = Angle::After,
                ',' if item.angle != Angle::Inside => list.add(std::mem::take(&mut item)),
                ';' if item.angle != Angle::Inside => list.add(std::mem::take(&mut item)),
                ':' if item.angle == Angle::Outside => {
                    list.grouped = true;
                    item = Item::default();
                }
                c => item.push(c),
            }
        }
    }
    item.broken |= quoted || item.angle == Angle::Inside;
    list.add(item);
    list
}

#[derive(Default, PartialEq, Eq)]
enum Angle {
    #[default]
    Outside,
    Inside,
    After,
}

/// One element between commas.
#[derive(Default)]
struct Item {
    angle: Angle,
    /// Outside angle brackets, with the content of quoted strings left out.
    bare: String,
    /// Inside angle brackets.
    inner: String,
    broken: bool,
}

impl Item {
    fn push(&mut self, c: char) {
        match self.angle {
            Angle::Inside => self.inner.push(c),
            Angle::Outside | Angle::After => self.bare.push(c),
        }
    }

    /// A quoted name is dropped; a quoted part of an address stays, and makes it one that nobody takes.
    fn quoted(&mut self, c: char) {
        if self.angle == Angle::Inside {
            self.inner.push(c);
        }
    }
}

impl List {
    fn add(&mut self, item: Item) {
        let bare = item.bare.trim();
        let inner: String = item.inner.chars().filter(|c| !c.is_whitespace()).collect();
        if item.broken {
            self.ambiguous |= bare.contains('@') || inner.contains('@');
        }
        if item.angle == Angle::Outside {
            if bare.contains('@') {
                self.addresses.push(bare.to_owned());
            }
            return;
        }
        // Some programs write the address as the name too. Another address there is an attempt.
        if bare.contains('@') && !bare.eq_ignore_ascii_case(&inner) {
            self.ambiguous = true;
        }
        if !inner.is_empty() {
            self.addresses.push(inner);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::inbound::shape::header_of;

    fn from(field: &str) -> String {
        let raw = format!("From: {field}\r\n\r\n");
        match sender(&header_of(raw.as_bytes())) {
            Sender::One(email) => email.as_str().to_owned(),
            Sender::None => "none".to_owned(),
            Sender::Several => "several".to_owned(),
        }
    }

    #[test]
    fn from_names_one_mailbox_none_or_several() {
        for (field, expected) in [
            ("mira@halden.example", "mira@halden.example"),
            ("<mira@halden.example>", "mira@halden.example"),
            ("Mira Amla <Mira@Halden.example>", "Mira@Halden.example"),
            (
                "\"Amla, Mira\" <mira@halden.example>",
                "mira@halden.example",
            ),
            ("Amla, Mira <mira@halden.example>", "mira@halden.example"),
            (
                "mira@halden.example (Mira, of Halden)",
                "mira@halden.example",
            ),
            (
                "(a@evil.example) mira@halden.example",
                "mira@halden.example",
            ),
            (
                "\"a@evil.example\" <mira@halden.example>",
                "mira@halden.example",
            ),
            (
                "mira@halden.example <mira@halden.example>",
                "mira@halden.example",
            ),
            (
                "=?utf-8?B?SsOpcsO0bWU=?= <j.petit@halden.example>",
                "j.petit@halden.example",
            ),
            ("Mira <mira@\r\n halden.example>", "mira@halden.example"),
            ("Mira <mira@bücher.example>", "mira@bücher.example"),
            ("", "none"),
            ("Mira", "none"),
            ("<>", "none"),
            ("undisclosed-recipients:;", "none"),
            ("Mira <\"mira amla\"@halden.example>", "none"),
            ("<@relay.example:mira@halden.example>", "none"),
            ("mira@halden.example, ole@halden.example", "several"),
            ("Mira <mira@halden.example>, <a@evil.example>", "several"),
            ("Mira <mira@halden.example> <a@evil.example>", "several"),
            ("a@evil.example <mira@halden.example>", "several"),
            ("<mira@halden.example> a@evil.example", "several"),
            ("Team: mira@halden.example;", "several"),
            ("Mira <mira@halden.example", "several"),
            ("\"Mira <mira@halden.example>", "none"),
        ] {
            assert_eq!(from(field), expected, "{field}");
        }
        let twice = b"From: mira@halden.example\r\nFrom: mira@halden.example\r\n\r\n";
        assert_eq!(sender(&header_of(twice)), Sender::Several);
        assert_eq!(
            sender(&header_of(b"To: mira@halden.example\r\n\r\n")),
            Sender::None
        );
    }

    #[test]
    fn a_look_alike_is_another_address() {
        let cyrillic = from("Mira <mira@h\u{430}lden.example>");
        assert_ne!(Email::parse(&cyrillic), Email::parse("mira@halden.example"));
        assert_eq!(from("Mira <mira\u{ff20}halden.example>"), "none");
        assert_eq!(from("Mira <mira\u{202e}@halden.example>"), "none");
        assert_ne!(
            Email::parse(&from("m.ira+x@halden.example")),
            Email::parse("mira@halden.example")
        );
    }

    #[test]
    fn the_token_of_an_unsubscribe_address_keeps_its_case() {
        for (field, token) in [
            (
                "To: unsubscribe+v1.k2.AbC-_x@vendor.example",
                Some("v1.k2.AbC-_x"),
            ),
            ("to: Bye <UnSubscribe+Tok@vendor.example>", Some("Tok")),
            (
                "Cc: a@b.example, <unsubscribe+Tok@vendor.example>",
                Some("Tok"),
            ),
            ("Delivered-To: unsubscribe+Tok@vendor.example", Some("Tok")),
            ("X-Original-To: unsubscribe+Tok@vendor.example", Some("Tok")),
            ("Envelope-To: unsubscribe+Tok@vendor.example", Some("Tok")),
            (
                "To: \"unsubscribe+Tok@vendor.example\" <privacy@vendor.example>",
                None,
            ),
            ("To: unsubscribe@vendor.example", None),
            ("To: unsubscribe+@vendor.example", None),
            ("To: unsubscribe+a b@vendor.example", None),
            ("To: unsubscribe+a/../b@vendor.example", None),
            ("Reply-To: unsubscribe+Tok@vendor.example", None),
        ] {
            let raw = format!("{field}\r\n\r\n");
            let recipients = recipients(&header_of(raw.as_bytes()));
            assert_eq!(
                tagged(&recipients, "unsubscribe").as_deref(),
                token,
                "{field}"
            );
        }
        let long = format!("To: unsubscribe+{}@vendor.example\r\n\r\n", "a".repeat(513));
        assert_eq!(
            tagged(&recipients(&header_of(long.as_bytes())), "unsubscribe"),
            None
        );
    }
}
