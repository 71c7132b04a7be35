//! Installations of apps. The account that made one is the person's for sure; one that stands at
//! the site of the person's licence or trial may be, and staff answer that.
//!
//! The tenant's row stays when a person goes: it is emptied of the account and of its secret.

use async_trait::async_trait;

use super::{Core, Fields, Step, more, walk};
use crate::db::stores::{self, After, Installation};
use crate::db::{Conn, DbError};
use crate::domain::request::{AddressDigest, Field};
use crate::domain::retention::Source;
use crate::domain::run::Cause;
use crate::domain::store::{
    Change, Decision, Done, Exported, Item, ItemKey, ItemKind, ItemOutcome, Match, Order, Page,
    Reach, Sink, Store, StoreError, StoreName, Subject,
};

/// The installation store.
#[derive(Clone)]
pub(super) struct Installations {
    pub(super) core: Core,
}

const NAME: &str = "installation";

/// Whose installation each is.
fn whose(conn: &mut Conn, orders: &[Order]) -> Result<Vec<Vec<AddressDigest>>, DbError> {
    let keys: Vec<&str> = orders.iter().map(|order| order.key.0.as_str()).collect();
    let rows = stores::installations(conn, &keys)?;
    let digest = |order: &Order| {
        let row = rows.iter().find(|row| row.id == order.key.0);
        row.and_then(Installation::digest)
    };
    Ok(orders
        .iter()
        .map(|order| digest(order).into_iter().collect())
        .collect())
}

impl Installations {
    fn item(&self, installation: &Installation, matched: Match) -> Item {
        let held = [
            ("account", installation.account_id.is_some()),
            ("email", installation.email.is_some()),
            ("secret", installation.secret.is_some()),
        ];
        Item {
            key: ItemKey(installation.id.clone()),
            kind: ItemKind::Installation,
            label: installation
                .site
                .as_ref()
                .unwrap_or(&installation.client_key)
                .clone(),
            note: format!(
                "{}, {}",
                installation.app_key,
                self.core.date(installation.installed_at.0)
            ),
            holds: held
                .into_iter()
                .filter(|(_, is_held)| *is_held)
                .map(|(field, _)| field.to_owned())
                .collect(),
            matched,
            proposal: Decision::Erase,
            within: Vec::new(),
        }
    }

    fn work(
        &self,
        conn: &mut Conn,
        subject: &Subject,
        orders: &[Order],
        cause: Cause,
    ) -> Result<Vec<ItemOutcome>, DbError> {
        let keys: Vec<&str> = orders.iter().map(|order| order.key.0.as_str()).collect();
        let installations = stores::installations(conn, &keys)?;
        let mut gone = Vec::new();
        let mut outcomes = Vec::with_capacity(orders.len());
        for order in orders {
            let there = installations
                .iter()
                .find(|installation| installation.id == order.key.0);
            outcomes.push(match (there, order.decision) {
                (None, _) => ItemOutcome::Erased,
                (Some(_), Decision::Keep(..)) => ItemOutcome::Kept,
                (Some(installation), Decision::Erase) => {
                    let address = installation
                        .digest()
                        .or_else(|| subject.digests.first().cloned());
                    self.core.guard(
                        conn,
                        address.as_ref(),
                        NAME,
                        &installation.client_key,
                        cause,
                    )?;
                    gone.push(installation.id.as_str());
                    ItemOutcome::Neutralised
                }
            });
        }
        stores::neutralise_installations(conn, &gone)?;
        Ok(outcomes)
    }

    fn exported(&self, conn: &mut Conn, installation: &Installation) -> Result<Exported, DbError> {
        let mut fields = Fields::default();
        fields.add("App", Some(&installation.app_key));
        fields.add("Client key", Some(&installation.client_key));
        fields.add("Site", installation.site.as_ref());
        fields.add("Account", installation.account_id.as_ref());
        fields.add("E-mail", installation.email.as_ref());
        fields.add(
            "Installed on",
            Some(self.core.date(installation.installed_at.0)),
        );
        fields.add(
            "Uninstalled on",
            installation.uninstalled_at.map(|at| self.core.date(at.0)),
        );
        Ok(Exported {
            kind: ItemKind::Installation.as_str(),
            label: installation
                .site
                .as_ref()
                .unwrap_or(&installation.client_key)
                .clone(),
            source: match installation.import_id.parse() {
                Ok(Source::Connect) => "webhook of the app (Atlassian Connect)".to_owned(),
                Ok(Source::Forge) => "trigger of the app (Atlassian Forge)".to_owned(),
                _ => self
                    .core
                    .source(conn, "app installation report", &installation.import_id)?,
            },
            fields: fields.0,
        })
    }
}

#[async_trait]
impl Store for Installations {
    fn name(&self) -> StoreName {
        StoreName(NAME.to_owned())
    }

    fn is_ours(&self) -> bool {
        true
    }

    async fn probe(&self) -> Result<Reach, StoreError> {
        self.core
            .reach("installations", stores::count_installations)
            .await
    }

    async fn inventory(
        &self,
        subject: &Subject,
        after: Option<&str>,
    ) -> Result<Page<Item>, StoreError> {
        let (this, digests, cursor) = (
            self.clone(),
            subject.digests.clone(),
            after.map(str::to_owned),
        );
        self.core
            .db
            .read(move |conn| {
                walk(2, cursor.as_deref(), |part, after: After<'_>| {
                    let (rows, matched) = match part {
                        0 => (
                            stores::installations_of(conn, &digests, after)?,
                            Match::Sure,
                        ),
                        _ => (
                            stores::installations_near(conn, &digests, after)?,
                            Match::Candidate,
                        ),
                    };
                    let is_sure = |row: &Installation| {
                        row.digest().is_some_and(|digest| digests.contains(&digest))
                    };
                    let items = rows
                        .iter()
                        .filter(|row| matched == Match::Sure || !is_sure(row));
                    let items = items.map(|row| this.item(row, matched)).collect();
                    Ok((
                        items,
                        more(after, rows.len(), rows.last().map(|row| &*row.id)),
                    ))
                })
            })
            .await
    }

    async fn export(
        &self,
        _: &Subject,
        items: &[ItemKey],
        sink: &mut dyn Sink,
    ) -> Result<(), StoreError> {
        for some in items.chunks(super::PAGE) {
            let (this, some) = (self.clone(), some.to_vec());
            let exported: Vec<Exported> = self
                .core
                .db
                .read(move |conn| {
                    let keys: Vec<&str> = some.iter().map(|key| key.0.as_str()).collect();
                    let rows = stores::installations(conn, &keys)?;
                    rows.iter()
                        .map(|row| this.exported(conn, row))
                        .collect::<Result<_, DbError>>()
                })
                .await?;
            for record in exported {
                sink.record(record)?;
            }
        }
        Ok(())
    }

    /// An account is corrected where it is kept, at Atlassian.
    async fn values(&self, _: &ItemKey) -> Result<Vec<(Field, String)>, StoreError> {
        Ok(Vec::new())
    }

    async fn rectify(&self, _: &ItemKey, _: &Change) -> Result<Done, StoreError> {
        Ok(ItemOutcome::NeedsPerson.into())
    }

    async fn carry_out(
        &self,
        subject: &Subject,
        orders: &[Order],
        cause: Cause,
    ) -> Result<Vec<Done>, StoreError> {
        let this = self.clone();
        let work = move |conn: &mut Conn, subject: &Subject, orders: &[Order]| {
            this.work(conn, subject, orders, cause)
        };
        let step = Step {
            store: NAME,
            subject,
            orders,
            cause,
        };
        self.core.in_batches(step, whose, work).await
    }
}
