//! `/admin/stores`: which system is not well.

use askama::Template;

use super::parts::{Fact, Look};
use crate::web::frame_admin::{Nav, StaffFrame};

#[derive(Template)]
#[template(path = "admin/stores.html")]
struct Stores {
    frame: StaffFrame,
    stores: Vec<StoreRow>,
    calendar: Vec<Fact>,
    mail: Vec<Fact>,
}

struct StoreRow {
    name: String,
    /// `Built in, Marketplace export`.
    kind: String,
    health: Health,
    /// Empty where it cannot be counted.
    records: String,
    /// `Today, 03:10`; empty before the first.
    last_import: String,
    /// `read 1,004,812, changed 412, suppressed 38`.
    import_note: String,
    /// What is wrong and what to do, whole sentences; empty where nothing is.
    note: String,
}

#[derive(Clone, Copy)]
enum Health {
    Well,
    Slow,
    /// Reachable, but something it must do is not allowed there.
    Limited,
    Unreachable,
    /// Never asked yet.
    Unknown,
}

impl Health {
    fn class(self) -> &'static str {
        match self {
            Health::Well => Look::Good.class(),
            Health::Slow => Look::Warns.class(),
            Health::Limited | Health::Unreachable => Look::Fails.class(),
            Health::Unknown => Look::Waits.class(),
        }
    }

    fn key(self) -> &'static str {
        match self {
            Health::Well => "well",
            Health::Slow => "slow",
            Health::Limited => "limited",
            Health::Unreachable => "unreachable",
            Health::Unknown => "unknown",
        }
    }
}

#[cfg(test)]
pub(super) fn samples(lang: crate::i18n::Lang) -> Vec<super::samples::Sample> {
    use super::samples::{facts, frame, moment, sample};

    let row = |name: &str, health, records: i64, note: &str| StoreRow {
        name: name.into(),
        kind: "Built in, Marketplace export".into(),
        health,
        records: lang.number(records),
        last_import: moment(lang, 10, 3).when,
        import_note: lang.text_with(
            "admin-import-note",
            &[
                ("read", records.into()),
                ("changed", 412i64.into()),
                ("suppressed", 38i64.into()),
            ],
        ),
        note: note.into(),
    };
    let page = |stores| Stores {
        frame: frame(lang, Nav::Stores),
        stores,
        calendar: facts(&[
            (&lang.text("admin-fact-country"), "NL, Europe/Amsterdam"),
            (
                &lang.text("admin-fact-holidays"),
                &lang.text_with(
                    "admin-fact-holidays-until",
                    &[(
                        "date",
                        lang.date_medium(jiff::civil::date(2027, 12, 31)).into(),
                    )],
                ),
            ),
        ]),
        mail: facts(&[
            (
                &lang.text("admin-fact-mail-out"),
                &lang.text_with("admin-fact-mail-waiting", &[("n", 0i64.into())]),
            ),
            (&lang.text("admin-fact-mail-failed"), "0"),
        ]),
    };
    let stores = vec![
        row("Licences", Health::Well, 1_004_812, ""),
        row("Trials", Health::Unknown, 298_440, ""),
        row(
            "Support tickets",
            Health::Limited,
            1_120_377,
            "The account lethe lacks DeleteTicket in the queue “Billing”.",
        ),
        row(
            "Billing archive",
            Health::Slow,
            63_008,
            "Usually 0.2 s. Searches still end, but a request now takes longer.",
        ),
        row(
            "App servers",
            Health::Unreachable,
            88_120,
            "No answer since 10:31.",
        ),
    ];
    vec![
        sample("stores", &page(stores)),
        sample("stores-empty", &page(Vec::new())),
    ]
}
