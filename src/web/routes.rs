//! Every address, in one table.

use actix_web::Route;
use actix_web::guard::{Any, Get, Head};
use actix_web::web::{PayloadConfig, ServiceConfig, get, post, resource, route};

use super::assets;
use super::public::{
    ask, certificate, confirm, follow, home, machines, outbox, privacy, proof, received, sent,
    status, unsubscribe,
};

/// All addresses.
pub(super) fn configure(service: &mut ServiceConfig) {
    service
        .service(resource("/static/app.css").route(look().to(assets::style)))
        .service(resource("/static/brand.css").route(look().to(assets::brand)))
        .service(resource("/static/logo.svg").route(look().to(assets::logo)))
        .service(resource(assets::live_path()).route(look().to(assets::live)));
    public(service);
    staff(service);
    for (_, path, route) in api() {
        service.service(resource(path).route(route));
    }
}

/// GET, and HEAD, which is answered alike but for the body. Neither changes anything.
fn look() -> Route {
    route().guard(Any(Get()).or(Head()))
}

/// What machines ask: method, address, and what answers.
pub(super) fn api() -> Vec<(&'static str, &'static str, Route)> {
    use super::api::{description, lifecycle, links, suppressions};
    vec![
        ("GET", "/api/openapi.json", look().to(description)),
        (
            "GET",
            "/api/v1/suppressions",
            look().to(suppressions::changes),
        ),
        (
            "POST",
            "/api/v1/suppressions/applied",
            post().to(suppressions::applied),
        ),
        (
            "POST",
            "/api/v1/suppressions/check",
            post().to(suppressions::check),
        ),
        (
            "POST",
            "/api/v1/unsubscribe-links",
            post().to(links::create),
        ),
        (
            "POST",
            "/api/v1/lifecycle/connect/{event}",
            post().to(lifecycle::connect),
        ),
        (
            "POST",
            "/api/v1/lifecycle/forge",
            post().to(lifecycle::forge),
        ),
    ]
}

/// What people who ask see.
fn public(service: &mut ServiceConfig) {
    service
        .service(resource("/").route(look().to(home::show)))
        .service(
            resource("/requests/new/{kind}")
                .route(look().to(ask::form))
                .route(post().to(ask::send)),
        )
        .service(resource("/requests/sent").route(look().to(sent::show)))
        .service(
            resource("/confirm/{token}")
                .route(look().to(confirm::show))
                .route(post().to(confirm::send)),
        )
        .service(resource("/requests/{reference}").route(look().to(follow::show)))
        .service(resource("/requests/{reference}/received").route(look().to(received::show)))
        .service(resource("/requests/{reference}/messages").route(post().to(follow::write)))
        .service(
            resource("/requests/{reference}/withdrawal")
                .route(look().to(follow::ask_withdrawal))
                .route(post().to(follow::withdraw)),
        )
        .service(resource("/requests/{reference}/certificate").route(look().to(certificate::show)))
        .service(
            resource(
                "/requests/{reference}/{file:certificate(?:\\.json|\\.tlog-proof|-salt\\.txt)}",
            )
            .route(look().to(certificate::file)),
        )
        .service(resource("/requests/{reference}/code").route(post().to(follow::send_code)))
        .service(resource("/requests/{reference}/bundle").route(post().to(follow::download)))
        .service(
            resource("/status")
                .route(look().to(status::form))
                .route(post().to(status::send)),
        )
        .service(
            resource("/status/{token}")
                .route(look().to(status::link))
                .route(post().to(status::open)),
        )
        .service(
            resource("/u/{token}")
                .app_data(PayloadConfig::new(unsubscribe::MAX_BODY))
                .route(look().to(unsubscribe::show))
                .route(post().to(unsubscribe::send)),
        )
        .service(resource("/proof").route(look().to(proof::show)))
        .service(resource("/checkpoint").route(look().to(proof::checkpoint)))
        .service(resource("/privacy").route(look().to(privacy::show)))
        .service(resource("/privacy.md").route(look().to(privacy::markdown)))
        .service(resource("/privacy.json").route(look().to(privacy::json)))
        .service(resource("/dev/outbox").route(look().to(outbox::show)))
        .service(resource("/healthz").route(look().to(machines::health)))
        .service(resource("/readyz").route(look().to(machines::ready)))
        .service(resource("/.well-known/security.txt").route(look().to(machines::security)));
}

