//! How a site forgets: one thing after the other, and each is looked at again.

use reqwest::Method;
use serde_json::{Map, Value, json};
use tokio::sync::OnceCell;

use super::adf::{self, Person, REMOVED};
use super::api::{Attachment, Comment, Desk, Issue, Organisation, User, Wrote, number};
use super::find::{is_in_change, within};
use super::{Jira, Place};
use crate::config::stores::{Earlier, OwnTickets};
use crate::domain::store::{Decision, Done, ItemKey, ItemOutcome, Order, StoreError, Subject};

/// Failures in a row after which the rest of a batch is not tried.
const PATIENCE: usize = 2;

/// Where a site administrator deletes accounts.
const CONSOLE: &str = "https://admin.atlassian.com";

/// What one call works with.
struct Work<'a> {
    subject: &'a Subject,
    desks: &'a [Desk],
    person: OnceCell<Person>,
}

impl Work<'_> {
    /// What the person is known by, looked up when it is first needed.
    async fn person(&self, jira: &Jira) -> Result<&Person, StoreError> {
        let look = || jira.person(self.subject, self.desks);
        self.person.get_or_try_init(look).await
    }
}

/// What became of an item, or that others of the batch come first.
enum Step {
    Done(Done),
    Waits(Done),
}

impl From<Done> for Step {
    fn from(done: Done) -> Step {
        Step::Done(done)
    }
}

fn erased() -> Done {
    ItemOutcome::Erased.into()
}

fn failed(why: impl Into<String>) -> Done {
    Done::because(ItemOutcome::Failed, why)
}

fn needs_person(why: impl Into<String>) -> Done {
    Done::because(ItemOutcome::NeedsPerson, why)
}

/// Jira said that it is done, and it is not.
fn lied(what: &str) -> Done {
    failed(format!(
        "Jira said that {what} is gone, and it is still there."
    ))
}

fn refused(what: &str, status: u16) -> Done {
    needs_person(format!(
        "Jira refuses to let go of {what} ({status}). Look at the ticket: a workflow or its security \
         level may forbid it. Then let it be tried again."
    ))
}

impl Jira {
    pub(super) async fn work(
        &self,
        subject: &Subject,
        orders: &[Order],
    ) -> Result<Vec<Done>, StoreError> {
        let desks = self.allowed(false).await?;
        let work = Work {
            subject,
            desks: &desks,
            person: OnceCell::new(),
        };
        let mut done: Vec<Option<Done>> = vec![None; orders.len()];
        // A ticket goes after the tickets within it, wherever they stand in the list.
        for is_last in [false, true] {
            let mut failures = 0;
            for (order, outcome) in orders.iter().zip(&mut done) {
                if outcome.is_some() {
                    continue;
                }
                if let Decision::Keep(..) = order.decision {
                    *outcome = Some(ItemOutcome::Kept.into());
                    continue;
                }
                if failures == PATIENCE {
                    *outcome = Some(failed("It was not tried: Jira fails at the moment."));
                    continue;
                }
                match self.one(&work, &Place::read(&order.key)?).await {
                    Ok(Step::Done(step)) => {
                        failures = 0;
                        *outcome = Some(step);
                    }
                    Ok(Step::Waits(why)) if is_last => *outcome = Some(why),
                    Ok(Step::Waits(_)) => failures = 0,
                    Err(StoreError::Retry(cause)) => {
                        failures += 1;
                        *outcome = Some(failed(cause));
                    }
                    Err(error) => return Err(error),
                }
            }
        }
        let done: Vec<Done> = done.into_iter().flatten().collect();
        let tried: Vec<&Done> = done
            .iter()
            .filter(|done| done.outcome != ItemOutcome::Kept)
            .collect();
        let all_failed = tried.iter().all(|done| done.outcome == ItemOutcome::Failed);
        match tried.first() {
            // Then it is Jira, not the items.
            Some(first) if all_failed && tried.len() > PATIENCE => {
                let cause = first.why.clone().unwrap_or_default();
                Err(StoreError::Retry(cause))
            }
            _ => Ok(done),
        }
    }

