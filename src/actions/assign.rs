//! Whose a request is: routing rules at receipt, changes by hand, the letter to those
//! whose it is, and the alarm when nobody took it.

use super::{ActionError, decide, letters, trail};
use crate::app::App;
use crate::config::Route;
use crate::db::{self, Conn};
use crate::domain::email::Email;
use crate::domain::event::{Action, Actor, Event};
use crate::domain::ids::{RequestId, StaffId};
use crate::domain::reference::Reference;
use crate::domain::request::{Kind, Request, Version};
use crate::domain::staff::Permission;
use crate::mail::letters::Letter;

/// The first routing rule that fits. Rules on a product wait until staff know the product.
fn rule<'a>(app: &'a App, kind: Kind, lang: &str) -> Option<&'a Route> {
    app.config.routing.iter().find(|route| {
        route.kind.is_none_or(|wanted| wanted == kind)
            && route.language.is_none_or(|wanted| wanted.tag() == lang)
            && route.product.is_none()
    })
}

/// Person and team by the rules: the person whose account has the rule's address.
pub(super) fn route(
    app: &App,
    conn: &mut Conn,
    kind: Kind,
    lang: &str,
) -> Result<(Option<StaffId>, Option<String>), ActionError> {
    let Some(route) = rule(app, kind, lang) else { return Ok((None, None)) };
    let account = match Email::parse(&address_of(route.to.as_str())) {
        Ok(email) => db::accounts::by_email(conn, &email)?.filter(|account| account.staff.active),
        Err(_) => None,
    };
    Ok((account.map(|account| account.staff.id), route.team.clone()))
}

/// The bare address of `Name <address>`.
fn address_of(mailbox: &str) -> String {
    mailbox.rsplit_once('<').map_or(mailbox, |(_, rest)| rest.trim_end_matches('>')).trim().to_owned()
}

/// Writes to those whose it is: the person assigned, else the address of the rule.
pub(super) fn tell(app: &App, conn: &mut Conn, request: &Request) -> Result<(), ActionError> {
    let to = match request.assignee {
        Some(staff) => db::accounts::find(conn, staff)?.map(|account| account.staff.email.as_str().to_owned()),
        None => rule(app, request.kind, &request.lang).map(|route| address_of(route.to.as_str())),
    };
    let Some(to) = to else { return Ok(()) };
    let lang = app.config.vendor.language;
    let letter = Letter::Assigned {
        kind: request.kind,
        reference: request.reference.to_string(),
        due: lang.date_long(request.due.strict),
        link: staff_link(app, request),
    };
    let cause = format!("assigned:{}:{}", request.id, request.version.0);
    letters::post(app, conn, &cause, Some(request.id), &to, lang, &letter)
}

/// The address of a request's page for staff.
pub(super) fn staff_link(app: &App, request: &Request) -> String {
    app.config.server.public_url.join(&format!("/admin/requests/{}", request.reference))
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
    actor.may(if takes_it { Permission::Decide } else { Permission::Assign })?;
    let (inner, actor) = (app.clone(), actor.clone());
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let app = &inner;
            let request = decide::load(conn, &actor, &reference)?.at_version(seen)?;
            if takes_it && request.assignee.is_some() {
                actor.may(Permission::Assign)?;
            }
            if let Some(to) = to {
                db::accounts::find(conn, to)?.filter(|account| account.staff.active).ok_or(ActionError::NotFound)?;
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

/// Alarms when nobody took a request within a working day. Run by a job.
///
/// # Errors
/// [`ActionError`].
pub async fn alarm_untaken(app: &App, request: RequestId) -> Result<(), ActionError> {
    let inner = app.clone();
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let app = &inner;
            let Some(request) = db::requests::find(conn, request)? else { return Ok(()) };
            if request.assignee.is_some() || request.is_closed() {
                return Ok(());
            }
            let lang = app.config.vendor.language;
            for account in db::accounts::all(conn)? {
                if !account.staff.active || !account.staff.role.permissions().contains(&Permission::Assign) {
                    continue;
                }
                let letter = Letter::Untaken {
                    kind: request.kind,
                    reference: request.reference.to_string(),
                    received: letters::moment(app, lang, request.received.at),
                    due: lang.date_long(request.due.strict),
                    link: staff_link(app, &request),
                };
                let cause = format!("untaken:{}:{}", request.id, account.staff.id);
                let to = account.staff.email.as_str();
                letters::post(app, conn, &cause, Some(request.id), to, lang, &letter)?;
            }
            trail::record(app, conn, &Actor::System, Some(request.id), &Event::new(Action::Untaken))?;
            Ok(())
        })
        .await
}
