//! Each word of a rule as a plain sentence, in both languages.

use crate::domain::deadline::Period;
use crate::domain::recipient::{Recipient, RecipientRole, Safeguard};
use crate::domain::retention::{Act, Anchor, Category, Kind, Note, Rule, Source};
use crate::i18n::Lang;

/// `6 months`.
pub fn period(lang: Lang, period: Period) -> String {
    let (id, n) = match period {
        Period::Days(n) => ("rule-days", i64::from(n)),
        Period::Months(n) => ("rule-months", i64::from(n)),
        Period::Years(n) => ("rule-years", i64::from(n)),
    };
    lang.text_with(id, &[("n", n.into())])
}

/// A period as programs read it (ISO 8601): `P6M`.
pub fn iso(period: Period) -> String {
    match period {
        Period::Days(n) => format!("P{n}D"),
        Period::Months(n) => format!("P{n}M"),
        Period::Years(n) => format!("P{n}Y"),
    }
}

/// The event, as it stands in the sentence of a promise.
pub fn anchor(lang: Lang, anchor: Anchor) -> String {
    lang.text(match anchor {
        Anchor::EvaluationStart => "rule-anchor-evaluation-start",
        Anchor::EvaluationEnd => "rule-anchor-evaluation-end",
        Anchor::FirstReceived => "rule-anchor-first-received",
        Anchor::LastMaintenanceEnd => "rule-anchor-last-maintenance-end",
        Anchor::Unsubscribed => "rule-anchor-unsubscribed",
        Anchor::Uninstalled => "rule-anchor-uninstalled",
        Anchor::TicketClosed => "rule-anchor-ticket-closed",
        Anchor::SaleYearEnd => "rule-anchor-sale-year-end",
        Anchor::BackupMade => "rule-anchor-backup-made",
        Anchor::Asked => "rule-anchor-asked",
        Anchor::Told => "rule-anchor-told",
    })
}

/// What takes the event back, if something does.
pub fn taken_back(lang: Lang, anchor: Anchor) -> Option<String> {
    Some(lang.text(match anchor {
        Anchor::LastMaintenanceEnd => "rule-back-last-maintenance-end",
        Anchor::Unsubscribed => "rule-back-unsubscribed",
        Anchor::Uninstalled => "rule-back-uninstalled",
        Anchor::TicketClosed => "rule-back-ticket-closed",
        Anchor::EvaluationStart
        | Anchor::EvaluationEnd
        | Anchor::FirstReceived
        | Anchor::SaleYearEnd
        | Anchor::BackupMade
        | Anchor::Asked
        | Anchor::Told => return None,
    }))
}

/// What is promised, for how long, from when on.
pub fn promise(lang: Lang, rule: &Rule) -> String {
    let id = match rule.kind {
        Kind::KeepForThenDelete => "rule-kept",
        Kind::AtLatest => "rule-at-latest",
        Kind::AtLeast => "rule-at-least",
        Kind::Immediate if matches!(rule.anchor, Anchor::Asked | Anchor::Told) => {
            "rule-immediate-asked"
        }
        Kind::Immediate => "rule-immediate",
        Kind::MarkForDeletion => "rule-marked",
        Kind::LegalDuty => "rule-duty",
        Kind::WhileActive => "rule-while-active",
    };
    let words = |of: Option<Period>| of.map_or_else(String::new, |of| period(lang, of));
    lang.text_with(
        id,
        &[
            ("anchor", anchor(lang, rule.anchor).into()),
            ("period", words(rule.period).into()),
            ("latest", words(rule.at_latest).into()),
        ],
    )
}

/// What happens at the end.
pub fn act(lang: Lang, act: Act) -> String {
    lang.text(match act {
        Act::Erase => "rule-act-erase",
        Act::Anonymise => "rule-act-anonymise",
        Act::Block => "rule-act-block",
    })
}

/// From where the date of the event comes.
pub fn source(lang: Lang, source: Source) -> String {
    lang.text(match source {
        Source::LicenceReport => "rule-source-licence-report",
        Source::SalesReport => "rule-source-sales-report",
        Source::FeedbackReport => "rule-source-feedback-report",
        Source::HelpDesk => "rule-source-help-desk",
        Source::Connect => "rule-source-connect",
        Source::Forge => "rule-source-forge",
        Source::Backups => "rule-source-backups",
        Source::Staff => "rule-source-staff",
        Source::Request => "rule-source-request",
    })
}

/// A category of data.
pub fn category(lang: Lang, category: Category) -> String {
    lang.text(match category {
        Category::Trial => "rule-category-trial",
        Category::Licence => "rule-category-licence",
        Category::Billing => "rule-category-billing",
        Category::Ticket => "rule-category-ticket",
        Category::Installation => "rule-category-installation",
        Category::Backup => "rule-category-backup",
        Category::Outside => "rule-category-outside",
    })
}

