//! `lethe serve` and `lethe worker`: until a signal says stop, then finishing what is begun.

use std::net::TcpListener;

use anyhow::{Context, Result};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::actions::statement;
use crate::app::App;
use crate::{jobs, web};

/// Answers the web, works jobs, or both, until told to stop.
pub(super) async fn run(app: App, with_web: bool, with_worker: bool) -> Result<bool> {
    statement::put_in_force(&app).await?;
    let (stop, stopping) = watch::channel(false);
    let worker = with_worker.then(|| tokio::spawn(jobs::work(app.clone(), stopping.clone())));
    let server = if with_web {
        let bind = app.config.server.bind;
        let listener = TcpListener::bind(bind).with_context(|| format!("server.bind: {bind}"))?;
        tracing::info!(%bind, "answering");
        Some(web::server(app.clone(), listener, stopping.clone())?)
    } else {
        None
    };
    let handle = server.as_ref().map(actix_web::dev::Server::handle);
    let server = server.map(|server| tokio::spawn(server));
    until_signal().await?;
    tracing::info!("stopping");
    // Streams of events end by this, or the server would wait for them.
    stop.send_replace(true);
    app.wake.notify_waiters();
    if let Some(handle) = handle {
        handle.stop(true).await;
    }
    if let Some(worker) = worker {
        worker.await?;
    }
    if let Some(server) = server {
        server.await??;
    }
    Ok(true)
}

/// Waits for Ctrl-C or SIGTERM.
pub(super) async fn until_signal() -> Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        result = tokio::signal::ctrl_c() => result?,
        _ = terminate.recv() => {}
    }
    Ok(())
}
