//! Authentication-Results (RFC 8601): what our border server found about the sender's domain.
//!
//! Anybody can write such a field. Believed is one that bears a configured name and stands above the Received field of
//! our border server: what came over the network lies below that. A Received field of local delivery (LMTP) may lie on
//! top, since the server before it is ours.

use super::Sender;
use super::shape::Header;
use crate::domain::incoming::SenderProof;

/// The verdict on the domain in From.
pub(super) fn dmarc(header: &Header<'_>, from: &Sender, authserv_ids: &[String]) -> SenderProof {
    let mut verdict = None;
    for field in above_border(header) {
        let Some(results) = Results::parse(&field) else {
            continue;
        };
        if !authserv_ids
            .iter()
            .any(|id| id.eq_ignore_ascii_case(&results.authserv_id))
        {
            continue;
        }
        for result in results.of("dmarc") {
            let found = judge(result, from);
            if verdict.is_some_and(|earlier| earlier != found) {
                return SenderProof::Fail;
            }
            verdict = Some(found);
        }
    }
    verdict.unwrap_or(SenderProof::Unknown)
}

/// The fields that our own servers put on top. None without a Received field: then nobody can say whose they are.
fn above_border(header: &Header<'_>) -> Vec<String> {
    let mut fields = Vec::new();
    for (name, value) in header.iter() {
        if name.eq_ignore_ascii_case("received") {
            if !is_local_delivery(&value) {
                return fields;
            }
        } else if name.eq_ignore_ascii_case("authentication-results") {
            fields.push(value);
        }
    }
    Vec::new()
}

/// `… by host with LMTP …; date`. The last `with` counts, and nothing after the date: before `by` stands a name that the
/// other side chose, and below the field stands their mail, which may begin like a folded line.
fn is_local_delivery(received: &str) -> bool {
    let plain = without_comments(received);
    let Some((route, date)) = plain.as_deref().and_then(|plain| plain.split_once(';')) else {
        return false;
    };
    let words: Vec<&str> = route.split_whitespace().collect();
    let last = |name: &str| {
        words
            .iter()
            .rposition(|word| word.eq_ignore_ascii_case(name))
    };
    let (Some(by), Some(with)) = (last("by"), last("with")) else {
        return false;
    };
    let protocol = words.get(with + 1).copied().unwrap_or_default();
    let local = ["lmtp", "lmtps", "lmtpa", "lmtpsa"];
    by < with && !date.contains(';') && local.contains(&protocol.to_ascii_lowercase().as_str())
}

fn judge(result: &MethodResult, from: &Sender) -> SenderProof {
    match result.value.as_str() {
        "fail" => SenderProof::Fail,
        "pass" => match (result.property("header.from"), from) {
            (Some(domain), Sender::One(email)) if covers(domain, email.domain()) => {
                SenderProof::Pass
            }
            (None, _) | (_, Sender::None | Sender::Several) => SenderProof::Unknown,
            (Some(_), Sender::One(_)) => SenderProof::Fail,
        },
        _ => SenderProof::Unknown,
    }
}

/// Whether `domain` is the sender's, or one above it. A single label is nobody's.
fn covers(domain: &str, sender: &str) -> bool {
    let domain = domain.rsplit('@').next().unwrap_or(domain);
    let (Some(domain), Some(sender)) = (in_ascii(domain), in_ascii(sender)) else {
        return false;
    };
    domain.contains('.')
        && (sender == domain
            || sender
                .strip_suffix(&domain)
                .is_some_and(|rest| rest.ends_with('.')))
}

/// The domain as it stands in DNS, so that both ways of writing an international one are equal.
fn in_ascii(domain: &str) -> Option<String> {
    match url::Host::parse(domain.trim_end_matches('.')).ok()? {
        url::Host::Domain(domain) => Some(domain),
        url::Host::Ipv4(_) | url::Host::Ipv6(_) => None,
    }
}

/// One field, taken apart.
#[derive(Debug, PartialEq, Eq)]
struct Results {
    authserv_id: String,
    methods: Vec<MethodResult>,
}

