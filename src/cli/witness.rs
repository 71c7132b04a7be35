//! `lethe witness`: cosigns other people's logs until a signal says stop.

use std::net::TcpListener;
use std::sync::Arc;

use anyhow::{Context, Result};

use super::args::WitnessArgs;
use super::serve::until_signal;
use crate::clock::Clock;
use crate::witness::{self, Witness};

/// Prints who it is and where, then answers until told to stop.
pub(super) async fn run(args: WitnessArgs) -> Result<bool> {
    let witness = Witness::open(&args.state, &args.name, &args.log, Clock::system())?;
    let listener =
        TcpListener::bind(args.bind).with_context(|| format!("--bind: {}", args.bind))?;
    println!("Witness  {}", witness.verifier());
    println!("Address  http://{}", listener.local_addr()?);
    for (origin, size) in witness.seen() {
        println!("Log      {origin}, seen up to {size} entries");
    }
    let server = witness::server(Arc::new(witness), listener)?;
    let handle = server.handle();
    let server = tokio::spawn(server);
    until_signal().await?;
    tracing::info!("stopping");
    handle.stop(true).await;
    server.await??;
    Ok(true)
}
