//! Whose a request is: routing rules at receipt, changes by hand, the letter to those
//! whose it is, and the alarm when nobody took it.

use super::run::Described;
use super::{ActionError, decide, letters, sealing, trail};
use crate::app::App;
use crate::config::Route;
use crate::db::{self, Conn};
use crate::domain::email::Email;
use crate::domain::event::{Action, Actor, Event};
use crate::domain::ids::{RequestId, RunId, StaffId};
use crate::domain::reference::Reference;
use crate::domain::request::{Kind, Request, Version};
use crate::domain::staff::{Permission, Staff};
use crate::mail::letters::Letter;

/// Items of each store whose product the rules look at.
const LOOKED_AT: i64 = 200;

/// The first routing rule that fits. Rules on a product fit once the search has found it.
fn rule<'a>(app: &'a App, kind: Kind, lang: &str, found: &[String]) -> Option<&'a Route> {
    app.config.routing.iter().find(|route| {
        route.kind.is_none_or(|wanted| wanted == kind)
            && route.language.is_none_or(|wanted| wanted.tag() == lang)
            && route.product.as_ref().is_none_or(|product| {
                let product = product.to_lowercase();
                found.iter().any(|text| text.contains(&product))
            })
    })
}

/// After the search the rules on products are asked: whoever nobody has goes to the first that fits.
pub(super) fn by_product(
    app: &App,
    conn: &mut Conn,
    run: RunId,
    request: Request,
) -> Result<(), ActionError> {
    if request.assignee.is_some()
        || !app
            .config
            .routing
            .iter()
            .any(|route| route.product.is_some())
    {
        return Ok(());
    }
    let key = sealing::key(app, conn, request.id)?;
    let mut found = Vec::new();
    for store in app.store_names() {
        for item in db::runs::items(conn, run, &store, None, LOOKED_AT)? {
            let described: Described = sealing::open(&key, "run_items", item.id, &item.sealed)?;
            found.push(format!("{} {}", described.label, described.note).to_lowercase());
        }
    }
    let Some(route) =
        rule(app, request.kind, &request.lang, &found).filter(|route| route.product.is_some())
    else {
        return Ok(());
    };
    let (assignee, team) = holder(conn, route)?;
    let to = address_of(route.to.as_str());
    let (mut request, event) = request.assign(assignee, team)?;
    db::requests::save(conn, &mut request)?;
    trail::record(app, conn, &Actor::System, Some(request.id), &event)?;
    write(app, conn, &request, &to)
}

/// Whose the requests of a rule are: the person whose account has its address, and its team.
fn holder(
    conn: &mut Conn,
    route: &Route,
) -> Result<(Option<StaffId>, Option<String>), ActionError> {
    let account = match Email::parse(&address_of(route.to.as_str())) {
        Ok(email) => db::accounts::by_email(conn, &email)?.filter(|account| account.staff.active),
        Err(_) => None,
    };
    Ok((account.map(|account| account.staff.id), route.team.clone()))
}

/// Person and team by the rules: the person whose account has the rule's address.
pub(super) fn route(
    app: &App,
    conn: &mut Conn,
    kind: Kind,
    lang: &str,
) -> Result<(Option<StaffId>, Option<String>), ActionError> {
    rule(app, kind, lang, &[]).map_or(Ok((None, None)), |route| holder(conn, route))
}

/// The bare address of `Name <address>`.
fn address_of(mailbox: &str) -> String {
    mailbox
        .rsplit_once('<')
        .map_or(mailbox, |(_, rest)| rest.trim_end_matches('>'))
        .trim()
        .to_owned()
}

/// Writes to those whose it is: the person assigned, else the address of the rule.
pub(super) fn tell(app: &App, conn: &mut Conn, request: &Request) -> Result<(), ActionError> {
    let to =
        match request.assignee {
            Some(staff) => db::accounts::find(conn, staff)?
                .map(|account| account.staff.email.as_str().to_owned()),
            None => rule(app, request.kind, &request.lang, &[])
                .map(|route| address_of(route.to.as_str())),
        };
    to.map_or(Ok(()), |to| write(app, conn, request, &to))
}

fn write(app: &App, conn: &mut Conn, request: &Request, to: &str) -> Result<(), ActionError> {
    let lang = app.config.vendor.language;
    let letter = Letter::Assigned {
        kind: request.kind,
        reference: request.reference.to_string(),
        due: lang.date_long(request.due.strict),
        link: staff_link(app, request),
    };
    let cause = format!("assigned:{}:{}", request.id, request.version.0);
    letters::post(app, conn, &cause, Some(request.id), to, lang, &letter)
}

/// The address of a request's page for staff.
pub(super) fn staff_link(app: &App, request: &Request) -> String {
    app.config
        .server
        .public_url
        .join(&format!("/admin/requests/{}", request.reference))
}

/// Makes somebody responsible, or nobody. An agent may take what nobody has.
///
/// # Errors
/// [`ActionError::Forbidden`], [`ActionError::NotFound`], [`ActionError::Decision`].
pub async fn assign(
    app: &App,
    actor: &Actor,
    reference: Reference,
    to: Option<StaffId>,
    seen: Version,
) -> Result<(), ActionError> {
    let takes_it = to.is_some() && to == actor.staff_id();
    actor.may(if takes_it {
        Permission::Decide
    } else {
        Permission::Assign
    })?;
    let (inner, actor) = (app.clone(), actor.clone());
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let app = &inner;
            let request = decide::load(conn, &actor, &reference)?.at_version(seen)?;
            if takes_it && request.assignee.is_some() {
                actor.may(Permission::Assign)?;
            }
            if let Some(to) = to {
                db::accounts::find(conn, to)?
                    .filter(|account| account.staff.active)
                    .ok_or(ActionError::NotFound)?;
            }
            let team = request.team.clone();
            let (mut request, event) = request.assign(to, team)?;
            db::requests::save(conn, &mut request)?;
            trail::record(app, conn, &actor, Some(request.id), &event)?;
            if to != actor.staff_id() {
                tell(app, conn, &request)?;
            }
            Ok(())
        })
        .await?;
    app.wake.notify_one();
    Ok(())
}

/// Who can give work to others: they hear of what nobody does.
pub(super) fn who_assign(conn: &mut Conn) -> Result<Vec<Staff>, ActionError> {
    let accounts = db::accounts::all(conn)?.into_iter();
    Ok(accounts
        .map(|account| account.staff)
        .filter(|staff| staff.may(Permission::Assign))
        .collect())
}

/// Alarms when nobody took a request within a working day. Run by a job.
///
/// # Errors
/// [`ActionError`].
pub async fn alarm_untaken(app: &App, request: RequestId) -> Result<(), ActionError> {
    let inner = app.clone();
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let app = &inner;
            let Some(request) = db::requests::find(conn, request)? else {
                return Ok(());
            };
            if request.assignee.is_some() || request.is_closed() {
                return Ok(());
            }
            let lang = app.config.vendor.language;
            for account in who_assign(conn)? {
                let letter = Letter::Untaken {
                    kind: request.kind,
                    reference: request.reference.to_string(),
                    received: letters::moment(app, lang, request.received.at),
                    due: lang.date_long(request.due.strict),
                    link: staff_link(app, &request),
                };
                let cause = format!("untaken:{}:{}", request.id, account.id);
                let to = account.email.as_str();
                letters::post(app, conn, &cause, Some(request.id), to, lang, &letter)?;
            }
            trail::record(
                app,
                conn,
                &Actor::System,
                Some(request.id),
                &Event::new(Action::Untaken),
            )?;
            Ok(())
        })
        .await
}