/// `method=value ptype.property=value …`, all names and the value in lower case.
#[derive(Debug, PartialEq, Eq)]
struct MethodResult {
    method: String,
    value: String,
    properties: Vec<(String, String)>,
}

impl MethodResult {
    fn property(&self, name: &str) -> Option<&str> {
        let (_, value) = self.properties.iter().find(|(given, _)| given == name)?;
        Some(value)
    }
}

impl Results {
    /// Nothing if the field is not well-formed, or of another version.
    fn parse(field: &str) -> Option<Results> {
        let plain = without_comments(field)?;
        let mut segments = segments(&plain)?.into_iter();
        let mut head = segments.next()?.into_iter();
        let authserv_id = match head.next()? {
            Token::Word(word) | Token::Quoted(word) => word,
            Token::Equals => return None,
        };
        match (head.next(), head.next()) {
            (None, None) => {}
            (Some(Token::Word(version)), None) if version == "1" => {}
            _ => return None,
        }
        Some(Results {
            authserv_id,
            methods: segments.filter_map(MethodResult::parse).collect(),
        })
    }

    fn of<'a>(&'a self, method: &'a str) -> impl Iterator<Item = &'a MethodResult> {
        self.methods
            .iter()
            .filter(move |result| result.method == method)
    }
}

impl MethodResult {
    fn parse(tokens: Vec<Token>) -> Option<MethodResult> {
        let mut pairs = pairs(tokens)?.into_iter();
        let (method, value) = pairs.next()?;
        let method = match method.split_once('/') {
            Some((method, "1")) => method.to_owned(),
            Some(_) => return None,
            None => method,
        };
        Some(MethodResult {
            method,
            value: value.to_ascii_lowercase(),
            properties: pairs.collect(),
        })
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    Quoted(String),
    Equals,
}

/// `name = value` pairs; space may stand anywhere in the name (`header . from`). Names are given in lower case.
fn pairs(tokens: Vec<Token>) -> Option<Vec<(String, String)>> {
    let mut pairs = Vec::new();
    let mut name = String::new();
    let mut tokens = tokens.into_iter();
    while let Some(token) = tokens.next() {
        match token {
            Token::Word(word) => name.push_str(&word.to_ascii_lowercase()),
            Token::Equals if !name.is_empty() => {
                let value = match tokens.next()? {
                    Token::Word(value) | Token::Quoted(value) => value,
                    Token::Equals => return None,
                };
                pairs.push((std::mem::take(&mut name), value));
            }
            Token::Equals | Token::Quoted(_) => return None,
        }
    }
    Some(pairs)
}

/// Words, quoted strings and equals signs between semicolons.
fn segments(plain: &str) -> Option<Vec<Vec<Token>>> {
    let mut segments = vec![Vec::new()];
    let mut chars = plain.chars().peekable();
    while let Some(c) = chars.next() {
        let segment = segments.last_mut()?;
        match c {
            ';' => segments.push(Vec::new()),
            '=' => segment.push(Token::Equals),
            '"' => {
                let mut content = String::new();
                loop {
                    match chars.next()? {
                        '"' => break,
                        '\\' => content.push(chars.next()?),
                        c => content.push(c),
                    }
                }
                segment.push(Token::Quoted(content));
            }
            c if c.is_whitespace() => {}
            c => {
                let mut word = String::from(c);
                while let Some(c) = chars.next_if(|c| !c.is_whitespace() && !";=\"".contains(*c)) {
                    word.push(c);
                }
                segment.push(Token::Word(word));
            }
        }
    }
    Some(segments)
}

/// The field with a space for each comment. Nothing if a comment or a quoted string has no end.
fn without_comments(field: &str) -> Option<String> {
    let mut plain = String::with_capacity(field.len());
    let mut depth = 0_usize;
    let mut quoted = false;
    let mut chars = field.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' if quoted => {
                plain.push(c);
                plain.push(chars.next()?);
            }
            '\\' if depth > 0 => {
                chars.next()?;
            }
            '"' if depth == 0 => {
                quoted = !quoted;
                plain.push(c);
            }
            '(' if !quoted => {
                depth += 1;
                plain.push(' ');
            }
            ')' if !quoted && depth > 0 => depth -= 1,
            c if depth == 0 => plain.push(c),
            _ => {}
        }
    }
    (depth == 0 && !quoted).then_some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::email::Email;
    use crate::mail::inbound::shape::header_of;

    const RECEIVED: &str = "Received: from a (a [192.0.2.1]) by mx.vendor.example with ESMTPS; Fri, 20 Nov 2026 09:00:01 +0100";

    fn verdict(fields: &[&str], from: &str) -> SenderProof {
        let raw = format!("{}\r\n\r\n", fields.join("\r\n"));
        let ids = [
            "mx.vendor.example".to_owned(),
            "MX2.vendor.example".to_owned(),
        ];
        let from = Sender::One(Email::parse(from).expect("an address"));
        dmarc(&header_of(raw.as_bytes()), &from, &ids)
    }

    #[test]
    fn a_field_is_read_as_rfc_8601_writes_it() {
        use SenderProof::*;
        for (value, expected) in [
            (
                "mx.vendor.example; dmarc=pass header.from=halden.example",
                Pass,
            ),
            (
                "mx.vendor.example 1; dmarc=pass header.from=halden.example",
                Pass,
            ),
            (
                "MX.Vendor.Example; DMARC=PASS Header.From=HALDEN.example",
                Pass,
            ),
            (
                "mx2.vendor.example; dmarc=pass header.from=halden.example",
                Pass,
            ),
            (
                "\"mx.vendor.example\"; dmarc=pass header.from=\"halden.example\"",
                Pass,
            ),
            (
                "(a (b) \\) c) mx.vendor.example (;) 1 (x); dmarc (y) = (z) pass (p=none dis=none) header (a) . (b) from (c) = halden.example",
                Pass,
            ),
            (
                "mx.vendor.example;\r\n spf=pass smtp.mailfrom=x@evil.example;\r\n\tdmarc=pass\r\n header.from=halden.example",
                Pass,
            ),
            (
                "mx.vendor.example; dmarc/1=pass header.from=halden.example",
                Pass,
            ),
            (
                "mx.vendor.example; dmarc=pass reason=\"ok; dmarc=fail\" header.from=halden.example",
                Pass,
            ),
            (
                "mx.vendor.example; foo=bar; dmarc=pass action=none header.from=halden.example;",
                Pass,
            ),
            (
                "mx.vendor.example; dmarc=pass header.from=@halden.example",
                Pass,
            ),
            (
                "mx.vendor.example; dmarc=fail header.from=halden.example",
                Fail,
            ),
            (
                "mx.vendor.example; dmarc=pass header.from=evil.example",
                Fail,
            ),
            (
                "mx.vendor.example; dmarc=pass header.from=halden.example; dmarc=fail header.from=halden.example",
                Fail,
            ),
            (
                "mx.vendor.example; dmarc=fail; dmarc=pass header.from=halden.example",
                Fail,
            ),
            (
                "mx.vendor.example; dmarc=none header.from=halden.example",
                Unknown,
            ),
            (
                "mx.vendor.example; dmarc=temperror header.from=halden.example",
                Unknown,
            ),
            ("mx.vendor.example; dmarc=pass", Unknown),
            (
                "mx.vendor.example; dmarc=pass smtp.from=halden.example",
                Unknown,
            ),
            ("mx.vendor.example; none", Unknown),
            ("mx.vendor.example", Unknown),
            (
                "mx.vendor.example 2; dmarc=pass header.from=halden.example",
                Unknown,
            ),
            (
                "mx.vendor.example; dmarc/2=pass header.from=halden.example",
                Unknown,
            ),
            (
                "mx.vendor.example; spf=pass smtp.mailfrom=halden.example; dkim=pass header.d=halden.example",
                Unknown,
            ),
            (
                "other.example; dmarc=pass header.from=halden.example",
                Unknown,
            ),
            (
                "mx.vendor.example.evil.example; dmarc=pass header.from=halden.example",
                Unknown,
            ),
            (
                "mx.vendor.example; dmarc=pass (no end header.from=halden.example",
                Unknown,
            ),
            (
                "mx.vendor.example; dmarc=pass header.from=\"halden.example",
                Unknown,
            ),
            ("dmarc=pass header.from=halden.example", Unknown),
            ("", Unknown),
        ] {
            let field = format!("Authentication-Results: {value}");
            assert_eq!(
                verdict(&[&field, RECEIVED], "mira@halden.example"),
                expected,
                "{value}"
            );
        }
    }

    #[test]
    fn only_what_stands_above_our_border_server_counts() {
        let pass =
            "Authentication-Results: mx.vendor.example; dmarc=pass header.from=halden.example";
        let fail =
            "Authentication-Results: mx.vendor.example; dmarc=fail header.from=halden.example";
        let other = "Authentication-Results: relay.example; dmarc=fail header.from=halden.example";
        let arc = "ARC-Authentication-Results: i=1; mx.vendor.example; dmarc=pass header.from=halden.example";
        let lmtp = "Received: from mx.vendor.example by store.vendor.example (Dovecot) with LMTP id x; Fri, 20 Nov 2026 09:00:02 +0100";
        let tricked = "Received: from x by y with LMTP (evil [192.0.2.9]) by mx.vendor.example with ESMTP id x; Fri, 20 Nov 2026 09:00:02 +0100";
        let folded = "Received: from a by mx.vendor.example with ESMTP; Fri, 20 Nov 2026 09:00:02 +0100\r\n by x with LMTP; Fri, 20 Nov 2026 09:00:02 +0100";
        let path = "Return-Path: <mira@halden.example>";
        use SenderProof::*;
        for (fields, expected) in [
            (vec![path, pass, RECEIVED], Pass),
            (vec![pass, other, RECEIVED], Pass),
            (vec![pass, RECEIVED, fail], Pass),
            (vec![lmtp, pass, RECEIVED], Pass),
            (vec![pass, lmtp, RECEIVED], Pass),
            (vec![fail, RECEIVED, pass], Fail),
            (vec![pass, fail, RECEIVED], Fail),
            (vec![fail, pass, RECEIVED], Fail),
            (vec![RECEIVED, pass], Unknown),
            (vec![tricked, pass, RECEIVED], Unknown),
            (vec![folded, pass, RECEIVED], Unknown),
            (vec![lmtp, RECEIVED, pass], Unknown),
            (vec![arc, RECEIVED], Unknown),
            (vec![pass], Unknown),
            (vec![lmtp, pass], Unknown),
        ] {
            assert_eq!(
                verdict(&fields, "mira@halden.example"),
                expected,
                "{fields:?}"
            );
        }
    }

    #[test]
    fn nobody_is_believed_unless_named() {
        let raw = format!(
            "Authentication-Results: mx.vendor.example; dmarc=pass header.from=halden.example\r\n{RECEIVED}\r\n\r\n"
        );
        let from = Sender::One(Email::parse("mira@halden.example").expect("an address"));
        assert_eq!(
            dmarc(&header_of(raw.as_bytes()), &from, &[]),
            SenderProof::Unknown
        );
        let ids = ["mx.vendor.example".to_owned()];
        assert_eq!(
            dmarc(&header_of(raw.as_bytes()), &from, &ids),
            SenderProof::Pass
        );
        assert_eq!(
            dmarc(&header_of(raw.as_bytes()), &Sender::Several, &ids),
            SenderProof::Unknown
        );
    }

    #[test]
    fn the_domain_is_the_senders_or_one_above_it() {
        for (domain, sender, expected) in [
            ("halden.example", "mail.halden.example", true),
            ("halden.example", "a.b.halden.example", true),
            ("halden.example.", "halden.example", true),
            ("bücher.example", "xn--bcher-kva.example", true),
            ("xn--bcher-kva.example", "bücher.example", true),
            ("mail.halden.example", "halden.example", false),
            ("halden.example", "evilhalden.example", false),
            ("example", "halden.example", false),
            (".example", "halden.example", false),
            ("", "halden.example", false),
            ("halden.example", "h\u{430}lden.example", false),
            ("192.0.2.1", "192.0.2.1", false),
        ] {
            assert_eq!(covers(domain, sender), expected, "{domain} for {sender}");
        }
    }
}
