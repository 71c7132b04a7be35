//! From bytes to text: encodings, character sets, flowed lines. Nothing here fails; what cannot be read is replaced.

use mail_parser::HeaderValue;
use mail_parser::decoders::base64::base64_decode;
use mail_parser::decoders::charsets::map::charset_decoder;
use mail_parser::parsers::MessageStream;

use super::shape::{Encoding, Media};

/// Most bytes of a part that are decoded: what a person wrote stands at the beginning.
pub(super) const MAX_DECODED: usize = 1 << 20;
/// Longest subject that is decoded, in bytes.
const MAX_SUBJECT: usize = 4 << 10;

/// The text of a part.
pub(super) fn decode(body: &[u8], media: &Media) -> String {
    let body = &body[..body.len().min(MAX_DECODED)];
    let text = match media.encoding {
        Encoding::Plain => charset(body, media.charset.as_deref()),
        Encoding::Base64 => charset(&base64(body), media.charset.as_deref()),
        Encoding::QuotedPrintable => charset(&quoted_printable(body), media.charset.as_deref()),
    };
    clean(&text)
}

/// The bytes of a part that is no text for people, such as a delivery report.
pub(super) fn bytes(body: &[u8], media: &Media) -> Vec<u8> {
    let body = &body[..body.len().min(MAX_DECODED)];
    match media.encoding {
        Encoding::Plain => body.to_vec(),
        Encoding::Base64 => base64(body),
        Encoding::QuotedPrintable => quoted_printable(body),
    }
}

/// A field of free text with encoded words (RFC 2047); adjacent ones join without the space between them.
pub(super) fn unstructured(raw: &[u8]) -> String {
    let mut line: Vec<u8> = raw[..raw.len().min(MAX_SUBJECT)].to_vec();
    line.push(b'\n');
    match MessageStream::new(&line).parse_unstructured() {
        HeaderValue::Text(text) => text.into_owned(),
        _ => String::new(),
    }
}

/// Line ends become `\n`; what cannot be seen, turns the reading direction or cannot be stored is dropped.
pub(super) fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut after_return = false;
    for c in text.chars() {
        match c {
            '\n' if after_return => {}
            '\r' | '\n' | '\u{2028}' | '\u{2029}' | '\u{85}' => out.push('\n'),
            '\u{a0}' | '\u{202f}' | '\u{2007}' => out.push(' '),
            '\t' => out.push('\t'),
            '\u{ad}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' => {}
            '\u{2060}'..='\u{206f}' | '\u{feff}' => {}
            c if c.is_control() => {}
            c => out.push(c),
        }
        after_return = c == '\r';
    }
    out
}

/// Lines that the sender's program broke are joined again (RFC 3676); the signature line and quotes stay lines.
pub(super) fn unflow(text: &str, delsp: bool) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut open: Option<usize> = None;
    for line in text.split('\n') {
        let content = line.trim_start_matches('>');
        let depth = line.len() - content.len();
        let content = content.strip_prefix(' ').unwrap_or(content);
        let signature = content == "-- ";
        let flows = content.ends_with(' ') && !signature;
        let kept = if flows && delsp {
            &content[..content.len() - 1]
        } else {
            content
        };
        match lines.last_mut() {
            Some(last) if open == Some(depth) && !signature => last.push_str(kept),
            _ if depth > 0 => lines.push(format!("{} {kept}", ">".repeat(depth))),
            _ => lines.push(kept.to_owned()),
        }
        open = flows.then_some(depth);
    }
    lines.join("\n")
}

