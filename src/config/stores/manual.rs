//! `[manual]`: what lies where no program reaches.

use serde::Deserialize;

use super::{Reader, WrittenWords};
use crate::domain::email::Email;
use crate::domain::request::Field;
use crate::domain::retention::Words;

/// A store that a person looks into.
#[derive(Debug, Clone)]
pub struct Manual {
    /// What to do, step by step: where it lies, what to look for.
    pub instructions: Words,
    /// Whose task it is: the address of a staff account. Without one it is everybody's who decides.
    pub owner: Option<Email>,
    /// Days until it should be done.
    pub days: u16,
    /// What a person can have corrected in it.
    pub fields: Vec<Field>,
}

/// The same as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    instructions: WrittenWords,
    owner: Option<String>,
    #[serde(default = "default_days")]
    days: u16,
    #[serde(default)]
    fields: Vec<String>,
}

fn default_days() -> u16 {
    7
}

impl Written {
    pub(super) fn finish(self, reader: &mut Reader<'_>) -> Option<Manual> {
        let owner = self.owner.as_deref().map(Email::parse).transpose();
        let owner = owner.unwrap_or_else(|error| {
            reader.wrong("manual.owner", error);
            None
        });
        if !(1..=28).contains(&self.days) {
            reader.wrong(
                "manual.days",
                "from 1 to 28: the person hears within a month",
            );
        }
        let mut fields = Vec::new();
        for field in &self.fields {
            match field.parse::<Field>() {
                Ok(field) => fields.push(field),
                Err(_) => {
                    let known: Vec<&str> = Field::ALL.iter().map(|known| known.as_str()).collect();
                    let known = known.join(", ");
                    reader.wrong("manual.fields", format!("{field:?} is none of {known}"));
                }
            }
        }
        Some(Manual {
            instructions: self.instructions.into(),
            owner,
            days: self.days,
            fields,
        })
    }
}
