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
    assert_eq!(
        (two.from, two.dmarc),
        (Sender::Several, SenderProof::Unknown)
    );
    assert_eq!(two.kind, Some(Kind::Access));

    let question = read_vector("09-html-only-quoted-keyword.eml");
    assert_eq!(question.text, "How do I export a board?");
    assert_eq!((question.kind, question.quoted_only), (None, false));

    assert!(read_vector("10-outgoing-newsletter.eml").no_reply);
}

// --- machines ---

#[test]
fn signs_of_a_machine_are_told_apart() {
    use Automatic::*;
    for (fields, automatic, no_reply) in [
        ("Subject: a", None, false),
        ("Auto-Submitted: no", None, false),
        ("Auto-Submitted: No; comment=x", None, false),
        ("Auto-Submitted: auto-generated", Some(AutoSubmitted), false),
        (
            "auto-submitted: auto-replied; owner-email=\"a@b.example\"",
            Some(AutoSubmitted),
            false,
        ),
        ("Auto-Submitted:", Some(AutoSubmitted), false),
        ("Return-Path: <>", Some(NullReturnPath), false),
        ("Return-Path: < >", Some(NullReturnPath), false),
        ("Return-Path: <mira@halden.example>", None, false),
        (
            "Content-Type: multipart/report; report-type=feedback-report; boundary=b",
            Some(Report),
            false,
        ),
        (
            "From: MAILER-DAEMON@halden.example",
            Some(SystemSender),
            false,
        ),
        (
            "From: Postmaster <postmaster@halden.example>",
            Some(SystemSender),
            false,
        ),
        ("From: owner-team@halden.example", None, true),
        ("From: team-request@halden.example", None, true),
        ("From: owner@halden.example", None, false),
        ("From: request@halden.example", None, false),
        ("List-Id: <team.halden.example>", None, true),
        ("List-Post: <mailto:team@halden.example>", None, true),
        ("Listing: x", None, false),
        ("Precedence: Bulk", None, true),
        ("Precedence: list", None, true),
        ("Precedence: junk", None, true),
        ("Precedence: first-class", None, false),
        ("X-Auto-Response-Suppress: All", None, true),
        ("X-Loop: privacy@vendor.example", None, true),
        ("X-Loop: team@halden.example", None, false),
        ("Message-ID: <a@Vendor.example>", None, true),
        ("Message-ID: <a@vendor.example.halden.example>", None, false),
    ] {
        let mail = inbound(fields, "Please delete my data.");
        assert_eq!(
            (mail.automatic, mail.no_reply),
            (automatic, no_reply),
            "{fields}"
        );
        assert_eq!(mail.kind, Some(Kind::Erasure), "{fields}");
    }
}

fn report(to: &str, status: &str, returned: &str) -> Option<Bounce> {
    let fields = format!(
        "To: {to}\nContent-Type: multipart/report; report-type=delivery-status; boundary=\"b\""
    );
    let body = format!(
        "--b\n\nIt failed.\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx\n\n{status}\n{returned}--b--\n"
    );
    inbound(&fields, &body).bounce
}

