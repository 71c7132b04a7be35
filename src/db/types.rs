//! How times, dates and words stand in the tables, and how rows become what the
//! domain knows. A row that makes no sense is reported, never guessed at.

use std::str::FromStr;

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::sql_types::{BigInt, Text};
use jiff::Timestamp;
use jiff::civil::Date;

use super::DbError;

/// Microseconds since 1970, UTC.
pub(super) fn micros(at: Timestamp) -> i64 {
    at.as_microsecond()
}

/// The instant behind a stored number.
pub(super) fn time(micros: i64) -> Result<Timestamp, DbError> {
    Timestamp::from_microsecond(micros).map_err(|error| DbError::Internal(error.to_string()))
}

/// The same for a nullable column.
pub(super) fn maybe_time(micros: Option<i64>) -> Result<Option<Timestamp>, DbError> {
    micros.map(time).transpose()
}

/// The value behind a stored word.
pub(super) fn word<T>(text: &str) -> Result<T, DbError>
where
    T: FromStr,
    T::Err: std::fmt::Display,
{
    text.parse()
        .map_err(|error: T::Err| DbError::Internal(error.to_string()))
}

/// The same for a nullable column.
pub(super) fn maybe_word<T>(text: Option<&str>) -> Result<Option<T>, DbError>
where
    T: FromStr,
    T::Err: std::fmt::Display,
{
    text.map(word).transpose()
}

/// The date behind a stored ISO text.
pub(super) fn date(text: &str) -> Result<Date, DbError> {
    word(text)
}

/// A date in a row that is only read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromSqlRow)]
pub struct Day(pub Date);

impl<DB: Backend> FromSql<Text, DB> for Day
where
    String: FromSql<Text, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        Ok(Day(String::from_sql(bytes)?.parse()?))
    }
}

/// An instant in a row that is only read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromSqlRow)]
pub struct Moment(pub Timestamp);

impl<DB: Backend> FromSql<BigInt, DB> for Moment
where
    i64: FromSql<BigInt, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        Ok(Moment(Timestamp::from_microsecond(i64::from_sql(bytes)?)?))
    }
}
