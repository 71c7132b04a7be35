//! Reads the body of an unsubscribe POST: mail programs send it in either encoding of forms
//! (RFC 8058 section 3.2). Tolerant and small: what cannot be read is left out.

/// The fields of a body, by the `Content-Type` it came with.
pub fn fields(content_type: &str, body: &[u8]) -> Vec<(String, String)> {
    match boundary(content_type) {
        Some(boundary) => parts(boundary, &String::from_utf8_lossy(body)),
        None => serde_urlencoded::from_bytes(body).unwrap_or_default(),
    }
}

/// Whether the fields ask to unsubscribe in one click (RFC 8058 section 3.1).
pub fn is_one_click(fields: &[(String, String)]) -> bool {
    fields.iter().any(|(name, value)| {
        name.eq_ignore_ascii_case("List-Unsubscribe")
            && value.trim().eq_ignore_ascii_case("One-Click")
    })
}

/// The boundary of `multipart/form-data`; none for other types.
fn boundary(content_type: &str) -> Option<&str> {
    let (kind, parameters) = content_type.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    parameter(parameters, "boundary").filter(|boundary| !boundary.is_empty())
}

/// The parts of a multipart body that have a name (RFC 7578).
fn parts(boundary: &str, body: &str) -> Vec<(String, String)> {
    let delimiter = format!("--{boundary}");
    body.split(delimiter.as_str())
        .skip(1)
        .take_while(|part| !part.starts_with("--"))
        .filter_map(part)
        .collect()
}

fn part(part: &str) -> Option<(String, String)> {
    let (head, value) = part
        .split_once("\r\n\r\n")
        .or_else(|| part.split_once("\n\n"))?;
    let disposition = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.trim()
            .eq_ignore_ascii_case("content-disposition")
            .then_some(value)
    })?;
    let name = parameter(disposition, "name")?;
    // The line break before the next delimiter belongs to the delimiter (RFC 2046 section 5.1.1).
    let value = value
        .strip_suffix('\n')
        .map_or(value, |value| value.strip_suffix('\r').unwrap_or(value));
    Some((name.to_owned(), value.to_owned()))
}

/// The value of a parameter in `a; name="value"`.
fn parameter<'a>(parameters: &'a str, wanted: &str) -> Option<&'a str> {
    parameters.split(';').find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim()
            .eq_ignore_ascii_case(wanted)
            .then(|| value.trim().trim_matches('"'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `Content-Type` and body of a recorded request.
    fn recorded(request: &str) -> (&str, &[u8]) {
        let (head, body) = request.split_once("\r\n\r\n").expect("a head and a body");
        let kind = head
            .lines()
            .find_map(|line| line.strip_prefix("Content-Type: "))
            .expect("a type");
        (kind, body.as_bytes())
    }

    #[test]
    fn one_click_is_read_in_both_encodings() {
        for request in [
            include_str!(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/tests/data/oneclick-urlencoded.http"
            )),
            include_str!(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/tests/data/oneclick-multipart.http"
            )),
        ] {
            let (kind, body) = recorded(request);
            let fields = fields(kind, body);
            assert_eq!(
                fields,
                [("List-Unsubscribe".to_owned(), "One-Click".to_owned())]
            );
            assert!(is_one_click(&fields));
        }
    }

    #[test]
    fn a_multipart_body_keeps_its_values_as_they_are() {
        let body = "preamble\r\n--a b\r\nContent-Type: text/plain\r\ncontent-disposition: form-data; name=action\r\n\r\n\
                    two\r\n\r\nlines\r\n--a b\r\nno head\r\n--a b--\r\n--a b\r\nContent-Disposition: form-data; \
                    name=late\r\n\r\nnever\r\n";
        let fields = fields(
            "Multipart/Form-Data; charset=utf-8; Boundary=\"a b\"",
            body.as_bytes(),
        );
        assert_eq!(
            fields,
            [("action".to_owned(), "two\r\n\r\nlines".to_owned())]
        );
    }

    #[test]
    fn what_cannot_be_read_asks_for_nothing() {
        for (kind, body) in [
            ("", &b""[..]),
            ("multipart/form-data", b"--XX\r\n\r\nOne-Click\r\n--XX--"),
            ("multipart/form-data; boundary=XX", b"--XX"),
            (
                "application/x-www-form-urlencoded",
                b"List-Unsubscribe=Two-Clicks",
            ),
            ("application/json", b"\xff\xfe"),
        ] {
            assert!(!is_one_click(&fields(kind, body)), "{kind}");
        }
    }
}
