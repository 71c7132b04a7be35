//! Which parts of a message are words of its writer, which are files, and which nobody can open here.

use super::shape::{MAX_ATTACHMENTS, Part};
use super::{TEXT_LIMIT, Unreadable, html, quoted, text, uuencode};

/// Most parts of text that are read.
const MAX_TEXTS: usize = 20;

/// What the parts come to.
pub(super) struct Content {
    /// Own words.
    pub text: String,
    /// Something was quoted.
    pub quoted: bool,
    /// Another message is attached.
    pub forwarded: bool,
    pub attachments: u32,
    pub locked: bool,
}

/// Reads the words and counts the rest.
pub(super) fn read(root: &Part<'_>) -> Result<Content, Unreadable> {
    let mut count = Count::default();
    count.part(root, None);
    let mut parts = Vec::new();
    texts(root, true, &mut parts);
    let mut whole = String::new();
    for part in parts.iter().take(MAX_TEXTS) {
        if whole.len() >= text::MAX_DECODED {
            break;
        }
        if !whole.is_empty() {
            whole.push('\n');
        }
        let (words, files) = words(part);
        whole.push_str(&words);
        count.attachments = count.attachments.saturating_add(files);
    }
    if count.attachments > MAX_ATTACHMENTS {
        return Err(Unreadable::Attachments);
    }
    let own = quoted::cut(text::cut(&whole, text::MAX_DECODED));
    Ok(Content {
        text: text::cut(&own.text, TEXT_LIMIT).trim_end().to_owned(),
        quoted: own.quoted,
        forwarded: count.forwarded,
        attachments: count.attachments,
        locked: count.locked || whole.contains("-----BEGIN PGP MESSAGE-----"),
    })
}

/// The words of a part, and how many files stand among them.
fn words(part: &Part<'_>) -> (String, u32) {
    let text = text::decode(part.body, &part.media);
    if part.media.name == "text/html" {
        return (html::to_text(&text), 0);
    }
    let (text, files) = uuencode::cut(&text);
    if part.media.flowed {
        (text::unflow(&text, part.media.delsp), files)
    } else {
        (text, files)
    }
}

/// The parts that a mail program would show as the text, in order.
fn texts<'p, 'a>(part: &'p Part<'a>, root: bool, found: &mut Vec<&'p Part<'a>>) {
    let name = part.media.name.as_str();
    if part.children.is_empty() {
        let file = part.media.attached || part.media.file.is_some();
        let words = matches!(name, "text/plain" | "text/html") && !file;
        // The message itself is text whatever kind of text it says; so is a multipart whose parts are not to be found.
        let only = root && (name.starts_with("text/") || name.starts_with("multipart/"));
        if words || only {
            found.push(part);
        }
        return;
    }
    match name {
        "multipart/alternative" => found.extend(best(part)),
        "multipart/related" | "multipart/signed" | "multipart/report" => {
            texts(&part.children[0], false, found);
        }
        _ if name.starts_with("multipart/") && name != "multipart/encrypted" => {
            for child in &part.children {
                texts(child, false, found);
            }
        }
        _ => {}
    }
}

/// Of several ways to say the same, the plain one, unless it is empty.
fn best<'p, 'a>(part: &'p Part<'a>) -> Vec<&'p Part<'a>> {
    let mut fallback = Vec::new();
    for child in &part.children {
        let mut found = Vec::new();
        texts(child, false, &mut found);
        let plain = found.iter().all(|part| part.media.name == "text/plain");
        if plain && found.iter().any(|part| !words(part).0.trim().is_empty()) {
            return found;
        }
        if !found.is_empty() && (fallback.is_empty() || !plain) {
            fallback = found;
        }
    }
    fallback
}

#[derive(Default)]
struct Count {
    attachments: u32,
    forwarded: bool,
    locked: bool,
}

impl Count {
    fn part(&mut self, part: &Part<'_>, parent: Option<&str>) {
        let media = &part.media;
        let name = media.name.as_str();
        let packed = media
            .file
            .as_deref()
            .is_some_and(|file| file.eq_ignore_ascii_case("winmail.dat"));
        self.locked |= packed
            || matches!(
                name,
                "multipart/encrypted"
                    | "application/pgp-encrypted"
                    | "application/pkcs7-mime"
                    | "application/x-pkcs7-mime"
                    | "application/ms-tnef"
                    | "application/vnd.ms-tnef"
            );
        if media.is_message() {
            self.forwarded = true;
            self.attachments += u32::from(parent != Some("multipart/report"));
            return;
        }
        if name.starts_with("multipart/") {
            for child in &part.children {
                self.part(child, Some(name));
            }
            return;
        }
        let file = media.attached || media.file.is_some();
        let counts = match (name, parent) {
            (
                "application/pgp-signature"
                | "application/pkcs7-signature"
                | "application/x-pkcs7-signature",
                _,
            )
            | ("application/pgp-encrypted", _) => false,
            (_, Some("multipart/report")) => file,
            ("text/plain" | "text/html", _) => file,
            // Another way to say the same, such as a calendar entry.
            (name, Some("multipart/alternative")) if name.starts_with("text/") => file,
            (name, None) => file || !name.starts_with("text/"),
            _ => true,
        };
        self.attachments += u32::from(counts);
    }
}