#[test]
fn a_report_of_delivery_names_letter_and_status() {
    let named = "bounce+0198-ab@vendor.example";
    let whole = "--b\nContent-Type: message/rfc822\n\nMessage-ID: <L-1@vendor.example>\n\nx\n";
    let head = "--b\nContent-Type: text/rfc822-headers\n\nSubject: x\nMessage-ID:\n <L-1@vendor.example>\n";
    let coded = "--b\nContent-Type: text/rfc822-headers\nContent-Transfer-Encoding: base64\n\nTWVzc2FnZS1JRDogPEwtMUB2ZW5kb3IuZXhhbXBsZT4K\n";
    let foreign = "--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: <L-1@halden.example>\n";
    let failed = "Final-Recipient: rfc822; a@halden.example\nAction: failed\nStatus: 5.1.1\n";
    for (to, status, returned, expected) in [
        (named, failed, whole, Some((Some("0198-ab"), "5.1.1", true))),
        (
            "a@vendor.example",
            failed,
            whole,
            Some((Some("L-1"), "5.1.1", true)),
        ),
        (
            "a@vendor.example",
            failed,
            head,
            Some((Some("L-1"), "5.1.1", true)),
        ),
        (
            "a@vendor.example",
            failed,
            coded,
            Some((Some("L-1"), "5.1.1", true)),
        ),
        (
            "a@vendor.example",
            failed,
            foreign,
            Some((None, "5.1.1", true)),
        ),
        ("a@vendor.example", failed, "", Some((None, "5.1.1", true))),
        (
            named,
            "Action: Failed (x)\nStatus: 5.7.26 (spam)\n",
            "",
            Some((Some("0198-ab"), "5.7.26", true)),
        ),
        (
            named,
            "Action: failed\nStatus: 4.4.7\n",
            "",
            Some((Some("0198-ab"), "4.4.7", true)),
        ),
        (
            named,
            "Action: failed\nDiagnostic-Code: smtp; 550 5.1.2 no\n",
            "",
            Some((Some("0198-ab"), "5.1.2", true)),
        ),
        (
            named,
            "Action: failed\n",
            "",
            Some((Some("0198-ab"), "", true)),
        ),
        (
            named,
            "Action: delayed\nStatus: 4.4.1\n",
            "",
            Some((Some("0198-ab"), "4.4.1", false)),
        ),
        (
            named,
            "Action: delayed\nStatus: 4.4.1\n\nAction: failed\nStatus: 5.0.0\n",
            "",
            Some((Some("0198-ab"), "5.0.0", true)),
        ),
        (named, "Action: delivered\nStatus: 2.0.0\n", whole, None),
        (named, "", whole, None),
    ] {
        let bounce = report(to, status, returned);
        let found = bounce.as_ref().map(|bounce| {
            (
                bounce.letter.as_deref(),
                bounce.status.as_str(),
                bounce.permanent,
            )
        });
        assert_eq!(found, expected, "{to} {status} {returned}");
    }
}

#[test]
fn a_report_in_words_alone_is_a_bounce_and_a_vacation_answer_is_none() {
    let fields = "From: MAILER-DAEMON@halden.example\nTo: bounce+L-1@vendor.example";
    let bounce = inbound(fields, "a@halden.example: 550 5.1.1 user unknown").bounce;
    assert_eq!(
        bounce,
        Some(Bounce {
            letter: Some("L-1".into()),
            status: "5.1.1".into(),
            permanent: true
        })
    );
    let fields = "To: bounce+L-1@vendor.example\nAuto-Submitted: auto-replied\nReturn-Path: <>";
    assert_eq!(inbound(fields, "I am away. 5.1.1").bounce, None);
}

// --- words ---

#[test]
fn the_subject_counts_unless_it_is_taken_over() {
    let mine = "Subject: Re: Delete my data";
    for (fields, body, kind) in [
        ("Subject: Delete my data", "Hello.", Some(Kind::Erasure)),
        (mine, "Hello.", Some(Kind::Erasure)),
        (
            "Subject: Re: Delete my data\nIn-Reply-To: <x@vendor.example>",
            "Hello.",
            None,
        ),
        (
            "Subject: AW: Delete my data\nReferences: <x@VENDOR.example>",
            "Hello.",
            None,
        ),
        (
            "Subject: Re: Delete my data\nReferences: <x@halden.example>",
            "Hello.",
            Some(Kind::Erasure),
        ),
        (
            "Subject: Delete my data\nIn-Reply-To: <x@vendor.example>",
            "Hello.",
            Some(Kind::Erasure),
        ),
        (mine, "Hello.\n> quoted", None),
        (mine, "Unsubscribe me.\n> quoted", Some(Kind::Objection)),
    ] {
        assert_eq!(inbound(fields, body).kind, kind, "{fields} {body}");
    }
}

#[test]
fn quotes_alone_are_told_from_an_empty_mail() {
    let quoted = inbound(
        "Subject: Re: a",
        "On 20 Nov 2026, at 09:00, Vendor wrote:\n> unsubscribe\n",
    );
    assert_eq!(
        (quoted.text.as_str(), quoted.quoted_only, quoted.kind),
        ("", true, None)
    );
    let empty = inbound("Subject: a", "\n\n");
    assert_eq!((empty.text.as_str(), empty.quoted_only), ("", false));
    let header_only =
        read_ours(b"From: mira@halden.example\r\nSubject: unsubscribe").expect("a mail");
    assert_eq!(
        (header_only.text.as_str(), header_only.kind),
        ("", Some(Kind::Objection))
    );
}

