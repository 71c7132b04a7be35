//! Style sheets, logo and the one script. The six files of `static/css` are joined into one.

use std::sync::LazyLock;

use actix_web::HttpResponse;
use actix_web::web::Data;
use sha2::{Digest as _, Sha256};

use crate::app::App;
use crate::audit::hex;

static STYLE: LazyLock<String> = LazyLock::new(|| {
    [
        include_str!("../../static/css/reset.css"),
        include_str!("../../static/css/tokens.css"),
        include_str!("../../static/css/base.css"),
        include_str!("../../static/css/layout.css"),
        include_str!("../../static/css/components.css"),
        include_str!("../../static/css/print.css"),
    ]
    .join("\n")
});

const LOGO: &str = include_str!("../../static/logo.svg");

/// The script of the run page; no other page has one.
const LIVE: &str = include_str!("../../static/js/live.js");

static LIVE_PATH: LazyLock<String> =
    LazyLock::new(|| format!("/static/live.{}.js", hex(&Sha256::digest(LIVE)[..6])));

/// The address of the script, which changes with its content.
pub fn live_path() -> &'static str {
    &LIVE_PATH
}

/// GET /static/live.{digest}.js
pub async fn live() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/javascript; charset=utf-8")
        .insert_header(("Cache-Control", "public, max-age=31536000, immutable"))
        .body(LIVE)
}

/// How long a browser may keep a style sheet: a new version shows within the hour.
const CACHE: (&str, &str) = ("Cache-Control", "public, max-age=3600");

/// GET /static/app.css
pub async fn style() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/css; charset=utf-8")
        .insert_header(CACHE)
        .body(STYLE.as_str())
}

/// GET /static/brand.css: the vendor's one colour.
pub async fn brand(app: Data<App>) -> HttpResponse {
    let css = format!(
        ":root {{ --brand: {}; }}\n",
        app.config.vendor.colour.as_str()
    );
    HttpResponse::Ok()
        .content_type("text/css; charset=utf-8")
        .insert_header(CACHE)
        .body(css)
}

/// GET /static/logo.svg: the vendor's, or ours.
pub async fn logo(app: Data<App>) -> HttpResponse {
    let own = match app.config.vendor.logo.clone() {
        Some(path) => tokio::fs::read(path).await.ok(),
        None => None,
    };
    let mut answer = HttpResponse::Ok();
    answer.content_type("image/svg+xml").insert_header(CACHE);
    match own {
        Some(logo) => answer.body(logo),
        None => answer.body(LOGO),
    }
}