    async fn one(&self, work: &Work<'_>, place: &Place) -> Result<Step, StoreError> {
        Ok(match place {
            Place::Ticket(id, account) => return self.ticket(work, id, account).await,
            Place::Comment(ticket, id) => self.comment_goes(ticket, id).await?.into(),
            Place::File(ticket, id) => self.file_goes(ticket, id).await?.into(),
            Place::Participant(ticket, account) => self.leaves(ticket, account).await?.into(),
            Place::Mention(ticket) => {
                let person = work.person(self).await?;
                self.mention(ticket, person).await?.into()
            }
            Place::History(ticket) => self.history(ticket, work.person(self).await?).await?.into(),
            Place::Account(id) => self.account_goes(work, id).await?.into(),
        })
    }

    // Tickets.

    async fn ticket(&self, work: &Work<'_>, id: &str, account: &str) -> Result<Step, StoreError> {
        let Some(issue) = self.api.issue(id, "reporter,creator,subtasks").await? else {
            return Ok(erased().into());
        };
        if let OwnTickets::Neutralise(neutral) = &self.config.own_tickets {
            let person = work.person(self).await?;
            return Ok(self.neutralise(id, account, neutral, person).await?.into());
        }
        let key = &issue.key;
        let is_theirs = ["reporter", "creator"].iter();
        if !is_theirs
            .clone()
            .any(|role| issue.account(role) == Some(account))
        {
            let why = format!("{key} is in the name of somebody else by now. Search anew.");
            return Ok(needs_person(why).into());
        }
        // Jira deletes no ticket that has others within it, unless it is told to take them along.
        // It never is: one that came this moment, or is kept, would go unseen.
        let (mut own, mut others) = (Vec::new(), Vec::new());
        for one in within(&issue)? {
            let Some(inner) = self.api.issue(&one.id, "reporter").await? else {
                continue;
            };
            if inner.account("reporter") == Some(account) {
                own.push(one.key);
            } else {
                others.push(one.key);
            }
        }
        if !others.is_empty() {
            let others = others.join(", ");
            let why = format!(
                "{key} has tickets of somebody else within it ({others}). Move them to another \
                 ticket, then let it be tried again."
            );
            return Ok(needs_person(why).into());
        }
        if !own.is_empty() {
            let own = own.join(", ");
            let why = format!(
                "{key} still has tickets of the person within it ({own}). If they are kept, move \
                 them to another ticket."
            );
            return Ok(Step::Waits(failed(why)));
        }
        let path = format!("rest/api/3/issue/{id}?deleteSubtasks=false");
        let wrote = self.write(Method::DELETE, &path, None).await?;
        self.has_changed(id)?;
        Ok(match wrote {
            Wrote::Refused(status) => refused(key, status),
            _ if self.api.issue(id, "created").await?.is_some() => lied(key),
            _ => erased(),
        }
        .into())
    }

    /// The ticket stays, and the person goes out of it.
    async fn neutralise(
        &self,
        id: &str,
        account: &str,
        neutral: &str,
        person: &Person,
    ) -> Result<Done, StoreError> {
        let Some(comments) = self.api.comments(id).await? else {
            return Ok(erased());
        };
        for comment in comments.iter().filter(|comment| comment.wrote(account)) {
            let done = self.comment_goes(id, &comment.id).await?;
            if done.outcome != ItemOutcome::Erased {
                return Ok(done);
            }
        }
        let Some(issue) = self.api.issue(id, "attachment").await? else {
            return Ok(erased());
        };
        for file in issue.list::<Attachment>("attachment")? {
            if file.came_from(account) {
                let done = self.file_goes(id, &file.id()?).await?;
                if !matches!(done.outcome, ItemOutcome::Erased | ItemOutcome::Neutralised) {
                    return Ok(done);
                }
            }
        }
        let whose = Some((account, neutral));
        self.clear(id, &person.in_own(), whose).await
    }

