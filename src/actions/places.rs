//! How the stores in other systems are: asked every few minutes, so that staff hear of trouble before a
//! request does, and so that work goes on by itself when the trouble is over.

use futures_util::future::join_all;

use super::{ActionError, run, trail};
use crate::app::App;
use crate::db;
use crate::db::store_health::Seen;
use crate::domain::email::Email;
use crate::domain::event::{Action, Actor, Event};
use crate::domain::staff::Permission;
use crate::domain::store::{Item, Store as _, StoreError, StoreName};

/// Asks every store in another system how it is, and puts runs back to work that stood still for a
/// reason that has gone; run by a job.
///
/// # Errors
/// [`ActionError`].
pub async fn ask(app: &App) -> Result<(), ActionError> {
    let asked = app.connected.iter().map(async |connected| {
        let trouble = match connected.store.probe().await {
            Ok(_) | Err(StoreError::Later { .. }) => None,
            Err(error) => Some(error.to_string()),
        };
        (connected.file.name.clone(), trouble)
    });
    let asked = join_all(asked).await;
    let inner = app.clone();
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let (app, now) = (&inner, inner.clock.now());
            let names: Vec<StoreName> = asked.iter().map(|(name, _)| name.clone()).collect();
            db::store_health::keep_only(conn, &names)?;
            let before = db::store_health::all(conn)?;
            for (name, trouble) in &asked {
                let was = before.iter().find(|seen| seen.store == *name);
                let failing_since = trouble
                    .is_some()
                    .then(|| was.and_then(|was| was.failing_since).unwrap_or(now));
                let seen = Seen {
                    store: name.clone(),
                    asked_at: now,
                    last_success_at: match trouble {
                        None => Some(now),
                        Some(_) => was.and_then(|was| was.last_success_at),
                    },
                    failing_since,
                    trouble: trouble.clone(),
                };
                db::store_health::save(conn, &seen)?;
                let is_back = was.is_some_and(|was| was.failing_since.is_some());
                if is_back && trouble.is_none() {
                    for id in db::runs::held_up_in(conn, name)? {
                        run::go_on(app, conn, id)?;
                    }
                }
            }
            Ok(())
        })
        .await?;
    app.wake.notify_one();
    Ok(())
}

/// What a store finds of a person, as a request would; nothing is changed. The look is recorded.
///
/// # Errors
/// [`ActionError::Forbidden`]; [`ActionError::NotFound`] if there is no such store. Inside:
/// [`StoreError`] if it cannot be searched.
pub async fn try_out(
    app: &App,
    actor: &Actor,
    name: &StoreName,
    email: &Email,
) -> Result<Result<Vec<Item>, StoreError>, ActionError> {
    actor.may(Permission::LookUp)?;
    let store = app.store(name).ok_or(ActionError::NotFound)?;
    let (inner, by, of) = (app.clone(), actor.clone(), name.clone());
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let event = Event::new(Action::LookedUp)
                .in_store(&of.0)
                .with("list", "store");
            trail::record(&inner, conn, &by, None, &event)?;
            Ok(())
        })
        .await?;
    let subject = app.subject(email, None);
    let (mut found, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let page = match store.inventory(&subject, cursor.as_deref()).await {
            Ok(page) => page,
            Err(error) => return Ok(Err(error)),
        };
        found.extend(page.items);
        cursor = page.next;
        if cursor.is_none() {
            return Ok(Ok(found));
        }
    }
}
