//! `lethe mail ingest`: a mail server hands one mail over.

use std::io::Read;

use anyhow::Result;
use async_trait::async_trait;

use crate::actions::inbound::{self, Arrival, PART, PIPE, Parts};
use crate::app::App;

/// Stores the mail on standard input; whoever calls may forget it once this is done.
pub(super) async fn ingest(app: &App) -> Result<bool> {
    let arrival = Arrival {
        source: PIPE.to_owned(),
        received_at: app.clock.now(),
        size: None,
        progress: None,
    };
    let mut parts = Stdin { is_empty: true };
    inbound::take(app, arrival, &mut parts).await?;
    Ok(true)
}

struct Stdin {
    is_empty: bool,
}

#[async_trait]
impl Parts for Stdin {
    async fn next(&mut self) -> std::io::Result<Option<Vec<u8>>> {
        let part = tokio::task::spawn_blocking(|| {
            let mut part = Vec::with_capacity(PART);
            let mut stdin = std::io::stdin().lock().take(PART as u64);
            stdin.read_to_end(&mut part)?;
            Ok::<_, std::io::Error>(part)
        })
        .await
        .map_err(std::io::Error::other)??;
        if part.is_empty() {
            return if self.is_empty {
                Err(std::io::Error::other("there was none on standard input"))
            } else {
                Ok(None)
            };
        }
        self.is_empty = false;
        Ok(Some(part))
    }
}