    async fn mention(&self, id: &str, person: &Person) -> Result<Done, StoreError> {
        self.clear(id, person, None).await
    }

    /// Clears the texts of a ticket of the person; their own ticket also of all that they wrote
    /// into its fields, and puts it in the name of another account.
    async fn clear(
        &self,
        id: &str,
        person: &Person,
        whose: Option<(&str, &str)>,
    ) -> Result<Done, StoreError> {
        let Some(comments) = self.api.comments(id).await? else {
            return Ok(erased());
        };
        for comment in comments.iter().filter(|one| person.is_named(&one.body)) {
            let path = format!("rest/api/3/issue/{id}/comment/{}", comment.id);
            let body = json!({"body": person.cleared_from(&comment.body)});
            let quiet = format!("{path}?notifyUsers=false");
            if let Wrote::Refused(status) = self.write(Method::PUT, &quiet, Some(&body)).await? {
                return Ok(refused("a comment", status));
            }
            let after: Option<Comment> = self.api.get(&path).await?;
            if after.is_some_and(|after| person.is_named(&after.body)) {
                return Ok(lied("the name in a comment"));
            }
        }
        let Some(issue) = self.api.issue(id, "*all").await? else {
            return Ok(erased());
        };
        let wanted = self.wanted(&issue, person, whose);
        let key = issue.key.clone();
        if !wanted.is_empty() {
            let path = format!("rest/api/3/issue/{id}?notifyUsers=false");
            let body = json!({"fields": wanted});
            let wrote = self.write(Method::PUT, &path, Some(&body)).await?;
            self.has_changed(id)?;
            if let Wrote::Refused(status) = wrote {
                let names: Vec<&str> = wanted.keys().map(String::as_str).collect();
                return Ok(needs_person(format!(
                    "Jira refuses to change {} of {key} ({status}). Change it by hand, or put the \
                     fields on the screen for editing, then let it be tried again.",
                    names.join(", ")
                )));
            }
            let Some(after) = self.api.issue(id, "*all").await? else {
                return Ok(erased());
            };
            if !self.wanted(&after, person, whose).is_empty() {
                return Ok(lied(&format!("the person in fields of {key}")));
            }
        }
        let Some(changes) = self.api.changes(id).await? else {
            return Ok(erased());
        };
        let is_told = whose.is_some() || changes.iter().any(|change| is_in_change(change, person));
        Ok(if is_told {
            self.but_for_history(&key)
        } else {
            ItemOutcome::Neutralised.into()
        })
    }

    /// What fields have to become, of those that are not so.
    fn wanted(
        &self,
        issue: &Issue,
        person: &Person,
        whose: Option<(&str, &str)>,
    ) -> Map<String, Value> {
        let mut wanted = Map::new();
        for (id, _) in self.named_in(issue, person) {
            let now = issue.fields.get(&id).unwrap_or(&Value::Null);
            wanted.insert(id, without(now, person));
        }
        if let Some((account, neutral)) = whose {
            if issue.text("summary") != REMOVED {
                wanted.insert("summary".to_owned(), json!(REMOVED));
            }
            let texts = self.config.fields.values().map(String::as_str);
            for id in texts.chain(["description", "environment"]) {
                if !matches!(issue.fields.get(id), None | Some(Value::Null)) {
                    wanted.insert(id.to_owned(), Value::Null);
                }
            }
            if issue.account("reporter") == Some(account) {
                wanted.insert("reporter".to_owned(), json!({"accountId": neutral}));
            }
        }
        wanted
    }

