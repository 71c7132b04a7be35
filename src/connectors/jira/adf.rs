//! Texts as Jira stores them, a tree (Atlassian Document Format) or a plain string: read as plain
//! text, searched for a person, and the same without the person.

use serde_json::{Map, Value, json};

/// What stands where the person stood.
pub(super) const REMOVED: &str = "[removed]";

/// Blocks that end with a line.
const BLOCKS: [&str; 10] = [
    "paragraph",
    "heading",
    "codeBlock",
    "rule",
    "tableRow",
    "mediaSingle",
    "mediaGroup",
    "blockCard",
    "embedCard",
    "caption",
];

/// A text as a person reads it. Nodes that are not known give the text that is in them.
pub(super) fn plain(value: &Value) -> String {
    let mut text = String::new();
    write(value, &mut text);
    text.trim_end().to_owned()
}

fn write(node: &Value, text: &mut String) {
    let node = match node {
        Value::String(string) => return text.push_str(string),
        Value::Array(nodes) => return nodes.iter().for_each(|node| write(node, text)),
        Value::Object(node) => node,
        _ => return,
    };
    let kind = node.get("type").and_then(Value::as_str).unwrap_or_default();
    let attribute = |name: &str| node.get("attrs")?.get(name)?.as_str();
    match kind {
        "text" => {
            let own = node.get("text").and_then(Value::as_str).unwrap_or_default();
            text.push_str(own);
            if let Some(link) = link(node).filter(|link| *link != own) {
                text.push_str(&format!(" ({link})"));
            }
        }
        "hardBreak" => text.push('\n'),
        "rule" => text.push_str("---"),
        "listItem" | "taskItem" | "decisionItem" => text.push_str("- "),
        "inlineCard" | "blockCard" | "embedCard" => {
            text.push_str(attribute("url").unwrap_or_default());
        }
        "date" => text.push_str(&day(attribute("timestamp").unwrap_or_default())),
        "expand" | "nestedExpand" => {
            if let Some(title) = attribute("title") {
                text.push_str(title);
                text.push('\n');
            }
        }
        _ => {
            let words = ["text", "alt", "shortName"].into_iter().find_map(attribute);
            text.push_str(words.unwrap_or_default());
        }
    }
    let Some(Value::Array(content)) = node.get("content") else {
        if BLOCKS.contains(&kind) {
            text.push('\n');
        }
        return;
    };
    for (place, child) in content.iter().enumerate() {
        if kind == "tableRow" {
            let mut cell = String::new();
            write(child, &mut cell);
            let gap = if place == 0 { "" } else { " | " };
            text.push_str(gap);
            text.push_str(&cell.trim_end().replace('\n', " "));
        } else {
            write(child, text);
        }
    }
    let ends = BLOCKS.contains(&kind) || matches!(kind, "taskItem" | "decisionItem");
    if ends && (content.is_empty() || !text.ends_with('\n')) {
        text.push('\n');
    }
}

fn link(node: &Map<String, Value>) -> Option<&str> {
    let marks = node.get("marks")?.as_array()?;
    marks
        .iter()
        .find_map(|mark| mark.get("attrs")?.get("href")?.as_str())
}

/// The day of a timestamp in milliseconds, as dates in texts have it.
fn day(timestamp: &str) -> String {
    let milliseconds = timestamp.parse::<i64>().ok();
    let at = milliseconds.and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    at.map_or(timestamp.to_owned(), |at| {
        at.to_zoned(jiff::tz::TimeZone::UTC).date().to_string()
    })
}

/// The words of a text as the tree that Jira takes.
pub(super) fn document(text: &str) -> Value {
    let paragraph = |line: &str| match line {
        "" => json!({"type": "paragraph", "content": []}),
        _ => json!({"type": "paragraph", "content": [{"type": "text", "text": line}]}),
    };
    let content: Vec<Value> = text.split('\n').map(paragraph).collect();
    json!({"type": "doc", "version": 1, "content": content})
}

pub(super) fn is_document(value: &Value) -> bool {
    value.get("type").and_then(Value::as_str) == Some("doc")
}

/// What a person is known by in texts.
#[derive(Clone, Default)]
pub(super) struct Person {
    /// The address: it is what is looked for.
    address: Vec<char>,
    /// The names: they find nothing, but go where the address goes.
    names: Vec<Vec<char>>,
    /// The accounts, which others mention.
    accounts: Vec<String>,
    /// Whether the names find something too: in what is the person's own.
    is_own: bool,
}