fn multipart(kind: &str, parts: &[&str]) -> Inbound {
    let fields = format!("Content-Type: multipart/{kind}; boundary=\"=_b\"");
    let mut body = String::from("Not for people: delete my data.\n");
    for part in parts {
        body.push_str(&format!("--=_b\n{part}\n"));
    }
    body.push_str("--=_b--\nUnsubscribe.\n");
    inbound(&fields, &body)
}

#[test]
fn the_parts_that_a_mail_program_shows_are_the_text() {
    let plain = "Content-Type: text/plain\n\nPlain.";
    let html = "Content-Type: text/html\n\n<p>Rich.</p><blockquote>q</blockquote>";
    let image = "Content-Type: image/png\nContent-Disposition: inline\nContent-Transfer-Encoding: base64\n\nAAAA";
    let file = "Content-Type: text/plain\nContent-Disposition: attachment; filename=a.txt\n\nDelete my data.";
    let named =
        "Content-Type: text/plain; name*0*=utf-8''M%C3%BCller; name*1=.txt\n\nDelete my data.";
    let empty = "Content-Type: text/plain\n\n ";
    let event = "Content-Type: text/calendar\n\nBEGIN:VCALENDAR";
    let signature = "Content-Type: application/pgp-signature; name=signature.asc\n\nx";
    let letter = "Content-Type: message/rfc822\n\nSubject: Delete my data\n\nDelete my data.";
    for (kind, parts, text, attachments) in [
        ("alternative", vec![plain, html], "Plain.", 0),
        ("alternative", vec![html, plain], "Plain.", 0),
        ("alternative", vec![empty, html], "Rich.", 0),
        ("alternative", vec![plain, html, event], "Plain.", 0),
        ("mixed", vec![plain, html], "Plain.\nRich.", 0),
        ("mixed", vec![plain, image, file, named], "Plain.", 3),
        ("mixed", vec![plain, event], "Plain.", 1),
        ("mixed", vec![letter, plain], "Plain.", 1),
        ("mixed", vec!["\nNo type."], "No type.", 0),
        ("related", vec![html, image], "Rich.", 1),
        ("signed", vec![plain, signature], "Plain.", 0),
        ("digest", vec!["\nSubject: Delete my data\n\nx"], "", 1),
        ("no-such-kind", vec![plain], "Plain.", 0),
    ] {
        let mail = multipart(kind, &parts);
        assert_eq!(
            (mail.text.as_str(), mail.attachments),
            (text, attachments),
            "{kind} {parts:?}"
        );
        assert_eq!(mail.kind, None, "{kind} {parts:?}");
    }
}

#[test]
fn a_multipart_without_its_boundary_loses_no_words() {
    for fields in [
        "Content-Type: multipart/mixed; boundary=none",
        "Content-Type: multipart/mixed",
        "Content-Type: nonsense",
        "Content-Type: text/enriched",
        "Content-Type: text/plain; charset=",
    ] {
        assert_eq!(
            inbound(fields, "Delete my data.").kind,
            Some(Kind::Erasure),
            "{fields}"
        );
    }
    let unclosed = inbound(
        "Content-Type: multipart/mixed; boundary=b",
        "--b\n\nDelete my data.",
    );
    assert_eq!(unclosed.text, "Delete my data.");
    let no_empty_line = b"From: mira@halden.example\nSubject: a\nPlease delete my data.\nMira";
    assert_eq!(
        read_ours(no_empty_line).expect("a mail").text,
        "Please delete my data.\nMira"
    );
}