    /// The person is out of it, but for what the change log tells.
    fn but_for_history(&self, key: &str) -> Done {
        match self.config.history {
            Earlier::Keep => Done::because(
                ItemOutcome::Neutralised,
                format!("The change log of {key} still tells earlier values."),
            ),
            Earlier::Person => needs_person(format!(
                "The person is out of {key}, but its change log still tells earlier values, and \
                 goes only with the ticket. Copy what is needed into a new ticket, and delete {key}."
            )),
        }
    }

    async fn history(&self, id: &str, person: &Person) -> Result<Done, StoreError> {
        let Some(changes) = self.api.changes(id).await? else {
            return Ok(erased());
        };
        if !changes.iter().any(|change| is_in_change(change, person)) {
            return Ok(erased());
        }
        Ok(needs_person(
            "The change log of a ticket of somebody else names the person, and goes only with the \
             ticket. Copy what is needed into a new ticket and delete the old one, or keep it on a \
             ground.",
        ))
    }

    // Parts of tickets.

    async fn comment_goes(&self, ticket: &str, id: &str) -> Result<Done, StoreError> {
        let path = format!("rest/api/3/issue/{ticket}/comment/{id}");
        if let Wrote::Refused(status) = self.write(Method::DELETE, &path, None).await? {
            return Ok(refused("a comment", status));
        }
        let after: Option<Value> = self.api.get(&path).await?;
        Ok(if after.is_some() {
            lied("a comment")
        } else {
            erased()
        })
    }

    async fn file_goes(&self, ticket: &str, id: &str) -> Result<Done, StoreError> {
        let path = format!("rest/api/3/attachment/{id}");
        let wrote = self.write(Method::DELETE, &path, None).await?;
        if let Wrote::Refused(status) = wrote {
            return Ok(refused("a file", status));
        }
        let after: Option<Value> = self.api.get(&path).await?;
        if after.is_some() {
            return Ok(lied("a file"));
        }
        // It was told when it came, and when it went.
        Ok(match self.api.changes(ticket).await? {
            Some(changes) if changes.iter().any(|change| tells_of_file(change, id)) => {
                Done::because(
                    ItemOutcome::Neutralised,
                    "The file is gone; its name stays in the change log of the ticket.",
                )
            }
            _ => erased(),
        })
    }

    async fn leaves(&self, ticket: &str, account: &str) -> Result<Done, StoreError> {
        let takes_part = |users: Vec<User>| users.iter().any(|user| user.account_id == account);
        let mut was_there = false;
        if takes_part(self.participants(ticket).await?) {
            was_there = true;
            let path = format!("rest/servicedeskapi/request/{ticket}/participant");
            let body = json!({"accountIds": [account]});
            let wrote = self.write(Method::DELETE, &path, Some(&body)).await?;
            self.has_changed(ticket)?;
            if let Wrote::Refused(status) = wrote {
                return Ok(refused("a participant", status));
            }
            if takes_part(self.participants(ticket).await?) {
                return Ok(lied("a participant"));
            }
        }
        Ok(if was_there {
            Done::because(
                ItemOutcome::Neutralised,
                "The change log of the ticket still tells that the person took part.",
            )
        } else {
            erased()
        })
    }

    // The account.

    /// The organisations of an account.
    pub(super) async fn organisations(&self, id: &str) -> Result<Vec<Organisation>, StoreError> {
        let path = format!(
            "rest/servicedeskapi/organization?accountId={}",
            super::encoded(id)
        );
        let all: Vec<Organisation> = self.list(&path).await?;
        for one in &all {
            number(&one.id)?;
        }
        Ok(all)
    }

