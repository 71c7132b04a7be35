//! How long things are kept (Art. 5(1)(e)): the rules of a privacy statement, and what follows from
//! them for one record.
//!
//! A rule says of some data: from which event its period counts, how long that is, what happens at
//! its end, and which sentence it keeps. Where several rules meet in one record, the earliest upper
//! bound wins, unless the law demands that it is kept longer.

use jiff::ToSpan;
use jiff::civil::Date;

use super::deadline::{Period, RetentionKind, retention_end};
use super::recipient::Recipient;
use super::statistic::Statistic;
use super::text::text_enum;

text_enum! {
    /// What a rule is about.
    pub enum Category {
        /// Whoever generated a trial licence.
        Trial = "trial",
        /// The contacts of licences.
        Licence = "licence",
        /// The contacts on sales, which are billing records.
        Billing = "billing",
        /// Support tickets, with what was uploaded to them.
        Ticket = "ticket",
        /// Installations of apps: keys and data of a tenant.
        Installation = "installation",
        /// Copies made for the day of a loss.
        Backup = "backup",
        /// What lies in a system that Lethe does not reach. The rule is told, and people keep it.
        Outside = "outside",
    }
}

impl Category {
    /// What Lethe purges by itself, in the order of a sweep: what is reckoned from the rows of
    /// another category comes before it.
    pub const SWEPT: [Category; 5] = [
        Category::Ticket,
        Category::Installation,
        Category::Trial,
        Category::Licence,
        Category::Billing,
    ];

    /// The events that a period of it can count from.
    pub fn anchors(self) -> &'static [Anchor] {
        match self {
            Category::Trial => &[
                Anchor::EvaluationStart,
                Anchor::EvaluationEnd,
                Anchor::FirstReceived,
                Anchor::LastMaintenanceEnd,
                Anchor::Unsubscribed,
            ],
            Category::Licence => &[
                Anchor::FirstReceived,
                Anchor::LastMaintenanceEnd,
                Anchor::Unsubscribed,
            ],
            Category::Billing => &[
                Anchor::LastMaintenanceEnd,
                Anchor::Unsubscribed,
                Anchor::SaleYearEnd,
            ],
            Category::Ticket => &[Anchor::TicketClosed, Anchor::Unsubscribed, Anchor::Asked],
            Category::Installation => &[Anchor::Uninstalled, Anchor::Unsubscribed],
            Category::Backup => &[Anchor::BackupMade],
            Category::Outside => Anchor::ALL,
        }
    }

    /// The store of Lethe that holds it.
    pub fn store(self) -> Option<&'static str> {
        match self {
            Category::Licence | Category::Billing => Some("licence"),
            Category::Trial => Some("trial"),
            Category::Ticket => Some("ticket"),
            Category::Installation => Some("installation"),
            Category::Backup | Category::Outside => None,
        }
    }

    /// What can become of it at the end.
    pub fn acts(self) -> &'static [Act] {
        match self {
            Category::Trial | Category::Licence | Category::Ticket | Category::Backup => {
                &[Act::Erase]
            }
            Category::Billing => &[Act::Erase, Act::Block],
            Category::Installation => &[Act::Erase, Act::Anonymise],
            Category::Outside => Act::ALL,
        }
    }
}

text_enum! {
    /// The event that a period counts from. The day of the event does not count.
    pub enum Anchor {
        /// A trial began.
        EvaluationStart = "evaluation-start",
        /// A trial ended.
        EvaluationEnd = "evaluation-end",
        /// The record reached us.
        FirstReceived = "first-received",
        /// The last maintenance period of the person ended, over all their licences. A renewal
        /// takes it back.
        LastMaintenanceEnd = "last-maintenance-end",
        /// The customer left: the last of their licences ended and the last of their
        /// installations is gone.
        Unsubscribed = "unsubscribed",
        /// The app was uninstalled. An installation anew takes it back.
        Uninstalled = "uninstalled",
        /// The ticket was closed. Opening it again takes it back.
        TicketClosed = "ticket-closed",
        /// The calendar year of the sale ended.
        SaleYearEnd = "sale-year-end",
        /// The backup was made.
        BackupMade = "backup-made",
        /// The person asked: a request, not the calendar.
        Asked = "asked",
        /// Something that only people know of, for data outside.
        Told = "told",
    }
}