#[test]
fn what_nobody_can_open_here_is_locked() {
    for (fields, body, locked) in [
        (
            "Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; boundary=b",
            "--b\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n--b\nContent-Type: application/octet-stream\n\nx\n--b--",
            true,
        ),
        (
            "Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m",
            "x",
            true,
        ),
        (
            "Content-Type: multipart/mixed; boundary=b",
            "--b\n\na\n--b\nContent-Type: application/octet-stream; name=WINMAIL.DAT\n\nx\n--b--",
            true,
        ),
        (
            "Content-Type: multipart/mixed; boundary=b",
            "--b\n\na\n--b\nContent-Type: application/ms-tnef\n\nx\n--b--",
            true,
        ),
        (
            "Subject: a",
            "-----BEGIN PGP MESSAGE-----\n\nx\n-----END PGP MESSAGE-----",
            true,
        ),
        ("Subject: a", "Hello.", false),
    ] {
        let mail = inbound(fields, body);
        assert_eq!(mail.locked, locked, "{fields}");
        assert!(
            !fields.contains("application") || mail.attachments == 1,
            "{fields}"
        );
    }
}

// --- the header ---

#[test]
fn ids_of_earlier_messages_come_newest_first_and_bounded() {
    let mail = inbound(
        "In-Reply-To: <c@vendor.example>\nReferences: <a@x.example>\n <b@x.example><c@vendor.example>",
        "",
    );
    assert_eq!(
        mail.answers,
        ["c@vendor.example", "b@x.example", "a@x.example"]
    );
    let many: String = (0..2000).map(|id| format!("<{id}@x.example> ")).collect();
    assert_eq!(
        inbound(&format!("References: {many}"), "").answers.len(),
        MAX_ANSWERS
    );
    let long = format!(
        "References: <{}@x.example> <a b@x.example> <a",
        "a".repeat(300)
    );
    assert_eq!(inbound(&long, "").answers, ["ab@x.example"]);
    assert_eq!(
        inbound("Message-ID: bare@x.example", "")
            .message_id
            .as_deref(),
        Some("bare@x.example")
    );
    assert_eq!(inbound("Message-ID: two words", "").message_id, None);
}

#[test]
fn the_time_is_that_of_the_topmost_received_field() {
    for (fields, time) in [
        (
            "Received: by a; Fri, 20 Nov 2026 09:00:01 +0100\nReceived: by b; Fri, 20 Nov 2026 08:00:01 +0100",
            Some("2026-11-20T08:00:01Z"),
        ),
        (
            "Received: by a; 20 Nov 2026 09:00:01 GMT (x; y)",
            Some("2026-11-20T09:00:01Z"),
        ),
        (
            "Received: by a; Mon, 20 Nov 2026 09:00:01 +0000 (UTC)",
            Some("2026-11-20T09:00:01Z"),
        ),
        ("Received: by a; nonsense", None),
        ("Received: by a", None),
        ("Subject: a", None),
    ] {
        let expected = time.map(|time| time.parse::<Timestamp>().expect("a time"));
        assert_eq!(inbound(fields, "").received_at, expected, "{fields}");
    }
}

#[test]
fn a_subject_is_one_bounded_line() {
    let long = format!("Subject: {}", "ő".repeat(1900));
    assert_eq!(inbound(&long, "").subject.chars().count(), SUBJECT_LIMIT);
    assert_eq!(inbound("Subject: a\n  b\u{202e}c", "").subject, "a bc");
    assert_eq!(inbound("Subject: a\nSubject: b", "").subject, "a");
    assert_eq!(
        inbound("Subject: =?utf-8?Q?a=0D=0ABcc:_b=00?=", "").subject,
        "a Bcc: b"
    );
}

#[test]
fn one_mail_delivered_twice_is_one_and_a_copied_id_is_not() {
    let raw = mail(
        "Message-ID: <a@halden.example>\nSubject: a",
        "Delete my data.\n",
    );
    let text = String::from_utf8(raw.clone()).expect("ASCII");
    let other_way = format!(
        "Received: by b; Fri, 20 Nov 2026 08:00:01 +0100\nDelivered-To: x@vendor.example\n{}\n\n",
        text.replace("\r\n", "\n")
    );
    assert_eq!(identity(&raw), identity(other_way.as_bytes()));
    assert_eq!(identity(&raw), read_ours(&raw).expect("a mail").identity);
    for (from, to) in [
        ("Delete", "Keep"),
        ("<a@", "<b@"),
        ("08:59", "08:58"),
        ("mira@", "ole@"),
        ("Subject: a", "Subject: b"),
    ] {
        let changed = text.replace(from, to);
        assert_ne!(changed, text);
        assert_ne!(identity(&raw), identity(changed.as_bytes()), "{from}");
    }
    assert_ne!(identity(b"garbage"), identity(b"other garbage"));
    assert_eq!(identity(b"garbage"), identity(b"garbage"));
}

