//! What a form keeps between two showings: the typed values and what is wrong with them.
//! It checks nothing; parsing belongs to the types that a value becomes.

/// One field: what was typed, and what is wrong with it in the reader's language.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Field {
    /// As it was typed.
    pub value: String,
    /// A whole sentence that says how to mend it.
    pub error: Option<String>,
}

impl Field {
    /// A field that holds `value` and has nothing wrong.
    pub fn new(value: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            error: None,
        }
    }

    /// The same value, marked as wrong.
    pub fn wrong(self, error: impl Into<String>) -> Self {
        Self {
            error: Some(error.into()),
            ..self
        }
    }
}

/// The error summary: every wrong field of a form, in the order of the page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Errors(Vec<FieldError>);

/// One line of the summary, a link to its field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// The `id` of the field.
    pub field: &'static str,
    /// The same sentence as at the field.
    pub error: String,
}

impl Errors {
    /// Collects what is wrong from the fields of a form, given by `id` in page order.
    pub fn of<'a>(fields: impl IntoIterator<Item = (&'static str, &'a Field)>) -> Self {
        let wrong = |(field, Field { error, .. }): (_, &Field)| {
            Some(FieldError {
                field,
                error: error.clone()?,
            })
        };
        Self(fields.into_iter().filter_map(wrong).collect())
    }

    /// Whether every field is right.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many fields are wrong.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The lines of the summary.
    pub fn iter(&self) -> impl Iterator<Item = &FieldError> {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_lists_wrong_fields_in_page_order() {
        let (email, name) = (
            Field::new("marta@halden").wrong("It needs an ending"),
            Field::new("Marta"),
        );
        let code = Field::default().wrong("Six digits");
        let errors = Errors::of([("email", &email), ("name", &name), ("code", &code)]);
        assert_eq!(
            errors.iter().map(|line| line.field).collect::<Vec<_>>(),
            ["email", "code"]
        );
        assert_eq!(email.value, "marta@halden");
        assert!(Errors::of([("name", &name)]).is_empty());
    }
}
