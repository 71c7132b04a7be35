//! `/admin/second-factor`: add the own authenticator app, make new recovery codes, remove it. The recovery
//! codes are shown once, on the page that answers the form; the secret only while it is being added.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use askama::Template;
use qrcodegen::{QrCode, QrCodeEcc};
use serde::Deserialize;

use super::{Trouble, field, status};
use crate::{
    actions::factors::{self, Added, Mine},
    app::App,
    auth::{recovery::RecoveryCode, totp::Secret},
    domain::staff::Standing,
    i18n::Lang,
    web::{
        error::WebResult,
        extract::{
            CsrfForm, Enrolling, SignedIn, see_other, see_other_saying_in, signed_in_cookie,
        },
        forms::{Errors, Field},
        frame_admin::{Foot, Nav, StaffFrame},
    },
};

/// How it stands, and the next step.
#[derive(Template)]
#[template(path = "admin/second_factor.html")]
struct SecondFactorPage {
    frame: StaffFrame,
    /// For password managers; not a field to fill in.
    email: String,
    /// Whether nothing else can be done before one is added.
    is_required: bool,
    state: State,
    errors: Errors,
    /// Fields without values: neither a password nor a code is sent back.
    password: Field,
    code: Field,
}

enum State {
    /// The operator lets nobody add one.
    Off,
    /// There is none.
    Without,
    /// One is being added.
    Adding { drawing: Drawing, secret: String },
    /// There is one, since a day, with so many recovery codes.
    With { since: String, left: i64 },
}

/// A QR code, dark on white in any light, with the white edge that it needs.
struct Drawing {
    /// Squares on a side, with the edge.
    size: i32,
    /// A path over the dark ones.
    path: String,
}

/// Squares of white on each side (ISO/IEC 18004).
const EDGE: i32 = 4;

impl Drawing {
    /// Nothing where the text is too long to be drawn; then it is typed.
    fn of(text: &str) -> Option<Drawing> {
        let code = QrCode::encode_text(text, QrCodeEcc::Medium).ok()?;
        let mut path = String::new();
        for y in 0..code.size() {
            for x in (0..code.size()).filter(|x| code.get_module(*x, y)) {
                path += &format!("M{} {}h1v1h-1z", x + EDGE, y + EDGE);
            }
        }
        Some(Drawing {
            size: code.size() + 2 * EDGE,
            path,
        })
    }
}

/// The recovery codes, the only page that ever shows them.
#[derive(Template)]
#[template(path = "admin/recovery_codes.html")]
struct RecoveryCodes {
    frame: StaffFrame,
    /// Whether the factor was added just now.
    is_new: bool,
    codes: Vec<String>,
}

/// The page before new recovery codes, or before the removal: password and code once more.
#[derive(Template)]
#[template(path = "admin/second_factor_sure.html")]
struct Sure {
    frame: StaffFrame,
    email: String,
    /// Whether the factor is to go; otherwise the codes are made anew.
    removes: bool,
    errors: Errors,
    password: Field,
    code: Field,
}

/// What the forms send.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    password: String,
    code: String,
}

/// GET /admin/second-factor
pub async fn show(app: Data<App>, Enrolling(me): Enrolling) -> WebResult {
    page(&app, &me, None).await
}

/// POST /admin/second-factor
pub async fn begin(
    app: Data<App>,
    Enrolling(me): Enrolling,
    CsrfForm(typed): CsrfForm<Typed>,
) -> WebResult {
    match factors::begin(&app, &me.actor, &me.session, &typed.password).await {
        Ok(()) => Ok(see_other("/admin/second-factor")),
        Err(error) => page(&app, &me, Some(Trouble::of(error)?)).await,
    }
}