#[test]
fn what_is_read_does_not_show_in_debug() {
    let mail = inbound(
        "Subject: Delete\nTo: unsubscribe+Tok@vendor.example",
        "Words.",
    );
    let shown = format!("{mail:?}");
    for secret in ["Delete", "Words", "Tok", "mira"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

// --- hostile mail ---

#[test]
fn a_message_beyond_a_limit_is_not_read_and_one_at_it_is() {
    use shape::{MAX_ATTACHMENTS, MAX_BYTES, MAX_DEPTH, MAX_FIELDS, MAX_HEADER_BYTES, MAX_PARTS};
    let fields = |count: usize| mail(&"X-A: b\n".repeat(count - 2), "");
    assert!(read_ours(&fields(MAX_FIELDS)).is_ok());
    assert_eq!(read_ours(&fields(MAX_FIELDS + 1)), Err(Unreadable::Headers));
    assert_eq!(read_ours(&fields(10_000)), Err(Unreadable::Headers));

    let long = |length: usize| mail(&format!("X-A: {}", "b".repeat(length)), "");
    let frame = long(0).len();
    assert!(read_ours(&long(MAX_HEADER_BYTES - frame)).is_ok());
    assert_eq!(
        read_ours(&long(MAX_HEADER_BYTES - frame + 1)),
        Err(Unreadable::Headers)
    );
    assert_eq!(read_ours(&long(1 << 20)), Err(Unreadable::Headers));

    let parts = |count: usize| {
        mail(
            "Content-Type: multipart/mixed; boundary=b",
            &format!("{}--b--", "--b\n\na\n".repeat(count - 1)),
        )
    };
    assert!(read_ours(&parts(MAX_PARTS)).is_ok());
    assert_eq!(read_ours(&parts(MAX_PARTS + 1)), Err(Unreadable::Parts));
    assert_eq!(read_ours(&parts(1_000_000)), Err(Unreadable::Parts));

    let depth = |depth: usize| {
        let mut body = String::new();
        for level in 1..depth {
            body.push_str(&format!(
                "--b{}\nContent-Type: multipart/mixed; boundary=b{level}\n\n",
                level - 1
            ));
        }
        body.push_str(&format!("--b{}\n\nDelete my data.", depth - 1));
        mail("Content-Type: multipart/mixed; boundary=b0", &body)
    };
    assert_eq!(
        read_ours(&depth(MAX_DEPTH)).expect("a mail").kind,
        Some(Kind::Erasure)
    );
    assert_eq!(read_ours(&depth(MAX_DEPTH + 1)), Err(Unreadable::Depth));
    assert_eq!(read_ours(&depth(200)), Err(Unreadable::Depth));
    let letters = mail(
        "Content-Type: message/rfc822",
        &"Content-Type: message/rfc822\n\n".repeat(200),
    );
    assert_eq!(read_ours(&letters), Err(Unreadable::Depth));

    let files = |count: u32| {
        let part = "--b\nContent-Type: application/pdf\n\na\n";
        mail(
            "Content-Type: multipart/mixed; boundary=b",
            &part.repeat(count as usize),
        )
    };
    assert_eq!(
        read_ours(&files(MAX_ATTACHMENTS))
            .expect("a mail")
            .attachments,
        MAX_ATTACHMENTS
    );
    assert_eq!(
        read_ours(&files(MAX_ATTACHMENTS + 1)),
        Err(Unreadable::Attachments)
    );

    let size = |length: usize| {
        let mut raw = mail("Subject: a", "");
        raw.resize(length, b'a');
        raw
    };
    assert_eq!(
        read_ours(&size(MAX_BYTES)).expect("a mail").text.len(),
        TEXT_LIMIT
    );
    assert_eq!(read_ours(&size(MAX_BYTES + 1)), Err(Unreadable::TooLarge));
    assert_eq!(read_ours(&size(50 << 20)), Err(Unreadable::TooLarge));
}

#[test]
fn garbage_is_no_mail() {
    let mut noise = Noise(7);
    let random: Vec<u8> = (0..100_000).map(|_| noise.byte()).collect();
    for raw in [
        &b""[..],
        b"\r\n\r\n",
        b"\0\0\0\0",
        b"hello",
        b"hello\r\n\r\nhello",
        b"X-A: b\r\n\r\nFrom: mira@halden.example",
        b"\xff\xfe\x00:\n",
        &random,
    ] {
        assert_eq!(
            read_ours(raw),
            Err(Unreadable::NoHeader),
            "{:?}",
            &raw[..raw.len().min(20)]
        );
    }
    assert_eq!(read_ours(&vec![0; 1 << 20]), Err(Unreadable::Headers));
}

#[test]
fn every_reason_has_a_text_of_its_own() {
    let mut texts: Vec<&str> = Unreadable::ALL
        .iter()
        .map(|reason| reason.as_str())
        .collect();
    texts.sort_unstable();
    texts.dedup();
    assert_eq!(texts.len(), Unreadable::ALL.len());
}

#[test]
fn large_and_twisted_bodies_give_bounded_words() {
    let boundary = "b".repeat(200);
    let bomb = format!("Content-Type: multipart/mixed; boundary={boundary}");
    for (fields, unit) in [
        ("Subject: a", "a"),
        ("Subject: a", "\0"),
        ("Subject: a", "> >> >\n"),
        ("Subject: a", "\n\n>\n"),
        ("Subject: a", "You wrote:\n\n"),
        ("Subject: a", "On 20 Nov 2026 at 9:00 <a@b.example> wrote\n"),
        ("Subject: a", "From: a\nTo: b\n"),
        ("Subject: a", "-- \n"),
        ("Subject: a", "____________________\n"),
        ("Subject: a", "delete my data "),
        (
            "Content-Type: text/plain; format=flowed; delsp=yes",
            "> > a \n",
        ),
        ("Content-Type: text/html", "<blockquote>"),
        (
            "Content-Type: text/html",
            "<div class=\"gmail_quote\"></div>a",
        ),
        ("Content-Type: text/html", "&amp;&#x41;&"),
        ("Content-Transfer-Encoding: base64", "QUFB"),
        ("Content-Transfer-Encoding: base64", "===="),
        ("Content-Transfer-Encoding: quoted-printable", "=\n"),
        ("Content-Transfer-Encoding: quoted-printable", "=41=   "),
        ("Content-Type: text/plain; charset=utf-7", "+AGE-"),
        (&bomb, "--bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\n"),
        (&bomb, "--\n"),
    ] {
        let body = unit.repeat((2 << 20) / unit.len());
        holds(&mail(fields, &body));
    }
}

#[test]
fn twisted_header_values_are_read_within_their_bounds() {
    for name in [
        "From",
        "To",
        "Subject",
        "Content-Type",
        "Content-Disposition",
        "Received",
        "Authentication-Results",
        "References",
        "Message-ID",
        "Auto-Submitted",
        "Date",
    ] {
        for unit in [
            "(",
            "\"",
            "<",
            "=?",
            "=?utf-8?Q?",
            "=?utf-8?B?a?= ",
            ";a*0*=x''%41",
            ";",
            ",",
            ":",
            "a@b,",
            "\\",
            "\u{fffd}",
            "=",
            "; dmarc=pass",
            "<a@b>",
            "\t\r\n ",
        ] {
            let value = unit.repeat(60_000 / unit.len());
            holds(format!("From: a@b.example\r\n{name}: {value}\r\n\r\na").as_bytes());
        }
    }
}

/// What is true of every message, however it was made.
fn holds(raw: &[u8]) {
    let read = read_ours(raw);
    assert_eq!(read, read_ours(raw), "one message is read in one way");
    let Ok(mail) = read else {
        identity(raw);
        return;
    };
    assert_eq!(mail.identity, identity(raw));
    assert!(mail.text.len() <= TEXT_LIMIT);
    assert!(mail.subject.chars().count() <= SUBJECT_LIMIT);
    assert!(mail.answers.len() <= MAX_ANSWERS);
    assert!(mail.attachments <= shape::MAX_ATTACHMENTS);
    assert!(!mail.quoted_only || mail.text.is_empty());
    assert!(
        !mail
            .text
            .contains(|c: char| c.is_control() && !"\n\t".contains(c))
    );
    assert!(!mail.subject.contains(char::is_control));
    for id in mail
        .answers
        .iter()
        .chain(&mail.message_id)
        .chain(&mail.unsubscribe)
    {
        assert!(
            (1..=512).contains(&id.len())
                && !id.contains(|c: char| c.is_control() || c.is_whitespace())
        );
    }
    if let Some(bounce) = &mail.bounce {
        assert!(
            bounce
                .letter
                .as_ref()
                .is_none_or(|id| (1..=64).contains(&id.len()))
        );
    }
    assert!(mail.dmarc != SenderProof::Pass || matches!(mail.from, Sender::One(_)));
}

// --- mutated mail ---

/// A small generator, the same everywhere (splitmix64).
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }

    fn byte(&mut self) -> u8 {
        self.next() as u8
    }

    fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len())]
    }
}