text_enum! {
    /// What a sentence promises.
    pub enum Kind {
        /// "Kept for N, then removed": not before, not after.
        KeepForThenDelete = "keep_for_then_delete",
        /// "Removed after N at the latest".
        AtLatest = "at_latest",
        /// "Kept for at least N". The operator says until when at the most.
        AtLeast = "at_least",
        /// "Removed at once".
        Immediate = "immediate",
        /// "Marked for deletion", and gone after a grace that the operator sets.
        MarkForDeletion = "mark_for_deletion",
        /// "Kept because the law demands it": blocked meanwhile, gone afterwards.
        LegalDuty = "legal_duty",
        /// "Kept while it is in use", and no longer.
        WhileActive = "while_active",
    }
}

impl Kind {
    /// Whether a rule of this kind needs a period.
    pub fn needs_period(self) -> bool {
        !matches!(self, Kind::Immediate | Kind::WhileActive)
    }
}

text_enum! {
    /// What becomes of a record at the end of its period.
    pub enum Act {
        /// It is deleted.
        Erase = "erase",
        /// What identifies the person is taken out of it.
        Anonymise = "anonymise",
        /// It is locked away until the law lets it go (Art. 18, 17(3)(b)).
        Block = "block",
    }
}

text_enum! {
    /// From where the date of an event comes.
    pub enum Source {
        /// The Marketplace's report of licences.
        LicenceReport = "licence-report",
        /// The Marketplace's report of sales.
        SalesReport = "sales-report",
        /// The Marketplace's report of feedback at uninstalling.
        FeedbackReport = "feedback-report",
        /// The help desk.
        HelpDesk = "help-desk",
        /// A webhook of an Atlassian Connect app.
        Connect = "connect",
        /// A trigger of a Forge app.
        Forge = "forge",
        /// The catalogue of backups.
        Backups = "backups",
        /// A person who works for the vendor.
        Staff = "staff",
        /// The person's own request.
        Request = "request",
    }
}

text_enum! {
    /// How far a sweep is.
    pub enum SweepState {
        /// It is counted, and a person has to look before it goes on.
        Waiting = "waiting",
        /// What is due is being removed.
        Purging = "purging",
        /// Nothing that is due was found any more.
        Done = "done",
    }
}

text_enum! {
    /// Why a sweep waits for a person.
    pub enum Waits {
        /// It would remove more than is usual.
        Large = "large",
        /// The report of licences is old: a renewal may be unknown.
        ReportOld = "report-old",
    }
}

/// One rule, with the sentence that it keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its name, once in a policy.
    pub id: String,
    /// What data, as people are told: in English and in German.
    pub data: Words,
    /// What it is about.
    pub categories: Vec<Category>,
    /// Of backups, those that the catalogue calls so, `yearly` for one.
    pub only: Option<String>,
    /// Which system holds it, for what lies outside.
    pub place: Option<String>,
    /// What the period counts from.
    pub anchor: Anchor,
    /// From where that date comes.
    pub sources: Vec<Source>,
    /// What is promised.
    pub kind: Kind,
    /// For how long; none where the kind needs none.
    pub period: Option<Period>,
    /// The upper bound that the operator sets to a lower bound.
    pub at_latest: Option<Period>,
    /// What happens at the end.
    pub act: Act,
    /// The legal ground of keeping it until then, such as "Art. 6(1)(b)".
    pub ground: String,
    /// The law that demands it, for a legal duty.
    pub law: Option<String>,
    /// The words of the statement that it keeps.
    pub quote: String,
    /// What the operator chose where the statement is silent or contradicts itself, and why.
    pub choice: Option<Note>,
}

/// A text in the languages of the statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// In English.
    pub en: String,
    /// In German.
    pub de: String,
}

impl Words {
    /// The text in the language of this tag; English where there is none.
    pub fn of(&self, tag: &str) -> &str {
        match tag {
            "de" => &self.de,
            _ => &self.en,
        }
    }
}

/// A note of the operator: in English, and in German where somebody wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// In English.
    pub en: String,
    /// In German.
    pub de: Option<String>,
}

impl Note {
    /// The text for readers of a language, and the tag of the language that it is in.
    pub fn of(&self, tag: &str) -> (&str, &'static str) {
        match (tag, &self.de) {
            ("de", Some(de)) => (de, "de"),
            _ => (&self.en, "en"),
        }
    }
}

impl From<&str> for Note {
    fn from(en: &str) -> Note {
        Note {
            en: en.to_owned(),
            de: None,
        }
    }
}