impl Person {
    pub(super) fn new<'a>(
        address: &str,
        names: impl IntoIterator<Item = &'a str>,
        accounts: impl IntoIterator<Item = &'a str>,
    ) -> Person {
        // One word alone may be anything.
        let whole = |name: &&str| name.trim().contains(' ') && name.trim().len() >= 5;
        let names = names.into_iter().filter(whole);
        Person {
            address: folded(address),
            names: names.map(|name| folded(name.trim())).collect(),
            accounts: accounts.into_iter().map(str::to_owned).collect(),
            is_own: false,
        }
    }

    /// The same where the text is the person's own: there a name is enough.
    pub(super) fn in_own(&self) -> Person {
        Person {
            is_own: true,
            ..self.clone()
        }
    }

    pub(super) fn is_account(&self, id: &str) -> bool {
        self.accounts.iter().any(|account| account == id)
    }

    /// Whether a text has the address, whole.
    pub(super) fn is_in(&self, text: &str) -> bool {
        let text: Vec<char> = text.chars().collect();
        let names = self.names.iter().filter(|_| self.is_own);
        let mut words = std::iter::once(&self.address).chain(names);
        words.any(|word| find(&text, word, 0).is_some())
    }

    /// Whether a value of a field or a body has the address, or mentions an account.
    pub(super) fn is_named(&self, value: &Value) -> bool {
        match value {
            Value::String(text) => self.is_in(text),
            Value::Array(values) => values.iter().any(|value| self.is_named(value)),
            Value::Object(node) => {
                self.mentions(node)
                    || node.values().any(|value| self.is_named(value))
                    // An address of which a half is bold lies in two nodes.
                    || (node.contains_key("content") && self.is_in(&plain(value)))
            }
            _ => false,
        }
    }

    fn mentions(&self, node: &Map<String, Value>) -> bool {
        let is_mention = node.get("type").and_then(Value::as_str) == Some("mention");
        let id = node
            .get("attrs")
            .and_then(|attrs| attrs.get("id")?.as_str());
        is_mention && id.is_some_and(|id| self.is_account(id))
    }

    /// A text without the person.
    pub(super) fn cleared(&self, text: &str) -> String {
        let mut text: Vec<char> = text.chars().collect();
        for word in std::iter::once(&self.address).chain(&self.names) {
            let mut from = 0;
            while let Some(start) = find(&text, word, from) {
                text.splice(start..start + word.len(), REMOVED.chars());
                from = start + REMOVED.len();
            }
        }
        text.into_iter().collect()
    }

    /// A value of a field or a body without the person.
    pub(super) fn cleared_from(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.cleared(text)),
            Value::Array(values) => values
                .iter()
                .map(|value| self.cleared_from(value))
                .collect(),
            Value::Object(node) if self.mentions(node) => json!({"type": "text", "text": REMOVED}),
            Value::Object(node) => self.cleared_node(node),
            other => other.clone(),
        }
    }

    fn cleared_node(&self, node: &Map<String, Value>) -> Value {
        let mut cleared = Map::new();
        for (key, value) in node {
            match (key.as_str(), value) {
                // A link to the address goes: what were left of it is no address.
                ("marks", Value::Array(marks)) => {
                    let rest = marks.iter().filter(|mark| !self.is_named(mark));
                    cleared.insert(key.clone(), rest.cloned().collect());
                }
                ("type", _) => {
                    cleared.insert(key.clone(), value.clone());
                }
                _ => {
                    cleared.insert(key.clone(), self.cleared_from(value));
                }
            }
        }
        let whole = Value::Object(cleared);
        let is_leaf_block = matches!(
            node.get("type").and_then(Value::as_str),
            Some("paragraph" | "heading" | "codeBlock" | "caption")
        );
        let text = plain(&whole);
        if is_leaf_block && self.is_in(&text) {
            let mut block = whole;
            block["content"] = json!([{"type": "text", "text": self.cleared(&text)}]);
            return block;
        }
        whole
    }
}

/// Letters without their case, one for one, so that places stay the same.
fn fold(c: char) -> char {
    let mut lower = c.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(one), None) => one,
        _ => c,
    }
}

fn folded(text: &str) -> Vec<char> {
    text.chars().map(fold).collect()
}

