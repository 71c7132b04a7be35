//! Giving the trail out: as JSON lines under a signed checkpoint, so that whoever gets them can
//! check them with `lethe verify` and needs nothing else. All of it is checked by its root, some of
//! it by a proof for each entry.

use std::collections::HashMap;

use super::{checkpoint, record};
use crate::actions::ActionError;
use crate::app::App;
use crate::audit::tree::{self, Hash};
use crate::certificate::export::{ExportEntry, ExportHeader, ExportLine};
use crate::db::audit::{Entry, TrailFilter};
use crate::db::{self, Conn, DbError};
use crate::domain::event::{Action, Actor, Event};
use crate::domain::reference::Reference;
use crate::domain::staff::Permission;

/// Entries that are read at a time.
const PAGE: u64 = 1000;

/// Nodes that are remembered between proofs: neighbours share most of theirs.
const REMEMBERED: usize = 50_000;

/// An export under way: its header, then its lines page by page.
pub struct Export {
    app: App,
    filter: TrailFilter,
    log: i32,
    /// Entries under the checkpoint.
    size: u64,
    /// The next place to look at.
    next: u64,
    whole: bool,
    header: Option<String>,
    nodes: HashMap<(u8, u64), Hash>,
}

/// Begins an export of the current log: signs it first, so that all that is there now is covered.
/// That somebody took it is an entry.
///
/// # Errors
/// [`ActionError::Forbidden`], [`ActionError::NotFound`] for an empty trail, [`ActionError::Trail`],
/// [`ActionError::Db`].
pub async fn begin(
    app: &App,
    actor: &Actor,
    filter: TrailFilter,
    whole: bool,
) -> Result<Export, ActionError> {
    actor.may(Permission::Audit)?;
    let (inner, who) = (app.clone(), actor.clone());
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let event =
                Event::new(Action::TrailExported).ending(if whole { "whole" } else { "part" });
            record(&inner, conn, &who, None, &event)?;
            Ok(())
        })
        .await?;
    let stored = checkpoint::make(app).await?.ok_or(ActionError::NotFound)?;
    let checkpoint = stored.parsed()?;
    let (counted, size, log) = (filter.clone(), stored.size, stored.log);
    let entries = match whole {
        true => size,
        false => {
            app.db
                .read(move |conn| db::audit::count_in_order(conn, &counted, log, size))
                .await?
        }
    };
    let header = ExportHeader {
        checkpoint,
        entries,
        whole,
    };
    Ok(Export {
        app: app.clone(),
        filter,
        log,
        size,
        next: 0,
        whole,
        header: Some(header.to_line()),
        nodes: HashMap::new(),
    })
}

impl Export {
    /// The next piece of the export; none at its end.
    ///
    /// # Errors
    /// [`ActionError::Db`]; then the export is cut off, and its reader sees that.
    pub async fn next(&mut self) -> Result<Option<String>, ActionError> {
        if let Some(header) = self.header.take() {
            return Ok(Some(header));
        }
        if self.next >= self.size {
            return Ok(None);
        }
        let (filter, log, from, size) = (self.filter.clone(), self.log, self.next, self.size);
        let (whole, mut nodes) = (self.whole, std::mem::take(&mut self.nodes));
        let (text, next, nodes) = self
            .app
            .db
            .read(move |conn| -> Result<_, ActionError> {
                if nodes.len() > REMEMBERED {
                    nodes.clear();
                }
                let (lines, next) = if whole {
                    every(conn, log, from, size)?
                } else {
                    some(conn, &filter, log, from, size, &mut nodes)?
                };
                let text: String = lines.iter().map(ExportLine::to_line).collect();
                Ok((text, next, nodes))
            })
            .await?;
        (self.next, self.nodes) = (next, nodes);
        Ok(Some(text))
    }
}

/// Every place of a page, pruned or not.
fn every(
    conn: &mut Conn,
    log: i32,
    from: u64,
    size: u64,
) -> Result<(Vec<ExportLine>, u64), ActionError> {
    let to = size.min(from + PAGE);
    let places = db::audit::places(conn, log, from, to)?;
    let mut ids: Vec<&str> = places.iter().map(|(_, id, _)| id.as_str()).collect();
    ids.sort_unstable();
    let leaves: HashMap<String, Vec<u8>> = db::audit::stored_leaves(conn, &ids)?
        .into_iter()
        .map(|(id, _, leaf)| (id, leaf))
        .collect();
    let lines = places
        .into_iter()
        .map(|(position, id, hash)| {
            let entry = match leaves.get(&id) {
                Some(leaf) => ExportEntry::Leaf(text(leaf.clone())?),
                None => ExportEntry::Pruned(
                    Hash::try_from(hash.as_slice())
                        .map_err(|_| DbError::Internal(format!("leaf hash at place {position}")))?,
                ),
            };
            Ok(ExportLine {
                index: position.unsigned_abs(),
                entry,
                proof: None,
            })
        })
        .collect::<Result<_, DbError>>()?;
    Ok((lines, to))
}

/// The next entries that the filter lets through, each with its proof.
fn some(
    conn: &mut Conn,
    filter: &TrailFilter,
    log: i32,
    from: u64,
    size: u64,
    nodes: &mut HashMap<(u8, u64), Hash>,
) -> Result<(Vec<ExportLine>, u64), ActionError> {
    let entries = db::audit::in_order(conn, filter, log, from, size, PAGE.cast_signed())?;
    let next = match entries.last().and_then(|last| last.position) {
        Some(last) if entries.len() as u64 == PAGE => last + 1,
        _ => size,
    };
    let mut lines = Vec::with_capacity(entries.len());
    for Entry { leaf, position, .. } in entries {
        let Some(index) = position else { continue };
        let proof = tree::inclusion_proof(index, size, |level, index| {
            if let Some(known) = nodes.get(&(level, index)) {
                return Ok(*known);
            }
            let node = db::audit::node(conn, log, level, index)?;
            nodes.insert((level, index), node);
            Ok(node)
        })
        .map_err(checkpoint::proof_error)?;
        lines.push(ExportLine {
            index,
            entry: ExportEntry::Leaf(text(leaf)?),
            proof: Some(proof),
        });
    }
    Ok((lines, next))
}

fn text(leaf: Vec<u8>) -> Result<String, DbError> {
    String::from_utf8(leaf).map_err(|_| DbError::Internal("an entry is no text".to_owned()))
}

/// The filter that lets the entries of one request through.
///
/// # Errors
/// [`ActionError::NotFound`] if nobody knows the reference any more.
pub async fn of_request(app: &App, reference: Reference) -> Result<TrailFilter, ActionError> {
    app.db
        .read(move |conn| -> Result<_, ActionError> {
            let request =
                db::requests::by_reference(conn, &reference)?.ok_or(ActionError::NotFound)?;
            Ok(TrailFilter {
                request: Some(request.id),
                ..TrailFilter::default()
            })
        })
        .await
}