/// What is known of the events in the life of one record, and of its person, as dates in the
/// controller's zone. What has not happened, or is not known, is not there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the anchors of the same names")]
pub struct Events {
    pub evaluation_start: Option<Date>,
    pub evaluation_end: Option<Date>,
    pub first_received: Option<Date>,
    pub last_maintenance_end: Option<Date>,
    pub unsubscribed: Option<Date>,
    pub uninstalled: Option<Date>,
    pub ticket_closed: Option<Date>,
    pub sale_year_end: Option<Date>,
    pub backup_made: Option<Date>,
    /// The last day on which it is blocked, if it is.
    pub blocked_until: Option<Date>,
}

impl Events {
    fn on(&self, anchor: Anchor) -> Option<Date> {
        match anchor {
            Anchor::EvaluationStart => self.evaluation_start,
            Anchor::EvaluationEnd => self.evaluation_end,
            Anchor::FirstReceived => self.first_received,
            Anchor::LastMaintenanceEnd => self.last_maintenance_end,
            Anchor::Unsubscribed => self.unsubscribed,
            Anchor::Uninstalled => self.uninstalled,
            Anchor::TicketClosed => self.ticket_closed,
            Anchor::SaleYearEnd => self.sale_year_end,
            Anchor::BackupMade => self.backup_made,
            Anchor::Asked | Anchor::Told => None,
        }
    }
}

/// One licence of a person, as far as it says whether they are a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Term {
    /// The last day of its maintenance, if the report tells one.
    pub ends_on: Option<Date>,
    /// Whether the report calls it active.
    pub is_active: bool,
    /// Since when somebody else is named on it.
    pub replaced_on: Option<Date>,
}

/// Whether something goes on, has ended, or nobody knows.
enum End {
    GoesOn,
    On(Date),
    Unknown,
}

impl Term {
    /// A licence runs through its last day. One without a last day runs while it is called active.
    fn end(&self, today: Date) -> End {
        let end = match (self.ends_on, self.is_active) {
            (Some(end), _) if end < today => Some(end),
            (Some(_), _) | (None, true) => None,
            (None, false) => match self.replaced_on {
                Some(replaced) => return End::On(replaced),
                None => return End::Unknown,
            },
        };
        match (end, self.replaced_on) {
            (Some(end), Some(replaced)) => End::On(end.min(replaced)),
            (Some(end), None) => End::On(end),
            (None, Some(replaced)) => End::On(replaced),
            (None, None) => End::GoesOn,
        }
    }
}

/// What makes a person a customer: all their licences and all their installations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Custom {
    /// Their licences.
    pub terms: Vec<Term>,
    /// Their installations, each with the day on which it was removed.
    pub installations: Vec<Option<Date>>,
}

impl Custom {
    /// Whether the person was ever a customer, as far as is known.
    pub fn is_known(&self) -> bool {
        !self.terms.is_empty() || !self.installations.is_empty()
    }

    /// The end of the last maintenance period over all licences; nothing while one runs.
    pub fn last_maintenance_end(&self, today: Date) -> Option<Date> {
        last(self.terms.iter().map(|term| term.end(today)))
    }

    /// When the customer left; nothing while a licence runs or an installation stands.
    pub fn unsubscribed(&self, today: Date) -> Option<Date> {
        let installations = self.installations.iter().map(|removed| match removed {
            Some(day) => End::On(*day),
            None => End::GoesOn,
        });
        last(
            self.terms
                .iter()
                .map(|term| term.end(today))
                .chain(installations),
        )
    }
}

/// The last of these ends; nothing while one goes on. An end that nobody knows is passed over if
/// another is known.
fn last(ends: impl Iterator<Item = End>) -> Option<Date> {
    let mut last = None;
    for end in ends {
        match end {
            End::GoesOn => return None,
            End::On(day) => last = last.max(Some(day)),
            End::Unknown => {}
        }
    }
    last
}

/// What the rules say becomes of a record, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule<'a> {
    /// The rule that decides.
    pub rule: &'a Rule,
    /// What happens.
    pub act: Act,
    /// The first day on which it happens.
    pub from: Date,
    /// The last day that keeps the promise. Later is an incident.
    pub by: Date,
    /// The last day of blocking, where it is blocked.
    pub until: Option<Date>,
}

/// A rule on a calendar.
#[derive(Clone, Copy)]
struct Window {
    from: Date,
    by: Date,
}

