//! The life of an installation: what apps, reports and staff tell of it, and what stands after all of
//! it. Deliveries come late, twice and in any order; what counts is when a thing happened.
//!
//! Reports and staff name a day, apps an instant. A day with an installation before it is taken for the
//! end of that one, so that an installation anew on the same day stands.

use jiff::Timestamp;
use jiff::civil::Date;

use super::retention::Source;
use super::text::text_enum;

text_enum! {
    /// What is told of an app on a customer's site.
    pub enum Happening {
        /// It was installed, or told its new secret.
        Installed = "installed",
        /// It was uninstalled.
        Uninstalled = "uninstalled",
        /// It was switched on.
        Enabled = "enabled",
        /// It was switched off, and is still installed.
        Disabled = "disabled",
        /// The customer ended the subscription. The app may still be installed.
        Unsubscribed = "unsubscribed",
    }
}

impl Happening {
    /// Whether it begins or ends an installation.
    pub fn counts(self) -> bool {
        matches!(self, Happening::Installed | Happening::Uninstalled)
    }
}

/// When a thing happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// At this instant, as the app says.
    At(Timestamp),
    /// On this day; nobody says at which hour.
    On(Date),
}

/// One thing that was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told {
    /// What.
    pub what: Happening,
    /// By whom. Nothing: the record came to us with it.
    pub source: Option<Source>,
    /// The instant; of a day, its first.
    pub at: Timestamp,
    /// The day in the controller's zone.
    pub on: Date,
    /// Whether only the day is known.
    pub is_day: bool,
    /// When we were told.
    pub received_at: Timestamp,
}

/// What stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Since when it is installed, or was at last.
    pub installed_at: Option<Timestamp>,
    /// When that ended, if it did.
    pub removed: Option<Removal>,
}

/// The end of an installation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Removal {
    /// When.
    pub at: Timestamp,
    /// Who says so. Nothing: the record came to us with it.
    pub source: Option<Source>,
}

impl Standing {
    /// Whether it is installed now.
    pub fn is_installed(&self) -> bool {
        self.installed_at.is_some() && self.removed.is_none()
    }
}

/// Whether the app itself would tell of its end. Forge has an event for the beginning and none for
/// the end, so a beginning that Forge told promises nothing.
pub fn speaks(told: &[Told]) -> bool {
    told.iter().any(|told| match told.source {
        Some(Source::Connect) => true,
        Some(Source::Forge) => told.what != Happening::Installed,
        _ => false,
    })
}

/// What stands after all that was told, whatever order it came in. Only the word of staff counts by
/// when it came: a correction is about what was known.
pub fn standing(told: &[Told]) -> Standing {
    let speaks = speaks(told);
    let mut told: Vec<Told> = told
        .iter()
        .copied()
        .filter(|one| one.what.counts())
        // A date that is derived gives way to an app that tells.
        .filter(|one| !(speaks && one.source == Some(Source::LicenceReport)))
        .filter(|one| !is_repeated_by_report(one, told))
        .filter(|one| !is_taken_back(one, told))
        .collect();
    // At one instant the end comes first, so that what is doubtful stands.
    told.sort_by_key(|one| {
        let order = std::cmp::Reverse(one.what);
        (one.on, one.at, order, one.received_at, one.source)
    });
    let mut life = Life::default();
    for day in told.chunk_by(|one, other| one.on == other.on) {
        let was_installed = life.is_open();
        let (days, instants): (Vec<&Told>, Vec<&Told>) = day.iter().partition(|one| one.is_day);
        let first = |one: &&&Told| was_installed && one.what == Happening::Uninstalled;
        days.iter().filter(first).for_each(|one| life.go_on(one));
        instants.iter().for_each(|one| life.go_on(one));
        days.iter()
            .filter(|one| !first(one))
            .for_each(|one| life.go_on(one));
    }
    Standing {
        installed_at: life.installed_at,
        removed: life.removal(),
    }
}

