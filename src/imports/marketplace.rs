//! Reports of the Atlassian Marketplace: licences, transactions and feedback, as JSON (a bare array, or the HAL object of the list
//! calls) or as CSV with a header. The form is told by the first byte. It reads rows; it never compares or stores them.
//!
//! What the reports are known to do (developer.atlassian.com/platform/marketplace/faqs-reports, and files seen):
//! - `"null"` and stray carriage returns stand in address fields: `null` is no value, the returns are dropped.
//! - `RTBF` as name or address of a contact says that the source has erased that person.
//! - Most fields may be missing, new ones appear, columns come in any order: they are looked up by name.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::{self, BufRead, Read};

use csv::{ByteRecord, ErrorKind};
use jiff::civil::Date;
use serde_json::Value;

use super::checks::{self, FIELD_LIMIT, FieldError};
use super::elements::{Element, Elements};
use super::{FileError, Line, Outcome, Reason, RowError, first_byte, line_breaks};
use crate::domain::lifecycle::{self, Happening};
use crate::domain::records::{
    Contact, ContactPerson, ContactRole, FeedbackRow, Keys, LicenceRow, TransactionRow,
};

/// The longest row, in bytes.
const ROW_LIMIT: usize = 1024 * 1024;

/// What Atlassian writes in place of a person it has erased ("right to be forgotten").
const ERASED: &str = "RTBF";

/// Reads a licence report. Errors as for any [`FileError`] that the beginning of the file shows.
pub fn licences<R: BufRead>(input: R) -> Result<Rows<R, LicenceRow>, FileError> {
    let form = Form::tell(input, "licenses", &["addonKey", "hosting", "status"])?;
    Ok(Rows {
        form,
        parse: licence,
        is_done: false,
    })
}

/// Reads a transaction report. Errors as for any [`FileError`] that the beginning of the file shows.
pub fn transactions<R: BufRead>(input: R) -> Result<Rows<R, TransactionRow>, FileError> {
    let form = Form::tell(
        input,
        "transactions",
        &["transactionLineItemId", "addonKey", "saleDate"],
    )?;
    Ok(Rows {
        form,
        parse: transaction,
        is_done: false,
    })
}

/// Reads a feedback report. Who wrote it, what they wrote and why is not even read. Errors as for any
/// [`FileError`] that the beginning of the file shows.
pub fn feedback<R: BufRead>(input: R) -> Result<Rows<R, FeedbackRow>, FileError> {
    let form = Form::tell(input, "feedback", &["addonKey", "date", "feedbackType"])?;
    Ok(Rows {
        form,
        parse: feedback_row,
        is_done: false,
    })
}

/// The rows of a report, in its order.
pub struct Rows<R, T> {
    form: Form<R>,
    parse: fn(&Fields) -> Result<T, FieldError>,
    is_done: bool,
}

impl<R: BufRead, T> Iterator for Rows<R, T> {
    type Item = Outcome<T>;

    fn next(&mut self) -> Option<Outcome<T>> {
        if self.is_done {
            return None;
        }
        let outcome = match &mut self.form {
            Form::Json(elements) => elements
                .next()
                .map(|element| element.map(|element| from_element(element, self.parse))),
            Form::Csv(table) => table.next(self.parse),
        };
        self.is_done = !matches!(outcome, Some(Ok(_)));
        outcome
    }
}

enum Form<R> {
    Json(Elements<R>),
    Csv(Table<R>),
}