impl Rule {
    /// When this rule has the record go; nothing if it sets no upper bound.
    fn window(&self, anchor: Date, margin: i16) -> Option<Window> {
        let at = |day| Window { from: day, by: day };
        Some(match (self.kind, self.period) {
            (Kind::KeepForThenDelete | Kind::MarkForDeletion, Some(period)) => {
                at(retention_end(anchor, period, RetentionKind::KeepThenPurge))
            }
            (Kind::AtLatest, Some(period)) => {
                let by = retention_end(anchor, period, RetentionKind::AtLatest);
                Window {
                    from: by.saturating_sub(margin.days()).max(anchor),
                    by,
                }
            }
            (Kind::AtLeast, Some(period)) => Window {
                from: retention_end(anchor, period, RetentionKind::AtLeast),
                by: retention_end(anchor, self.at_latest?, RetentionKind::AtLatest),
            },
            (Kind::WhileActive, _) => at(anchor.saturating_add(1.day())),
            // The sweep of the same day, or of the next if the event came after it.
            (Kind::Immediate, _) => Window {
                from: anchor,
                by: anchor.saturating_add(1.day()),
            },
            (Kind::LegalDuty, _) | (_, None) => return None,
        })
    }

    /// The first day on which this rule lets the record go.
    fn not_before(&self, anchor: Date) -> Option<Date> {
        match (self.kind, self.period) {
            (Kind::AtLeast, Some(period)) => {
                Some(retention_end(anchor, period, RetentionKind::AtLeast))
            }
            _ => None,
        }
    }

    /// The last day on which the law has it kept.
    fn duty(&self, anchor: Date) -> Option<Date> {
        match (self.kind, self.period) {
            (Kind::LegalDuty, Some(period)) => Some(period.last_day(anchor)),
            _ => None,
        }
    }

    /// Whether its period counts from the end of a customer's relation.
    fn is_of_customer(&self) -> bool {
        matches!(
            self.anchor,
            Anchor::Unsubscribed | Anchor::LastMaintenanceEnd
        )
    }

    /// Whether it sets a day by which the record is gone.
    pub fn has_upper_bound(&self) -> bool {
        match self.kind {
            Kind::AtLeast => self.at_latest.is_some(),
            kind => self.period.is_some() || !kind.needs_period(),
        }
    }
}

/// Where people turn to, as the statement says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channel {
    /// Who: in English and in German.
    pub who: Words,
    /// The address; none for the portal itself and the links in mails.
    pub address: Option<super::email::Email>,
    /// The words of the statement.
    pub quote: String,
    /// What the operator chose, and why.
    pub choice: Option<Note>,
}

/// All rules of one privacy statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// What it is called.
    pub name: String,
    /// A short digest of its text: requests, sweeps and the trail name it.
    pub version: String,
    /// The text that it was read from.
    pub text: String,
    /// So many days before an upper bound it is kept.
    pub margin_days: i16,
    /// The rules.
    pub rules: Vec<Rule>,
    /// Where people turn to.
    pub channels: Vec<Channel>,
    /// Who gets data.
    pub recipients: Vec<Recipient>,
    /// Statistics, and whether they lead to people.
    pub statistics: Vec<Statistic>,
}

impl Policy {
    /// The rules about a category.
    pub fn about(&self, category: Category) -> impl Iterator<Item = &Rule> {
        self.rules
            .iter()
            .filter(move |rule| rule.categories.contains(&category))
    }

