//! Statements: names quoted, values bound.

use super::link::LOWER;
use super::schema::{Column, Columns, Shape};
use crate::config::stores::{Engine, Person, Rule, Table, TableRef};
use crate::domain::store::Subject;

/// What begins a value that stands where a person's was, and is one of its kind.
pub(super) const ERASED: &str = "erased-";

/// A statement and its values.
#[derive(Clone, Debug)]
pub(super) struct Query {
    engine: Option<Engine>,
    text: String,
    values: Vec<String>,
}

impl Query {
    /// A statement without values.
    pub(super) fn fixed(text: &str) -> Query {
        Query {
            engine: None,
            text: text.to_owned(),
            values: Vec::new(),
        }
    }

    pub(super) fn new(engine: Engine, text: &str) -> Query {
        Query {
            engine: Some(engine),
            ..Query::fixed(text)
        }
    }

    pub(super) fn is_postgresql(&self) -> bool {
        self.engine == Some(Engine::Postgresql)
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn values(&self) -> &[String] {
        &self.values
    }

    /// Adds words.
    pub(super) fn push(&mut self, text: &str) -> &mut Query {
        self.text.push_str(text);
        self
    }

    /// Adds a value as text.
    pub(super) fn bind(&mut self, value: &str) -> &mut Query {
        self.values.push(value.to_owned());
        if self.engine == Some(Engine::Postgresql) {
            let place = format!("CAST(${} AS text)", self.values.len());
            self.push(&place)
        } else {
            self.push("?")
        }
    }

    /// Adds a value as one of the type of a column.
    pub(super) fn bind_as(&mut self, value: &str, column: &Column) -> &mut Query {
        match (self.engine, column.shape) {
            (Some(Engine::Postgresql), _) => {
                self.push("CAST(").bind(value).push(" AS ");
                self.push(&column.declared).push(")")
            }
            (Some(Engine::Mariadb), Shape::Integer { unsigned }) => {
                let to = if unsigned { "UNSIGNED" } else { "SIGNED" };
                self.push("CAST(")
                    .bind(value)
                    .push(" AS ")
                    .push(to)
                    .push(")")
            }
            (Some(Engine::Mariadb), Shape::Bytes) => self.push("UNHEX(").bind(value).push(")"),
            _ => self.bind(value),
        }
    }

    /// Adds the text of a column, whatever its type.
    pub(super) fn text_of(&mut self, alias: &str, name: &str, column: &Column) -> &mut Query {
        let engine = self.engine.unwrap_or(Engine::Sqlite);
        let place = column_of(engine, alias, name);
        let text = match (engine, column.shape) {
            (Engine::Postgresql, _) => format!("CAST({place} AS text)"),
            (Engine::Mariadb, Shape::Bytes) => format!("HEX({place})"),
            (Engine::Mariadb, Shape::Bits) => format!("CAST({place} + 0 AS CHAR)"),
            (Engine::Mariadb, _) => format!("CONVERT(CAST({place} AS CHAR) USING utf8mb4)"),
            (Engine::Sqlite, _) => format!(
                "CASE typeof({place}) WHEN 'blob' THEN hex({place}) ELSE CAST({place} AS TEXT) END"
            ),
        };
        self.push(&text)
    }

    /// Adds the name of a column.
    pub(super) fn column(&mut self, alias: &str, name: &str) -> &mut Query {
        let place = column_of(self.engine.unwrap_or(Engine::Sqlite), alias, name);
        self.push(&place)
    }

    /// Adds the name of a table.
    pub(super) fn table(&mut self, table: &TableRef) -> &mut Query {
        let name = table_of(self.engine.unwrap_or(Engine::Sqlite), table);
        self.push(&name)
    }

    /// Adds a condition: rows with these values.
    pub(super) fn only(
        &mut self,
        alias: &str,
        only: &[(String, String)],
        columns: &Columns,
    ) -> &mut Query {
        for (name, value) in only {
            self.push(" AND ").column(alias, name).push(" = ");
            self.bind_as(value, columns.get(name));
        }
        self
    }

    /// Adds a condition: the row is the person's. `sure` leaves out what is only a candidate.
    pub(super) fn is_theirs(
        &mut self,
        table: &Table,
        live: &[&Columns],
        subject: &Subject,
        sure: bool,
    ) -> &mut Query {
        for (step, hop) in table.path.iter().enumerate() {
            let (here, there) = (format!("t{step}"), format!("t{}", step + 1));
            self.push("EXISTS (SELECT 1 FROM ").table(&hop.table);
            self.push(" AS ").push(&there).push(" WHERE ");
            self.column(&there, &hop.key).push(" = ");
            self.column(&here, &hop.column);
            self.only(&there, &hop.only, live[step + 1]);
            self.push(" AND ");
        }
        let alias = format!("t{}", table.path.len());
        let columns = live[table.path.len()];
        let rules = table
            .person
            .iter()
            .filter(|person| !(sure && person.rule == Rule::Contains));
        let mut any = false;
        self.push("(");
        for person in rules {
            if any {
                self.push(" OR ");
            }
            self.is_named(&alias, person, columns.get(&person.column), subject);
            any = true;
        }
        if !any {
            self.push("1 = 0");
        }
        self.push(")");
        for _ in &table.path {
            self.push(")");
        }
        self
    }

    /// Adds a condition: the column has the address.
    ///
    /// Equal is equal, byte for byte: the collation of a column may hold É and e for the same, and
    /// would hand somebody else's row to an erasure.
    fn is_named(&mut self, alias: &str, person: &Person, column: &Column, subject: &Subject) {
        let engine = self.engine.unwrap_or(Engine::Sqlite);
        let place = column_of(engine, alias, &person.column);
        let (lower, typed) = (subject.address.normalised(), subject.address.as_str());
        let as_text = match engine {
            Engine::Postgresql => format!("CAST({place} AS text)"),
            Engine::Mariadb => format!("CONVERT({place} USING utf8mb4)"),
            Engine::Sqlite => format!("CAST({place} AS TEXT)"),
        };
        match person.rule {
            Rule::Equal => {
                let mut spellings = vec![lower];
                if typed != lower {
                    spellings.push(typed);
                }
                self.push("(");
                for (index, spelling) in spellings.into_iter().enumerate() {
                    if index > 0 {
                        self.push(" OR ");
                    }
                    // The first half is for the index, the second for the truth.
                    match engine {
                        Engine::Postgresql if column.shape == Shape::Text => {
                            self.push("(").push(&place).push(" = ").bind(spelling);
                            self.push(" AND ").push(&as_text).push(" COLLATE \"C\" = ");
                            self.bind(spelling).push(")");
                        }
                        Engine::Postgresql => {
                            self.push(&as_text).push(" COLLATE \"C\" = ").bind(spelling);
                        }
                        Engine::Mariadb => {
                            self.push("(").push(&place).push(" = ").bind(spelling);
                            self.push(" AND BINARY ").push(&as_text);
                            self.push(" = BINARY CONVERT(").bind(spelling);
                            self.push(" USING utf8mb4))");
                        }
                        Engine::Sqlite => {
                            self.push("(").push(&place).push(" = ").bind(spelling);
                            self.push(" AND ").push(&as_text);
                            self.push(" COLLATE BINARY = ").bind(spelling).push(")");
                        }
                    }
                }
                self.push(")");
            }
            Rule::Lower => match engine {
                Engine::Postgresql => {
                    self.push("(lower(").push(&as_text).push(") = ").bind(lower);
                    self.push(" AND lower(").push(&as_text);
                    self.push(") COLLATE \"C\" = ").bind(lower).push(")");
                }
                Engine::Mariadb => {
                    self.push("BINARY LOWER(").push(&as_text);
                    self.push(") = BINARY CONVERT(").bind(lower);
                    self.push(" USING utf8mb4)");
                }
                Engine::Sqlite => {
                    self.push(&as_text).push(" COLLATE ").push(LOWER);
                    self.push(" = ").bind(lower);
                }
            },
            Rule::Contains => {
                let pattern = format!("%{}%", escaped(lower));
                match engine {
                    Engine::Postgresql => {
                        self.push("lower(").push(&as_text).push(") COLLATE \"C\"")
                    }
                    Engine::Mariadb => self
                        .push("LOWER(")
                        .push(&as_text)
                        .push(") COLLATE utf8mb4_bin"),
                    // It takes no heed of case, as far as ASCII goes.
                    Engine::Sqlite => self.push(&as_text),
                };
                self.push(" LIKE ").bind(&pattern).push(" ESCAPE '!'");
            }
        }
    }
}

/// Quotes a name. The only place that does, and names come from the mapping alone.
pub(super) fn quoted(engine: Engine, name: &str) -> String {
    match engine {
        Engine::Mariadb => format!("`{}`", name.replace('`', "``")),
        Engine::Postgresql | Engine::Sqlite => format!("\"{}\"", name.replace('"', "\"\"")),
    }
}

/// A column of a table. Always with the table before it: SQLite takes a quoted name that it does
/// not know for a text.
fn column_of(engine: Engine, alias: &str, name: &str) -> String {
    format!("{alias}.{}", quoted(engine, name))
}

/// A table with its schema.
pub(super) fn table_of(engine: Engine, table: &TableRef) -> String {
    let name = quoted(engine, &table.table);
    match &table.schema {
        Some(schema) => format!("{}.{name}", quoted(engine, schema)),
        None => name,
    }
}

/// A text for LIKE that stands for itself.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '!' | '%' | '_') {
            escaped.push('!');
        }
        escaped.push(c);
    }
    escaped
}