/// Where a word stands as a whole: not as a part of a longer address or name.
fn find(text: &[char], word: &[char], from: usize) -> Option<usize> {
    if word.is_empty() || text.len() < word.len() {
        return None;
    }
    let letter = |at: Option<usize>| {
        at.and_then(|at| text.get(at))
            .is_some_and(|c| c.is_alphanumeric())
    };
    let inside = |c: &char| matches!(c, '.' | '-' | '+' | '_');
    (from..=text.len() - word.len()).find(|&start| {
        let end = start + word.len();
        let same = text[start..end]
            .iter()
            .zip(word)
            .all(|(a, b)| fold(*a) == *b);
        if !same {
            return false;
        }
        let longer_before = letter(start.checked_sub(1))
            || (start > 0 && inside(&text[start - 1]) && letter(start.checked_sub(2)));
        let longer_after =
            letter(Some(end)) || (text.get(end).is_some_and(inside) && letter(Some(end + 1)));
        !longer_before && !longer_after
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person() -> Person {
        Person::new("Mira@halden.example", ["Mira Halden", "Mira"], ["qm:1:2"])
    }

    #[test]
    fn a_document_reads_as_a_person_reads_it() {
        let body = json!({"type": "doc", "version": 1, "content": [
            {"type": "heading", "attrs": {"level": 2}, "content": [{"type": "text", "text": "Hello"}]},
            {"type": "paragraph", "content": [
                {"type": "mention", "attrs": {"id": "qm:1:2", "text": "@Mira"}},
                {"type": "text", "text": " see "},
                {"type": "text", "text": "the guide", "marks": [
                    {"type": "link", "attrs": {"href": "https://n.example/guide"}}]},
                {"type": "hardBreak"},
                {"type": "emoji", "attrs": {"shortName": ":wave:"}},
                {"type": "date", "attrs": {"timestamp": "1767225600000"}}]},
            {"type": "bulletList", "content": [
                {"type": "listItem", "content": [
                    {"type": "paragraph", "content": [{"type": "text", "text": "one"}]}]}]},
            {"type": "table", "content": [{"type": "tableRow", "content": [
                {"type": "tableCell", "content": [
                    {"type": "paragraph", "content": [{"type": "text", "text": "a"}]}]},
                {"type": "tableCell", "content": [
                    {"type": "paragraph", "content": [{"type": "text", "text": "b"}]}]}]}]},
            {"type": "hologram", "attrs": {"depth": 3}, "content": [
                {"type": "text", "text": "unknown"}]}]});
        assert_eq!(
            plain(&body),
            "Hello\n@Mira see the guide (https://n.example/guide)\n:wave:2026-01-01\n- one\na | b\n\
             unknown"
        );
        assert_eq!(plain(&json!("plain")), "plain");
        assert_eq!(plain(&Value::Null), "");
        assert_eq!(plain(&document("a\n\nb")), "a\n\nb");
    }

    #[test]
    fn an_address_counts_only_as_a_whole() {
        let person = person();
        for text in [
            "mira@halden.example",
            "(MIRA@HALDEN.EXAMPLE)",
            "write to mira@halden.example.",
            "mailto:mira@halden.example?subject=x",
            "so...mira@halden.example",
        ] {
            assert!(person.is_in(text), "{text}");
            assert!(!person.is_in(&person.cleared(text)), "{text}");
        }
        for text in [
            "almira@halden.example",
            "a.mira@halden.example",
            "mira@halden.example.org",
            "mira@halden.examples",
            "mira at halden.example",
            "Mira Halden",
            "",
        ] {
            assert!(!person.is_in(text), "{text}");
        }
        assert_eq!(
            person.cleared("Mira Halden (MIRA@halden.example), Mira Haldensen"),
            "[removed] ([removed]), Mira Haldensen"
        );
    }

    #[test]
    fn a_document_is_cleared_wherever_the_person_stands_in_it() {
        let person = person();
        let body = json!({"type": "doc", "version": 1, "content": [
            {"type": "paragraph", "content": [
                {"type": "mention", "attrs": {"id": "qm:1:2", "text": "@Mira"}},
                {"type": "mention", "attrs": {"id": "agent", "text": "@Agent"}},
                {"type": "text", "text": "here", "marks": [{"type": "strong"},
                    {"type": "link", "attrs": {"href": "mailto:mira@halden.example"}}]}]},
            {"type": "paragraph", "content": [
                {"type": "text", "text": "mira@", "marks": [{"type": "strong"}]},
                {"type": "text", "text": "halden.example"}]},
            {"type": "blockCard", "attrs": {"url": "https://n.example/?u=mira@halden.example"}}]});
        assert!(person.is_named(&body));
        let cleared = person.cleared_from(&body);
        assert!(!person.is_named(&cleared), "{cleared}");
        assert!(cleared.to_string().contains("@Agent"));
        assert!(cleared.to_string().contains("strong"));
        assert_eq!(cleared["version"], 1);
        let other = json!({"type": "doc", "content": [{"type": "paragraph"}]});
        assert!(!person.is_named(&other));
        assert_eq!(person.cleared_from(&other), other);
    }

    #[test]
    fn letters_that_grow_in_lower_case_break_nothing() {
        let person = Person::new("ıi̇@ß.example", ["İpek Öz Ünal"], []);
        assert!(person.is_in("İİ ı ıi̇@ß.example!"));
        assert_eq!(person.cleared("İpek Öz Ünal"), REMOVED);
        assert!(!person.is_in("İpek Öz Ünal") && person.in_own().is_in("İpek Öz Ünal"));
        assert_eq!(person.cleared(""), "");
    }
}
