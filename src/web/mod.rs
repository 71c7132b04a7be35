//! The web: every address in one table (`routes.rs`), and the pages behind it. A handler
//! parses, calls an action and renders; it decides nothing.

pub mod admin;
pub mod api;
pub mod assets;
pub mod error;
pub mod extract;
pub mod forms;
pub mod frame;
pub mod frame_admin;
pub mod one_click;
pub mod parts;
pub mod public;
mod routes;
#[cfg(test)]
mod samples;

use std::net::TcpListener;
use std::time::Instant;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Server, ServiceRequest, ServiceResponse};
use actix_web::http::header::{CONTENT_SECURITY_POLICY, HOST};
use actix_web::middleware::{Compress, Condition, DefaultHeaders, Next, from_fn};
use actix_web::web::{Data, PayloadConfig};
use actix_web::{App as WebApp, HttpResponse, HttpServer};
use tokio::sync::watch;

use crate::app::App;

/// What every answer says to browsers, but for [`scripted`] pages. No script, nothing from elsewhere, no
/// frame around us.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; \
                      frame-ancestors 'none'";

/// Lets a page run our script and hear our streams. Only the page of a run is one.
fn scripted(mut answer: HttpResponse) -> HttpResponse {
    let policy = format!("{POLICY}; script-src 'self'; connect-src 'self'");
    if let Ok(policy) = policy.parse() {
        answer.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    }
    answer
}

/// A server that answers on `listener` until it is stopped; it finishes what it has begun. What has
/// no end of its own, the streams of events, ends as soon as `stopping` says so: before the server
/// is told to stop, since it waits for them.
///
/// # Errors
/// The system's, if the listener cannot be used.
pub fn server(
    app: App,
    listener: TcpListener,
    stopping: watch::Receiver<bool>,
) -> std::io::Result<Server> {
    let workers = app.config.server.workers;
    let bytes = app.config.limits.form_bytes;
    let secure = app.config.server.secure();
    let demo = app.mailer.keeps_words();
    let data = Data::new(app);
    let streams = Data::new(admin::live::Streams::new(stopping));
    let limits = Data::new(extract::Limits::new(&data.config.limits));
    let mut server = HttpServer::new(move || {
        let mut headers = DefaultHeaders::new()
            .add(("Content-Security-Policy", POLICY))
            .add(("X-Content-Type-Options", "nosniff"))
            .add(("Referrer-Policy", "no-referrer"))
            .add(("Cross-Origin-Opener-Policy", "same-origin"))
            .add(("Cross-Origin-Resource-Policy", "same-origin"))
            .add((
                "Permissions-Policy",
                "camera=(), geolocation=(), microphone=()",
            ));
        if secure {
            headers = headers.add((
                "Strict-Transport-Security",
                "max-age=63072000; includeSubDomains",
            ));
        }
        WebApp::new()
            .app_data(data.clone())
            .app_data(limits.clone())
            .app_data(streams.clone())
            .app_data(PayloadConfig::new(bytes))
            .wrap(from_fn(error::pages))
            .wrap(headers)
            .wrap(Compress::default())
            .wrap(from_fn(log))
            .wrap(Condition::new(demo, from_fn(only_loopback)))
            .configure(routes::configure)
    })
    .shutdown_timeout(20);
    if let Some(workers) = workers {
        server = server.workers(workers);
    }
    Ok(server.disable_signals().listen(listener)?.run())
}

/// One line for each answer: the pattern of the address, never the address, which may hold a token.
async fn log(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let (start, method) = (Instant::now(), request.method().clone());
    let response = next.call(request).await?;
    let route = response
        .request()
        .match_pattern()
        .unwrap_or_else(|| "unknown".to_owned());
    let millis = start.elapsed().as_secs_f64() * 1000.0;
    tracing::info!(%method, route, status = response.status().as_u16(), millis, "answered");
    Ok(response)
}

/// A demonstration answers under loopback names alone, so that no page from elsewhere can
/// reach its outbox through a name that points here (DNS rebinding).
async fn only_loopback(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let host = request
        .headers()
        .get(HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    if matches!(name, "localhost" | "127.0.0.1" | "[::1]") {
        return Ok(next.call(request).await?.map_into_boxed_body());
    }
    Ok(request.into_response(
        HttpResponse::MisdirectedRequest().body("The demo answers on this machine only."),
    ))
}