/// Where an address stands in a text by itself, and not as a piece of a longer one.
pub(super) fn mentions(text: &str, address: &str) -> Vec<std::ops::Range<usize>> {
    let letters: Vec<(usize, char)> = text.char_indices().collect();
    let wanted: Vec<char> = address.chars().flat_map(char::to_lowercase).collect();
    let mut found = Vec::new();
    let mut from = 0;
    while from < letters.len() {
        let mut at = from;
        let mut left = wanted.as_slice();
        while let (Some((_, c)), false) = (letters.get(at), left.is_empty()) {
            let lower: Vec<char> = c.to_lowercase().collect();
            match left.strip_prefix(lower.as_slice()) {
                Some(rest) => left = rest,
                None => break,
            }
            at += 1;
        }
        let letter = |index: Option<usize>| index.and_then(|index| letters.get(index)).map(|l| l.1);
        let counts = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        // Rather once too often than not at all: staff look at what is found.
        let joined_before = match letter(from.checked_sub(1)) {
            Some('.' | '_' | '%' | '+' | '-') => counts(letter(from.checked_sub(2))),
            c => counts(c),
        };
        let joined_after = match letter(Some(at)) {
            Some('.' | '-') => counts(letter(Some(at + 1))),
            c => counts(c),
        };
        if left.is_empty() && !wanted.is_empty() && !joined_before && !joined_after {
            let end = letters.get(at).map_or(text.len(), |(index, _)| *index);
            found.push(letters[from].0..end);
            from = at;
        } else {
            from += 1;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_a_name() {
        assert_eq!(quoted(Engine::Postgresql, "a\"b`c"), "\"a\"\"b`c\"");
        assert_eq!(quoted(Engine::Sqlite, "a\"; DROP"), "\"a\"\"; DROP\"");
        assert_eq!(quoted(Engine::Mariadb, "a\"b`c"), "`a\"b``c`");
    }

    #[test]
    fn what_like_takes_for_its_own_is_escaped() {
        assert_eq!(escaped("a_b%c!d\\"), "a!_b!%c!!d\\");
    }

    #[test]
    fn a_mention_is_the_address_and_no_longer_one() {
        let found = |text: &str| {
            let places = mentions(text, "mira@halden.example");
            places
                .into_iter()
                .map(|place| text[place].to_owned())
                .collect::<Vec<_>>()
        };
        for text in [
            "mira@halden.example",
            "<Mira@Halden.EXAMPLE>",
            "İß mira@halden.example.",
            "-mira@halden.example-",
            "mailto:mira@halden.example?subject=x",
            "...mira@halden.example...",
        ] {
            assert_eq!(found(text).len(), 1, "{text}");
        }
        for text in [
            "",
            "mira@halden",
            "xmira@halden.example",
            "x.mira@halden.example",
            "x+mira@halden.example",
            "émira@halden.example",
            "mira@halden.example.org",
            "mira@halden.example-shop.org",
            "mira@halden.examples",
        ] {
            assert!(found(text).is_empty(), "{text}");
        }
        assert_eq!(
            found("mira@halden.example,mira@halden.example").len(),
            2,
            "one after the other"
        );
    }
}
