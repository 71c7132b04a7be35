//! What is known of a person, and whether a text still tells of it.

use std::fmt;

use zeroize::Zeroize;

/// A text shorter than this finds too much to be looked for.
const SHORTEST: usize = 4;

/// Digits that a phone number has at the least.
const FEWEST_DIGITS: usize = 6;

/// What follows an address in the name of a file, and is no domain.
const EXTENSIONS: [&str; 20] = [
    "txt", "csv", "pdf", "eml", "msg", "doc", "docx", "xls", "xlsx", "odt", "ods", "png", "jpg",
    "jpeg", "gif", "zip", "htm", "html", "json", "xml",
];

/// The texts by which a person is known in Request Tracker.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Known(Vec<String>);

impl fmt::Debug for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Known({})", self.0.len())
    }
}

impl Drop for Known {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl Known {
    /// Adds an address.
    pub(super) fn address(&mut self, text: &str) {
        if text.contains('@') && !text.contains(char::is_whitespace) {
            self.add(text);
        }
    }

    /// Adds a name, if it is more than one word: one alone finds half of the world.
    pub(super) fn name(&mut self, text: &str) {
        if text.split_whitespace().count() > 1 {
            self.add(text);
        }
    }

    /// Adds a phone number.
    pub(super) fn phone(&mut self, text: &str) {
        let digits = text.chars().filter(char::is_ascii_digit).count();
        if digits >= FEWEST_DIGITS && text.chars().all(|c| c.is_ascii_digit() || is_between(c)) {
            self.add(text);
        }
    }

    /// Adds what the other knows.
    pub(super) fn and(&mut self, other: &Known) {
        for text in &other.0 {
            self.add(text);
        }
    }

    fn add(&mut self, text: &str) {
        let text = text.trim();
        let known = |known: &String| known.to_lowercase() == text.to_lowercase();
        if text.chars().count() >= SHORTEST && !self.0.iter().any(known) {
            self.0.push(text.to_owned());
        }
    }

    /// The texts.
    pub(super) fn texts(&self) -> &[String] {
        &self.0
    }

    /// The addresses alone.
    pub(super) fn addresses(&self) -> Known {
        let is_one = |text: &&String| text.contains('@');
        Known(self.0.iter().filter(is_one).cloned().collect())
    }

    /// What the other does not know.
    pub(super) fn without(&self, other: &Known) -> Known {
        let is_new = |text: &&String| !other.0.contains(text);
        Known(self.0.iter().filter(is_new).cloned().collect())
    }

    /// The patterns of all.
    pub(super) fn patterns(&self) -> Vec<Pattern> {
        self.0.iter().map(|text| Pattern::new(text)).collect()
    }
}

/// A text as it is recognised: in any case, with any white space between its words, and not as part
/// of a longer word, address or number.
pub(super) struct Pattern {
    kind: Kind,
    steps: Vec<Step>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Address,
    Words,
    Phone,
}

enum Step {
    One(char),
    Gap,
    /// Separators of a phone number, or none.
    Between,
}

/// What stands between the digits of a phone number.
fn is_between(c: char) -> bool {
    c.is_whitespace() || "+()./-".contains(c)
}

impl Pattern {
    fn new(text: &str) -> Pattern {
        let is_phone = text.chars().all(|c| c.is_ascii_digit() || is_between(c));
        let kind = if is_phone {
            Kind::Phone
        } else if text.contains('@') {
            Kind::Address
        } else {
            Kind::Words
        };
        let mut steps = Vec::new();
        if kind == Kind::Phone {
            for digit in text.chars().filter(char::is_ascii_digit) {
                if !steps.is_empty() {
                    steps.push(Step::Between);
                }
                steps.push(Step::One(digit));
            }
        } else {
            for (at, word) in text.split_whitespace().enumerate() {
                if at > 0 {
                    steps.push(Step::Gap);
                }
                steps.extend(word.chars().flat_map(char::to_lowercase).map(Step::One));
            }
        }
        Pattern { kind, steps }
    }

    /// Whether a text tells of it.
    pub(super) fn is_in(&self, text: &str) -> bool {
        let text = text
            .replace("&nbsp;", " ")
            .replace("&#160;", " ")
            .replace("&#64;", "@")
            .replace("&commat;", "@");
        let chars: Vec<char> = text.chars().flat_map(char::to_lowercase).collect();
        (0..chars.len()).any(|start| {
            self.end(&chars, start)
                .is_some_and(|end| self.stands_alone(&chars, start, end))
        })
    }

