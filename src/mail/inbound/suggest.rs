//! What the own words seem to ask, and in which language. A suggestion: staff change it, and a person confirms it.
//!
//! The rules are in `suggest::rules`, by language. They look for a deed and its object close together in one sentence,
//! since "delete" alone is an ordinary question to support, and "delete my account" is not.

mod rules;

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::domain::request::Kind;

/// Most words that are looked at.
const MAX_WORDS: usize = 3000;
/// Words before the first of a match among which a "not" turns it.
const NEGATION: usize = 3;

/// What stands first wins where several are asked: it takes the others along, or cannot be undone by them.
const ORDER: [Kind; 4] = [
    Kind::Erasure,
    Kind::Rectification,
    Kind::Access,
    Kind::Objection,
];

/// What was read.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Reading {
    pub kind: Option<Kind>,
    pub lang: Option<&'static str>,
}

/// Reads subject and text.
pub(super) fn read(subject: &str, text: &str) -> Reading {
    let mut words = words(subject);
    words.push(Word::Stop);
    words.extend(self::words(text));
    words.truncate(MAX_WORDS);
    let mut hits: Vec<(Kind, &'static str)> = Vec::new();
    for sentence in words.split(|word| *word == Word::Stop) {
        find(sentence, &mut hits);
    }
    let hit = ORDER
        .iter()
        .find_map(|kind| hits.iter().find(|(found, _)| found == kind));
    let lang = language(&words).or(hit.map(|(_, lang)| *lang));
    match hit.map(|(kind, _)| *kind) {
        // The line with the link stands at the end of every newsletter; a person writes it nowhere.
        Some(Kind::Objection) if text.contains("://") => {
            let unlinked: Vec<&str> = text.lines().filter(|line| !line.contains("://")).collect();
            Reading {
                kind: read(subject, &unlinked.join("\n")).kind,
                lang,
            }
        }
        kind => Reading { kind, lang },
    }
}

/// A word without accents and case, or what stands between words.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Word {
    Text(String),
    Comma,
    /// The end of a sentence.
    Stop,
}

/// An element of a rule.
#[derive(Debug)]
enum Element {
    /// One of these words; `true` for beginnings of words.
    OneOf(Vec<(String, bool)>),
    /// Up to so many words, of which none is a comma unless allowed.
    Gap { most: usize, commas: bool },
    /// Words that may stand between "my" and "data".
    Fill,
}

struct Rule {
    kind: Kind,
    lang: &'static str,
    elements: Vec<Element>,
    /// Words that spoil the match in the same sentence.
    unless: Vec<(String, bool)>,
}

struct Rules {
    all: Vec<Rule>,
    /// Rules by the first three letters of the words with which they begin.
    by_start: HashMap<String, Vec<usize>>,
}

static RULES: LazyLock<Rules> = LazyLock::new(|| {
    let mut all = Vec::new();
    let mut by_start: HashMap<String, Vec<usize>> = HashMap::new();
    for block in rules::BLOCKS {
        for pattern in block.patterns {
            let elements: Vec<Element> = pattern.split_whitespace().map(element).collect();
            if let Some(Element::OneOf(words)) = elements.first() {
                for (word, _) in words {
                    let starts = by_start.entry(start(word)).or_default();
                    if starts.last() != Some(&all.len()) {
                        starts.push(all.len());
                    }
                }
            }
            all.push(Rule {
                kind: block.kind,
                lang: block.lang,
                elements,
                unless: alternatives(block.unless),
            });
        }
    }
    Rules { all, by_start }
});

fn start(word: &str) -> String {
    word.chars().take(3).collect()
}

/// `a|b*` is one of the words, `~` up to four words, `~~` up to nine with commas, `%` words like "all" and "personal".
fn element(text: &str) -> Element {
    match text {
        "~" => Element::Gap {
            most: 4,
            commas: false,
        },
        "~~" => Element::Gap {
            most: 9,
            commas: true,
        },
        "%" => Element::Fill,
        words => Element::OneOf(alternatives(words)),
    }
}

fn alternatives(words: &str) -> Vec<(String, bool)> {
    words
        .split(['|', ' '])
        .filter(|word| !word.is_empty())
        .map(|word| match word.strip_suffix('*') {
            Some(stem) => (stem.to_owned(), true),
            None => (word.to_owned(), false),
        })
        .collect()
}

/// "…, ticket 12" tells what it is about; "… from ticket 12" is the object of the deed.
fn is_reference(sentence: &[Word], at: usize) -> bool {
    let text = |word: &Word| match word {
        Word::Text(word) => Some(word.clone()),
        Word::Comma | Word::Stop => None,
    };
    let mut behind = sentence[at + 1..].iter().map_while(text);
    let first = behind.next().unwrap_or_default();
    let number = if rules::NUMBER_WORDS.contains(&first.as_str()) {
        behind.next().unwrap_or_default()
    } else {
        first
    };
    let is_number = number.starts_with(|c: char| c.is_ascii_digit());
    let mut before = sentence[..at].iter().rev().map_while(text).take(2);
    is_number && !before.any(|word| rules::OF_WORDS.contains(&word.as_str()))
}

fn is_one_of(word: &Word, words: &[(String, bool)]) -> bool {
    let Word::Text(word) = word else {
        return false;
    };
    words
        .iter()
        .any(|(text, stem)| word == text || *stem && word.starts_with(text.as_str()))
}

