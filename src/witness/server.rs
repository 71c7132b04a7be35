//! The witness over HTTP: one address takes checkpoints, every other is not found.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Payload};
use actix_web::{App, HttpResponse, HttpServer, guard, web};

use super::{MAX_BODY, PATH, Witness};

/// How long a request may take to arrive.
const PATIENCE: Duration = Duration::from_secs(10);

/// A server that answers on `listener` until it is stopped; it finishes what it has begun.
///
/// # Errors
/// The system's, if the listener cannot be used.
pub fn server(witness: Arc<Witness>, listener: TcpListener) -> std::io::Result<Server> {
    let witness = Data::from(witness);
    let server = HttpServer::new(move || {
        App::new()
            .app_data(witness.clone())
            .service(web::resource(PATH).guard(guard::Post()).to(add_checkpoint))
    });
    Ok(server
        .workers(1)
        .shutdown_timeout(20)
        .disable_signals()
        .listen(listener)?
        .run())
}

/// POST /add-checkpoint
async fn add_checkpoint(witness: Data<Witness>, body: Payload) -> HttpResponse {
    let body = match tokio::time::timeout(PATIENCE, body.to_bytes_limited(MAX_BODY)).await {
        Ok(Ok(Ok(body))) => body,
        Ok(Ok(Err(_))) => return HttpResponse::BadRequest().body("the request broke off\n"),
        Ok(Err(_)) => return HttpResponse::PayloadTooLarge().body("more than 64 KiB\n"),
        Err(_) => return HttpResponse::RequestTimeout().body("the request took too long\n"),
    };
    // A caller who leaves does not stop this: the checkpoint is then kept, and nobody has the
    // cosignature. They ask again from the size that was kept.
    match web::block(move || witness.add_checkpoint(&body)).await {
        Ok(reply) => {
            let status = reply.status();
            tracing::info!(status, "answered");
            HttpResponse::build(StatusCode::from_u16(status).unwrap_or_default())
                .content_type(reply.content_type())
                .body(reply.body())
        }
        Err(_) => HttpResponse::InternalServerError().body("the witness failed\n"),
    }
}
