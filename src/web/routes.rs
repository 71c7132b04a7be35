//! Every address, in one table.

use actix_web::web::{ServiceConfig, get};

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
fn staff(_service: &mut ServiceConfig) {}
