//! What one language needs: its Fluent messages and its formatters, loaded once.

use std::sync::LazyLock;

use fluent::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};
use icu::{
    calendar::{Date as CalendarDate, Gregorian},
    datetime::{
        FixedCalendarDateTimeFormatter,
        fieldsets::{E, MD, YMD},
    },
    decimal::DecimalFormatter,
    list::{ListFormatter, options::ListFormatterOptions},
    locale::Locale,
};
use intl_memoizer::{Memoizable, concurrent::IntlLangMemoizer};
use jiff::civil::Date;
use unic_langid::LanguageIdentifier;

use super::Lang;

/// The one list of text files. Each exists in every language.
macro_rules! texts {
    ($tag:literal) => {
        texts!($tag: "common", "words", "public", "statement", "status", "proof", "errors", "mail", "admin-frame", "admin-queue", "admin-request", "admin-places", "admin-mail", "admin-lifecycle", "admin-statement", "admin-retention", "admin-registers")
    };
    ($tag:literal: $($area:literal),*) => {
        &[$(include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/locales/", $tag, "/", $area, ".ftl"))),*]
    };
}

impl Lang {
    /// The Fluent sources of this language.
    pub(super) fn sources(self) -> &'static [&'static str] {
        match self {
            Lang::En => texts!("en"),
            Lang::De => texts!("de"),
        }
    }

    /// The locale whose customs dates, lists and numbers follow.
    fn locale(self) -> Locale {
        let tag = match self {
            Lang::En => "en-GB",
            Lang::De => "de-DE",
        };
        tag.parse().expect("the tag is a constant and well formed")
    }
}

/// Every language's catalogue, in the order of [`Lang::all`].
pub(super) static CATALOGUES: LazyLock<[Catalogue; Lang::ALL.len()]> =
    LazyLock::new(|| Lang::ALL.map(Catalogue::load));

/// The value of a variable in a text.
#[derive(Clone, Debug)]
pub enum Arg {
    /// Stands in the text as it is.
    Text(String),
    /// Is written with grouped digits, and chooses singular or plural.
    Number(i64),
}

impl From<&str> for Arg {
    fn from(text: &str) -> Self {
        Arg::Text(text.to_owned())
    }
}

impl From<String> for Arg {
    fn from(text: String) -> Self {
        Arg::Text(text)
    }
}

impl From<&String> for Arg {
    fn from(text: &String) -> Self {
        Arg::Text(text.clone())
    }
}

impl From<i64> for Arg {
    fn from(number: i64) -> Self {
        Arg::Number(number)
    }
}

impl From<usize> for Arg {
    fn from(number: usize) -> Self {
        Arg::Number(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl<'a> From<&'a Arg> for FluentValue<'a> {
    fn from(arg: &'a Arg) -> Self {
        match arg {
            Arg::Text(text) => text.as_str().into(),
            Arg::Number(number) => (*number).into(),
        }
    }
}

pub(super) struct Catalogue {
    messages: FluentBundle<FluentResource>,
    pub(super) dates: Dates,
    pub(super) lists: ListFormatter,
    pub(super) numbers: DecimalFormatter,
}

impl Catalogue {
    fn load(lang: Lang) -> Self {
        let tag = lang.tag().parse().expect("our tags are well formed");
        let mut messages = FluentBundle::new_concurrent(vec![tag]);
        // The marks that isolate a variable would end up in copied codes and addresses.
        messages.set_use_isolating(false);
        messages.set_formatter(Some(grouped));
        for source in lang.sources() {
            let resource = FluentResource::try_new((*source).to_owned())
                .unwrap_or_else(|(_, errors)| panic!("texts in {}: {errors:?}", lang.tag()));
            messages
                .add_resource(resource)
                .unwrap_or_else(|errors| panic!("texts in {}: {errors:?}", lang.tag()));
        }
        let locale = lang.locale();
        Self {
            messages,
            lists: ListFormatter::try_new_and((&locale).into(), ListFormatterOptions::default())
                .expect(COMPILED),
            numbers: DecimalFormatter::try_new((&locale).into(), Default::default())
                .expect(COMPILED),
            dates: Dates::load(&locale),
        }
    }

    /// The text with this id. A text that is missing or lacks a variable stops a debug build;
    /// a release shows the id, which a person can quote.
    pub(super) fn format(&self, id: &str, args: Option<&FluentArgs>) -> String {
        let mut errors = Vec::new();
        let text = self
            .messages
            .get_message(id)
            .and_then(|message| message.value())
            .map(|pattern| {
                self.messages
                    .format_pattern(pattern, args, &mut errors)
                    .into_owned()
            });
        debug_assert!(text.is_some(), "no text `{id}`");
        debug_assert!(errors.is_empty(), "text `{id}`: {errors:?}");
        text.unwrap_or_else(|| id.to_owned())
    }
}

const COMPILED: &str = "the locale data is compiled in";

/// The ways in which we write a date.
pub(super) struct Dates {
    weekday: FixedCalendarDateTimeFormatter<Gregorian, E>,
    medium: FixedCalendarDateTimeFormatter<Gregorian, YMD>,
    short: FixedCalendarDateTimeFormatter<Gregorian, YMD>,
    day_month: FixedCalendarDateTimeFormatter<Gregorian, MD>,
}

impl Dates {
    fn load(locale: &Locale) -> Self {
        let prefs = locale.into();
        Self {
            weekday: FixedCalendarDateTimeFormatter::try_new(prefs, E::long()).expect(COMPILED),
            medium: FixedCalendarDateTimeFormatter::try_new(prefs, YMD::long()).expect(COMPILED),
            short: FixedCalendarDateTimeFormatter::try_new(prefs, YMD::medium()).expect(COMPILED),
            day_month: FixedCalendarDateTimeFormatter::try_new(prefs, MD::medium())
                .expect(COMPILED),
        }
    }

    pub(super) fn weekday(&self, date: Date) -> String {
        self.weekday.format(&gregorian(date)).to_string()
    }

    pub(super) fn medium(&self, date: Date) -> String {
        self.medium.format(&gregorian(date)).to_string()
    }

    pub(super) fn short(&self, date: Date) -> String {
        self.short.format(&gregorian(date)).to_string()
    }

    pub(super) fn day_month(&self, date: Date) -> String {
        self.day_month.format(&gregorian(date)).to_string()
    }
}

fn gregorian(date: Date) -> CalendarDate<Gregorian> {
    let (year, month, day) = (
        date.year().into(),
        date.month().unsigned_abs(),
        date.day().unsigned_abs(),
    );
    CalendarDate::try_new_gregorian(year, month, day).expect("both count the same calendar")
}

/// Fluent's hook for numbers in texts, which by itself would not group the digits.
fn grouped(value: &FluentValue, memoizer: &IntlLangMemoizer) -> Option<String> {
    let FluentValue::Number(number) = value else {
        return None;
    };
    // Fluent keeps numbers as f64; ours are counts, far below 2^53.
    let whole = number.value as i64;
    memoizer
        .with_try_get((), |Numbers(numbers)| {
            numbers.format_to_string(&whole.into())
        })
        .ok()
}

struct Numbers(DecimalFormatter);

impl Memoizable for Numbers {
    type Args = ();
    type Error = ();

    fn construct(tag: LanguageIdentifier, (): ()) -> Result<Self, Self::Error> {
        let locale = Lang::from_tag(tag.language.as_str())
            .unwrap_or(Lang::En)
            .locale();
        DecimalFormatter::try_new((&locale).into(), Default::default())
            .map(Numbers)
            .map_err(drop)
    }
}