impl<R: BufRead> Form<R> {
    fn tell(
        mut input: R,
        member: &'static str,
        columns: &[&'static str],
    ) -> Result<Self, FileError> {
        Ok(match first_byte(&mut input)? {
            (b'[', line) => Form::Json(Elements::of_array(input, line, ROW_LIMIT)?),
            (b'{', line) => Form::Json(Elements::of_object(input, line, member, ROW_LIMIT)?),
            (_, line) => Form::Csv(Table::open(input, line, columns)?),
        })
    }
}

fn from_element<T>(
    element: Element,
    parse: fn(&Fields) -> Result<T, FieldError>,
) -> Result<(Line, T), RowError> {
    let Element { line, text } = element;
    let refused = |line, reason| RowError {
        line,
        field: None,
        reason,
    };
    let text = text.ok_or_else(|| refused(line, Reason::RowTooLong { limit: ROW_LIMIT }))?;
    let text = str::from_utf8(&text).map_err(|error| {
        refused(
            line + line_breaks(&text[..error.valid_up_to()]),
            Reason::NotUtf8,
        )
    })?;
    let value: Value = serde_json::from_str(text).map_err(|error| {
        refused(
            line + (error.line() as Line).saturating_sub(1),
            Reason::NotJson,
        )
    })?;
    if !value.is_object() {
        return Err(refused(line, Reason::NotAnObject));
    }
    parse(&Fields::Json(&value))
        .map(|row| (line, row))
        .map_err(|error| error.at(line))
}

/// A CSV file, read record by record.
struct Table<R> {
    csv: csv::Reader<Feed<R>>,
    columns: HashMap<String, usize>,
    record: ByteRecord,
    /// Lines before the one on which the header begins.
    lines_before: Line,
}

impl<R: BufRead> Table<R> {
    fn open(input: R, line: Line, required: &[&'static str]) -> Result<Self, FileError> {
        let mut csv = csv::Reader::from_reader(Feed {
            input,
            left: ROW_LIMIT,
            is_ended: false,
        });
        let lines_before = line - 1;
        let header = match csv.byte_headers() {
            Ok(header) => header.clone(),
            Err(error) => return Err(file_error(error, &csv, line)),
        };
        // Of two columns with one name the first counts.
        let names = header.iter().enumerate().rev();
        let columns: HashMap<_, _> = names
            .map(|(index, name)| (String::from_utf8_lossy(name).trim().to_owned(), index))
            .collect();
        match required.iter().find(|name| !columns.contains_key(**name)) {
            Some(missing) => Err(FileError::NotATable { missing }),
            None => Ok(Table {
                csv,
                columns,
                record: ByteRecord::new(),
                lines_before,
            }),
        }
    }

    fn next<T>(&mut self, parse: fn(&Fields) -> Result<T, FieldError>) -> Option<Outcome<T>> {
        self.csv.get_mut().left = ROW_LIMIT;
        let read = self.csv.read_byte_record(&mut self.record);
        // The position of the record itself would be that of the blank lines before it.
        let lines = 1 + line_breaks(self.record.as_slice());
        let line = self.lines_before + self.csv.position().line().saturating_sub(lines);
        let row = match read {
            Ok(false) => return None,
            Ok(true) => parse(&Fields::Csv {
                columns: &self.columns,
                record: &self.record,
            }),
            Err(error) => match error.kind() {
                ErrorKind::UnequalLengths {
                    expected_len, len, ..
                } => Err(FieldError::row(Reason::FieldCount {
                    found: *len,
                    expected: *expected_len,
                })),
                _ => {
                    let begin = self.record.position().map_or(1, csv::Position::line);
                    return Some(Err(file_error(error, &self.csv, self.lines_before + begin)));
                }
            },
        };
        Some(Ok(row
            .map(|row| (line, row))
            .map_err(|error| error.at(line))))
    }
}

fn file_error<R: BufRead>(error: csv::Error, csv: &csv::Reader<Feed<R>>, line: Line) -> FileError {
    match error.into_kind() {
        _ if csv.get_ref().left == 0 => FileError::EndlessRow { line },
        ErrorKind::Io(error) => FileError::Io(error),
        // Byte records are read without serde, UTF-8 and seeking, so that no other kind comes up.
        kind => FileError::Io(io::Error::other(format!("{kind:?}"))),
    }
}

/// What the CSV parser is fed: the file without carriage returns and with a last line break, so that each record ends
/// with exactly one line and its number is known. After `left` bytes it fails: one quotation mark that is never closed
/// would make the rest of the file one record.
struct Feed<R> {
    input: R,
    left: usize,
    is_ended: bool,
}

impl<R: BufRead> Read for Feed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            return Err(io::Error::other("the row is too long"));
        }
        let room = buffer.len().min(self.left);
        let mut fed = 0;
        while fed == 0 && !self.is_ended && room > 0 {
            let chunk = self.input.fill_buf()?;
            let taken = chunk.len().min(room);
            for byte in chunk[..taken].iter().filter(|byte| **byte != b'\r') {
                buffer[fed] = *byte;
                fed += 1;
            }
            if chunk.is_empty() {
                self.is_ended = true;
                buffer[0] = b'\n';
                fed = 1;
            }
            self.input.consume(taken);
        }
        self.left -= fed;
        Ok(fed)
    }
}

/// The names of a field: its path in JSON, its column in CSV.
#[derive(Clone, Copy)]
struct Name {
    path: &'static str,
    column: &'static str,
}

/// Most columns are named like the last part of the path.
impl From<&'static str> for Name {
    fn from(path: &'static str) -> Name {
        Name {
            path,
            column: path.rsplit('.').next().unwrap_or(path),
        }
    }
}

/// One row, in either form.
enum Fields<'a> {
    Json(&'a Value),
    Csv {
        columns: &'a HashMap<String, usize>,
        record: &'a ByteRecord,
    },
}

impl<'a> Fields<'a> {
    fn text(&self, name: impl Into<Name>) -> Result<Option<String>, FieldError> {
        self.get(name, checks::text)
    }

    fn date(&self, name: impl Into<Name>) -> Result<Option<Date>, FieldError> {
        self.get(name, checks::date)
    }

    fn required<T>(
        &self,
        name: &'static str,
        parse: fn(&str) -> Result<T, Reason>,
    ) -> Result<T, FieldError> {
        self.get(name, parse)?
            .ok_or_else(|| self.error(name.into(), Reason::Missing))
    }

    /// The field, cleaned, checked and parsed; `None` if it is missing, empty or `null`.
    fn get<T>(
        &self,
        name: impl Into<Name>,
        parse: fn(&str) -> Result<T, Reason>,
    ) -> Result<Option<T>, FieldError> {
        let name = name.into();
        let parsed = self.raw(name).and_then(|raw| {
            let text = if raw.contains('\r') {
                Cow::Owned(raw.replace('\r', ""))
            } else {
                raw
            };
            match text.trim() {
                "" | "null" => Ok(None),
                text => checks::bounded(text, FIELD_LIMIT).and_then(parse).map(Some),
            }
        });
        parsed.map_err(|reason| self.error(name, reason))
    }

