use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::*;

pub(super) const BORDER: &str = "mx.vendor.example";

/// Reads as the vectors are meant: our border server is `mx.vendor.example`.
pub(super) fn read_ours(raw: &[u8]) -> Result<Inbound, Unreadable> {
    let ids = [BORDER.to_owned()];
    let ours = Ours {
        authserv_ids: &ids,
        message_domain: "vendor.example",
    };
    read(raw, &ours)
}

/// A mail of one part: header fields as given, and From and Date where they are not.
fn mail(fields: &str, body: &str) -> Vec<u8> {
    let mut raw = String::new();
    if !fields.to_lowercase().contains("from:") {
        raw.push_str("From: Mira <mira@halden.example>\r\n");
    }
    raw.push_str("Date: Fri, 20 Nov 2026 08:59:58 +0100\r\n");
    for line in fields.lines() {
        raw.push_str(line);
        raw.push_str("\r\n");
    }
    raw.push_str("\r\n");
    raw.push_str(&body.replace('\n', "\r\n"));
    raw.into_bytes()
}

fn inbound(fields: &str, body: &str) -> Inbound {
    read_ours(&mail(fields, body)).expect("a mail")
}

fn vectors() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/email")
}

pub(super) fn vector(name: &str) -> Vec<u8> {
    fs::read(vectors().join(name)).expect("a vector")
}

fn read_vector(name: &str) -> Inbound {
    read_ours(&vector(name)).expect("a mail")
}

#[test]
fn every_vector_is_read_as_expected() {
    let expected: Value =
        serde_json::from_slice(&vector("expected.json")).expect("the list of vectors");
    let rows = expected.as_array().expect("a list");
    let listed: Vec<&str> = rows.iter().filter_map(|row| row["file"].as_str()).collect();
    for entry in fs::read_dir(vectors()).expect("the vectors") {
        let name = entry.expect("an entry").file_name();
        let name = name.to_str().expect("a name");
        assert!(
            !name.ends_with(".eml") || listed.contains(&name),
            "{name} is not in expected.json"
        );
    }
    for row in rows {
        check(row);
    }
}

/// Every key of a row is a check; one that is not known here is a mistake.
fn check(row: &Value) {
    let file = row["file"].as_str().expect("a file");
    let mail = read_vector(file);
    for (key, value) in row.as_object().expect("a row") {
        let text = value.as_str();
        match key.as_str() {
            "file" | "intake" => {}
            "kind" => {
                let kind = if mail.automatic.is_some() {
                    "automatic"
                } else if mail.unsubscribe.is_some() {
                    "list-unsubscribe"
                } else if mail
                    .message_id
                    .as_deref()
                    .is_some_and(|id| id.ends_with("@vendor.example"))
                    && mail.no_reply
                {
                    "outgoing"
                } else {
                    "human"
                };
                assert_eq!(Some(kind), text, "{file}");
            }
            "sender" => assert_eq!(mail.from.email().map(Email::as_str), text, "{file}"),
            "dmarc" => assert_eq!(Some(mail.dmarc.as_str()), text, "{file}"),
            "token" => assert_eq!(mail.unsubscribe.as_deref(), text, "{file}"),
            "subject_decoded" => assert_eq!(Some(mail.subject.as_str()), text, "{file}"),
            "body_contains" => assert!(mail.text.contains(text.expect("words")), "{file}"),
            "https_uris" => {
                let raw = String::from_utf8(vector(file)).expect("ASCII");
                let head = raw.split("\r\n\r\n").next().expect("a header");
                assert_eq!(
                    Some(head.matches("<https://").count() as u64),
                    value.as_u64(),
                    "{file}"
                );
            }
            "one_click" => {
                let raw = String::from_utf8(vector(file)).expect("ASCII");
                let field = "\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n";
                assert_eq!(Some(raw.contains(field)), value.as_bool(), "{file}");
            }
            key => panic!("{file}: nothing here checks {key}"),
        }
    }
}

/// What the column `intake` says in words.
#[test]
fn the_vectors_lead_to_the_intake_that_they_describe() {
    let removal = read_vector("01-removal-plain.eml");
    assert_eq!(removal.kind, Some(Kind::Erasure));
    assert_eq!(removal.lang.as_deref(), Some("en"));
    assert_eq!(
        removal.message_id.as_deref(),
        Some("a1@tandem-works.example")
    );
    assert_eq!(
        removal.received_at,
        Some("2026-11-20T09:00:01+01:00".parse().expect("a time"))
    );
    assert!(removal.text.contains("E-3A1-B2C-4D5-E6F"));

    let unsubscribe = read_vector("02-mailto-unsubscribe.eml");
    assert_eq!(unsubscribe.kind, Some(Kind::Objection));
    assert_eq!(
        (unsubscribe.text.as_str(), unsubscribe.quoted_only),
        ("", false)
    );

    let vacation = read_vector("03-vacation-autoreply.eml");
    assert_eq!(vacation.automatic, Some(Automatic::AutoSubmitted));
    assert!(vacation.no_reply);
    assert_eq!((vacation.kind, vacation.bounce), (None, None));
    assert_eq!(vacation.answers, ["conf-1@vendor.example"]);
    assert!(!vacation.text.contains("https"));

    let bounce = read_vector("04-bounce-dsn.eml");
    assert_eq!(
        bounce.bounce,
        Some(Bounce {
            letter: Some("msg77".into()),
            status: "5.1.1".into(),
            permanent: true
        })
    );
    assert_eq!(bounce.kind, None);

    let forged = read_vector("05-forged-auth-results.eml");
    assert_eq!(forged.kind, Some(Kind::Access));

    let forwarded = read_vector("06-forwarded-rfc822.eml");
    assert_eq!((forwarded.kind, forwarded.attachments), (None, 1));
    assert!(!forwarded.text.contains("delete"));

    let hungarian = read_vector("07-encoded-latin2.eml");
    assert_eq!(hungarian.kind, Some(Kind::Erasure));
    assert_eq!(hungarian.lang.as_deref(), Some("hu"));

    let two = read_vector("08-two-from.eml");
    assert_eq!((two.from, two.dmarc), (Sender::Several, Dmarc::Unknown));
    assert_eq!(two.kind, Some(Kind::Access));

    let question = read_vector("09-html-only-quoted-keyword.eml");
    assert_eq!(question.text, "How do I export a board?");
    assert_eq!((question.kind, question.quoted_only), (None, false));

    assert!(read_vector("10-outgoing-newsletter.eml").no_reply);
}