const PIECES: &[&str] = &[
    "\r\n",
    "\n",
    "\r",
    "\0",
    " ",
    "\t",
    "--b\r\n",
    "--b--\r\n",
    "\r\n\r\n",
    "From: a@b.example\r\n",
    "From: x <",
    "=?utf-8?Q?=",
    "=?iso-8859-2?B?",
    "?=",
    "Content-Type: multipart/mixed; boundary=b\r\n",
    "Content-Type: message/rfc822\r\n",
    "Content-Type: text/html; charset=utf-16\r\n",
    "Content-Type: multipart/report; boundary=b\r\n",
    "Content-Type: message/delivery-status\r\n",
    "Content-Transfer-Encoding: base64\r\n",
    "Content-Transfer-Encoding: quoted-printable\r\n",
    "Content-Disposition: attachment; filename*0*=utf-8''%c3;\r\n",
    "Authentication-Results: mx.vendor.example; dmarc=pass header.from=b.example\r\n",
    "Received: by x with LMTP; ",
    "To: unsubscribe+Tok@vendor.example\r\n",
    "To: bounce+x@vendor.example\r\n",
    "Action: failed\r\n",
    "> ",
    "-- \r\n",
    "<blockquote>",
    "</blockquote>",
    "<div class=\"gmail_quote\">",
    "<!--",
    "-->",
    "&#x110000;",
    "&#0;",
    "=\r\n",
    "=E9",
    "é",
    "\u{202e}",
    "\u{ff}",
    "charset=utf-7",
    "charset=iso-2022-jp",
    "; format=flowed",
    "+/+",
    "\"",
    "(",
    ")",
    "\\",
    "<",
    ">",
    ";",
    ":",
    ",",
    "@",
    "On 1 2 2026 wrote:\r\n",
    "____________________\r\n",
    "delete my data ",
];