    fn raw(&self, name: Name) -> Result<Cow<'a, str>, Reason> {
        match self {
            Fields::Json(row) => match name
                .path
                .split('.')
                .try_fold(*row, |value, part| value.get(part))
            {
                None | Some(Value::Null) => Ok(Cow::Borrowed("")),
                Some(Value::String(text)) => Ok(Cow::Borrowed(text)),
                Some(Value::Number(number)) => Ok(Cow::Owned(number.to_string())),
                Some(Value::Bool(_) | Value::Array(_) | Value::Object(_)) => Err(Reason::NotText),
            },
            Fields::Csv { columns, record } => {
                let bytes = columns
                    .get(name.column)
                    .and_then(|index| record.get(*index))
                    .unwrap_or_default();
                str::from_utf8(bytes)
                    .map(Cow::Borrowed)
                    .map_err(|_| Reason::NotUtf8)
            }
        }
    }

    fn error(&self, name: Name, reason: Reason) -> FieldError {
        let name = if matches!(self, Fields::Json(_)) {
            name.path
        } else {
            name.column
        };
        FieldError::field(name, reason)
    }
}

fn licence(row: &Fields) -> Result<LicenceRow, FieldError> {
    let keys = keys(row)?;
    if keys.is_empty() {
        return Err(FieldError::row(Reason::NoId));
    }
    let mut licence = LicenceRow {
        keys,
        licence_id: row.text("licenseId")?,
        host_licence_id: row.text("hostLicenseId")?,
        host_entitlement_id: row.text("hostEntitlementId")?,
        host_entitlement_number: row.text("hostEntitlementNumber")?,
        addon_key: row.required("addonKey", checks::text)?,
        addon_name: row.text("addonName")?,
        hosting: row.required("hosting", checks::text)?,
        licence_type: row.text("licenseType")?,
        status: row.required("status", checks::text)?,
        tier: row.text("tier")?,
        maintenance_start_on: row.date("maintenanceStartDate")?,
        maintenance_end_on: row.date("maintenanceEndDate")?,
        evaluation_start_on: row.date("evaluationStartDate")?,
        evaluation_licence: row.text("evaluationLicense")?,
        company: row.text("contactDetails.company")?,
        country: row.text("contactDetails.country")?,
        region: row.text("contactDetails.region")?,
        cloud_id: row.text("cloudId")?,
        cloud_site_hostname: row.text("cloudSiteHostname")?,
        partner_name: row.text("partnerDetails.partnerName")?,
        contacts: contacts(row, &LICENCE_CONTACTS)?,
        last_updated_on: row.date("lastUpdated")?,
    };
    // `evaluationStartDate` stands on the converted licence; a trial has its start elsewhere.
    if licence.is_trial() {
        licence.evaluation_start_on = row
            .date("latestEvaluationStartDate")?
            .or(licence.maintenance_start_on);
    }
    Ok(licence)
}

fn transaction(row: &Fields) -> Result<TransactionRow, FieldError> {
    Ok(TransactionRow {
        line_item_id: row.required("transactionLineItemId", checks::text)?,
        transaction_id: row.text("transactionId")?,
        keys: keys(row)?,
        licence_id: row.text("licenseId")?,
        addon_key: row.required("addonKey", checks::text)?,
        addon_name: row.text("addonName")?,
        sale_on: row.required("purchaseDetails.saleDate", checks::date)?,
        sale_type: row.text("purchaseDetails.saleType")?,
        tier: row.text("purchaseDetails.tier")?,
        licence_type: row.text("purchaseDetails.licenseType")?,
        hosting: row.text("purchaseDetails.hosting")?,
        billing_period: row.text("purchaseDetails.billingPeriod")?,
        purchase_price: row.get("purchaseDetails.purchasePrice", checks::decimal)?,
        vendor_amount: row.get("purchaseDetails.vendorAmount", checks::decimal)?,
        maintenance_start_on: row.date("purchaseDetails.maintenanceStartDate")?,
        maintenance_end_on: row.date("purchaseDetails.maintenanceEndDate")?,
        company: row.text("customerDetails.company")?,
        country: row.text("customerDetails.country")?,
        region: row.text("customerDetails.region")?,
        partner_name: row.text("partnerDetails.partnerName")?,
        contacts: contacts(row, &TRANSACTION_CONTACTS)?,
        last_updated_on: row.date("lastUpdated")?,
    })
}

fn feedback_row(row: &Fields) -> Result<FeedbackRow, FieldError> {
    Ok(FeedbackRow {
        addon_key: row.required("addonKey", checks::text)?,
        what: row.required("feedbackType", what)?,
        on: row.required("date", checks::date)?,
        keys: keys(row)?,
        site: row.get("cloudSiteHostname", |text| {
            lifecycle::site(text).ok_or(Reason::NotASite)
        })?,
    })
}

fn what(text: &str) -> Result<Happening, Reason> {
    match text.to_ascii_lowercase().as_str() {
        "uninstall" => Ok(Happening::Uninstalled),
        "disable" => Ok(Happening::Disabled),
        "unsubscribe" => Ok(Happening::Unsubscribed),
        _ => Err(Reason::NotFeedback),
    }
}

