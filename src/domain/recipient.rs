//! Recipients: who gets personal data from the vendor, what, where, and how they are told when it
//! is removed or corrected (Art. 13(1)(e)-(f), 19, 30(1)(d)-(e)).

use super::email::Email;
use super::retention::{Category, Contradiction, Note, Words};
use super::text::text_enum;

text_enum! {
    /// What a recipient does with the data.
    pub enum RecipientRole {
        /// What the vendor says, under a contract (Art. 28).
        Processor = "processor",
        /// What it decides itself.
        Controller = "controller",
    }
}

text_enum! {
    /// What makes a transfer out of the European Economic Area lawful (chapter V).
    pub enum Safeguard {
        /// The Commission found the level of protection adequate (Art. 45).
        Adequacy = "adequacy",
        /// Binding corporate rules (Art. 46(2)(b), 47).
        BindingRules = "binding-rules",
        /// Standard data protection clauses (Art. 46(2)(c) and (d)).
        StandardClauses = "standard-clauses",
        /// An approved code of conduct (Art. 46(2)(e)).
        CodeOfConduct = "code-of-conduct",
        /// An approved certification (Art. 46(2)(f)).
        Certification = "certification",
    }
}

/// How a recipient is told (Art. 19).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notify {
    /// By mail.
    Mail(Email),
    /// By a signed message to this address.
    Webhook(String),
    /// Not at all, and why that is impossible or needs a disproportionate effort.
    No(Note),
}

impl Notify {
    /// The way, as it is stored.
    pub fn way(&self) -> &'static str {
        match self {
            Notify::Mail(_) => "mail",
            Notify::Webhook(_) => "webhook",
            Notify::No(_) => "none",
        }
    }
}

/// Somebody who gets personal data from the vendor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    /// The name, once in a policy.
    pub name: String,
    /// What it does with the data.
    pub role: RecipientRole,
    /// What it gets.
    pub categories: Vec<Category>,
    /// Where it keeps that, as people are told.
    pub place: Words,
    /// The country, as two letters (ISO 3166-1).
    pub country: String,
    /// What makes the transfer there lawful.
    pub safeguard: Option<Safeguard>,
    /// How it is told.
    pub notify: Notify,
    /// The words of the statement that name it.
    pub quote: String,
    /// What the operator chose, and why.
    pub choice: Option<Note>,
}

/// The countries of the European Economic Area.
const EEA: [&str; 30] = [
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IS",
    "IT", "LI", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK",
];

impl Recipient {
    /// Whether the data leaves the European Economic Area.
    pub fn is_transfer(&self) -> bool {
        !EEA.contains(&self.country.as_str())
    }

    /// Whether it gets data of one of these categories.
    pub fn gets_any(&self, categories: &[Category]) -> bool {
        self.categories
            .iter()
            .any(|category| categories.contains(category))
    }
}

/// What cannot be kept of these recipients.
pub fn contradictions(recipients: &[Recipient]) -> Vec<Contradiction> {
    let mut found = Vec::new();
    for (at, recipient) in recipients.iter().enumerate() {
        let mut wrong = |what: String| {
            found.push(Contradiction {
                rules: vec![recipient.name.clone()],
                what,
                quotes: vec![recipient.quote.clone()],
            });
        };
        if recipients[..at]
            .iter()
            .any(|other| other.name == recipient.name)
        {
            wrong(format!("two recipients are named {:?}", recipient.name));
        }
        if recipient.is_transfer() && recipient.safeguard.is_none() {
            wrong(format!(
                "the data leaves the European Economic Area ({}) and nothing makes that lawful: \
                 name a safeguard (Art. 45, 46)",
                recipient.country
            ));
        }
        if !recipient.is_transfer() && recipient.safeguard.is_some() {
            wrong(format!(
                "{} is within the European Economic Area, where a safeguard has no meaning: \
                 take it out, or mend the country",
                recipient.country
            ));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recipient(country: &str, safeguard: Option<Safeguard>) -> Recipient {
        Recipient {
            name: "Host".to_owned(),
            role: RecipientRole::Processor,
            categories: vec![Category::Ticket],
            place: Words {
                en: "there".to_owned(),
                de: "dort".to_owned(),
            },
            country: country.to_owned(),
            safeguard,
            notify: Notify::No("it deletes with us".into()),
            quote: "hosted there".to_owned(),
            choice: None,
        }
    }

    #[test]
    fn a_transfer_needs_a_safeguard_and_only_a_transfer() {
        let clauses = Some(Safeguard::StandardClauses);
        for (country, safeguard, problems) in [
            ("NL", None, 0),
            ("NO", None, 0),
            ("US", clauses, 0),
            ("US", None, 1),
            ("GB", None, 1),
            ("DE", clauses, 1),
        ] {
            let found = contradictions(&[recipient(country, safeguard)]);
            assert_eq!(found.len(), problems, "{country}: {found:?}");
            assert!(found.iter().all(|wrong| wrong.quotes == ["hosted there"]));
        }
        let twice = [recipient("NL", None), recipient("DE", None)];
        assert!(contradictions(&twice)[0].what.contains("two recipients"));
    }
}