/// The first `limit` bytes, not within a character.
pub(super) fn cut(text: &str, limit: usize) -> &str {
    let mut end = text.len().min(limit);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Labels lie. Text that is valid UTF-8 beyond ASCII is UTF-8 whatever single-byte set it claims, and text that claims
/// to be UTF-8 and holds nothing of it is Western European.
fn charset(bytes: &[u8], label: Option<&str>) -> String {
    let label = label.unwrap_or("utf-8").trim().to_ascii_lowercase();
    if bytes.is_ascii()
        && !label.starts_with("iso-2022")
        && !label.starts_with("utf-")
        && label != "hz-gb-2312"
    {
        return String::from_utf8_lossy(bytes).into_owned();
    }
    let several_bytes = [
        "utf-16", "utf-7", "utf16", "utf7", "iso-2022", "gb", "big5", "shift", "sjis", "euc", "hz",
        "ks_c",
    ]
    .iter()
    .any(|start| label.starts_with(start));
    if !several_bytes && let Some(text) = utf8(bytes) {
        return text;
    }
    let western = [
        "utf-8",
        "utf8",
        "us-ascii",
        "ascii",
        "unknown-8bit",
        "default",
    ];
    let label = if western.contains(&label.as_str()) {
        "windows-1252"
    } else {
        label.as_str()
    };
    match charset_decoder(label.as_bytes()).or_else(|| charset_decoder(b"windows-1252")) {
        Some(decoder) => decoder(bytes),
        None => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// The text if it is UTF-8, but for a character at the end that was cut, or for single bytes among real ones.
fn utf8(bytes: &[u8]) -> Option<String> {
    let mut wide = 0;
    let mut broken = 0;
    for chunk in bytes.utf8_chunks() {
        wide += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        broken += usize::from(!chunk.invalid().is_empty());
    }
    (broken == 0 || wide > 2 * broken).then(|| String::from_utf8_lossy(bytes).into_owned())
}

/// What is no base64 is passed over.
fn base64(body: &[u8]) -> Vec<u8> {
    let letters: Vec<u8> = body
        .iter()
        .copied()
        .filter(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'='))
        .collect();
    base64_decode(&letters).unwrap_or_default()
}

/// RFC 2045 section 6.7; an equals sign that begins no code stays.
fn quoted_printable(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    let mut at = 0;
    while at < body.len() {
        if body[at] != b'=' {
            out.push(body[at]);
            at += 1;
            continue;
        }
        let hex = |byte: Option<&u8>| byte.and_then(|byte| char::from(*byte).to_digit(16));
        if let (Some(high), Some(low)) = (hex(body.get(at + 1)), hex(body.get(at + 2))) {
            out.push((high * 16 + low) as u8);
            at += 3;
            continue;
        }
        let space = body[at + 1..]
            .iter()
            .take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r'))
            .count();
        let next = at + 1 + space;
        if next >= body.len() || body[next] == b'\n' {
            at = next + 1;
        } else {
            out.push(b'=');
            at += 1;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(body: &[u8], charset: Option<&str>, encoding: Encoding) -> String {
        let media = Media {
            charset: charset.map(str::to_owned),
            encoding,
            ..Media::default()
        };
        decode(body, &media)
    }

    #[test]
    fn labels_of_character_sets_are_believed_as_far_as_they_fit() {
        for (bytes, label, text) in [
            (
                &b"T\xf6r\xf6lje, Sz\xf5ke"[..],
                Some("iso-8859-2"),
                "Törölje, Szőke",
            ),
            (b"T\xf6r\xf6lje", None, "Törölje"),
            (b"T\xf6r\xf6lje", Some("utf-8"), "Törölje"),
            (b"T\xf6r\xf6lje", Some("us-ascii"), "Törölje"),
            (b"T\xf6r\xf6lje", Some("no-such-set"), "Törölje"),
            ("Törölje".as_bytes(), Some("iso-8859-1"), "Törölje"),
            ("Törölje".as_bytes(), Some("us-ascii"), "Törölje"),
            ("Törölje".as_bytes(), Some("\"UTF-8\""), "Törölje"),
            ("Törölje \u{20ac} ő".as_bytes(), None, "Törölje € ő"),
            (
                b"t\xc3\xb6r\xc3\xb6lj\xc3\xa9k \xff!",
                Some("utf-8"),
                "töröljék \u{fffd}!",
            ),
            (b"a\0b\x07c\r\nd\re", None, "abc\nd\ne"),
            (b"\xff\xfea\0b\0", Some("utf-16"), "ab"),
            (b"\x1b$B%O\x1b(B", Some("iso-2022-jp"), "ハ"),
            (b"\x80 5", Some("windows-1252"), "€ 5"),
        ] {
            assert_eq!(decoded(bytes, label, Encoding::Plain), text, "{label:?}");
        }
    }

    #[test]
    fn broken_encodings_lose_little() {
        for (body, encoding, text) in [
            ("a=3D=C3=A9=\r\nb", Encoding::QuotedPrintable, "a=éb"),
            ("a=\nb= \r\nc", Encoding::QuotedPrintable, "abc"),
            ("1=2 =zz =", Encoding::QuotedPrintable, "1=2 =zz "),
            ("aGVs\r\nbG8=", Encoding::Base64, "hello"),
            ("aGVsbG8", Encoding::Base64, "hello"),
            ("aGV*s!bG8=\r\n--", Encoding::Base64, "hello"),
        ] {
            assert_eq!(decoded(body.as_bytes(), None, encoding), text, "{body}");
        }
    }

    #[test]
    fn what_hides_or_turns_is_dropped() {
        assert_eq!(
            clean("de\u{ad}lete \u{202e}my\u{200b} da\u{feff}ta\u{a0}"),
            "delete my data "
        );
    }

    #[test]
    fn flowed_lines_are_one() {
        for (text, delsp, flowed) in [
            (
                "Please delete \nmy data.\nMira",
                false,
                "Please delete my data.\nMira",
            ),
            ("Please del \nete", true, "Please delete"),
            (" >no quote \nat all", false, ">no quote at all"),
            ("> a \n> b\n>> c", false, "> a b\n>> c"),
            ("a \n> b", false, "a \n> b"),
            ("a \n-- \nMira", false, "a \n-- \nMira"),
            ("\n\na", false, "\n\na"),
        ] {
            assert_eq!(unflow(text, delsp), flowed, "{text:?}");
        }
    }

    #[test]
    fn a_subject_is_decoded() {
        for (raw, text) in [
            (
                "=?utf-8?B?U3plbcOpbHllcyBhZGF0b2s=?=\r\n =?utf-8?B?IHTDtnJsw6lzZQ==?=",
                "Személyes adatok törlése",
            ),
            ("=?iso-8859-2?Q?Sz=F5ke_=D6rs?= a", "Szőke Örs a"),
            ("Törlés", "Törlés"),
            ("=?utf-8?Q?open", "=?utf-8?Q?open"),
            ("=?no-such-set?Q?a?=", "a"),
        ] {
            assert_eq!(unstructured(raw.as_bytes()).trim(), text, "{raw}");
        }
    }
}
