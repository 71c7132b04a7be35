//! Everything held of one person, outside any request: only with a reason, which the trail keeps.

use super::desk::by_text;
use super::{ActionError, Opened, opened};
use crate::actions::holds::{self, OnPerson};
use crate::actions::trail;
use crate::app::App;
use crate::domain::email::Email;
use crate::domain::event::{Action, Actor, Event};
use crate::domain::request::Request;
use crate::domain::staff::Permission;
use crate::domain::store::{Item, StoreError, StoreName};

/// The fewest characters of a reason.
const REASON: usize = 3;

/// The longest reason, in characters.
const LONGEST: usize = 200;

/// Records of one store that are shown.
const RECORDS: usize = 200;

/// What one store holds.
#[derive(Debug)]
pub struct StoreFound {
    /// Which store.
    pub store: StoreName,
    /// Its records, or why it did not answer.
    pub items: Result<Vec<Item>, StoreError>,
    /// Whether it holds more than is shown.
    pub more: bool,
}

/// What is held of one person.
#[derive(Debug)]
pub struct Person {
    /// The address; nothing if a reference was typed whose request is forgotten.
    pub email: Option<Email>,
    /// What the stores hold.
    pub stores: Vec<StoreFound>,
    /// The requests of the address.
    pub requests: Vec<Request>,
    /// The legal holds on the person, if there are any.
    pub hold: Option<OnPerson>,
}

/// Searches every store and the requests for an address, or for the person of a reference.
/// The look is recorded with its reason before anything is searched.
///
/// # Errors
/// [`ActionError::Forbidden`]; [`ActionError::Invalid`] for what is neither reference nor
/// address, and without a reason.
pub async fn search(
    app: &App,
    actor: &Actor,
    q: &str,
    reason: &str,
) -> Result<Person, ActionError> {
    actor.may(Permission::LookUp)?;
    let (q, reason) = (q.trim().to_owned(), reason.trim().to_owned());
    if q.parse::<crate::domain::reference::Reference>().is_err() && Email::parse(&q).is_err() {
        return Err(ActionError::Invalid {
            field: "q",
            message: "admin-people-no-address",
        });
    }
    if !(REASON..=LONGEST).contains(&reason.chars().count()) {
        return Err(ActionError::Invalid {
            field: "reason",
            message: "admin-people-no-reason",
        });
    }
    let (inner, actor) = (app.clone(), actor.clone());
    let (email, requests, hold) = app
        .db
        .write(move |conn| -> Result<_, ActionError> {
            let app = &inner;
            let mut requests = by_text(app, conn, &q)?;
            let mut email = Email::parse(&q).ok();
            if let (None, Some(request)) = (&email, requests.first()) {
                let Opened { asked, .. } = opened(app, conn, request.clone())?;
                email = asked.and_then(|asked| Email::parse(&asked.email).ok());
                if let Some(email) = &email {
                    requests = by_text(app, conn, email.as_str())?;
                }
            }
            let event = Event::new(Action::LookedUp)
                .counting(requests.len() as u64)
                .with("list", "people");
            trail::record(app, conn, &actor, None, &event.about(&reason))?;
            let hold = match &email {
                Some(email) => holds::standing(app, conn, &actor, &app.address_digests(email))?,
                None => None,
            };
            Ok((email, requests, hold))
        })
        .await?;
    let mut stores = Vec::new();
    if let Some(email) = &email {
        let subject = app.subject(email, None);
        for store in app.stores.iter() {
            let (mut items, mut after, mut failed) = (Vec::new(), None::<String>, None);
            loop {
                match store.inventory(&subject, after.as_deref()).await {
                    Ok(page) => {
                        items.extend(page.items);
                        after = page.next;
                    }
                    Err(error) => failed = Some(error),
                }
                if after.is_none() || failed.is_some() || items.len() >= RECORDS {
                    break;
                }
            }
            let more = after.is_some() || items.len() > RECORDS;
            items.truncate(RECORDS);
            let items = match failed {
                Some(error) => Err(error),
                None => Ok(items),
            };
            stores.push(StoreFound {
                store: store.name(),
                items,
                more,
            });
        }
    }
    Ok(Person {
        email,
        stores,
        requests,
        hold,
    })
}
