//! Every address, in one table.

use actix_web::web::{ServiceConfig, get, post};

use super::assets;

/// All addresses.
pub(super) fn configure(service: &mut ServiceConfig) {
    service
        .route("/static/app.css", get().to(assets::style))
        .route("/static/brand.css", get().to(assets::brand))
        .route("/static/logo.svg", get().to(assets::logo));
    public(service);
    staff(service);
}

/// What people who ask see.
fn public(_service: &mut ServiceConfig) {}

/// What staff see.
fn staff(service: &mut ServiceConfig) {
    use super::admin::*;
    let request = "/admin/requests/{reference}";
    let below = |rest: &str| format!("{request}/{rest}");
    service
        .route("/admin/sign-in", get().to(sign_in::show))
        .route("/admin/sign-in", post().to(sign_in::create))
        .route("/admin/sign-out", post().to(sign_in::delete))
        .route("/admin/password", get().to(password::show))
        .route("/admin/password", post().to(password::update))
        .route("/admin", get().to(overview::show))
        .route("/admin/requests", get().to(queue::show))
        .route("/admin/requests/new", get().to(new_request::show))
        .route("/admin/requests/new", post().to(new_request::create))
        .route(request, get().to(request::show))
        .route(&below("messages"), post().to(request::reply))
        .route(&below("notes"), post().to(request::note))
        .route(&below("assignment"), post().to(request::assign))
        .route(&below("acceptance"), get().to(acceptance::show))
        .route(&below("acceptance"), post().to(acceptance::create))
        .route(&below("refusal"), get().to(refusal::show))
        .route(&below("refusal"), post().to(refusal::create))
        .route(&below("extension"), get().to(extension::show))
        .route(&below("extension"), post().to(extension::create))
        .route(&below("question"), get().to(question::show))
        .route(&below("question"), post().to(question::create))
        .route(&below("items/{item}"), get().to(item::show))
        .route(&below("items/{item}"), post().to(item::update))
        .route(&below("rectification"), get().to(rectification::show))
        .route(&below("rectification"), post().to(rectification::create))
        .route(&below("run"), get().to(run::show))
        .route(&below("run"), post().to(run::retry))
        .route("/admin/people", get().to(people::show))
        .route("/admin/stores", get().to(stores::show))
        .route("/admin/audit", get().to(audit::show))
        .route("/admin/audit", post().to(audit::check))
        .route("/admin/audit/{entry}", get().to(audit::entry))
        .route("/admin/staff", get().to(staff::show))
        .route("/admin/staff", post().to(staff::create))
        .route("/admin/staff/{id}/deactivation", get().to(staff::deactivation))
        .route("/admin/staff/{id}/deactivation", post().to(staff::deactivate));
}