/// POST /admin/second-factor/confirmation
pub async fn confirm(
    app: Data<App>,
    Enrolling(me): Enrolling,
    CsrfForm(typed): CsrfForm<Typed>,
) -> WebResult {
    match factors::confirm(&app, &me.actor, &me.session, &typed.code).await {
        Ok(Added { session, codes }) => {
            let me = SignedIn {
                standing: Standing::Whole,
                ..me
            };
            let mut answer = codes_page(&app, &me, true, &codes).await?;
            answer
                .add_cookie(&signed_in_cookie(&app, &session))
                .map_err(|_| crate::web::error::WebError::Form)?;
            Ok(answer)
        }
        Err(error) => page(&app, &me, Some(Trouble::of(error)?)).await,
    }
}

/// GET /admin/second-factor/codes
pub async fn ask_codes(app: Data<App>, me: SignedIn) -> WebResult {
    sure(&app, &me, false, None).await
}

/// POST /admin/second-factor/codes
pub async fn renew_codes(
    app: Data<App>,
    me: SignedIn,
    CsrfForm(typed): CsrfForm<Typed>,
) -> WebResult {
    match factors::renew_codes(&app, &me.actor, &typed.password, &typed.code).await {
        Ok(codes) => codes_page(&app, &me, false, &codes).await,
        Err(error) => sure(&app, &me, false, Some(Trouble::of(error)?)).await,
    }
}

/// GET /admin/second-factor/removal
pub async fn ask_removal(app: Data<App>, me: SignedIn) -> WebResult {
    sure(&app, &me, true, None).await
}

/// POST /admin/second-factor/removal
pub async fn remove(app: Data<App>, me: SignedIn, CsrfForm(typed): CsrfForm<Typed>) -> WebResult {
    match factors::remove_own(&app, &me.actor, &typed.password, &typed.code).await {
        Ok(session) => Ok(see_other_saying_in(
            &app,
            "/admin/second-factor",
            "admin-done-own-factor-removed",
            &session,
        )),
        Err(error) => sure(&app, &me, true, Some(Trouble::of(error)?)).await,
    }
}

async fn page(app: &App, me: &SignedIn, trouble: Option<Trouble>) -> WebResult {
    let lang = me.visitor.lang;
    let mine = factors::mine(app, &me.actor, &me.session).await?;
    let (password, code) = fields(lang, trouble);
    let template = SecondFactorPage {
        frame: me.frame(app, Nav::None, Foot::NoData).await?,
        email: me.staff.email.as_str().to_owned(),
        is_required: me.standing == Standing::NeedsFactor,
        state: state(app, lang, me.staff.email.as_str(), mine),
        errors: Errors::of([("password", &password), ("code", &code)]),
        password,
        code,
    };
    me.page(app, status(trouble), &template)
}

fn state(app: &App, lang: Lang, email: &str, mine: Mine) -> State {
    match (mine.since, mine.pending) {
        (Some(since), _) => State::With {
            since: lang.date_medium(app.date(since)),
            left: mine.codes_left,
        },
        (None, Some(secret)) => adding(&app.config.vendor.name, email, &secret),
        (None, None) if mine.is_offered => State::Without,
        (None, None) => State::Off,
    }
}

fn adding(vendor: &str, email: &str, secret: &Secret) -> State {
    let uri = secret.uri(&format!("Lethe, {vendor}"), email);
    State::Adding {
        drawing: Drawing::of(&uri).unwrap_or(Drawing {
            size: 0,
            path: String::new(),
        }),
        secret: secret.in_groups(),
    }
}

async fn sure(app: &App, me: &SignedIn, removes: bool, trouble: Option<Trouble>) -> WebResult {
    let mine = factors::mine(app, &me.actor, &me.session).await?;
    if mine.since.is_none() {
        return Ok(see_other("/admin/second-factor"));
    }
    let (password, code) = fields(me.visitor.lang, trouble);
    let template = Sure {
        frame: me.frame(app, Nav::None, Foot::NoData).await?,
        email: me.staff.email.as_str().to_owned(),
        removes,
        errors: Errors::of([("password", &password), ("code", &code)]),
        password,
        code,
    };
    me.page(app, status(trouble), &template)
}

