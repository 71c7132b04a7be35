//! Licences and their sales, which are billing records.

use std::sync::Arc;

use jiff::ToSpan;
use jiff::civil::Date;

use super::Core;
use super::contacts::{Contacts, Record};
use crate::db::stores::{Contact, Licence, count_licences, count_sales};
use crate::domain::retention::Policy;
use crate::domain::store::{Decision, Ground};

/// The licence store.
pub(super) fn store(core: Core, policy: Arc<Policy>) -> Contacts {
    Contacts {
        core,
        name: "licence",
        tables: &["licence", "transaction"],
        propose: Arc::new(move |contact, record, today| match record {
            Record::Licence(licence) if is_needed(contact, licence, today) => {
                Decision::Keep(Ground::ActiveContract, licence.ends_on.map(|day| day.0))
            }
            Record::Licence(_) => Decision::Erase,
            Record::Sale(sale) => match kept_until(sale.sale_on.0, policy.tax().years) {
                until if until >= today => Decision::Keep(Ground::TaxLaw, Some(until)),
                _ => Decision::Erase,
            },
        }),
        count: |conn| Ok(count_licences(conn, "licence")? + count_sales(conn)?),
    }
}

/// A licence under active maintenance needs the contact that it has now.
fn is_needed(contact: &Contact, licence: &Licence, today: Date) -> bool {
    contact.replaced_at.is_none()
        && licence.status.eq_ignore_ascii_case("active")
        && licence.ends_on.is_none_or(|end| end.0 >= today)
}

/// The last day of the year of the sale, and `tax_years` on.
fn kept_until(sale_on: Date, tax_years: i64) -> Date {
    sale_on.last_of_year().saturating_add(tax_years.years())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_sale_is_kept_to_the_end_of_a_year() {
        assert_eq!(kept_until(date(2024, 2, 29), 7), date(2031, 12, 31));
        assert_eq!(kept_until(date(2025, 12, 31), 10), date(2035, 12, 31));
    }
}