fn keys(row: &Fields) -> Result<Keys, FieldError> {
    Ok(Keys {
        addon_license_id: row.text("addonLicenseId")?,
        app_entitlement_id: row.text("appEntitlementId")?,
        app_entitlement_number: row.text("appEntitlementNumber")?,
    })
}

struct ContactNames {
    role: ContactRole,
    email: Name,
    name: Name,
    phone: Name,
    address1: Name,
    address2: Name,
    city: Name,
    state: Name,
    postcode: Name,
}

macro_rules! contact_names {
    ($role:ident, $path:literal, $column:literal) => {
        ContactNames {
            role: ContactRole::$role,
            email: Name {
                path: concat!($path, ".email"),
                column: concat!($column, "Email"),
            },
            name: Name {
                path: concat!($path, ".name"),
                column: concat!($column, "Name"),
            },
            phone: Name {
                path: concat!($path, ".phone"),
                column: concat!($column, "Phone"),
            },
            address1: Name {
                path: concat!($path, ".address1"),
                column: concat!($column, "Address1"),
            },
            address2: Name {
                path: concat!($path, ".address2"),
                column: concat!($column, "Address2"),
            },
            city: Name {
                path: concat!($path, ".city"),
                column: concat!($column, "City"),
            },
            state: Name {
                path: concat!($path, ".state"),
                column: concat!($column, "State"),
            },
            postcode: Name {
                path: concat!($path, ".postcode"),
                column: concat!($column, "Postcode"),
            },
        }
    };
}

const LICENCE_CONTACTS: [ContactNames; 3] = [
    contact_names!(
        Technical,
        "contactDetails.technicalContact",
        "technicalContact"
    ),
    contact_names!(Billing, "contactDetails.billingContact", "billingContact"),
    contact_names!(Partner, "partnerDetails.billingContact", "partnerContact"),
];

const TRANSACTION_CONTACTS: [ContactNames; 3] = [
    contact_names!(
        Technical,
        "customerDetails.technicalContact",
        "technicalContact"
    ),
    contact_names!(Billing, "customerDetails.billingContact", "billingContact"),
    contact_names!(Partner, "partnerDetails.billingContact", "partnerContact"),
];

/// The contacts of which anything is known.
fn contacts(row: &Fields, all: &[ContactNames]) -> Result<Vec<Contact>, FieldError> {
    let mut contacts = Vec::new();
    for names in all {
        if let Some(person) = contact_person(row, names)? {
            contacts.push(Contact {
                role: names.role,
                person,
            });
        }
    }
    Ok(contacts)
}