    /// The rule of this name.
    pub fn rule(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.id == id)
    }

    /// What becomes of a record, and when; nothing while no period has begun to run.
    pub fn schedule(&self, category: Category, events: &Events) -> Option<Schedule<'_>> {
        let begun = || {
            self.about(category)
                .filter_map(|rule| Some((rule, events.on(rule.anchor)?)))
        };
        let duty = begun()
            .filter_map(|(rule, anchor)| Some((rule, rule.duty(anchor)?)))
            .max_by_key(|(_, until)| *until);
        let after = |until: Date| until.saturating_add(1.day());
        // What was told to the person when it was blocked holds until its day.
        if let Some(until) = events.blocked_until {
            let rule = duty
                .map(|(rule, _)| rule)
                .or_else(|| self.about(category).next())?;
            return Some(Schedule {
                rule,
                act: Act::Erase,
                from: after(until),
                by: after(until),
                until: None,
            });
        }
        let upper = begun()
            .filter_map(|(rule, anchor)| Some((rule, rule.window(anchor, self.margin_days)?)))
            .min_by_key(|(_, window)| (window.by, window.from));
        let not_before = begun()
            .filter_map(|(rule, anchor)| rule.not_before(anchor))
            .max();
        match (upper, duty) {
            (None, None) => None,
            (None, Some((rule, until))) => Some(Schedule {
                rule,
                act: Act::Erase,
                from: after(until),
                by: after(until),
                until: None,
            }),
            (Some((_, window)), Some((rule, until))) if window.from <= until => Some(Schedule {
                rule,
                act: Act::Block,
                from: window.from,
                by: window.by,
                until: Some(until),
            }),
            (Some((rule, window)), _) => Some(Schedule {
                rule,
                act: rule.act,
                // A lower bound beyond the upper one is overruled: storage ends (Art. 5(1)(e)).
                from: match not_before {
                    Some(day) if day <= window.by => window.from.max(day),
                    _ => window.from,
                },
                by: window.by,
                until: None,
            }),
        }
    }

    /// How long the law has sales kept. A policy without it is a contradiction.
    pub fn tax(&self) -> Tax<'_> {
        self.about(Category::Billing)
            .find_map(|rule| match (rule.kind, rule.period, &rule.law) {
                (Kind::LegalDuty, Some(Period::Years(years)), Some(law)) => Some(Tax {
                    years: years.into(),
                    law,
                }),
                _ => None,
            })
            .unwrap_or(Tax { years: 0, law: "" })
    }

    /// How many days the longest-lived backup may live, in the longest months.
    pub fn backup_days(&self) -> u32 {
        let most = |rule: &Rule| match rule.kind {
            Kind::AtLeast => rule.at_latest,
            _ => rule.period,
        };
        let days = |period: Period| {
            every_day()
                .filter_map(|day| (period.last_day(day) - day).get_days().try_into().ok())
                .max()
        };
        self.about(Category::Backup)
            .filter_map(most)
            .filter_map(days)
            .max()
            .unwrap_or(0)
    }
}

/// What tax law demands of sales, from the end of their year on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tax<'a> {
    /// For so many years.
    pub years: i64,
    /// Which law.
    pub law: &'a str,
}

/// What is wrong with a policy, and the sentences that cause it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contradiction {
    /// The rules.
    pub rules: Vec<String>,
    /// What is wrong, in a sentence.
    pub what: String,
    /// The sentences.
    pub quotes: Vec<String>,
}

/// Days on which a calendar does everything it can: two cycles of leap years, one of them over a
/// year of a century that has none.
fn every_day() -> impl Iterator<Item = Date> {
    let years = |from: i16, to: i16| {
        Date::constant(from, 1, 1)
            .series(1.day())
            .take_while(move |day| day.year() < to)
    };
    years(2024, 2029).chain(years(2096, 2105))
}

impl Policy {
    /// What in these rules cannot be kept.
    pub fn contradictions(&self) -> Vec<Contradiction> {
        let mut found = Vec::new();
        let of = |rules: &[&Rule], what: String| Contradiction {
            rules: rules.iter().map(|rule| rule.id.clone()).collect(),
            what,
            quotes: rules.iter().map(|rule| rule.quote.clone()).collect(),
        };
        for (at, rule) in self.rules.iter().enumerate() {
            if self.rules[..at].iter().any(|other| other.id == rule.id) {
                found.push(of(&[rule], format!("two rules are named {:?}", rule.id)));
            }
            self.alone(rule, &mut |what| found.push(of(&[rule], what)));
        }
        for category in Category::SWEPT.into_iter().chain([Category::Backup]) {
            let rules: Vec<&Rule> = self.about(category).collect();
            if rules.is_empty() {
                found.push(of(
                    &[],
                    format!("no rule says how long {category} data is kept"),
                ));
            } else if !rules.iter().any(|rule| rule.has_upper_bound()) {
                found.push(of(
                    &rules,
                    format!("{category} data is never removed: give a rule a period, or at_latest"),
                ));
            }
            let is_duty = |rule: &&Rule| rule.kind == Kind::LegalDuty;
            if category == Category::Billing && !rules.is_empty() && !rules.iter().any(is_duty) {
                found.push(of(
                    &rules,
                    "no rule names the law that has invoices kept (kind = \"legal_duty\")"
                        .to_owned(),
                ));
            }
            for lower in rules.iter().filter(|rule| rule.kind == Kind::AtLeast) {
                for upper in rules.iter().filter(|rule| rule.anchor == lower.anchor) {
                    if upper.id != lower.id
                        && upper.only == lower.only
                        && meets(lower, upper, self.margin_days)
                    {
                        found.push(of(
                            &[lower, upper],
                            format!(
                                "{:?} keeps {category} data longer than {:?} allows",
                                lower.id, upper.id
                            ),
                        ));
                    }
                }
            }
        }
        self.forgotten_anchors(&mut |rules, what| found.push(of(rules, what)));
        let trials: Vec<&Rule> = self.about(Category::Trial).collect();
        if !trials.is_empty() && !trials.iter().any(|rule| rule.is_of_customer()) {
            found.push(of(
                &trials,
                "a trial that became a purchase has no rule: add trial to the categories of the \
                 rule about licences"
                    .to_owned(),
            ));
        }
        found
    }