/// A report names the day of an end that the app has told exactly; the zones may differ.
fn is_repeated_by_report(one: &Told, told: &[Told]) -> bool {
    one.source == Some(Source::FeedbackReport)
        && one.what == Happening::Uninstalled
        && told.iter().any(|other| {
            !other.is_day
                && other.what == Happening::Uninstalled
                && (other.on - one.on).get_days().abs() <= 1
        })
}

/// Of what staff say about one day, the last word counts.
fn is_taken_back(one: &Told, told: &[Told]) -> bool {
    one.source == Some(Source::Staff)
        && told.iter().any(|other| {
            other.source == one.source
                && other.on == one.on
                && other.what.counts()
                && other.received_at > one.received_at
        })
}

#[derive(Default)]
struct Life {
    installed_at: Option<Timestamp>,
    /// What was told of the end since then.
    ends: Vec<Told>,
}

impl Life {
    fn is_open(&self) -> bool {
        self.installed_at.is_some() && self.ends.is_empty()
    }

    fn go_on(&mut self, told: &Told) {
        match told.what {
            Happening::Installed if !self.is_open() => {
                self.installed_at = Some(told.at);
                self.ends.clear();
            }
            Happening::Uninstalled if self.installed_at.is_some() => self.ends.push(*told),
            _ => {}
        }
    }

    /// Staff and apps before reports; between staff and an app, whoever spoke last.
    fn removal(&self) -> Option<Removal> {
        let by = |sources: &[Option<Source>]| {
            let sources = sources.to_vec();
            self.ends
                .iter()
                .filter(move |end| sources.contains(&end.source))
        };
        let app = [Some(Source::Connect), Some(Source::Forge), None];
        let corrected = by(&[Some(Source::Staff)]).max_by_key(|end| end.received_at);
        let exact = by(&app)
            .filter(|end| corrected.is_none_or(|staff| end.received_at > staff.received_at))
            .min_by_key(|end| end.at);
        let reported = || by(&[Some(Source::FeedbackReport)]).min_by_key(|end| end.at);
        let end = exact
            .or(corrected)
            .or_else(reported)
            .or_else(|| self.ends.iter().min_by_key(|end| end.at))?;
        Some(Removal {
            at: end.at,
            source: end.source,
        })
    }
}

/// One licence of an app on a site, as far as it says whether the app is still used there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Licensed {
    /// Whether the report calls it active.
    pub is_active: bool,
    /// Its last day.
    pub ends_on: Option<Date>,
    /// The day of the last change at the source.
    pub changed_on: Option<Date>,
}

/// The day on which the last of these licences ended; nothing while one runs, or where no date says.
/// One that was cancelled before its last day ended when the report changed.
pub fn licences_ended(licences: &[Licensed], today: Date) -> Option<Date> {
    let mut last = None;
    for licence in licences {
        let over = licence.ends_on.filter(|end| *end < today);
        let ended = match (over, licence.is_active) {
            (Some(end), _) => end,
            (None, true) => return None,
            (None, false) => licence.changed_on.filter(|changed| *changed <= today)?,
        };
        last = last.max(Some(ended));
    }
    last
}

/// The host of a site, in small letters, from its address or the host alone.
pub fn site(text: &str) -> Option<String> {
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    let host = rest.split(['/', '?', '#', ':']).next()?.trim();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || ".-_".contains(c);
    ((1..=253).contains(&host.len()) && host.chars().all(is_plain))
        .then(|| host.to_ascii_lowercase())
}

