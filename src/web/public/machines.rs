//! What machines ask: whether the process lives, whether it can work, and whom to write to
//! about a weakness. Plain text, no cookie, nothing about anybody.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use jiff::SignedDuration;

use crate::app::App;
use crate::i18n::Lang;

/// GET /healthz: the process answers.
pub async fn health() -> HttpResponse {
    text(StatusCode::OK, "ok\n")
}

/// GET /readyz: the database answers too.
pub async fn ready(app: Data<App>) -> HttpResponse {
    match app.db.ping().await {
        Ok(()) => text(StatusCode::OK, "ready\n"),
        Err(error) => {
            tracing::warn!(%error, "not ready");
            text(
                StatusCode::SERVICE_UNAVAILABLE,
                "the database does not answer\n",
            )
        }
    }
}

/// GET /.well-known/security.txt (RFC 9116)
pub async fn security(app: Data<App>) -> HttpResponse {
    let config = &app.config;
    let expires = app.clock.now() + SignedDuration::from_hours(24 * 365);
    let languages: Vec<&str> = Lang::all().iter().map(|lang| lang.tag()).collect();
    let lines = [
        format!("Contact: mailto:{}", config.vendor.privacy_address()),
        format!("Expires: {}", expires.strftime("%Y-%m-%dT%H:%M:%SZ")),
        format!("Preferred-Languages: {}", languages.join(", ")),
        format!(
            "Canonical: {}",
            config.server.public_url.join("/.well-known/security.txt")
        ),
    ];
    text(StatusCode::OK, lines.join("\n") + "\n")
}

fn text(status: StatusCode, body: impl Into<String>) -> HttpResponse {
    HttpResponse::build(status)
        .content_type("text/plain; charset=utf-8")
        .insert_header(("Cache-Control", "no-store"))
        .body(body.into())
}
