//! Machines: automatic mail, which nobody answers, and reports about our own letters.

use super::address::tagged;
use super::shape::{Header, Part};
use super::{Automatic, Bounce, Ours, Sender, ids, is_ours, shape, text};

/// Values of `Precedence` that mark mail to many.
const MASS: &[&str] = &["bulk", "list", "junk", "auto_reply"];
/// Fields that old answering programs write.
const ANSWERING: &[&str] = &[
    "x-auto-response-suppress",
    "x-autoreply",
    "x-autorespond",
    "x-autoresponder",
];
/// Longest id of a letter, in bytes.
const MAX_LETTER: usize = 64;

/// Signs after which there is no case and no answer.
pub(super) fn strong(root: &Part<'_>, from: &Sender) -> Option<Automatic> {
    let header = &root.header;
    let submitted = header.first("auto-submitted").is_some_and(|value| {
        let keyword = value.split([';', '(']).next().unwrap_or_default();
        !keyword.trim().eq_ignore_ascii_case("no")
    });
    let path = header.first("return-path").map(without_space);
    if submitted {
        Some(Automatic::AutoSubmitted)
    } else if path.as_deref() == Some("<>") {
        Some(Automatic::NullReturnPath)
    } else if root.media.name == "multipart/report" {
        Some(Automatic::Report)
    } else if is_system(from) {
        Some(Automatic::SystemSender)
    } else {
        None
    }
}

/// Signs after which nothing is answered, though a person may have written through a list or a help desk.
pub(super) fn weak(
    header: &Header<'_>,
    from: &Sender,
    message_id: Option<&str>,
    ours: &Ours<'_>,
) -> bool {
    let mass = header.all("precedence").any(|value| {
        MASS.iter()
            .any(|word| value.trim().eq_ignore_ascii_case(word))
    });
    let domain = ours.message_domain.to_ascii_lowercase();
    let looped = header
        .all("x-loop")
        .any(|value| !domain.is_empty() && value.to_ascii_lowercase().contains(&domain));
    mass || looped
        || is_role_of_list(from)
        || header.has(|name| name.starts_with("list-") || ANSWERING.contains(&name))
        || message_id.is_some_and(|id| is_ours(id, ours))
}

/// What a report says of a letter of ours; nothing if it was delivered, or is no report of delivery.
pub(super) fn bounce(
    root: &Part<'_>,
    from: &Sender,
    recipients: &[String],
    ours: &Ours<'_>,
) -> Option<Bounce> {
    let named = tagged(recipients, "bounce").filter(|id| id.len() <= MAX_LETTER);
    if root.media.name == "multipart/report" {
        let status = root.children.iter().find(|part| {
            matches!(
                part.media.name.as_str(),
                "message/delivery-status" | "message/global-delivery-status"
            )
        })?;
        let (status, permanent) = delivery_status(&text::bytes(status.body, &status.media))?;
        return Some(Bounce {
            letter: named.or_else(|| returned_letter(root, ours)),
            status,
            permanent,
        });
    }
    // Old mail servers write to the address of the letter in words alone.
    if !is_system(from) {
        return None;
    }
    let letter = named?;
    let words = text::decode(root.body, &root.media);
    let status = words
        .split_whitespace()
        .find_map(status_code)
        .unwrap_or_default();
    Some(Bounce {
        letter: Some(letter),
        permanent: status.starts_with('5'),
        status,
    })
}

fn is_system(from: &Sender) -> bool {
    from.email().is_some_and(|email| {
        let address = email.normalised();
        let local = address.split('@').next().unwrap_or_default();
        local == "mailer-daemon" || local == "postmaster"
    })
}

/// Whether a list's machine writes under such a name; a person may too (`privacy-request@`).
fn is_role_of_list(from: &Sender) -> bool {
    from.email().is_some_and(|email| {
        let address = email.normalised();
        let local = address.split('@').next().unwrap_or_default();
        local.starts_with("owner-") || local.ends_with("-request")
    })
}

/// Status and permanence of the recipient that failed, or else of one that waits (RFC 3464). A letter has one recipient.
fn delivery_status(report: &[u8]) -> Option<(String, bool)> {
    let report = text::clean(&String::from_utf8_lossy(report));
    let mut delayed = None;
    for group in report.split("\n\n") {
        let header = shape::header_of(group.trim_start().as_bytes());
        let action = header
            .first("action")
            .unwrap_or_default()
            .to_ascii_lowercase();
        let action = action.split(['(', ';']).next().unwrap_or_default().trim();
        let given = header.first("status").unwrap_or_default();
        let diagnostic = header.first("diagnostic-code").unwrap_or_default();
        let status = given
            .split_whitespace()
            .chain(diagnostic.split_whitespace())
            .find_map(status_code)
            .unwrap_or_default();
        match action {
            // Nobody tries again, whatever the status says (RFC 3464, 2.3.3).
            "failed" => return Some((status, true)),
            "delayed" => delayed = Some((status, false)),
            _ => {}
        }
    }
    delayed
}

/// `5.1.1` (RFC 3463 section 2).
fn status_code(word: &str) -> Option<String> {
    let word = word.trim_matches(|c: char| !c.is_ascii_digit());
    let parts: Vec<&str> = word.split('.').collect();
    let number =
        |part: &str| (1..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    let [class, subject, detail] = parts[..] else {
        return None;
    };
    (matches!(class, "2" | "4" | "5") && number(subject) && number(detail)).then(|| word.to_owned())
}

/// The id in the Message-ID of what was returned, whole or its header alone, if it was made here.
fn returned_letter(root: &Part<'_>, ours: &Ours<'_>) -> Option<String> {
    root.children.iter().find_map(|part| {
        let id = match part.media.name.as_str() {
            "message/rfc822" | "message/global" if !part.children.is_empty() => {
                part.children[0].header.first("message-id")?
            }
            "message/rfc822"
            | "message/global"
            | "text/rfc822-headers"
            | "message/global-headers" => {
                shape::header_of(&text::bytes(part.body, &part.media)).first("message-id")?
            }
            _ => return None,
        };
        let id = ids(&id).next()?;
        let (letter, _) = id.rsplit_once('@')?;
        let sound = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        let fits = (1..=MAX_LETTER).contains(&letter.len()) && letter.chars().all(sound);
        (fits && is_ours(&id, ours)).then(|| letter.to_owned())
    })
}

fn without_space(value: String) -> String {
    value.chars().filter(|c| !c.is_whitespace()).collect()
}