    /// Where it ends if it begins at `start`.
    fn end(&self, chars: &[char], start: usize) -> Option<usize> {
        let mut at = start;
        let skip = |mut at: usize, is: fn(char) -> bool| {
            while chars.get(at).copied().is_some_and(is) {
                at += 1;
            }
            at
        };
        for step in &self.steps {
            match step {
                Step::One(c) if chars.get(at) == Some(c) => at += 1,
                Step::One(_) => return None,
                Step::Gap => {
                    let end = skip(at, char::is_whitespace);
                    if end == at {
                        return None;
                    }
                    at = end;
                }
                Step::Between => at = skip(at, is_between),
            }
        }
        Some(at)
    }

    fn stands_alone(&self, chars: &[char], start: usize, end: usize) -> bool {
        let before = start.checked_sub(1).map(|at| chars[at]);
        let (after, next) = (chars.get(end).copied(), chars.get(end + 1).copied());
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let is = |c: Option<char>, is: &dyn Fn(char) -> bool| c.is_some_and(is);
        match self.kind {
            Kind::Phone => {
                let digit = |c: char| c.is_ascii_digit();
                !is(before, &digit) && !is(after, &digit)
            }
            Kind::Words => !is(before, &is_word) && !is(after, &is_word),
            Kind::Address => {
                let label: String = chars[chars.len().min(end + 1)..]
                    .iter()
                    .take_while(|c| is_word(**c) || **c == '-')
                    .collect();
                let is_file = EXTENSIONS.contains(&label.as_str());
                let goes_on = is(after, &|c| is_word(c) || c == '-')
                    || (after == Some('.') && is(next, &is_word) && !is_file);
                !is(before, &|c| is_word(c) || ".%+-".contains(c)) && !goes_on
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, within: &str) -> bool {
        Pattern::new(text).is_in(within)
    }

    #[test]
    fn an_address_is_not_part_of_another() {
        let anna = "anna@halden.example";
        for within in [
            "write to anna@halden.example.",
            "<Anna@Halden.example>",
            "mailto:anna@halden.example?subject=x",
            "anna&#64;halden.example",
            "\"anna@halden.example\"",
            "anna@halden.example.txt",
        ] {
            assert!(found(anna, within), "{within}");
        }
        for within in [
            "joanna@halden.example",
            "jo.anna@halden.example",
            "anna@halden.example.org",
            "anna@halden.examples",
            "anna@halden.example.txts",
            "",
        ] {
            assert!(!found(anna, within), "{within}");
        }
    }

    #[test]
    fn a_name_may_be_broken_by_any_space() {
        for within in [
            "ANNA KOWALSKA",
            "Anna\n  Kowalska,",
            "Anna&nbsp;Kowalska",
            "(Anna\u{a0}Kowalska)",
        ] {
            assert!(found("Anna Kowalska", within), "{within}");
        }
        assert!(!found("Anna Kowalska", "Joanna Kowalska"));
        assert!(!found("Anna Kowalska", "AnnaKowalska"));
        assert!(!found("Anna Kowalska", "Anna Kowalskaja"));
        assert!(found("Änne Öztürk", "Gruß, ÄNNE ÖZTÜRK"));
    }

    #[test]
    fn a_phone_number_may_be_written_in_any_way() {
        for within in ["+48600100200", "+48 (600) 100-200.", "tel:48.600.100.200"] {
            assert!(found("+48 600 100 200", within), "{within}");
        }
        assert!(!found("+48 600 100 200", "148600100200"));
        assert!(!found("+48 600 100 200", "486001002003"));
    }

    #[test]
    fn what_finds_too_much_is_not_looked_for() {
        let mut known = Known::default();
        known.name("Bob");
        known.name("Anna Kowalska");
        known.name("anna kowalska");
        known.phone("112");
        known.phone("ask me");
        known.phone("+48 600 100 200");
        known.address("bob");
        known.address("bob@example.net");
        assert_eq!(
            known.texts(),
            ["Anna Kowalska", "+48 600 100 200", "bob@example.net"]
        );
        assert_eq!(format!("{known:?}"), "Known(3)");
    }
}