fn find(sentence: &[Word], hits: &mut Vec<(Kind, &'static str)>) {
    for (at, word) in sentence.iter().enumerate() {
        let Word::Text(text) = word else {
            continue;
        };
        let Some(rules) = RULES.by_start.get(&start(text)) else {
            continue;
        };
        for rule in rules.iter().map(|index| &RULES.all[*index]) {
            if hits.contains(&(rule.kind, rule.lang)) {
                continue;
            }
            let Some(end) = matches(&rule.elements, &sentence[at..]) else {
                continue;
            };
            let spoiled = sentence
                .iter()
                .enumerate()
                .any(|(at, word)| is_one_of(word, &rule.unless) && !is_reference(sentence, at));
            if !spoiled && !is_negated(sentence, at, at + end) {
                hits.push((rule.kind, rule.lang));
            }
        }
    }
}

/// How many words match from the first one on. The gaps of a rule are few and short, so this ends soon.
fn matches(elements: &[Element], words: &[Word]) -> Option<usize> {
    let Some((first, rest)) = elements.split_first() else {
        return Some(0);
    };
    match first {
        Element::OneOf(alternatives) => {
            let word = words.first()?;
            if !is_one_of(word, alternatives) {
                return None;
            }
            matches(rest, &words[1..]).map(|length| length + 1)
        }
        Element::Gap { most, commas } => {
            for length in 0..=(*most).min(words.len()) {
                if length > 0 && !commas && words[length - 1] == Word::Comma {
                    return None;
                }
                if let Some(more) = matches(rest, &words[length..]) {
                    return Some(length + more);
                }
            }
            None
        }
        Element::Fill => {
            for length in 0..=words.len().min(6) {
                if length > 0 && !is_filler(&words[length - 1]) {
                    return None;
                }
                if let Some(more) = matches(rest, &words[length..]) {
                    return Some(length + more);
                }
            }
            None
        }
    }
}

fn is_filler(word: &Word) -> bool {
    match word {
        Word::Text(word) => rules::FILLERS.contains(&word.as_str()),
        Word::Comma => true,
        Word::Stop => false,
    }
}

/// "I do not want to delete my account"; in German the "nicht" may stand at the end.
fn is_negated(sentence: &[Word], start: usize, end: usize) -> bool {
    let is = |word: &Word, words: &[&str]| matches!(word, Word::Text(word) if words.contains(&word.as_str()));
    sentence[start.saturating_sub(NEGATION)..start]
        .iter()
        .any(|word| is(word, rules::NEGATIONS))
        || sentence.get(end).is_some_and(|word| is(word, &["nicht"])) && sentence.len() == end + 1
}

/// The language of most of the small words, if one leads.
fn language(words: &[Word]) -> Option<&'static str> {
    let mut counts: Vec<(usize, &'static str)> = rules::SMALL_WORDS
        .iter()
        .map(|(lang, small)| {
            let count = words
                .iter()
                .filter(|word| matches!(word, Word::Text(word) if small.contains(&word.as_str())))
                .count();
            (count, *lang)
        })
        .collect();
    counts.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
    match counts[..] {
        [(first, lang), (second, _), ..] if first > second => Some(lang),
        _ => None,
    }
}

/// Words without accents and case. "e-mail" and "don't" are one word, and a full stop after an abbreviation ends nothing.
fn words(text: &str) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut word = String::new();
    let mut chars = text.chars().peekable();
    while words.len() < MAX_WORDS {
        let Some(c) = chars.next() else {
            break;
        };
        if c.is_alphanumeric() || is_accent(c) {
            fold(c, &mut word);
            continue;
        }
        if matches!(c, '\'' | '’') && word.ends_with('n') && is_t(&mut chars.clone()) {
            continue;
        }
        if c == '-' && word == "e" && chars.peek().is_some_and(|c| c.is_alphabetic()) {
            continue;
        }
        let abbreviation = rules::ABBREVIATIONS.contains(&word.as_str());
        if !word.is_empty() {
            words.push(Word::Text(std::mem::take(&mut word)));
        }
        let before_space = chars.peek().is_none_or(|c| c.is_whitespace());
        match c {
            '.' | ':' if before_space && !abbreviation => words.push(Word::Stop),
            '!' | '?' | ';' | '…' | '¿' | '¡' => words.push(Word::Stop),
            '\n' if chars.peek() == Some(&'\n') => words.push(Word::Stop),
            ',' => words.push(Word::Comma),
            _ => {}
        }
    }
    if !word.is_empty() {
        words.push(Word::Text(word));
    }
    words
}

/// What follows the apostrophe in "don't".
fn is_t(rest: &mut impl Iterator<Item = char>) -> bool {
    matches!(rest.next(), Some('t' | 'T')) && rest.next().is_none_or(|c| !c.is_alphabetic())
}

/// Combining marks, as macOS writes accents.
fn is_accent(c: char) -> bool {
    ('\u{300}'..='\u{36f}').contains(&c)
}

fn fold(c: char, out: &mut String) {
    for c in c.to_lowercase() {
        match c {
            'à' | 'á' | 'â' | 'ä' | 'ã' | 'å' | 'ā' => out.push('a'),
            'ç' => out.push('c'),
            'è' | 'é' | 'ê' | 'ë' => out.push('e'),
            'ì' | 'í' | 'î' | 'ï' => out.push('i'),
            'ñ' => out.push('n'),
            'ò' | 'ó' | 'ô' | 'ö' | 'õ' | 'ő' | 'ø' => out.push('o'),
            'ù' | 'ú' | 'û' | 'ü' | 'ű' => out.push('u'),
            'ý' | 'ÿ' => out.push('y'),
            'ß' => out.push_str("ss"),
            'œ' => out.push_str("oe"),
            'æ' => out.push_str("ae"),
            c if is_accent(c) => {}
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests;