fn grown(noise: &mut Noise, depth: usize) -> Vec<u8> {
    let mut raw = Vec::new();
    for _ in 0..noise.below(5) {
        raw.extend(noise.pick(PIECES).bytes());
    }
    let boundary = noise.pick(&["b", "b1", "=_x", "a b"]);
    if depth < 10 && noise.below(3) > 0 {
        let kind = noise.pick(&[
            "multipart/mixed",
            "multipart/alternative",
            "multipart/related",
            "multipart/report",
            "multipart/digest",
            "message/rfc822",
        ]);
        raw.extend(format!("Content-Type: {kind}; boundary=\"{boundary}\"\r\n\r\n").bytes());
        for _ in 0..noise.below(4) {
            if kind != "message/rfc822" {
                raw.extend(format!("\r\n--{boundary}\r\n").bytes());
            }
            raw.extend(grown(noise, depth + 1));
        }
    } else {
        raw.extend(b"\r\n");
        for _ in 0..noise.below(20) {
            raw.extend(noise.pick(PIECES).bytes());
        }
    }
    raw
}

fn mutate(raw: &mut Vec<u8>, from: usize, noise: &mut Noise) {
    for _ in 0..=noise.below(8) {
        let at = from + noise.below(raw.len() + 1 - from);
        let end = (at + noise.below(60)).min(raw.len());
        match noise.below(6) {
            0 if at < raw.len() => raw[at] = noise.byte(),
            1 => drop(raw.drain(at..end)),
            2 => {
                let copy = raw[at..end].to_vec();
                let to = from + noise.below(raw.len() + 1 - from);
                raw.splice(to..to, copy);
            }
            3 => raw.truncate(at),
            _ => drop(raw.splice(at..at, noise.pick(PIECES).bytes())),
        }
    }
}