/// Whether this can be the key of an app or of a tenant: visible ASCII, so that it is told apart by
/// looking, and never longer than a line.
pub fn is_key(text: &str) -> bool {
    (1..=255).contains(&text.len()) && text.chars().all(|c| c.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use jiff::tz::TimeZone;
    use proptest::prelude::*;

    use super::*;

    const WORDS: [Happening; 2] = [Happening::Installed, Happening::Uninstalled];

    fn instant(day: i8, hour: i8) -> Timestamp {
        let at = date(2026, 3, day).at(hour, 0, 0, 0);
        at.to_zoned(TimeZone::UTC).unwrap().timestamp()
    }

    /// An app tells at an hour of a day in March, and at once.
    fn at(what: Happening, day: i8, hour: i8) -> Told {
        Told {
            what,
            source: Some(Source::Connect),
            at: instant(day, hour),
            on: date(2026, 3, day),
            is_day: false,
            received_at: instant(day, hour),
        }
    }

    /// Somebody names a day in March, on a later one.
    fn on(what: Happening, day: i8, source: Source, heard: i8) -> Told {
        Told {
            what,
            source: Some(source),
            at: instant(day, 0),
            on: date(2026, 3, day),
            is_day: true,
            received_at: instant(heard, 12),
        }
    }

    fn removed(told: &[Told]) -> Option<(Timestamp, Option<Source>)> {
        standing(told).removed.map(|end| (end.at, end.source))
    }

    use Happening::{Disabled, Installed, Unsubscribed};
    const GONE: Happening = Happening::Uninstalled;
    const CONNECT: Option<Source> = Some(Source::Connect);

    #[test]
    fn an_installation_anew_takes_the_end_back() {
        let life = [at(Installed, 1, 9), at(GONE, 5, 9), at(Installed, 7, 9)];
        assert_eq!(removed(&life[..2]), Some((instant(5, 9), CONNECT)));
        let now = standing(&life);
        assert!(now.is_installed());
        assert_eq!(now.installed_at, Some(instant(7, 9)));
        // An update tells `installed` too.
        let updated = standing(&[at(Installed, 1, 9), at(Installed, 3, 9)]);
        assert_eq!(updated.installed_at, Some(instant(1, 9)));
    }

    #[test]
    fn a_second_end_is_the_first_one_told_again() {
        let life = [at(Installed, 1, 9), at(GONE, 5, 9), at(GONE, 6, 9)];
        assert_eq!(removed(&life), Some((instant(5, 9), CONNECT)));
        assert_eq!(
            removed(&[at(GONE, 5, 9)]),
            None,
            "of what was never installed"
        );
    }

    #[test]
    fn what_is_neither_beginning_nor_end_starts_no_clock() {
        let life = [
            at(Installed, 1, 9),
            at(Disabled, 2, 9),
            on(Unsubscribed, 3, Source::FeedbackReport, 4),
        ];
        assert!(standing(&life).is_installed());
    }

    #[test]
    fn a_day_ends_what_stood_before_it() {
        let feedback = |day| on(GONE, day, Source::FeedbackReport, 20);
        let life = [at(Installed, 1, 9), feedback(5)];
        assert_eq!(
            removed(&life),
            Some((instant(5, 0), Some(Source::FeedbackReport)))
        );
        let anew = [at(Installed, 1, 9), feedback(5), at(Installed, 5, 15)];
        assert!(
            standing(&anew).is_installed(),
            "installed anew on that very day"
        );
        let short = [at(Installed, 5, 9), feedback(5)];
        assert!(
            !standing(&short).is_installed(),
            "tried and removed on one day"
        );
    }

    #[test]
    fn a_report_repeats_what_the_app_told_a_day_around_it() {
        for day in [4, 5, 6] {
            let report = on(GONE, day, Source::FeedbackReport, 20);
            let life = [at(Installed, 1, 9), at(GONE, 5, 9), report];
            assert_eq!(removed(&life), Some((instant(5, 9), CONNECT)), "{day}");
            let anew = [life.as_slice(), &[at(Installed, 5, 20)]].concat();
            assert!(standing(&anew).is_installed(), "{day}");
        }
    }

    #[test]
    fn staff_correct_what_was_told_before_and_no_more() {
        let staff = |what, day, heard| on(what, day, Source::Staff, heard);
        let told = [at(Installed, 1, 9), at(GONE, 5, 9)];
        let with = |more: &[Told]| [&told, more].concat();
        let by_staff = |day| Some((instant(day, 0), Some(Source::Staff)));
        assert_eq!(removed(&with(&[staff(GONE, 8, 10)])), by_staff(8));
        assert_eq!(
            removed(&with(&[staff(GONE, 8, 10), staff(GONE, 7, 11)])),
            by_staff(7)
        );
        assert_eq!(removed(&with(&[staff(Installed, 5, 10)])), None);
        // The last word about a day.
        let back = [staff(Installed, 5, 10), staff(GONE, 5, 11)];
        assert_eq!(removed(&with(&back)), by_staff(5));
        // What the app tells later is news to the staff too.
        let later = with(&[staff(GONE, 8, 10), at(GONE, 12, 9)]);
        assert_eq!(removed(&later), Some((instant(12, 9), CONNECT)));
    }

    #[test]
    fn a_licence_speaks_only_for_an_app_that_does_not() {
        let derived = on(GONE, 5, Source::LicenceReport, 6);
        let forge = Told {
            source: Some(Source::Forge),
            ..at(Installed, 1, 9)
        };
        let base = Told {
            source: None,
            ..forge
        };
        for silent in [base, forge] {
            assert_eq!(
                removed(&[silent, derived]),
                Some((instant(5, 0), Some(Source::LicenceReport)))
            );
        }
        assert_eq!(removed(&[at(Installed, 1, 9), derived]), None);
        assert_eq!(removed(&[base, derived, at(Disabled, 3, 9)]), None);
    }

    #[test]
    fn licences_end_together() {
        let today = date(2026, 6, 1);
        let licence = |is_active, ends_on, changed_on| Licensed {
            is_active,
            ends_on,
            changed_on,
        };
        let ended = licence(true, Some(date(2026, 5, 1)), None);
        let cancelled = licence(false, Some(date(2026, 9, 1)), Some(date(2026, 5, 20)));
        let runs = licence(true, Some(today), None);
        assert_eq!(licences_ended(&[ended], today), Some(date(2026, 5, 1)));
        assert_eq!(
            licences_ended(&[ended, cancelled], today),
            Some(date(2026, 5, 20))
        );
        assert_eq!(licences_ended(&[ended, runs], today), None);
        assert_eq!(licences_ended(&[licence(false, None, None)], today), None);
        assert_eq!(licences_ended(&[], today), None);
    }

    #[test]
    fn a_site_is_known_by_its_host() {
        for text in [
            "https://Tandem-Works.atlassian.example/wiki",
            "tandem-works.atlassian.example",
            "http://tandem-works.atlassian.example:8080?a=b",
        ] {
            assert_eq!(
                site(text).as_deref(),
                Some("tandem-works.atlassian.example")
            );
        }
        for text in ["", "https://", "two words", "a@b.example"] {
            assert_eq!(site(text), None, "{text}");
        }
    }

    fn any_told() -> impl Strategy<Value = Told> {
        (0usize..2, 1i8..28, 0i8..24, 0u8..4, 1i8..28).prop_map(
            |(what, day, hour, source, heard)| {
                let what = WORDS[what];
                match source {
                    0 => at(what, day, hour),
                    1 => Told {
                        source: Some(Source::Forge),
                        ..at(what, day, hour)
                    },
                    2 => on(GONE, day, Source::FeedbackReport, heard),
                    _ => on(GONE, day, Source::LicenceReport, heard),
                }
            },
        )
    }

    proptest! {
        /// Whatever apps and reports say, the order of arrival and repeats change nothing.
        #[test]
        fn order_and_repeats_change_nothing(
            told in proptest::collection::vec(any_told(), 0..8),
            seed in 0usize..1000,
        ) {
            let expected = standing(&told);
            let mut other = told.clone();
            other.extend(told.first().copied());
            let by = seed % other.len().max(1);
            other.rotate_left(by);
            other.reverse();
            prop_assert_eq!(standing(&other), expected);
        }

        /// An end lies after its beginning's day, and nothing that was not told is made up.
        #[test]
        fn an_end_was_told(told in proptest::collection::vec(any_told(), 0..8)) {
            if let Some(end) = standing(&told).removed {
                prop_assert!(told.iter().any(|one| one.what == GONE && one.at == end.at));
                prop_assert!(standing(&told).installed_at.is_some());
            }
        }
    }
}