fn contact_person(row: &Fields, names: &ContactNames) -> Result<Option<ContactPerson>, FieldError> {
    let (email, name) = (row.text(names.email)?, row.text(names.name)?);
    if [&email, &name]
        .into_iter()
        .flatten()
        .any(|text| text.eq_ignore_ascii_case(ERASED))
    {
        return Ok(Some(ContactPerson::ErasedAtSource));
    }
    let email = row.get(names.email, checks::address)?;
    let (phone, address1, address2) = (
        row.text(names.phone)?,
        row.text(names.address1)?,
        row.text(names.address2)?,
    );
    let (city, state, postcode) = (
        row.text(names.city)?,
        row.text(names.state)?,
        row.text(names.postcode)?,
    );
    let all = [
        &email, &name, &phone, &address1, &address2, &city, &state, &postcode,
    ];
    if all.iter().all(|field| field.is_none()) {
        return Ok(None);
    }
    Ok(Some(ContactPerson::Known {
        email,
        name,
        phone,
        address1,
        address2,
        city,
        state,
        postcode,
    }))
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::io::BufReader;
    use std::rc::Rc;

    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    macro_rules! sample {
        ($name:literal) => {
            include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/", $name))
        };
    }
    const LICENCES_JSON: &str = sample!("marketplace-licenses.sample.json");
    const LICENCES_CSV: &str = sample!("marketplace-licenses.sample.csv");
    const TRANSACTIONS_CSV: &str = sample!("marketplace-transactions.sample.csv");

    fn read_licences(text: &str) -> Vec<Result<(Line, LicenceRow), RowError>> {
        licences(text.as_bytes())
            .expect("a report")
            .map(|outcome| outcome.expect("a whole file"))
            .collect()
    }

    fn good_licences(text: &str) -> Vec<(Line, LicenceRow)> {
        read_licences(text)
            .into_iter()
            .map(|row| row.expect("a good row"))
            .collect()
    }

    fn read_transactions(text: &str) -> Vec<Result<(Line, TransactionRow), RowError>> {
        transactions(text.as_bytes())
            .expect("a report")
            .map(|outcome| outcome.expect("a whole file"))
            .collect()
    }

    /// The only error in a report, which has no other faults.
    fn only_error(text: &[u8]) -> RowError {
        let rows = licences(text)
            .expect("a report")
            .map(|outcome| outcome.expect("a whole file"));
        let mut errors: Vec<_> = rows.filter_map(Result::err).collect();
        assert_eq!(errors.len(), 1, "{errors:?}");
        errors.remove(0)
    }

    fn known(email: &str, name: &str) -> ContactPerson {
        let text = |text: &str| Some(text.to_owned());
        ContactPerson::Known {
            email: text(email),
            name: text(name),
            phone: None,
            address1: None,
            address2: None,
            city: None,
            state: None,
            postcode: None,
        }
    }

    const FEEDBACK_JSON: &str = sample!("marketplace-feedback.sample.json");

    fn read_feedback(text: &str) -> Vec<Result<(Line, FeedbackRow), RowError>> {
        feedback(text.as_bytes())
            .expect("a report")
            .map(|outcome| outcome.expect("a whole file"))
            .collect()
    }

    #[test]
    fn feedback_says_what_happened_on_which_day_and_nothing_of_a_person() {
        let rows = read_feedback(FEEDBACK_JSON);
        let [Ok((_, row))] = &rows[..] else {
            panic!("one row");
        };
        assert_eq!(row.what, Happening::Uninstalled);
        assert_eq!(row.on, date(2026, 11, 2));
        assert_eq!(
            row.keys.app_entitlement_number.as_deref(),
            Some("E-3A1-B2C-4D5-E6F")
        );
        let kept = serde_json::to_string(row).expect("JSON").to_lowercase();
        for word in ["ilona", "varga", "ask me", "missing", "@"] {
            assert!(!kept.contains(word), "{kept}");
        }
        // Members before and after the rows, with spaces before their values, as some tools write them.
        let spaced =
            FEEDBACK_JSON.trim_end().trim_end_matches('}').to_owned() + ", \"total\" : 1 }";
        assert_eq!(read_feedback(&spaced).len(), 1);
        let csv = "fullName,feedbackType,addonKey,date,cloudSiteHostname,message\n\
                   Ilona Varga,Disable,a.b,2026-11-03,Tandem.atlassian.example,\"a, b\"\n\
                   ,unsubscribe,a.b,2026-11-04,,\n\
                   ,praise,a.b,2026-11-04,,\n\
                   ,uninstall,a.b,04.11.2026,,\n";
        let rows = read_feedback(csv);
        let (_, first) = rows[0].as_ref().expect("a row");
        assert_eq!(first.what, Happening::Disabled);
        assert_eq!(first.site.as_deref(), Some("tandem.atlassian.example"));
        assert_eq!(
            rows[1].as_ref().expect("a row").1.what,
            Happening::Unsubscribed
        );
        let wrong = |at: usize| rows[at].as_ref().expect_err("an error").clone();
        assert_eq!((wrong(2).line, wrong(2).reason), (4, Reason::NotFeedback));
        assert_eq!((wrong(3).line, wrong(3).reason), (5, Reason::NotADate));
    }

    #[test]
    fn a_trial_has_its_start_and_end() {
        let rows = good_licences(LICENCES_JSON);
        let (line, trial) = &rows[0];
        assert_eq!(*line, 2);
        assert!(trial.is_trial() && !rows[1].1.is_trial());
        assert_eq!(trial.keys.addon_license_id, None);
        assert_eq!(
            trial.keys.app_entitlement_number.as_deref(),
            Some("E-3A1-B2C-4D5-E6F")
        );
        assert_eq!(trial.evaluation_start_on, Some(date(2026, 9, 1)));
        assert_eq!(trial.maintenance_end_on, Some(date(2026, 10, 1)));
        let later = LICENCES_JSON.replacen(
            r#""latestEvaluationStartDate": "2026-09-01""#,
            r#""latestEvaluationStartDate": "2026-09-03""#,
            1,
        );
        assert_eq!(
            good_licences(&later)[0].1.evaluation_start_on,
            Some(date(2026, 9, 3))
        );
    }

    #[test]
    fn junk_in_address_fields_is_no_value() {
        for report in [LICENCES_JSON, LICENCES_CSV] {
            let contacts = &good_licences(report)[1].1.contacts;
            let Contact {
                role: ContactRole::Technical,
                person:
                    ContactPerson::Known {
                        name,
                        phone,
                        address1,
                        address2,
                        city,
                        state,
                        ..
                    },
            } = &contacts[0]
            else {
                panic!("the technical contact comes first");
            };
            assert_eq!(name.as_deref(), Some("Jérôme Petit"));
            assert_eq!(phone.as_deref(), Some("+33 1 00 00 00 00"));
            assert_eq!(address1.as_deref(), Some("12 rue du Port"));
            assert_eq!((address2, state), (&None, &None));
            assert_eq!(city.as_deref(), Some("Brest"));
            assert_eq!(
                contacts[2],
                Contact {
                    role: ContactRole::Partner,
                    person: known("orders@nordlicht.example", "Bestellung")
                }
            );
        }
    }

    #[test]
    fn a_person_erased_at_the_source_is_no_address() {
        for report in [
            LICENCES_JSON.to_owned(),
            LICENCES_JSON.replace("RTBF", "rtbf"),
            LICENCES_CSV.to_owned(),
        ] {
            let row = &good_licences(&report)[2].1;
            let erased = |role| Contact {
                role,
                person: ContactPerson::ErasedAtSource,
            };
            assert_eq!(
                row.contacts,
                [erased(ContactRole::Technical), erased(ContactRole::Billing)]
            );
            assert_eq!(row.partner_name.as_deref(), Some("Nordlicht Partner GmbH"));
        }
    }

    #[test]
    fn a_converted_licence_names_its_trial() {
        let row = &good_licences(LICENCES_JSON)[3].1;
        assert_eq!(
            row.evaluation_licence.as_deref(),
            Some("0b1f5c5e-9c1d-4a6b-8e02-5a10c0ffee09")
        );
        assert_eq!(row.evaluation_start_on, Some(date(2025, 12, 1)));
        assert_eq!(row.maintenance_end_on, None);
        assert!(row.contacts.is_empty());
    }

    #[test]
    fn both_forms_give_the_same_licences() {
        let mut json = good_licences(LICENCES_JSON);
        let csv = good_licences(LICENCES_CSV);
        // The CSV form has no columns for these.
        json[3].1.evaluation_licence = None;
        json[3].1.evaluation_start_on = None;
        assert_eq!(
            csv.iter().map(|(line, _)| *line).collect::<Vec<_>>(),
            [2, 3, 4, 5]
        );
        assert!(
            json.into_iter()
                .map(|(_, row)| row)
                .eq(csv.into_iter().map(|(_, row)| row))
        );
    }

    #[test]
    fn a_page_of_the_list_call_and_a_byte_order_mark_are_read_alike() {
        let page = format!(
            "\u{feff}\n{{\"_links\":{{\"next\":{{\"href\":\"/x\"}}}},\"licenses\":{LICENCES_JSON}}}"
        );
        let rows = good_licences(&page);
        assert!(
            rows.iter()
                .map(|(_, row)| row)
                .eq(good_licences(LICENCES_JSON).iter().map(|(_, row)| row))
        );
        assert_eq!(rows[0].0, 3);
        assert_eq!(
            good_licences(&format!("\u{feff}{LICENCES_CSV}")),
            good_licences(LICENCES_CSV)
        );
    }

    #[test]
    fn columns_come_in_any_order_with_some_missing_and_some_new() {
        let rows = good_licences(
            "status,new, hosting ,addonKey,appEntitlementId\nactive,?,Cloud,a.b,0b1f\n",
        );
        assert_eq!(
            (rows[0].1.hosting.as_str(), rows[0].1.status.as_str()),
            ("Cloud", "active")
        );
    }

    #[test]
    fn sales_and_refunds_are_read() {
        let rows: Vec<_> = read_transactions(TRANSACTIONS_CSV)
            .into_iter()
            .map(|row| row.expect("a good row"))
            .collect();
        let [(2, sale), (3, refund)] = &rows[..] else {
            panic!("two rows on lines 2 and 3")
        };
        assert_eq!(
            (sale.line_item_id.as_str(), refund.line_item_id.as_str()),
            ("LI-70001-1", "LI-70001-2")
        );
        assert_eq!(
            (&sale.transaction_id, &sale.keys),
            (&refund.transaction_id, &refund.keys)
        );
        assert_eq!(
            (sale.sale_on, sale.sale_type.as_deref()),
            (date(2025, 4, 1), Some("Renewal"))
        );
        assert_eq!(
            (
                sale.purchase_price.as_deref(),
                sale.vendor_amount.as_deref()
            ),
            (Some("1200.00"), Some("900.00"))
        );
        assert_eq!(refund.purchase_price.as_deref(), Some("-200.00"));
        assert_eq!(
            sale.contacts[0].person,
            known("j.petit@ocean-etudes.example", "Jérôme Petit")
        );
        assert_eq!(sale.contacts.len(), 3);
        assert_eq!(
            refund.contacts,
            [Contact {
                role: ContactRole::Technical,
                person: ContactPerson::ErasedAtSource
            }]
        );
    }

    #[test]
    fn a_transaction_in_json_is_the_same_row() {
        let json = r#"{"transactions":[{"transactionId":"AT-70001","transactionLineItemId":"LI-70001-1","addonLicenseId":5550001,
            "licenseId":"SEN-5550001","addonKey":"example.burndown.plus","addonName":"Burndown Plus for Jira","lastUpdated":"2025-04-02",
            "customerDetails":{"company":"Océan Études SARL","country":"FR","region":"EMEA",
                "technicalContact":{"email":"j.petit@ocean-etudes.example","name":"Jérôme Petit"},
                "billingContact":{"email":"compta@ocean-etudes.example","name":"Service comptabilité"}},
            "purchaseDetails":{"saleDate":"2025-04-01","saleType":"Renewal","tier":"500 Users","licenseType":"COMMERCIAL",
                "hosting":"Data Center","billingPeriod":"Annual","purchasePrice":1200.00,"vendorAmount":900,
                "maintenanceStartDate":"2025-04-01","maintenanceEndDate":"2026-03-31"},
            "partnerDetails":{"partnerName":"Nordlicht Partner GmbH","partnerType":"Solution Partner",
                "billingContact":{"email":"orders@nordlicht.example","name":"Bestellung"}}}]}"#;
        let row = |text| read_transactions(text).remove(0).expect("a good row").1;
        assert_eq!(row(json), row(TRANSACTIONS_CSV));
    }

    #[test]
    fn a_wrong_value_names_its_line_and_field_and_the_other_rows_are_read() {
        let rows = read_licences(&LICENCES_CSV.replace("2023-02-15", "15/02/2023"));
        assert_eq!(rows.iter().filter(|row| row.is_ok()).count(), 3);
        assert_eq!(
            rows[2].as_ref().expect_err("a wrong date").to_string(),
            "line 4, maintenanceEndDate: not a date written YYYY-MM-DD"
        );

        let error = only_error(LICENCES_JSON.replace("2023-02-15", "2023-02-30").as_bytes());
        let third = LICENCES_JSON
            .match_indices("\n {")
            .nth(2)
            .expect("the third row")
            .0;
        let line = 2 + LICENCES_JSON[..third].matches('\n').count() as Line;
        assert_eq!(
            error,
            RowError {
                line,
                field: Some("maintenanceEndDate".into()),
                reason: Reason::NotADate
            }
        );

        let error = only_error(LICENCES_JSON.replace("j.petit@", "j.petit at ").as_bytes());
        assert_eq!(
            (error.field.as_deref(), error.reason),
            (
                Some("contactDetails.technicalContact.email"),
                Reason::NotAnAddress
            )
        );
        let error = only_error(LICENCES_CSV.replace("j.petit@", "j.petit at ").as_bytes());
        assert_eq!(
            (error.line, error.field.as_deref()),
            (3, Some("technicalContactEmail"))
        );
        assert!(!error.to_string().contains("petit"));
    }

    #[test]
    fn a_row_needs_an_id_and_the_three_fields_that_are_always_there() {
        for (row, field, reason) in [
            (
                r#"{"addonKey":"a","hosting":"Cloud","status":"active","licenseId":"SEN-1"}"#,
                None,
                Reason::NoId,
            ),
            (
                r#"{"addonLicenseId":"null","addonKey":"a","hosting":"Cloud","status":"active"}"#,
                None,
                Reason::NoId,
            ),
            (
                r#"{"addonLicenseId":"1","hosting":"Cloud","status":"active"}"#,
                Some("addonKey"),
                Reason::Missing,
            ),
            (
                r#"{"addonLicenseId":"1","addonKey":"a","hosting":" ","status":"active"}"#,
                Some("hosting"),
                Reason::Missing,
            ),
            (
                r#"{"addonLicenseId":"1","addonKey":"a","hosting":"Cloud","status":null}"#,
                Some("status"),
                Reason::Missing,
            ),
            (
                r#"{"addonLicenseId":{}}"#,
                Some("addonLicenseId"),
                Reason::NotText,
            ),
            (
                r#"{"addonLicenseId":"\u0000"}"#,
                Some("addonLicenseId"),
                Reason::ZeroByte,
            ),
            ("12", None, Reason::NotAnObject),
            ("{\"a\":x}", None, Reason::NotJson),
            ("{\"a\":\"\0\"}", None, Reason::NotJson),
        ] {
            let error = only_error(format!("[\n{row}]").as_bytes());
            assert_eq!(
                error,
                RowError {
                    line: 2,
                    field: field.map(str::to_owned),
                    reason
                },
                "{row}"
            );
        }
        let error = read_transactions(r#"[{"transactionId":"AT-1"}]"#)
            .remove(0)
            .expect_err("no key");
        assert_eq!(
            (error.field.as_deref(), error.reason),
            (Some("transactionLineItemId"), Reason::Missing)
        );
    }

    #[test]
    fn bytes_that_are_no_text_name_their_line() {
        let mut csv = LICENCES_CSV.as_bytes().to_vec();
        let name = csv
            .windows(5)
            .position(|bytes| bytes == b"Ilona")
            .expect("a name");
        csv[name] = 0xff;
        let error = only_error(&csv);
        assert_eq!(
            (error.line, error.field.as_deref(), error.reason),
            (2, Some("technicalContactName"), Reason::NotUtf8)
        );
        csv[name] = 0;
        assert_eq!(only_error(&csv).reason, Reason::ZeroByte);

        let mut json = LICENCES_JSON.as_bytes().to_vec();
        let name = json
            .windows(5)
            .position(|bytes| bytes == b"Ilona")
            .expect("a name");
        json[name] = 0xff;
        let line = 1 + LICENCES_JSON[..name].matches('\n').count() as Line;
        assert_eq!(
            only_error(&json),
            RowError {
                line,
                field: None,
                reason: Reason::NotUtf8
            }
        );
    }

    #[test]
    fn a_row_that_is_too_long_is_refused_and_the_next_one_read() {
        let row = r#"{"addonLicenseId":"1","addonKey":"a","hosting":"Cloud","status":"active"}"#;
        let rows = read_licences(&format!(
            "[{{\"tier\":\"{}\"}},\n{row}]",
            "x".repeat(ROW_LIMIT)
        ));
        assert_eq!(
            rows[0].as_ref().expect_err("too long").reason,
            Reason::RowTooLong { limit: ROW_LIMIT }
        );
        assert_eq!(rows[1].as_ref().expect("a good row").0, 2);

        let csv = LICENCES_CSV.replace("Kestrel Rescue", &"K".repeat(FIELD_LIMIT + 1));
        assert_eq!(
            only_error(csv.as_bytes()).to_string(),
            "line 5, company: longer than 500 characters"
        );
    }

    #[test]
    fn a_csv_row_with_too_few_fields_is_refused_and_the_next_one_read() {
        let rows = read_licences(
            "addonLicenseId,addonKey,hosting,status\r\n1,a,Cloud\r\n\r\n2,a,\"Clo\r\nud\",active\r\n3,a,Cloud,active",
        );
        assert_eq!(
            rows[0].as_ref().expect_err("short").to_string(),
            "line 2: has 3 fields where the header has 4"
        );
        assert_eq!(rows[1].as_ref().expect("a good row").0, 4);
        assert_eq!(rows[2].as_ref().expect("a good row").0, 6);
    }

    #[test]
    fn a_file_that_is_cut_off_says_so_after_its_good_rows() {
        let end = LICENCES_JSON.find("Midland").expect("the third row");
        let outcomes: Vec<_> = licences(&LICENCES_JSON.as_bytes()[..end])
            .expect("a report")
            .collect();
        assert_eq!(outcomes.len(), 3);
        assert!(matches!(outcomes[1], Ok(Ok(_))));
        let line = LICENCES_JSON[..end].lines().count() as Line;
        assert!(matches!(outcomes[2], Err(FileError::Truncated { line: found }) if found == line));
    }

    #[test]
    fn a_quotation_mark_that_is_not_closed_does_not_fill_the_memory() {
        let csv = format!(
            "addonLicenseId,addonKey,hosting,status\n1,a,Cloud,active\n2,\"{}",
            "x,y\n".repeat(ROW_LIMIT)
        );
        let outcomes: Vec<_> = licences(csv.as_bytes()).expect("a report").collect();
        assert!(
            matches!(
                outcomes[..],
                [Ok(Ok(_)), Err(FileError::EndlessRow { line: 3 })]
            ),
            "{outcomes:?}"
        );
    }

    #[test]
    fn what_is_no_report_is_an_error_of_the_file() {
        let open = |bytes: &[u8]| licences(bytes).err().expect("no report").to_string();
        assert_eq!(
            open(b"<html>"),
            "the file is neither JSON nor CSV with the column addonKey"
        );
        assert_eq!(
            open(b"PK\x03\x04\0\0\xff\xfe"),
            "the file is neither JSON nor CSV with the column addonKey"
        );
        assert_eq!(
            open(b"a,addonKey,status\n"),
            "the file is neither JSON nor CSV with the column hosting"
        );
        assert_eq!(
            open(br#"{"transactions":[]}"#),
            "the JSON object has no array licenses"
        );
        assert_eq!(open(b" \n"), "the file is empty");
        assert_eq!(
            open(&[b'x'; ROW_LIMIT + 1]),
            "line 1: the row does not end; a quotation mark is probably not closed"
        );
    }

    /// A file that is made while it is read.
    struct Generated<I> {
        pieces: I,
        piece: Vec<u8>,
        served: Rc<Cell<usize>>,
    }

    impl<I: Iterator<Item = String>> Read for Generated<I> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if self.piece.is_empty() {
                self.piece = self.pieces.next().unwrap_or_default().into_bytes();
            }
            let length = self.piece.len().min(buffer.len());
            buffer[..length].copy_from_slice(&self.piece[..length]);
            self.piece.drain(..length);
            self.served.set(self.served.get() + length);
            Ok(length)
        }
    }

    #[test]
    fn a_row_is_read_only_when_it_is_asked_for() {
        const ROWS: usize = 100_000;
        let json = |n: usize| {
            let comma = if n == 0 { "[" } else { "," };
            format!(
                "{comma}\n{{\"addonLicenseId\":\"{n:07}\",\"addonKey\":\"a\",\"hosting\":\"Cloud\",\"status\":\"active\"}}"
            )
        };
        let csv = |n: usize| match n {
            0 => "addonLicenseId,addonKey,hosting,status\n0000000,a,Cloud,active\n".to_owned(),
            n => format!("{n:07},a,Cloud,active\n"),
        };
        let forms: [(&dyn Fn(usize) -> String, &str); 2] = [(&json, "]"), (&csv, "")];
        for (row, end) in forms {
            let served = Rc::new(Cell::new(0));
            let pieces = (0..ROWS).map(row).chain([end.to_owned()]);
            let input = BufReader::new(Generated {
                pieces,
                piece: Vec::new(),
                served: served.clone(),
            });
            let mut used = 0;
            let mut count = 0;
            for outcome in licences(input).expect("a report") {
                let (line, licence) = outcome.expect("a whole file").expect("a good row");
                assert_eq!(line, count as Line + 2);
                assert_eq!(licence.keys.addon_license_id, Some(format!("{count:07}")));
                used += row(count).len();
                count += 1;
                assert!(
                    served.get() <= used + 32 * 1024,
                    "{count} rows, {used} bytes used, {} read",
                    served.get()
                );
            }
            assert_eq!(count, ROWS);
        }
    }

    proptest! {
        #[test]
        fn no_file_makes_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), cut in 0..2000_usize) {
            let prefixes: [&[u8]; 4] = [b"", b"[{", b"addonLicenseId,addonKey,hosting,status\n1,", &LICENCES_JSON.as_bytes()[..cut]];
            for prefix in prefixes {
                let file = [prefix, &bytes].concat();
                if let Ok(rows) = licences(&file[..]) {
                    rows.for_each(drop);
                }
                if let Ok(rows) = transactions(&file[..]) {
                    rows.for_each(drop);
                }
            }
        }
    }
}