/// `LETHE_FUZZ_SECONDS` says how long (2 by default), `LETHE_FUZZ_SEED` where to begin (0 by default). A failure names
/// the seed that repeats it at once.
#[test]
fn mutated_mail_is_read_in_peace() {
    let number = |name: &str, default: u64| {
        std::env::var(name).map_or(default, |text| text.parse().expect("a whole number"))
    };
    let time = std::time::Duration::from_secs(number("LETHE_FUZZ_SECONDS", 2));
    let mut seed = number("LETHE_FUZZ_SEED", 0);
    let mut names: Vec<PathBuf> = fs::read_dir(vectors())
        .expect("the vectors")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|end| end == "eml"))
        .collect();
    names.sort();
    let vectors: Vec<Vec<u8>> = names
        .iter()
        .map(|path| fs::read(path).expect("a vector"))
        .collect();
    let first = seed;
    let begun = std::time::Instant::now();
    // At least so many, however slow the machine is.
    while begun.elapsed() < time || seed < first + 200 {
        let tried = std::panic::catch_unwind(|| case(seed, &vectors));
        assert!(tried.is_ok(), "repeat this with LETHE_FUZZ_SEED={seed}");
        seed += 1;
    }
    println!("{} messages, seeds {first} to {}", seed - first, seed - 1);
}

fn case(seed: u64, vectors: &[Vec<u8>]) {
    let mut noise = Noise(seed);
    let mut raw = match noise.below(4) {
        0 => [b"From: a@b.example\r\n".to_vec(), grown(&mut noise, 0)].concat(),
        1 => {
            let (one, two) = (noise.below(vectors.len()), noise.below(vectors.len()));
            let cut = noise.below(vectors[one].len());
            [
                &vectors[one][..cut],
                &vectors[two][noise.below(vectors[two].len())..],
            ]
            .concat()
        }
        _ => vectors[noise.below(vectors.len())].clone(),
    };
    mutate(&mut raw, 0, &mut noise);
    holds(&raw);
    // Whatever comes over the network lies below the Received field of our border server, and is never believed.
    let border =
        b"Received: from a by mx.vendor.example with ESMTPS; Fri, 20 Nov 2026 09:00:01 +0100\r\n";
    let raw = [&border[..], &raw].concat();
    if let Ok(mail) = read_ours(&raw) {
        assert_eq!(mail.dmarc, SenderProof::Unknown);
    }
}

#[test]
fn what_nobody_sees_and_what_is_a_file_are_not_the_persons_words() {
    let hidden = inbound(
        "Subject: Hello\nContent-Type: text/html",
        "<div style=\"display:none\">Please delete my account and all my data.</div>\n\
         <p>How do I export a board?</p>",
    );
    assert_eq!(hidden.kind, None);
    assert_eq!(hidden.text, "How do I export a board?");

    let packed = inbound(
        "Subject: Hello\nContent-Type: text/plain",
        "Please delete my account and all my data.\n\nbegin 644 cat.txt\n#0V%T\n`\nend\n\nMira",
    );
    assert_eq!(packed.kind, Some(Kind::Erasure));
    assert_eq!(packed.attachments, 1);
    assert!(!packed.text.contains("begin"), "{}", packed.text);
    assert!(packed.text.ends_with("Mira"), "{}", packed.text);
}
