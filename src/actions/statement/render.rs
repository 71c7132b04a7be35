//! The statement as Markdown (CommonMark), JSON, and a page of its own (HTML without anything from
//! elsewhere).

use askama::Template;

use super::{Counted, Kept, Statement};
use crate::i18n::Lang;

/// As JSON; docs/statement.md explains each member.
pub fn json(statement: &Statement) -> String {
    let text = serde_json::to_string_pretty(statement).expect("texts and numbers make JSON");
    text + "\n"
}

/// As a page to be put anywhere.
pub fn html(l: Lang, statement: &Statement) -> String {
    Alone { l, statement }
        .render()
        .expect("writing to a string cannot fail")
}

/// A page without the portal around it.
#[derive(Template)]
#[template(path = "statement.html")]
struct Alone<'a> {
    l: Lang,
    statement: &'a Statement,
}

/// As Markdown.
pub fn markdown(l: Lang, statement: &Statement) -> String {
    let mut page = Page::default();
    let controller = &statement.controller;
    let vendor = ("vendor", (&controller.name).into());
    page.heading(1, &l.text_with("stm-title", std::slice::from_ref(&vendor)));
    page.text(&l.text_with("stm-lead", &[vendor]));
    page.text(&format!("{} {}", version(statement), l.text("stm-made")));
    page.heading(2, &l.text("stm-controller"));
    page.text(&controller.address);
    let addresses = l.list(&controller.mail);
    page.text(&l.text_with("stm-controller-mail", &[("addresses", addresses.into())]));
    page.heading(2, &l.text("stm-kept"));
    page.text(&l.text("stm-kept-lead"));
    statement.kept.iter().for_each(|kept| page.kept(l, kept));
    page.heading(2, &l.text("stm-backups"));
    page.text(&backups(statement));
    statement.backups.iter().for_each(|kept| page.kept(l, kept));
    page.heading(2, &l.text("stm-own"));
    statement.own.iter().for_each(|kept| page.kept(l, kept));
    if !statement.statistics.is_empty() {
        page.heading(2, &l.text("stm-statistics"));
        page.text(&l.text("stm-statistics-lead"));
        for statistic in &statement.statistics {
            page.statistic(l, statistic);
        }
    }
    page.heading(2, &l.text("stm-recipients"));
    if statement.recipients.is_empty() {
        page.text(&l.text("stm-recipients-none"));
    } else {
        page.text(&l.text("stm-recipients-lead"));
    }
    for recipient in &statement.recipients {
        page.heading(3, &recipient.name);
        page.text(&recipient.role);
        page.fact(&l.text("stm-recipient-gets"), &l.list(&recipient.gets));
        page.fact(&l.text("stm-place"), &recipient.place);
        page.fact(&l.text("stm-transfer"), &recipient.transfer);
        page.gap();
        page.text(&recipient.told);
    }
    page.heading(2, &l.text("stm-rights"));
    for right in &statement.rights {
        let name = format!("[{}](<{}>)", escaped(&right.name), right.url);
        let (text, article) = (escaped(&right.text), escaped(&right.article));
        page.line(&format!("- {name} ({article}): {text}"));
    }
    page.gap();
    for id in ["stm-more", "stm-month", "stm-automated", "stm-needed"] {
        page.text(&l.text(id));
    }
    page.heading(2, &l.text("stm-channels"));
    for way in &statement.channels {
        page.fact(&way.who, &way.how);
    }
    page.gap();
    page.heading(2, &l.text("stm-complain"));
    let authority = &statement.authority;
    let (before, after) = l.around("stm-complain-text", "authority");
    let link = format!("[{}](<{}>)", escaped(&authority.name), authority.url);
    page.line(&format!("{}{link}{}", escaped(&before), escaped(&after)));
    page.0
}

/// Version, and since when it is in force.
pub fn version(statement: &Statement) -> String {
    let l = statement.lang();
    let version = ("version", (&statement.version).into());
    match statement.in_force_since {
        Some(since) => {
            let since = l.date_medium(since);
            l.text_with("stm-version-since", &[version, ("since", since.into())])
        }
        None => l.text_with("stm-version", &[version]),
    }
}

/// What becomes of backups.
pub fn backups(statement: &Statement) -> String {
    let l = statement.lang();
    match statement.backup_days {
        Some(days) => l.text_with("stm-backups-lead", &[("days", i64::from(days).into())]),
        None => l.text("stm-backups-none"),
    }
}

#[derive(Default)]
struct Page(String);

impl Page {
    fn line(&mut self, text: &str) {
        self.0.push_str(text);
        self.0.push('\n');
    }

    fn gap(&mut self) {
        self.0.push('\n');
    }

    fn heading(&mut self, level: usize, text: &str) {
        if !self.0.is_empty() && !self.0.ends_with("\n\n") {
            self.gap();
        }
        self.line(&format!("{} {}", "#".repeat(level), escaped(text)));
        self.gap();
    }

    fn text(&mut self, text: &str) {
        self.line(&escaped(text));
        self.gap();
    }

    fn fact(&mut self, term: &str, value: &str) {
        if !value.is_empty() {
            self.line(&format!("- **{}:** {}", escaped(term), escaped(value)));
        }
    }

    fn kept(&mut self, l: Lang, kept: &Kept) {
        self.heading(3, &kept.data);
        self.fact(&l.text("table-why"), &kept.purposes.join(". "));
        self.fact(&l.text("privacy-ground"), &kept.grounds.join("; "));
        self.fact(&l.text("stm-law"), kept.law.as_deref().unwrap_or_default());
        let back = kept.taken_back.as_deref().unwrap_or_default();
        let period = format!("{} {back}", kept.period);
        self.fact(&l.text("stm-period"), period.trim_end());
        self.fact(
            &l.text("stm-after"),
            kept.then.as_deref().unwrap_or_default(),
        );
        self.fact(&l.text("stm-source"), &l.list(&kept.sources));
        self.fact(
            &l.text("stm-place"),
            kept.place.as_deref().unwrap_or_default(),
        );
        self.fact(
            &l.text("stm-promise"),
            kept.quote.as_deref().unwrap_or_default(),
        );
        self.choice(l, kept.choice.as_deref(), kept.choice_tag());
        self.gap();
    }

    fn statistic(&mut self, l: Lang, statistic: &Counted) {
        self.heading(3, &statistic.name);
        self.text(&statistic.says);
        self.fact(
            &l.text("stm-statistic-fields"),
            &statistic.fields.join(", "),
        );
        self.fact(&l.text("stm-place"), &statistic.place);
        self.fact(&l.text("stm-promise"), &statistic.quote);
        self.choice(l, statistic.choice.as_deref(), statistic.choice_tag());
        self.gap();
    }

    /// What the operator chose; one that is not in the reader's language says so.
    fn choice(&mut self, l: Lang, choice: Option<&str>, tag: &str) {
        let mut text = choice.unwrap_or_default().to_owned();
        if choice.is_some() && tag != l.tag() {
            text += &format!(" ({})", l.text("stm-english-only"));
        }
        self.fact(&l.text("stm-choice"), &text);
    }
}

/// Text that a reader of Markdown shows as it is.
pub(in crate::actions) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '~' | '&' => {
                safe.push('\\');
                safe.push(c);
            }
            '\n' | '\r' => safe.push(' '),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_operator_writes_stays_text_in_markdown() {
        assert_eq!(
            escaped("a_b *c* <script> [x](y)\n# z"),
            "a\\_b \\*c\\* \\<script\\> \\[x\\](y) \\# z"
        );
    }
}
