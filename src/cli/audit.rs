//! `lethe audit`: check, sign, prove and give out the trail.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};

use super::args::{AuditCommand, LossWord};
use crate::actions::queries::trail::Search;
use crate::actions::trail::export::{self, Export};
use crate::actions::trail::verify::Verified;
use crate::actions::trail::{checkpoint, succession, verify};
use crate::actions::{ActionError, certificate, queries};
use crate::app::App;
use crate::domain::event::{Actor, Loss};
use crate::domain::reference::Reference;

/// Carries out a command; false means that the answer is no.
pub(super) async fn run(app: &App, command: AuditCommand) -> Result<bool> {
    match command {
        AuditCommand::Verify { against, json } => check(app, &against, json).await,
        AuditCommand::Checkpoint { accept } => {
            if accept {
                checkpoint::accept(app).await?;
            }
            sign(app).await
        }
        AuditCommand::Prove {
            reference,
            certificate,
        } => prove(app, &reference, certificate).await,
        AuditCommand::Export { from, until } => {
            let search = Search {
                from,
                until,
                ..Search::default()
            };
            print(queries::trail::export(app, &Actor::Operator, search).await?).await
        }
        AuditCommand::NewLog { reason, last_known } => {
            new_log(app, reason, last_known.as_deref()).await
        }
    }
}

async fn check(app: &App, against: &[PathBuf], json: bool) -> Result<bool> {
    let mut kept = Vec::new();
    for path in against {
        let text = read(path)?;
        let (checkpoint, _) = verify::kept_elsewhere(app, &text)
            .map_err(|error| anyhow!("{}: {error}", path.display()))?;
        kept.push(checkpoint);
    }
    let compared = kept.len();
    let verified = verify::verify(app, kept).await?;
    if json {
        println!("{}", serde_json::to_string(&verified)?);
    } else {
        tell(&verified, compared);
    }
    Ok(verified.problem.is_none())
}

fn tell(verified: &Verified, compared: usize) {
    println!("Log          {}", verified.origin);
    println!("Entries      {}", verified.size);
    println!("Waiting      {}", verified.pending);
    if verified.pruned > 0 {
        println!("Only hashes  {}", verified.pruned);
    }
    println!("Root         {}", verified.root);
    println!(
        "Checkpoints  {}, cosigned {} times",
        verified.checkpoints, verified.cosignatures
    );
    for former in &verified.former {
        println!("Former log   {}, {} entries", former.origin, former.size);
    }
    if verified.unfinished > 0 {
        println!(
            "Unfinished   {} acts have no outcome yet",
            verified.unfinished
        );
    }
    match &verified.problem {
        Some(problem) => eprintln!(
            "BROKEN at entry {}{} of {}: {}",
            problem.position,
            problem
                .entry
                .as_deref()
                .map(|id| format!(" ({id})"))
                .unwrap_or_default(),
            problem.origin,
            problem.what
        ),
        None if compared > 0 => {
            println!("The trail is unbroken, and goes on from what was kept elsewhere.");
        }
        None => println!(
            "The trail is unbroken. Whether its end was cut, or all of it put back, only a \
             checkpoint kept elsewhere can tell: --against FILE."
        ),
    }
}

async fn sign(app: &App) -> Result<bool> {
    let trouble = checkpoint::publish(app).await?;
    match certificate::published(app).await?.checkpoint {
        Some(note) => print!("{note}"),
        None => eprintln!("The trail is empty; there is nothing to sign."),
    }
    if let Some(trouble) = &trouble {
        eprintln!("Not cosigned by {trouble}");
    }
    Ok(trouble.is_none())
}

async fn prove(app: &App, reference: &str, wants_certificate: bool) -> Result<bool> {
    let reference = Reference::parse(reference).map_err(|error| anyhow!("REFERENCE: {error}"))?;
    let known = |error| match error {
        ActionError::NotFound => anyhow!("no request has the reference {reference}"),
        other => anyhow!(other),
    };
    if wants_certificate {
        checkpoint::make(app).await?;
        let issued = certificate::of_reference(app, reference);
        let issued = issued.await.map_err(known)?;
        let proved = issued.and_then(|issued| issued.proved).ok_or_else(|| {
            anyhow!(
                "there is no certificate: the request is open, was withdrawn or never proved, \
                 or is forgotten"
            )
        })?;
        print!("{}", proved.certificate.to_json());
        return Ok(true);
    }
    let filter = export::of_request(app, reference);
    let filter = filter.await.map_err(known)?;
    print(export::begin(app, &Actor::Operator, filter, false).await?).await
}

async fn print(mut export: Export) -> Result<bool> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    while let Some(piece) = export.next().await? {
        out.write_all(piece.as_bytes()).context("standard output")?;
    }
    out.flush().context("standard output")?;
    Ok(true)
}

async fn new_log(app: &App, reason: LossWord, last_known: Option<&Path>) -> Result<bool> {
    let reason = match reason {
        LossWord::Restored => Loss::Restored,
        LossWord::Promoted => Loss::Promoted,
        LossWord::Other => Loss::Other,
    };
    let last_known = match last_known {
        None => None,
        Some(path) => {
            let text = read(path)?;
            let (_, note) = verify::kept_elsewhere(app, &text)
                .map_err(|error| anyhow!("{}: {error}", path.display()))?;
            Some(note.to_string())
        }
    };
    let log = succession::begin(app, &Actor::Operator, reason, last_known).await?;
    println!("The log {} begins.", log.origin);
    println!("Give witnesses its key:");
    for verifier in app.keys.verifiers(&log.origin)? {
        if verifier.until.is_none() {
            println!("{}", verifier.key);
        }
    }
    Ok(true)
}

fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).with_context(|| path.display().to_string())
}