/// What a category is kept for (Art. 13(1)(c)).
pub fn purpose(lang: Lang, category: Category) -> String {
    lang.text(match category {
        Category::Trial => "privacy-why-trial",
        Category::Licence => "privacy-why-licence",
        Category::Billing => "stm-why-billing",
        Category::Ticket => "privacy-why-ticket",
        Category::Installation => "privacy-why-installation",
        Category::Backup => "stm-why-backup",
        Category::Outside => "stm-why-outside",
    })
}

/// The grounds of a rule, each with its article: what is no article of the regulation stands as it
/// was written.
pub fn grounds(lang: Lang, written: &str) -> Vec<String> {
    written
        .split(", ")
        .map(|part| match Article::read(part) {
            Some(article) => article.in_words(lang),
            None => part.to_owned(),
        })
        .collect()
}

/// `Art. 6(1)(b)`: number, paragraph, point.
struct Article<'a> {
    number: &'a str,
    paragraph: Option<&'a str>,
    point: Option<&'a str>,
}

impl<'a> Article<'a> {
    fn read(text: &'a str) -> Option<Article<'a>> {
        let rest = text.trim().strip_prefix("Art. ")?;
        let mut parts = rest.split('(');
        let number = parts.next()?;
        let mut inner = || match parts.next() {
            None => Some(None),
            Some(part) => part.strip_suffix(')').map(Some),
        };
        let (paragraph, point) = (inner()?, inner()?);
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        (is_number(number) && paragraph.is_none_or(is_number) && parts.next().is_none()).then_some(
            Article {
                number,
                paragraph,
                point,
            },
        )
    }

    fn written(&self, lang: Lang) -> String {
        let (paragraph, point, law) = match lang {
            Lang::En => ("(", "(", " GDPR"),
            Lang::De => (" Absatz ", " Buchstabe ", " DSGVO"),
        };
        let close = if lang == Lang::En { ")" } else { "" };
        let article = if lang == Lang::En {
            "Article"
        } else {
            "Artikel"
        };
        let mut text = format!("{article}\u{a0}{}", self.number);
        for (before, part) in [(paragraph, self.paragraph), (point, self.point)] {
            if let Some(part) = part {
                text += &format!("{before}{part}{close}");
            }
        }
        text + law
    }

    fn in_words(&self, lang: Lang) -> String {
        let article = self.written(lang);
        let ground = match (self.number, self.paragraph, self.point) {
            ("6", Some("1"), Some("a")) => "rule-ground-consent",
            ("6", Some("1"), Some("b")) => "rule-ground-contract",
            ("6", Some("1"), Some("c")) => "rule-ground-duty",
            ("6", Some("1"), Some("d")) => "rule-ground-vital",
            ("6", Some("1"), Some("e")) => "rule-ground-public",
            ("6", Some("1"), Some("f")) => "rule-ground-interest",
            _ => return article,
        };
        let ground = lang.text(ground);
        lang.text_with(
            "rule-ground",
            &[("ground", ground.into()), ("article", article.into())],
        )
    }
}

/// What a recipient does with the data.
pub fn role(lang: Lang, role: RecipientRole) -> String {
    lang.text(match role {
        RecipientRole::Processor => "stm-recipient-processor",
        RecipientRole::Controller => "stm-recipient-controller",
    })
}

/// Whether the data leaves the Union with a recipient, and under which safeguard.
pub fn transfer(lang: Lang, recipient: &Recipient) -> String {
    lang.text(match recipient.safeguard {
        None => "stm-transfer-none",
        Some(Safeguard::Adequacy) => "stm-transfer-adequacy",
        Some(Safeguard::BindingRules) => "stm-transfer-binding-rules",
        Some(Safeguard::StandardClauses) => "stm-transfer-standard-clauses",
        Some(Safeguard::CodeOfConduct) => "stm-transfer-code-of-conduct",
        Some(Safeguard::Certification) => "stm-transfer-certification",
    })
}

/// A note of the operator; one that is not in the reader's language says so.
pub fn note(lang: Lang, note: &Note) -> String {
    match note.of(lang.tag()) {
        (text, tag) if tag == lang.tag() => text.to_owned(),
        (text, _) => format!("{text} ({})", lang.text("stm-english-only")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn articles_are_written_as_lawyers_write_them() {
        let grounds_of = |lang, text| grounds(lang, text).join("; ");
        assert_eq!(
            grounds_of(Lang::En, "Art. 6(1)(b)"),
            "A contract with you or your company (Article\u{a0}6(1)(b) GDPR)"
        );
        assert_eq!(
            grounds_of(Lang::De, "Art. 6(1)(f), Art. 32(1)(c)"),
            "Unser berechtigtes Interesse am hier genannten Zweck (Artikel\u{a0}6 Absatz 1 Buchstabe f DSGVO); \
             Artikel\u{a0}32 Absatz 1 Buchstabe c DSGVO"
        );
        assert_eq!(grounds_of(Lang::En, "§ 147 AO"), "§ 147 AO");
        assert_eq!(grounds_of(Lang::En, "Art. six"), "Art. six");
    }
}