async fn codes_page(app: &App, me: &SignedIn, is_new: bool, codes: &[RecoveryCode]) -> WebResult {
    let template = RecoveryCodes {
        frame: me.frame(app, Nav::None, Foot::NoData).await?,
        is_new,
        codes: codes.iter().map(RecoveryCode::in_groups).collect(),
    };
    me.page(app, StatusCode::OK, &template)
}

/// The field of the password and that of the code, each empty.
fn fields(lang: Lang, trouble: Option<Trouble>) -> (Field, Field) {
    (
        field(lang, trouble, "password", ""),
        field(lang, trouble, "code", ""),
    )
}

#[cfg(test)]
pub(super) fn samples(lang: Lang) -> Vec<super::samples::Sample> {
    use super::samples::{frame, sample};

    let email = || "aino@northwind.example".to_owned();
    let page = |state, is_required, password: Field, code: Field| SecondFactorPage {
        frame: frame(lang, Nav::None),
        email: email(),
        is_required,
        state,
        errors: Errors::of([("password", &password), ("code", &code)]),
        password,
        code,
    };
    let none = Field::default;
    let wrong = |message| Field::default().wrong(lang.text(message));
    let secret = Secret::from_bytes(b"12345678901234567890").expect("20 bytes");
    let adding = || adding("Northwind Apps", &email(), &secret);
    let with = |left| State::With {
        since: lang.date_medium(jiff::civil::date(2026, 12, 10)),
        left,
    };
    let sure = |removes, code: Field| Sure {
        frame: frame(lang, Nav::None),
        email: email(),
        removes,
        errors: Errors::of([("code", &code)]),
        password: none(),
        code,
    };
    let codes = |is_new| RecoveryCodes {
        frame: frame(lang, Nav::None),
        is_new,
        codes: (0..10)
            .map(|n| format!("GEZD-GNBV-GY3T-QOJ{}", char::from(b'A' + n)))
            .collect(),
    };
    vec![
        sample("factor", &page(State::Without, false, none(), none())),
        sample(
            "factor-required",
            &page(State::Without, true, wrong("admin-password-wrong"), none()),
        ),
        sample("factor-off", &page(State::Off, false, none(), none())),
        sample("factor-adding", &page(adding(), false, none(), none())),
        sample(
            "factor-adding-wrong",
            &page(adding(), true, none(), wrong("admin-factor-code-wrong")),
        ),
        sample("factor-there", &page(with(8), false, none(), none())),
        sample("factor-no-codes", &page(with(0), false, none(), none())),
        sample("factor-codes", &sure(false, none())),
        sample("factor-remove", &sure(true, none())),
        sample(
            "factor-remove-wrong",
            &sure(true, wrong("admin-factor-code-rests")),
        ),
        sample("recovery-codes", &codes(true)),
        sample("recovery-codes-new", &codes(false)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_drawing_is_the_code_with_its_edge() {
        let text = "otpauth://totp/Lethe:ann@vendor.example?secret=GEZDGNBVGY3TQOJQ";
        let drawing = Drawing::of(text).expect("short enough");
        let code = QrCode::encode_text(text, QrCodeEcc::Medium).expect("short enough");
        assert_eq!(drawing.size, code.size() + 8);
        let dark = (0..code.size())
            .flat_map(|y| (0..code.size()).map(move |x| (x, y)))
            .filter(|(x, y)| code.get_module(*x, *y));
        let squares: Vec<&str> = drawing.path.split_terminator("h1v1h-1z").collect();
        let expected: Vec<String> = dark.map(|(x, y)| format!("M{} {}", x + 4, y + 4)).collect();
        assert_eq!(squares, expected);
        assert!(Drawing::of(&"x".repeat(5000)).is_none());
    }
}