    /// Takes from an account whatever can be taken; to delete it is for a person.
    async fn account_goes(&self, work: &Work<'_>, id: &str) -> Result<Done, StoreError> {
        let Some(user) = self.api.user(id).await?.filter(|user| !user.is_former()) else {
            return Ok(erased());
        };
        let body = json!({"accountIds": [id]});
        let mut stays = Vec::new();
        for organisation in self.organisations(id).await? {
            let path = format!("rest/servicedeskapi/organization/{}/user", organisation.id);
            if let Wrote::Refused(_) = self.write(Method::DELETE, &path, Some(&body)).await? {
                stays.push(format!("organisation {}", organisation.id));
            }
        }
        if stays.is_empty() && !self.organisations(id).await?.is_empty() {
            return Ok(lied("the account from an organisation"));
        }
        for desk in work.desks {
            if !self.is_customer(work, desk, &user).await? {
                continue;
            }
            let path = format!("rest/servicedeskapi/servicedesk/{}/customer", desk.id);
            // A desk that is open to everybody has no list from which to take anyone: it says yes.
            self.write(Method::DELETE, &path, Some(&body)).await?;
            if self.is_customer(work, desk, &user).await? {
                stays.push(format!("service desk {}", desk.project));
            }
        }
        let is_portal_only = user.account_type.as_deref() == Some("customer");
        if is_portal_only {
            let path = format!(
                "rest/servicedeskapi/customer/user/{}/revoke-portal-only-access",
                super::encoded(id)
            );
            if let Wrote::Refused(_) = self.write(Method::PUT, &path, None).await? {
                stays.push("access to the portal".to_owned());
            }
        }
        let stays = match stays.join(", ") {
            stays if stays.is_empty() => String::new(),
            stays => format!(" Until then it stays in: {stays}."),
        };
        let steps = if is_portal_only {
            format!(
                "Delete the portal-only account: open {CONSOLE}, choose the site, then Portal-only \
                 customers, look for the account by its id, and choose Delete account."
            )
        } else {
            format!(
                "It is an Atlassian account. If it is managed by your organisation, \
                 open {CONSOLE}, Directory, Managed accounts, and delete it there. If not, only its \
                 owner can delete it: take it from the site under Directory, Users, and tell the \
                 person that id.atlassian.com deletes it."
            )
        };
        Ok(needs_person(format!("{steps}{stays}")))
    }

    /// Whether the list of a desk has an account.
    async fn is_customer(
        &self,
        work: &Work<'_>,
        desk: &Desk,
        user: &User,
    ) -> Result<bool, StoreError> {
        let query = work.subject.address.as_str();
        let customers = self.customers(desk, query).await?;
        Ok(customers
            .iter()
            .any(|one| one.account_id == user.account_id))
    }

    // Corrections.

    pub(super) async fn correct(
        &self,
        ticket: &str,
        field: &str,
        new: &str,
    ) -> Result<Done, StoreError> {
        // What is read back ends without blanks too.
        let new = new.trim_end();
        let Some(issue) = self.fields_of(ticket).await? else {
            return Ok(needs_person("The ticket is not there any more."));
        };
        if issue.text(field) == new {
            return Ok(ItemOutcome::Corrected.into());
        }
        // An empty field does not say whether it takes a line or a document: it refuses the other.
        let mut kinds = [json!(new), adf::document(new)];
        if issue.fields.get(field).is_some_and(adf::is_document) {
            kinds.reverse();
        }
        let path = format!("rest/api/3/issue/{ticket}?notifyUsers=false");
        for value in kinds {
            let body = json!({"fields": {field: value}});
            match self.write(Method::PUT, &path, Some(&body)).await? {
                Wrote::Said => break,
                Wrote::Gone => return Ok(needs_person("The ticket is not there any more.")),
                Wrote::Refused(400) => {}
                Wrote::Refused(status) => {
                    return Ok(needs_person(format!(
                        "Jira refuses to change {field} of {} ({status}).",
                        issue.key
                    )));
                }
            }
        }
        self.has_changed(ticket)?;
        match self.fields_of(ticket).await? {
            Some(after) if after.text(field) == new => Ok(ItemOutcome::Corrected.into()),
            _ => Ok(failed("Jira did not keep the value that was written.")),
        }
    }

    // The read-back.

