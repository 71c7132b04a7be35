//! Finds e-mail addresses in free text. It proposes candidates and decides nothing: to miss a person is worse than to
//! propose a text that is nobody's address, so an address that can be read in two ways is given in both.

/// The addresses in `text`, lower-cased, in its order, repeated ones included.
pub(super) fn find(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices('@') {
        let Some(domain) = domain(&text[at + 1..]) else {
            continue;
        };
        let before = &text[..at];
        let wide = local(before, ATOM_SYMBOLS);
        let narrow =
            local(before, COMMON_SYMBOLS).trim_start_matches(|c| COMMON_SYMBOLS.contains(c));
        if narrow.is_empty() {
            continue;
        }
        if wide != narrow {
            found.push(format!("{wide}@{domain}").to_lowercase());
        }
        found.push(format!("{narrow}@{domain}").to_lowercase());
    }
    found
}

/// What else than letters and digits the part before the `@` may hold (RFC 5322 `atext` and the dot).
const ATOM_SYMBOLS: &str = "!#$%&'*+-/=?^_`{|}~.";

/// What it does hold in practice. The others are also what surrounds an address: `'a@b.example'`, `?mail=a@b.example`.
const COMMON_SYMBOLS: &str = "._+-";

/// The longest local part before the `@` (64 octets, RFC 5321 section 4.5.3.1.1), counted in characters to allow for SMTPUTF8.
const LOCAL_LIMIT: usize = 64;

/// The longest domain (RFC 5321 section 4.5.3.1.2).
const DOMAIN_LIMIT: usize = 255;

/// The end of `before` that can be a local part of letters, digits and `symbols`.
fn local<'a>(before: &'a str, symbols: &str) -> &'a str {
    let allowed = |c: &char| c.is_alphanumeric() || symbols.contains(*c);
    let length = before
        .chars()
        .rev()
        .take(LOCAL_LIMIT)
        .take_while(allowed)
        .map(char::len_utf8)
        .sum::<usize>();
    &before[before.len() - length..]
}

/// The domain at the beginning of `after`: labels of letters, digits and hyphens, two or more.
fn domain(after: &str) -> Option<&str> {
    let allowed = |c: &char| c.is_alphanumeric() || "-.".contains(*c);
    let length = after
        .chars()
        .take(DOMAIN_LIMIT)
        .take_while(allowed)
        .map(char::len_utf8)
        .sum::<usize>();
    let domain = after[..length]
        .split("..")
        .next()?
        .trim_end_matches(['.', '-']);
    (domain.contains('.') && !domain.starts_with(['.', '-'])).then_some(domain)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn addresses_are_found_in_the_ways_people_write_them() {
        for (text, expected) in [
            ("Ask a@b.example.", "a@b.example"),
            ("a@b.example, please", "a@b.example"),
            (
                "Ilona <Ilona.Varga@Tandem.Example>",
                "ilona.varga@tandem.example",
            ),
            ("<a href=\"mailto:a@b.example?subject=x\">", "a@b.example"),
            ("(a+news@b.c.example)!", "a+news@b.c.example"),
            ("is it a@b.example...?", "a@b.example"),
            (
                "mail=\u{201e}jürgen@größe.example\u{201c}",
                "jürgen@größe.example",
            ),
            ("&lt;a@b.example&gt;", "a@b.example"),
            ("x@a@b.example", "a@b.example"),
        ] {
            assert_eq!(find(text), [expected], "{text}");
        }
    }

    #[test]
    fn an_address_that_can_be_read_in_two_ways_is_given_in_both() {
        for (text, wide, narrow) in [
            ("?mail=a@b.example", "?mail=a@b.example", "a@b.example"),
            ("o'brien@b.example", "o'brien@b.example", "brien@b.example"),
            ("'a@b.example'", "'a@b.example", "a@b.example"),
            ("**a@b.example**", "**a@b.example", "a@b.example"),
            ("-_a@b.example-", "-_a@b.example", "a@b.example"),
        ] {
            assert_eq!(find(text), [wide, narrow], "{text}");
        }
    }

    #[test]
    fn what_is_no_address_is_not_found() {
        for text in [
            "",
            "@",
            "a@",
            "@b.example",
            "a@b",
            "a @b.example",
            "a@ b.example",
            "a@.example",
            "a@-b.example",
            "@@.@.",
            "50 @ 3.20",
        ] {
            assert!(find(text).is_empty(), "{text}: {:?}", find(text));
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC*", joined in "[a-zé@. <>'\u{301}-]*") {
            find(&text);
            find(&joined);
        }

        #[test]
        fn a_plain_address_is_found_between_any_other_text(before in "[^@]*", after in "[^@]*", local in "[a-z][a-z0-9]{0,9}") {
            let address = format!("{local}@tandem.example");
            let text = format!("{before} {address}, {after}");
            prop_assert!(find(&text).contains(&address));
        }
    }
}
