//! `/requests/new/{kind}`: one form for each of the four rights.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use askama::Template;
use serde::Deserialize;

use super::sent::{SentPage, until};
use super::unsubscribe::UnsubscribedTypedPage;
use crate::actions::ActionError;
use crate::actions::objections;
use crate::actions::submit::{self, MAX_DETAILS, MAX_VALUE};
use crate::app::App;
use crate::domain::email::{Email, EmailError};
use crate::domain::request::{self, Asked, Kind, Via};
use crate::i18n::Lang;
use crate::web::error::{WebError, WebResult};
use crate::web::extract::{CsrfForm, Limits, Visitor, query_value};
use crate::web::forms::{Errors, Field};
use crate::web::frame::PublicFrame;

/// What the four forms send; each sends some of it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct AskForm {
    u: String,
    email: String,
    name: String,
    new_email: String,
    company: String,
    phone: String,
    address: String,
    details: String,
    scope: String,
}

/// GET /requests/new/{kind}
pub async fn form(
    app: Data<App>,
    visitor: Visitor,
    kind: Path<String>,
    request: HttpRequest,
) -> WebResult {
    let kind = Kind::from_slug(&kind).ok_or(WebError::NotFound)?;
    let bound = bound(&app, &query_value(&request, "u").unwrap_or_default()).await?;
    show(
        &app,
        &visitor,
        StatusCode::OK,
        kind,
        bound.map(|(bound, _)| bound),
        Fields::default(),
    )
}

/// POST /requests/new/{kind}
pub async fn send(
    app: Data<App>,
    visitor: Visitor,
    limits: Data<Limits>,
    kind: Path<String>,
    request: HttpRequest,
    form: CsrfForm<AskForm>,
) -> WebResult {
    let kind = Kind::from_slug(&kind).ok_or(WebError::NotFound)?;
    limits.network(&app, &request)?;
    let (bound, proved) = bound(&app, &form.0.u).await?.unzip();
    let mut fields = Fields::from(form.0);
    let Some((email, asked)) = fields.check(visitor.lang, kind, proved) else {
        return show(
            &app,
            &visitor,
            StatusCode::UNPROCESSABLE_ENTITY,
            kind,
            bound,
            fields,
        );
    };
    limits.address(&app.address_digest(&email).bytes)?;
    let again = format!("/requests/new/{}", kind.slug());
    if kind == Kind::Objection {
        let page = UnsubscribedTypedPage {
            frame: visitor.frame(&app, &again),
            email: email.as_str().to_owned(),
        };
        objections::unsubscribe_address(&app, email, visitor.lang).await?;
        return visitor.page(&app, StatusCode::OK, &page);
    }
    let page = SentPage {
        frame: visitor.frame(&app, &format!("/requests/sent?kind={}", kind.slug())),
        kind,
        email: bound.is_none().then(|| email.as_str().to_owned()),
        until: Some(until(&app, visitor.lang)),
        again,
    };
    let via = if bound.is_some() { Via::Link } else { Via::Web };
    submit::submit(&app, kind, visitor.lang, via, email, asked).await?;
    visitor.page(&app, StatusCode::OK, &page)
}