    /// What is wrong with a rule by itself.
    fn alone(&self, rule: &Rule, wrong: &mut dyn FnMut(String)) {
        let words = |words: &[&str]| words.join(", ");
        if rule.kind.needs_period() && rule.period.is_none() {
            wrong(format!(
                "{} needs a period, and the sentence gives none: choose one and say why (period, choice)",
                rule.kind
            ));
        }
        if !rule.kind.needs_period() && rule.period.is_some() {
            wrong(format!("{} has no period: leave it out", rule.kind));
        }
        if rule.at_latest.is_some() && rule.kind != Kind::AtLeast {
            wrong("at_latest is for a rule of the kind at_least".to_owned());
        }
        if let (Kind::AtLeast, Some(least), Some(most)) = (rule.kind, rule.period, rule.at_latest)
            && every_day().any(|day| most.last_day(day) <= least.last_day(day))
        {
            wrong("at_latest must be later than the period".to_owned());
        }
        if rule.kind == Kind::LegalDuty {
            if rule.law.is_none() {
                wrong("a legal duty names its law (law)".to_owned());
            }
            if !matches!(rule.period, None | Some(Period::Years(1..))) {
                wrong("a legal duty is counted in years".to_owned());
            }
        }
        if rule.categories.is_empty() {
            wrong("it is about nothing: name its categories".to_owned());
        }
        for category in &rule.categories {
            if !category.anchors().contains(&rule.anchor) {
                let known: Vec<&str> = category
                    .anchors()
                    .iter()
                    .map(|anchor| anchor.as_str())
                    .collect();
                wrong(format!(
                    "{category} data knows no {}; it has {}",
                    rule.anchor,
                    words(&known)
                ));
            }
            let acts = category.acts();
            if !acts.contains(&rule.act) {
                let known: Vec<&str> = acts.iter().map(|act| act.as_str()).collect();
                wrong(format!(
                    "{category} data cannot be treated with {}; it has {}",
                    rule.act,
                    words(&known)
                ));
            }
            if *category == Category::Outside && rule.place.is_none() {
                wrong("what lies outside needs the name of its place (place)".to_owned());
            }
        }
        if rule.only.is_some() && rule.categories != [Category::Backup] {
            wrong("only is for backups, which the catalogue calls by a kind".to_owned());
        }
        if rule.kind == Kind::LegalDuty && rule.act != Act::Block {
            wrong("what the law has you keep is blocked meanwhile (act = \"block\")".to_owned());
        }
        if rule.act == Act::Block && rule.kind != Kind::LegalDuty {
            wrong("only a legal duty blocks; everything else ends with erasure".to_owned());
        }
    }

    /// Tickets and installations that are reckoned from the end of a customer's licences: the rows
    /// that know this end must not go first.
    fn forgotten_anchors(&self, wrong: &mut dyn FnMut(&[&Rule], String)) {
        let of_person = |rule: &&Rule| rule.is_of_customer();
        for late in self
            .rules
            .iter()
            .filter(of_person)
            .filter(|rule| rule.categories.contains(&Category::Ticket))
        {
            for early in self.about(Category::Licence).filter(of_person) {
                let outlives = every_day().any(|day| {
                    let by = |rule: &Rule| rule.window(day, 0).map(|window| window.from);
                    matches!((by(early), by(late)), (Some(early), Some(late)) if early < late)
                });
                if outlives {
                    wrong(
                        &[late, early],
                        format!(
                            "{:?} counts from the end of the licences, and {:?} forgets whose they were before it is due",
                            late.id, early.id
                        ),
                    );
                }
            }
        }
    }
}