/// What staff see.
fn staff(service: &mut ServiceConfig) {
    use super::admin::*;
    let request = "/admin/requests/{reference}";
    let below = |rest: &str| format!("{request}/{rest}");
    service
        .route("/admin/sign-in", look().to(sign_in::show))
        .route("/admin/sign-in", post().to(sign_in::create))
        .route("/admin/sign-in/code", look().to(sign_in::ask_code))
        .route("/admin/sign-in/code", post().to(sign_in::create_code))
        .route("/admin/sign-out", post().to(sign_in::delete))
        .route("/admin/password", look().to(password::show))
        .route("/admin/password", post().to(password::update))
        .route("/admin/second-factor", look().to(second_factor::show))
        .route("/admin/second-factor", post().to(second_factor::begin))
        .route(
            "/admin/second-factor/confirmation",
            post().to(second_factor::confirm),
        )
        .route(
            "/admin/second-factor/codes",
            look().to(second_factor::ask_codes),
        )
        .route(
            "/admin/second-factor/codes",
            post().to(second_factor::renew_codes),
        )
        .route(
            "/admin/second-factor/removal",
            look().to(second_factor::ask_removal),
        )
        .route(
            "/admin/second-factor/removal",
            post().to(second_factor::remove),
        )
        .route("/admin", look().to(overview::show))
        .route("/admin/requests", look().to(queue::show))
        .route("/admin/requests/new", look().to(new_request::show))
        .route("/admin/requests/new", post().to(new_request::create))
        .route(request, look().to(request::show))
        .route(&below("messages"), post().to(request::reply))
        .route(&below("notes"), post().to(request::note))
        .route(&below("assignment"), post().to(request::assign))
        .route(&below("letters/{letter}"), post().to(request::resend))
        .route(&below("acceptance"), look().to(acceptance::show))
        .route(&below("acceptance"), post().to(acceptance::create))
        .route(&below("refusal"), look().to(refusal::show))
        .route(&below("refusal"), post().to(refusal::create))
        .route(&below("extension"), look().to(extension::show))
        .route(&below("extension"), post().to(extension::create))
        .route(&below("question"), look().to(question::show))
        .route(&below("question"), post().to(question::create))
        .route(&below("items/{item}"), look().to(item::show))
        .route(&below("items/{item}"), post().to(item::update))
        .route(&below("rectification"), look().to(rectification::show))
        .route(&below("rectification"), post().to(rectification::create))
        .route(&below("run"), look().to(run::show))
        .route(&below("run"), post().to(run::retry))
        .route(&below("run/events"), get().to(live::show))
        .route(&below("run/handover"), post().to(run::hand_over))
        .route(&below("tasks/{task}"), look().to(task::show))
        .route(&below("tasks/{task}"), post().to(task::create))
        .route("/admin/mail", look().to(mail::show))
        .route("/admin/mail/letters/{letter}", post().to(mail::retry))
        .route("/admin/mail/dismissals", post().to(mail::dismiss))
        .route("/admin/mail/{mail}", look().to(mail::incoming))
        .route("/admin/mail/{mail}", post().to(mail::settle))
        .route("/admin/mail/{mail}/original", post().to(mail::original))
        .route("/admin/people", look().to(people::show))
        .route("/admin/retention", look().to(retention::show))
        .route("/admin/retention/change", look().to(retention::change))
        .route("/admin/retention/change", post().to(retention::try_change))
        .route(
            "/admin/retention/sweeps/{id}",
            post().to(retention::confirm),
        )
        .route(
            "/admin/retention/incidents/{id}",
            post().to(retention::settle),
        )
        .route("/admin/statement", look().to(statement::show))
        .route("/admin/statement/letters", post().to(statement::send))
        .route(
            "/admin/statement/exemption",
            post().to(statement::pass_over),
        )
        .route("/admin/registers", look().to(registers::show))
        .route(
            "/admin/registers/notices/{id}/retry",
            post().to(registers::retry),
        )
        .route("/admin/objections", look().to(objections::show))
        .route("/admin/objections", post().to(objections::create))
        .route("/admin/objections/lifting", post().to(objections::lift))
        .route("/admin/holds", look().to(holds::show))
        .route("/admin/holds", post().to(holds::create))
        .route("/admin/holds/{hold}", look().to(holds::one))
        .route("/admin/holds/{hold}/review", post().to(holds::review))
        .route("/admin/holds/{hold}/words", post().to(holds::complete))
        .route("/admin/holds/{hold}/lifting", post().to(holds::lift))
        .route("/admin/copies", look().to(copies::show))
        .route("/admin/copies", post().to(copies::create))
        .route("/admin/copies/{copy}", look().to(copies::one))
        .route("/admin/copies/{copy}/extension", post().to(copies::extend))
        .route("/admin/copies/{copy}/end", post().to(copies::end))
        .route("/admin/access", look().to(access::show))
        .route("/admin/access", post().to(access::review))
        .route("/admin/stores", look().to(stores::show))
        .route("/admin/installations", look().to(installations::show))
        .route("/admin/installations/{id}", look().to(installations::one))
        .route("/admin/installations/{id}", post().to(installations::enter))
        .route("/admin/audit", look().to(audit::show))
        .route("/admin/audit", post().to(audit::check))
        .route("/admin/audit/export", post().to(audit::export))
        .route("/admin/audit/{entry}", look().to(audit::entry))
        .route("/admin/audit/{entry}/proof", post().to(audit::proof))
        .route("/admin/staff", look().to(staff::show))
        .route("/admin/staff", post().to(staff::create))
        .route(
            "/admin/staff/{id}/deactivation",
            look().to(staff::deactivation),
        )
        .route(
            "/admin/staff/{id}/deactivation",
            post().to(staff::deactivate),
        )
        .route(
            "/admin/staff/{id}/second-factor",
            look().to(staff::ask_factor_removal),
        )
        .route(
            "/admin/staff/{id}/second-factor",
            post().to(staff::remove_factor),
        );
}
