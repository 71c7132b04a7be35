//! Statistics that the vendor keeps, and whether each leads to a person. Called anonymous is only what
//! no field of can be linked to anybody (Recital 26); the rest is inside every request.

use super::retention::{Contradiction, Note, Words};

/// Where a statistic lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StatisticPlace {
    /// In a store of Lethe, which finds and erases it with the rest.
    Store(String),
    /// In another system, where people look it up.
    Outside(String),
}

/// A statistic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statistic {
    /// Its name, once in a policy.
    pub id: String,
    /// What people call it, in English and in German.
    pub name: Words,
    /// The fields that it consists of.
    pub fields: Vec<String>,
    /// Where it lies.
    pub place: StatisticPlace,
    /// The field by which it can be linked to a person; nothing where it cannot.
    pub by: Option<String>,
    /// The words of the statement that speak of it.
    pub quote: String,
    /// What the operator chose where the statement is silent or says too much, and why.
    pub choice: Option<Note>,
}

impl Statistic {
    /// Whether it can be linked to a person, so that it is inside every request.
    pub fn is_linkable(&self) -> bool {
        self.by.is_some()
    }
}

/// A field without what writers make differ: `ClientKey`, `client_key` and `client-key` are one.
pub fn folded(field: &str) -> String {
    field
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// What is wrong with statistics. `identifies` says where the field map has a column that leads to a
/// person under a field's folded name, in this store or, without one, in any.
pub fn contradictions(
    statistics: &[Statistic],
    identifies: impl Fn(&str, Option<&str>) -> Option<String>,
) -> Vec<Contradiction> {
    let mut found = Vec::new();
    for (at, statistic) in statistics.iter().enumerate() {
        let mut wrong = |what: String| {
            found.push(Contradiction {
                rules: vec![statistic.id.clone()],
                what,
                quotes: vec![statistic.quote.clone()],
            });
        };
        if statistics[..at]
            .iter()
            .any(|other| other.id == statistic.id)
        {
            wrong(format!("two statistics are named {:?}", statistic.id));
        }
        let has = |field: &str| {
            let fields = &statistic.fields;
            fields.iter().any(|one| folded(one) == folded(field))
        };
        match &statistic.by {
            Some(by) if !has(by) => wrong(format!(
                "it can be linked by {by:?}, which is none of its fields"
            )),
            Some(_) => {}
            None => {
                let store = match &statistic.place {
                    StatisticPlace::Store(store) => Some(store.as_str()),
                    StatisticPlace::Outside(_) => None,
                };
                for field in &statistic.fields {
                    if let Some(column) = identifies(&folded(field), store) {
                        wrong(format!(
                            "it is called anonymous, and {field} leads to a person ({column}): say \
                             linkable = true and by = {field:?}, or keep it without that field \
                             (Art. 4(5), Recital 26)"
                        ));
                    }
                }
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statistic(fields: &[&str], by: Option<&str>, place: StatisticPlace) -> Statistic {
        Statistic {
            id: "errors".to_owned(),
            name: Words {
                en: "Errors".to_owned(),
                de: "Fehler".to_owned(),
            },
            fields: fields.iter().map(|field| (*field).to_owned()).collect(),
            place,
            by: by.map(str::to_owned),
            quote: "This data is anonymized.".to_owned(),
            choice: None,
        }
    }

    fn problems(statistics: &[Statistic]) -> Vec<String> {
        let identifies = |field: &str, store: Option<&str>| {
            (field == "clientkey" && store.is_none_or(|store| store == "installation"))
                .then(|| "installations.client_key".to_owned())
        };
        contradictions(statistics, identifies)
            .into_iter()
            .map(|problem| problem.what)
            .collect()
    }

    #[test]
    fn a_statistic_with_a_field_that_leads_to_somebody_is_not_anonymous() {
        let outside = || StatisticPlace::Outside("Error tracker".to_owned());
        let inside = |store: &str| StatisticPlace::Store(store.to_owned());
        for name in ["ClientKey", "client_key", "client-key"] {
            let found = problems(&[statistic(&["Browser", name], None, outside())]);
            assert_eq!(found.len(), 1, "{name}");
            assert!(found[0].contains("installations.client_key"), "{found:?}");
            assert!(problems(&[statistic(&[name], Some("ClientKey"), outside())]).is_empty());
        }
        let found = problems(&[statistic(&["ClientKey"], None, inside("installation"))]);
        assert_eq!(found.len(), 1);
        assert!(problems(&[statistic(&["Exports per day"], None, outside())]).is_empty());
    }

    #[test]
    fn what_links_is_one_of_the_fields_and_names_are_not_used_twice() {
        let outside = || StatisticPlace::Outside("Error tracker".to_owned());
        let found = problems(&[statistic(&["Browser"], Some("TrackingID"), outside())]);
        assert!(found[0].contains("none of its fields"), "{found:?}");
        let one = statistic(&["Browser"], None, outside());
        assert!(problems(&[one.clone(), one])[0].contains("two statistics"));
    }
}