/// Whether there is a day on which a lower bound lies beyond an upper one.
fn meets(lower: &Rule, upper: &Rule, margin: i16) -> bool {
    every_day().any(
        |day| match (lower.not_before(day), upper.window(day, margin)) {
            (Some(not_before), Some(window)) => not_before > window.by,
            _ => false,
        },
    )
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    fn rule(id: &str, category: Category, anchor: Anchor, kind: Kind, period: Period) -> Rule {
        Rule {
            id: id.to_owned(),
            data: Words {
                en: "data".to_owned(),
                de: "Daten".to_owned(),
            },
            categories: vec![category],
            only: None,
            place: None,
            anchor,
            sources: vec![Source::Staff],
            kind,
            period: kind.needs_period().then_some(period),
            at_latest: None,
            act: match kind {
                Kind::LegalDuty => Act::Block,
                _ => Act::Erase,
            },
            ground: "Art. 6(1)(b)".to_owned(),
            law: (kind == Kind::LegalDuty).then(|| "a law".to_owned()),
            quote: id.to_owned(),
            choice: None,
        }
    }

    fn policy(rules: Vec<Rule>) -> Policy {
        Policy {
            name: "A vendor".to_owned(),
            version: "v".to_owned(),
            text: String::new(),
            margin_days: 14,
            rules,
            channels: Vec::new(),
            recipients: Vec::new(),
            statistics: Vec::new(),
        }
    }

    fn closed(on: Date) -> Events {
        Events {
            ticket_closed: Some(on),
            ..Events::default()
        }
    }

    /// From, by, and what happens, for a ticket closed on a day.
    fn of_ticket(rules: Vec<Rule>, on: Date) -> Option<(Date, Date, Act)> {
        let policy = policy(rules);
        let schedule = policy.schedule(Category::Ticket, &closed(on))?;
        Some((schedule.from, schedule.by, schedule.act))
    }

    fn ticket(id: &str, kind: Kind, period: Period) -> Rule {
        rule(id, Category::Ticket, Anchor::TicketClosed, kind, period)
    }

    #[test]
    fn each_kind_has_its_days() {
        use Kind::*;
        let day = date(2026, 8, 31);
        let six = Period::Months(6);
        let one = |kind| of_ticket(vec![ticket("one", kind, six)], day);
        let erased = |from, by| Some((from, by, Act::Erase));
        let (last, after) = (date(2027, 2, 28), date(2027, 3, 1));
        assert_eq!(one(KeepForThenDelete), erased(after, after));
        assert_eq!(one(MarkForDeletion), erased(after, after));
        assert_eq!(one(AtLatest), erased(date(2027, 2, 14), last));
        assert_eq!(one(Immediate), erased(day, date(2026, 9, 1)));
        assert_eq!(one(WhileActive), erased(date(2026, 9, 1), date(2026, 9, 1)));
        assert_eq!(one(AtLeast), None, "a lower bound alone removes nothing");
        let mut least = ticket("least", AtLeast, Period::Days(14));
        least.at_latest = Some(Period::Days(30));
        assert_eq!(
            of_ticket(vec![least], day),
            erased(date(2026, 9, 15), date(2026, 9, 30))
        );
    }

    #[test]
    fn the_earliest_upper_bound_wins() {
        use Kind::*;
        let day = date(2026, 1, 10);
        let rules = vec![
            ticket("later", KeepForThenDelete, Period::Months(6)),
            ticket("sooner", AtLatest, Period::Days(30)),
        ];
        let policy = policy(rules);
        let schedule = policy.schedule(Category::Ticket, &closed(day)).unwrap();
        assert_eq!(schedule.rule.id, "sooner");
        assert_eq!(schedule.by, date(2026, 2, 9));
        // A promise to keep it for so long holds back the margin, not the bound.
        let rules = vec![
            ticket("least", AtLeast, Period::Days(28)),
            ticket("most", AtLatest, Period::Days(30)),
        ];
        assert_eq!(
            of_ticket(rules, day),
            Some((date(2026, 2, 8), date(2026, 2, 9), Act::Erase))
        );
    }

    #[test]
    fn the_law_blocks_until_its_day_and_then_it_goes() {
        use Kind::*;
        let rules = vec![
            rule(
                "licence",
                Category::Billing,
                Anchor::LastMaintenanceEnd,
                KeepForThenDelete,
                Period::Months(6),
            ),
            rule(
                "tax",
                Category::Billing,
                Anchor::SaleYearEnd,
                LegalDuty,
                Period::Years(7),
            ),
        ];
        let policy = policy(rules);
        let sale = Events {
            sale_year_end: Some(date(2024, 12, 31)),
            ..Events::default()
        };
        let schedule = |events| policy.schedule(Category::Billing, &events).unwrap();
        let running = schedule(sale);
        assert_eq!((running.act, running.from), (Act::Erase, date(2032, 1, 1)));
        let left = schedule(Events {
            last_maintenance_end: Some(date(2025, 3, 31)),
            ..sale
        });
        assert_eq!((left.act, left.from), (Act::Block, date(2025, 10, 1)));
        assert_eq!(left.until, Some(date(2031, 12, 31)));
        let blocked = schedule(Events {
            last_maintenance_end: Some(date(2025, 3, 31)),
            blocked_until: Some(date(2031, 12, 31)),
            ..sale
        });
        assert_eq!((blocked.act, blocked.from), (Act::Erase, date(2032, 1, 1)));
        let late = schedule(Events {
            last_maintenance_end: Some(date(2040, 1, 1)),
            ..sale
        });
        assert_eq!(
            late.act,
            Act::Erase,
            "the duty ended before the customer left"
        );
    }

    #[test]
    fn what_has_not_happened_starts_no_clock() {
        let rules = vec![ticket("one", Kind::KeepForThenDelete, Period::Days(1))];
        assert_eq!(
            policy(rules).schedule(Category::Ticket, &Events::default()),
            None
        );
    }

    #[test]
    fn a_renewal_takes_the_end_back() {
        let today = date(2026, 6, 1);
        let term = |ends_on, is_active, replaced_on| Term {
            ends_on,
            is_active,
            replaced_on,
        };
        let end = |terms: &[Term]| {
            let custom = Custom {
                terms: terms.to_vec(),
                installations: Vec::new(),
            };
            custom.last_maintenance_end(today)
        };
        let ended = term(Some(date(2026, 1, 31)), false, None);
        let sooner = term(Some(date(2025, 1, 31)), false, None);
        let runs = term(Some(date(2026, 6, 1)), true, None);
        assert_eq!(end(&[ended, sooner]), Some(date(2026, 1, 31)));
        assert_eq!(end(&[ended, runs]), None, "it runs through its last day");
        let cancelled = term(Some(date(2026, 12, 31)), false, None);
        assert_eq!(end(&[ended, cancelled]), None, "what was paid for runs on");
        assert_eq!(end(&[term(None, true, None)]), None);
        assert_eq!(
            end(&[term(None, false, None), ended]),
            Some(date(2026, 1, 31))
        );
        let left = term(Some(date(2026, 12, 31)), true, Some(date(2026, 2, 2)));
        assert_eq!(
            end(&[ended, left]),
            Some(date(2026, 2, 2)),
            "another is named now"
        );
        assert_eq!(end(&[]), None);
    }

    #[test]
    fn a_customer_has_left_when_nothing_stands() {
        let today = date(2026, 6, 1);
        let custom = |installations: &[Option<Date>]| Custom {
            terms: vec![Term {
                ends_on: Some(date(2026, 1, 31)),
                is_active: false,
                replaced_on: None,
            }],
            installations: installations.to_vec(),
        };
        assert_eq!(custom(&[]).unsubscribed(today), Some(date(2026, 1, 31)));
        assert_eq!(custom(&[None]).unsubscribed(today), None);
        let removed = custom(&[Some(date(2026, 3, 3))]);
        assert_eq!(removed.unsubscribed(today), Some(date(2026, 3, 3)));
    }

    proptest! {
        /// Whatever the rules and the day: nothing goes before a lower bound, nothing stays beyond
        /// an upper one, and there is time to do it.
        #[test]
        fn bounds_hold_on_every_day(
            days in 0i32..14_000,
            least in 1u16..400,
            more in 1u16..400,
            months in 1u16..36,
            margin in 0i16..90,
        ) {
            let day = date(2000, 1, 1).saturating_add(days.days());
            let mut lower = ticket("lower", Kind::AtLeast, Period::Days(least));
            lower.at_latest = Some(Period::Days(least + more));
            let upper = ticket("upper", Kind::AtLatest, Period::Months(months));
            let mut policy = policy(vec![lower, upper]);
            policy.margin_days = margin;
            let schedule = policy.schedule(Category::Ticket, &closed(day)).unwrap();
            let bound = Period::Months(months).last_day(day);
            prop_assert!(schedule.from <= schedule.by);
            prop_assert!(schedule.by <= bound);
            if Period::Days(least).last_day(day) < schedule.by {
                prop_assert!(schedule.from > Period::Days(least).last_day(day));
            }
        }
    }
}