/// The address that an unsubscribe link binds; nothing for a token that is none of ours.
async fn bound(app: &App, token: &str) -> Result<Option<(Bound, Email)>, WebError> {
    match objections::subscription(app, token).await {
        Ok(subscription) => {
            let bound = Bound {
                token: token.to_owned(),
                masked: subscription.email.masked(),
            };
            Ok(Some((bound, subscription.email)))
        }
        Err(ActionError::NotFound) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn show(
    app: &App,
    visitor: &Visitor,
    status: StatusCode,
    kind: Kind,
    bound: Option<Bound>,
    fields: Fields,
) -> WebResult {
    let query = bound
        .as_ref()
        .map_or_else(String::new, |bound| format!("?u={}", bound.token));
    let frame = visitor.frame(app, &format!("/requests/new/{}{query}", kind.slug()));
    let Fields {
        email,
        name,
        new_email,
        company,
        phone,
        address,
        details,
        some,
    } = fields;
    match kind {
        Kind::Access => visitor.page(
            app,
            status,
            &AskReviewPage {
                frame,
                bound,
                email,
                details,
            },
        ),
        Kind::Rectification => {
            let page = AskRectificationPage {
                frame,
                bound,
                email,
                name,
                new_email,
                company,
                phone,
                address,
                details,
            };
            visitor.page(app, status, &page)
        }
        Kind::Erasure => {
            let stays = vec![stays(app, visitor.lang)];
            visitor.page(
                app,
                status,
                &AskRemovalPage {
                    frame,
                    bound,
                    email,
                    some,
                    details,
                    stays,
                },
            )
        }
        Kind::Objection => visitor.page(app, status, &AskUnsubscribePage { frame, email }),
    }
}

/// What tax law keeps (Art. 17(3)(b)), as a sentence.
fn stays(app: &App, l: Lang) -> String {
    let tax = app.policy.tax();
    let args = [("years", tax.years.into()), ("law", tax.law.into())];
    l.text_with("removal-stays-invoices", &args)
}

/// The fields of a form between two showings.
#[derive(Debug, Default)]
struct Fields {
    email: Field,
    name: Field,
    new_email: Field,
    company: Field,
    phone: Field,
    address: Field,
    details: Field,
    some: bool,
}

impl From<AskForm> for Fields {
    fn from(form: AskForm) -> Self {
        Fields {
            email: Field::new(form.email),
            name: Field::new(form.name),
            new_email: Field::new(form.new_email),
            company: Field::new(form.company),
            phone: Field::new(form.phone),
            address: Field::new(form.address),
            details: Field::new(form.details),
            some: form.scope == "some",
        }
    }
}

impl Fields {
    /// Who asks for what; `None` if something is wrong, which the fields then say.
    fn check(&mut self, l: Lang, kind: Kind, proved: Option<Email>) -> Option<(Email, Asked)> {
        let email = proved.or_else(|| address(l, &mut self.email));
        let details = text(l, &mut self.details, MAX_DETAILS);
        let changes = if kind == Kind::Rectification {
            self.changes(l)
        } else {
            Vec::new()
        };
        let only_some = kind == Kind::Erasure && self.some;
        if only_some && details.is_none() {
            self.details.error = Some(l.text("error-some-missing"));
        }
        if kind == Kind::Rectification && changes.is_empty() && details.is_none() {
            self.name.error = Some(l.text("error-nothing"));
        }
        let shown = [
            &self.email,
            &self.name,
            &self.new_email,
            &self.company,
            &self.phone,
            &self.address,
            &self.details,
        ];
        if shown.iter().any(|field| field.error.is_some()) {
            return None;
        }
        let email = email?;
        let asked = Asked {
            email: email.as_str().to_owned(),
            details,
            only_some,
            changes,
            ..Asked::default()
        };
        Some((email, asked))
    }

    /// The right values, by the stable names of their fields.
    fn changes(&mut self, l: Lang) -> Vec<(String, String)> {
        if !self.new_email.value.trim().is_empty() {
            address(l, &mut self.new_email);
        }
        if !self.phone.value.trim().is_empty() && !is_phone(self.phone.value.trim()) {
            self.phone.error = Some(l.text("error-phone"));
        }
        let values = [
            (request::Field::Name, &mut self.name),
            (request::Field::Email, &mut self.new_email),
            (request::Field::Company, &mut self.company),
            (request::Field::Phone, &mut self.phone),
            (request::Field::Address, &mut self.address),
        ];
        let value = |(kind, field): (request::Field, &mut Field)| {
            Some((kind.to_string(), text(l, field, MAX_VALUE)?))
        };
        values.into_iter().filter_map(value).collect()
    }
}

/// A trimmed text; nothing if it is empty, marked if it is longer than `most` characters.
fn text(l: Lang, field: &mut Field, most: usize) -> Option<String> {
    let value = field.value.trim();
    if value.chars().count() > most {
        field.error = Some(l.text_with("error-too-long", &[("most", most.into())]));
    }
    (!value.is_empty()).then(|| value.to_owned())
}

/// A typed address, or the field says what is wrong with it.
pub(super) fn address(l: Lang, field: &mut Field) -> Option<Email> {
    let wrong = match Email::parse(&field.value) {
        Ok(email) => return Some(email),
        Err(EmailError::Empty) => "error-email-missing",
        Err(EmailError::NoEnding) => "error-email-ending",
        Err(
            EmailError::NoAt | EmailError::TooLong | EmailError::Space | EmailError::Characters,
        ) => "error-email-wrong",
    };
    field.error = Some(l.text(wrong));
    None
}

/// A number with its country code (ITU-T E.164: at most 15 digits), however it is grouped.
fn is_phone(text: &str) -> bool {
    let Some(rest) = text.strip_prefix('+').or_else(|| text.strip_prefix("00")) else {
        return false;
    };
    let digits = rest.chars().filter(char::is_ascii_digit).count();
    (7..=15).contains(&digits)
        && rest
            .chars()
            .all(|c| c.is_ascii_digit() || " -./()\u{a0}".contains(c))
}

/// An address that a link has proved already: it is shown masked and not asked for again.
#[derive(Clone, Debug)]
pub struct Bound {
    /// The token of the unsubscribe link, sent back as the field `u`.
    pub token: String,
    /// `m•••••••a@halden.example`.
    pub masked: String,
}

/// Ask for a copy of everything.
#[derive(Template)]
#[template(path = "public/ask/review.html")]
pub struct AskReviewPage {
    /// What surrounds the page.
    pub frame: PublicFrame,
    /// The address, where a link has bound it.
    pub bound: Option<Bound>,
    /// `email`.
    pub email: Field,
    /// `details`.
    pub details: Field,
}

impl AskReviewPage {
    fn errors(&self) -> Errors {
        Errors::of([("email", &self.email), ("details", &self.details)])
    }
}

/// Ask for a correction: each field is empty or says what is right.
#[derive(Template)]
#[template(path = "public/ask/rectification.html")]
pub struct AskRectificationPage {
    /// What surrounds the page.
    pub frame: PublicFrame,
    /// The address, where a link has bound it.
    pub bound: Option<Bound>,
    /// `email`: the address we know.
    pub email: Field,
    /// `name`.
    pub name: Field,
    /// `new_email`.
    pub new_email: Field,
    /// `company`.
    pub company: Field,
    /// `phone`.
    pub phone: Field,
    /// `address`.
    pub address: Field,
    /// `details`: anything else.
    pub details: Field,
}

impl AskRectificationPage {
    fn errors(&self) -> Errors {
        Errors::of([
            ("email", &self.email),
            ("name", &self.name),
            ("new_email", &self.new_email),
            ("company", &self.company),
            ("phone", &self.phone),
            ("address", &self.address),
            ("details", &self.details),
        ])
    }
}

/// Ask for a removal.
#[derive(Template)]
#[template(path = "public/ask/removal.html")]
pub struct AskRemovalPage {
    /// What surrounds the page.
    pub frame: PublicFrame,
    /// The address, where a link has bound it.
    pub bound: Option<Bound>,
    /// `email`.
    pub email: Field,
    /// `scope` is `some`, not `all`.
    pub some: bool,
    /// `details`.
    pub details: Field,
    /// What the law makes the vendor keep, a sentence for each rule in force.
    pub stays: Vec<String>,
}

impl AskRemovalPage {
    fn errors(&self) -> Errors {
        Errors::of([("email", &self.email), ("details", &self.details)])
    }
}

/// Unsubscribe a typed address.
#[derive(Template)]
#[template(path = "public/ask/unsubscribe.html")]
pub struct AskUnsubscribePage {
    /// What surrounds the page.
    pub frame: PublicFrame,
    /// `email`.
    pub email: Field,
}

impl AskUnsubscribePage {
    fn errors(&self) -> Errors {
        Errors::of([("email", &self.email)])
    }
}

#[cfg(test)]
pub(crate) mod sample {
    use super::*;
    use crate::{i18n::Lang, web::frame};

    pub(crate) fn review(lang: Lang) -> AskReviewPage {
        let bound = Bound {
            token: "v1.k1.AAAA".into(),
            masked: "m•••••••a@halden.example".into(),
        };
        AskReviewPage {
            frame: frame::sample(lang, "/requests/new/review?u=v1.k1.AAAA"),
            bound: Some(bound),
            email: Field::default(),
            details: Field::default(),
        }
    }

    pub(crate) fn rectification(lang: Lang) -> AskRectificationPage {
        AskRectificationPage {
            frame: frame::sample(lang, "/requests/new/rectification"),
            bound: None,
            email: Field::new("marta.kowalska@halden").wrong(lang.text("error-email-ending")),
            name: Field::new("Marta Kowalska-Lund"),
            new_email: Field::default(),
            company: Field::new("Halden Joinery AS"),
            phone: Field::new("555 0143 ext 2").wrong(lang.text("error-phone")),
            address: Field::default(),
            details: Field::new("Ticket 4022 has my old surname in the subject."),
        }
    }

    pub(crate) fn removal(lang: Lang) -> AskRemovalPage {
        AskRemovalPage {
            frame: frame::sample(lang, "/requests/new/removal"),
            bound: None,
            email: Field::default(),
            some: false,
            details: Field::default(),
            stays: vec!["Invoices: 7 years after the end of the year, AWR art. 52".into()],
        }
    }

    /// Every other sentence that a wrong form can say.
    pub(crate) fn wrong(lang: Lang) -> [AskRemovalPage; 2] {
        let most = [("most", 4_000_i64.into())];
        [
            AskRemovalPage {
                email: Field::new("marta.kowalska").wrong(lang.text("error-email-wrong")),
                some: true,
                details: Field::default().wrong(lang.text("error-some-missing")),
                ..removal(lang)
            },
            AskRemovalPage {
                details: Field::new("…").wrong(lang.text_with("error-too-long", &most)),
                ..removal(lang)
            },
        ]
    }

    /// A correction that corrects nothing.
    pub(crate) fn nothing(lang: Lang) -> AskRectificationPage {
        AskRectificationPage {
            email: Field::new("marta.kowalska@halden.example"),
            name: Field::default().wrong(lang.text("error-nothing")),
            company: Field::default(),
            phone: Field::default(),
            details: Field::default(),
            ..rectification(lang)
        }
    }

    pub(crate) fn unsubscribe(lang: Lang) -> AskUnsubscribePage {
        AskUnsubscribePage {
            frame: frame::sample(lang, "/requests/new/unsubscribe"),
            email: Field::default().wrong(lang.text("error-email-missing")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(form: AskForm, kind: Kind) -> (Option<(Email, Asked)>, Fields) {
        let mut fields = Fields::from(form);
        (fields.check(Lang::En, kind, None), fields)
    }

    #[test]
    fn an_address_that_cannot_be_right_says_how_to_mend_it() {
        for (typed, id) in [
            (" ", "error-email-missing"),
            ("marta@halden", "error-email-ending"),
            ("marta.halden.example", "error-email-wrong"),
            ("mar ta@halden.example", "error-email-wrong"),
            ("<marta@halden.example>", "error-email-wrong"),
        ] {
            let mut field = Field::new(typed);
            assert!(address(Lang::En, &mut field).is_none(), "{typed}");
            assert_eq!(field.error, Some(Lang::En.text(id)), "{typed}");
            assert_eq!(field.value, typed, "it is kept");
        }
    }

    #[test]
    fn a_correction_needs_one_right_value() {
        let form = || AskForm {
            email: "marta@halden.example".into(),
            ..AskForm::default()
        };
        let (none, wrong) = fields(form(), Kind::Rectification);
        assert!(none.is_none() && wrong.name.error.is_some());

        let typed = AskForm {
            name: " Marta Kowalska-Lund ".into(),
            phone: "+47 (0) 55 50-143".into(),
            ..form()
        };
        let (asked, _) = fields(typed, Kind::Rectification);
        let changes = asked.expect("two values are right").1.changes;
        assert_eq!(
            changes,
            [
                ("name", "Marta Kowalska-Lund"),
                ("phone", "+47 (0) 55 50-143")
            ]
            .map(|(field, value)| (field.to_owned(), value.to_owned()))
        );
        let (words, _) = fields(
            AskForm {
                details: "The invoice of May".into(),
                ..form()
            },
            Kind::Rectification,
        );
        assert!(words.is_some(), "words are enough");
    }

    #[test]
    fn a_removal_of_some_says_of_what() {
        let form = || AskForm {
            email: "marta@halden.example".into(),
            scope: "some".into(),
            ..AskForm::default()
        };
        assert!(fields(form(), Kind::Erasure).1.details.error.is_some());
        let (asked, _) = fields(
            AskForm {
                details: "Tickets".into(),
                ..form()
            },
            Kind::Erasure,
        );
        assert!(asked.expect("it says what").1.only_some);
        assert!(
            !fields(form(), Kind::Access)
                .0
                .expect("a copy has no scope")
                .1
                .only_some
        );
    }

    #[test]
    fn texts_are_bounded() {
        let form = |length| AskForm {
            email: "marta@halden.example".into(),
            details: "é".repeat(length),
            ..AskForm::default()
        };
        assert!(fields(form(MAX_DETAILS), Kind::Access).0.is_some());
        assert!(
            fields(form(MAX_DETAILS + 1), Kind::Access)
                .1
                .details
                .error
                .is_some()
        );
    }

    #[test]
    fn a_phone_number_has_its_country_code() {
        assert!(is_phone("+31 20 555 0143") && is_phone("0031.20.555.0143"));
        assert!(
            !is_phone("020 555 0143") && !is_phone("+31 20 555 0143 ext 2") && !is_phone("+31")
        );
    }
}