    pub(super) async fn still_there(
        &self,
        subject: &Subject,
        gone: &[Order],
    ) -> Result<Vec<ItemKey>, StoreError> {
        // What may not be seen is not there for us: the rights come first, and once more at the end.
        let desks = self.allowed(true).await?;
        let work = Work {
            subject,
            desks: &desks,
            person: OnceCell::new(),
        };
        let mut there = Vec::new();
        // Nothing goes out of what is kept.
        for order in gone.iter().filter(|order| order.is_erasure()) {
            if self.is_there(&work, &Place::read(&order.key)?).await? {
                there.push(order.key.clone());
            }
        }
        self.allowed(true).await?;
        Ok(there)
    }

    async fn is_there(&self, work: &Work<'_>, place: &Place) -> Result<bool, StoreError> {
        Ok(match place {
            Place::Ticket(id, account) => match &self.config.own_tickets {
                OwnTickets::Delete => self.api.issue(id, "created").await?.is_some(),
                OwnTickets::Neutralise(neutral) => {
                    let person = work.person(self).await?;
                    self.is_personal(id, account, neutral, person).await?
                }
            },
            Place::Comment(ticket, id) => {
                let path = format!("rest/api/3/issue/{ticket}/comment/{id}");
                self.api.get::<Value>(&path).await?.is_some()
            }
            Place::File(_, id) => {
                let path = format!("rest/api/3/attachment/{id}");
                self.api.get::<Value>(&path).await?.is_some()
            }
            Place::Participant(ticket, account) => {
                let participants = self.participants(ticket).await?;
                participants.iter().any(|user| user.account_id == *account)
            }
            Place::Mention(id) => {
                let person = work.person(self).await?;
                let Some(issue) = self.api.issue(id, "*all").await? else {
                    return Ok(false);
                };
                let comments = self.api.comments(id).await?.unwrap_or_default();
                !self.named_in(&issue, person).is_empty()
                    || comments.iter().any(|one| person.is_named(&one.body))
            }
            Place::History(id) => {
                let person = work.person(self).await?;
                let changes = self.api.changes(id).await?.unwrap_or_default();
                changes.iter().any(|change| is_in_change(change, person))
            }
            Place::Account(id) => {
                let user = self.api.user(id).await?;
                user.is_some_and(|user| !user.is_former())
            }
        })
    }

    /// Whether there is still something of the person in a ticket of theirs that was to stay.
    async fn is_personal(
        &self,
        id: &str,
        account: &str,
        neutral: &str,
        person: &Person,
    ) -> Result<bool, StoreError> {
        let person = &person.in_own();
        let (Some(issue), Some(comments)) = (
            self.api.issue(id, "*all").await?,
            self.api.comments(id).await?,
        ) else {
            return Ok(false);
        };
        let files: Vec<Attachment> = issue.list("attachment")?;
        Ok(!self
            .wanted(&issue, person, Some((account, neutral)))
            .is_empty()
            || files.iter().any(|file| file.came_from(account))
            || comments
                .iter()
                .any(|one| one.wrote(account) || person.is_named(&one.body)))
    }
}

/// A field without the person: a text without the words, a list or a place without the account.
fn without(value: &Value, person: &Person) -> Value {
    let points = |value: &Value| {
        let id = value.get("accountId").and_then(Value::as_str);
        id.is_some_and(|id| person.is_account(id))
    };
    match value {
        Value::Array(values) => {
            let rest = values.iter().filter(|value| !points(value));
            rest.map(|value| without(value, person)).collect()
        }
        // Of other people Jira takes the account, and nothing more.
        Value::Object(node) if node.contains_key("accountId") => match node.get("accountId") {
            Some(_) if points(value) => Value::Null,
            id => json!({"accountId": id}),
        },
        other => person.cleared_from(other),
    }
}

fn tells_of_file(change: &super::api::Change, id: &str) -> bool {
    change.items.iter().any(|item| {
        let ids = [&item.from, &item.to];
        item.field == "Attachment" && ids.into_iter().flatten().any(|known| known == id)
    })
}
