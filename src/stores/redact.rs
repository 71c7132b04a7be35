//! Takes a person out of texts that others wrote.
//!
//! It removes whole addresses and whole names, in any letter case, and never a piece of a longer
//! one: `anna.mira@halden.example` is somebody else than `mira@halden.example`.

/// What stands where a person stood.
pub(super) const REMOVED: &str = "[removed]";

/// Characters within the part before the `@` that also stand around an address. The finder
/// of mentions holds to the same ones.
const COMMON_SYMBOLS: [char; 4] = ['.', '_', '+', '-'];

/// `text` without these addresses and names; `None` if none of them stands in it.
pub(super) fn redact(text: &str, words: &[&str]) -> Option<String> {
    let mut redacted = String::new();
    let mut done = 0;
    for (at, _) in text.char_indices() {
        if at < done {
            continue;
        }
        let end = words
            .iter()
            .filter(|word| !word.is_empty())
            .find_map(|word| {
                let end = at + length_of_prefix(&text[at..], word)?;
                stands_alone(word, &text[..at], &text[end..]).then_some(end)
            });
        if let Some(end) = end {
            redacted.push_str(&text[done..at]);
            redacted.push_str(REMOVED);
            done = end;
        }
    }
    (done > 0).then(|| redacted + &text[done..])
}

/// The same for the name of a file: `mira@halden.example.pdf` holds the address, too.
pub(super) fn redact_file_name(name: &str, words: &[&str]) -> Option<String> {
    let Some((stem, ending)) = name.rsplit_once('.') else {
        return redact(name, words);
    };
    match redact(stem, words) {
        Some(stem) => Some(format!("{stem}.{ending}")),
        None => redact(name, words),
    }
}

/// How many bytes of `text` are the word, in any letter case, if it begins with it.
fn length_of_prefix(text: &str, word: &str) -> Option<usize> {
    let mut wanted = word.chars().flat_map(char::to_lowercase).peekable();
    for (at, found) in text.char_indices() {
        if wanted.peek().is_none() {
            return Some(at);
        }
        if !found
            .to_lowercase()
            .all(|found| wanted.next() == Some(found))
        {
            return None;
        }
    }
    wanted.peek().is_none().then_some(text.len())
}

/// Whether the word is no piece of a longer one between these texts.
fn stands_alone(word: &str, before: &str, after: &str) -> bool {
    if !word.contains('@') {
        return !before.ends_with(char::is_alphanumeric)
            && !after.starts_with(char::is_alphanumeric);
    }
    let begins = !before
        .trim_end_matches(COMMON_SYMBOLS)
        .ends_with(char::is_alphanumeric);
    let domain_goes_on = |after: &str| {
        let label = after.trim_start_matches(['.', '-']);
        label.starts_with(char::is_alphanumeric)
    };
    begins && !after.split("..").next().is_some_and(domain_goes_on)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORDS: [&str; 2] = ["mira@halden.example", "Mira Åberg"];

    #[test]
    fn addresses_and_names_go_in_any_letter_case() {
        for (text, expected) in [
            ("Ask MIRA@Halden.example.", "Ask [removed]."),
            ("<mailto:mira@halden.example>", "<mailto:[removed]>"),
            (
                "\"MIRA ÅBERG\" <mira@halden.example>",
                "\"[removed]\" <[removed]>",
            ),
            (
                "mira@halden.example, mira@halden.example",
                "[removed], [removed]",
            ),
            ("Is it mira@halden.example...?", "Is it [removed]...?"),
            ("-_mira@halden.example-", "-_[removed]-"),
            ("mira@halden.example..copy", "[removed]..copy"),
        ] {
            assert_eq!(redact(text, &WORDS).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn other_people_stay() {
        for text in [
            "",
            "anna.mira@halden.example",
            "admira@halden.example",
            "mira@halden.example.org",
            "mira@halden.example-group.org",
            "Mira Åbergsson",
            "Mira",
        ] {
            assert_eq!(redact(text, &WORDS), None, "{text}");
        }
    }

    #[test]
    fn the_ending_of_a_file_is_no_part_of_the_address() {
        for (name, expected) in [
            ("to mira@halden.example.pdf", "to [removed].pdf"),
            ("mira@halden.example", "[removed]"),
            ("invoice.mira@halden.example", "invoice.mira@halden.example"),
        ] {
            assert_eq!(
                redact_file_name(name, &WORDS).unwrap_or_else(|| name.to_owned()),
                expected,
                "{name}"
            );
        }
    }
}
