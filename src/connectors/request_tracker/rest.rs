//! REST 2 of Request Tracker: signing in, reading lists to their end, and making sure that nothing
//! is hidden from us.

use std::time::Duration;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, ETAG, IF_MATCH, SET_COOKIE};
use reqwest::{Method, StatusCode};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use tokio::sync::Mutex;

use crate::clock::Clock;
use crate::config::stores::RequestTracker;
use crate::connectors::believed::Believed;
use crate::connectors::peer::{Answer, Peer};
use crate::domain::store::StoreError;

/// The most that a page of a list holds; a larger wish is cut to it in silence.
const PER_PAGE: usize = 100;

/// Numbers in a row that no queue has, after which there are no more.
const GAP: u64 = 20;

/// What every mend of a missing right begins with.
const GRANT: &str = "Grant to the service account, globally";

/// Every right that is needed.
const RIGHTS: &str =
    "SeeQueue, ShowTicket, ShowTicketComments, ShowOutgoingEmail, SeeCustomField, AdminUsers";

pub(super) struct Rest {
    peer: Peer,
    token: SecretString,
    account: u64,
    limit: usize,
    max_items: usize,
    session: Mutex<Option<SecretString>>,
    /// The version, if every right is there.
    rights: Believed<String>,
}

/// A condition of a search.
pub(super) fn is(field: &str, operator: &str, value: impl Into<Value>) -> Value {
    json!({"field": field, "operator": operator, "value": value.into()})
}

/// A text for a search in RT's own words.
pub(super) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// A number, which RT writes as one or as a text.
pub(super) fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

/// A text, or none.
pub(super) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// An answer that RT is not known to give.
pub(super) fn odd(what: &str) -> StoreError {
    StoreError::Retry(format!("Request Tracker answers without {what}."))
}

fn hidden(what: &str, rights: &str) -> StoreError {
    StoreError::NeedsPerson {
        cause: format!("Request Tracker hides {what} from the service account."),
        mend: format!("{GRANT}: {rights}."),
    }
}

impl Rest {
    pub(super) fn new(
        config: &RequestTracker,
        patience: Duration,
        clock: Clock,
    ) -> Result<Rest, String> {
        Ok(Rest {
            peer: Peer::new(config.url.clone(), patience, config.ca_file.as_deref())?,
            token: config.token.clone(),
            account: config.account,
            // Base64 and JSON make it larger.
            limit: config.max_file * 3 / 2 + (16 << 20),
            max_items: config.max_items,
            session: Mutex::default(),
            rights: Believed::new(clock),
        })
    }

    /// The cookie of the session: a token costs twenty times as much with each call, so it is
    /// exchanged once. A page answers 200 to a wrong one too; what the cookie is worth shows with
    /// the first call.
    async fn session(&self) -> Result<SecretString, StoreError> {
        let mut session = self.session.lock().await;
        if let Some(cookie) = &*session {
            return Ok(cookie.clone());
        }
        let token = format!("token {}", self.token.expose_secret());
        let question = self.peer.ask(Method::GET, "")?.header(AUTHORIZATION, token);
        let answer = self.peer.send(question, self.limit).await?;
        let cookies: Vec<&str> = answer
            .headers
            .get_all(SET_COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok()?.split(';').next())
            .filter(|cookie| cookie.contains('='))
            .collect();
        if cookies.is_empty() {
            return Err(odd("a session"));
        }
        let cookie = SecretString::from(cookies.join("; "));
        *session = Some(cookie.clone());
        Ok(cookie)
    }

    /// Forgets a session that has ended, unless somebody else has a new one already.
    async fn sign_out(&self, ended: &SecretString) {
        let mut session = self.session.lock().await;
        let is_it = |cookie: &SecretString| cookie.expose_secret() == ended.expose_secret();
        if session.as_ref().is_some_and(is_it) {
            *session = None;
        }
    }

    /// Asks. A redirect to the sign-in page is a session that has ended: then once more.
    async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        tag: Option<&str>,
    ) -> Result<Answer, StoreError> {
        for _ in 0..2 {
            let cookie = self.session().await?;
            let path = format!("REST/2.0/{path}");
            let mut question = self.peer.ask(method.clone(), &path)?;
            question = question.header(COOKIE, cookie.expose_secret());
            if let Some(body) = body {
                question = question
                    .header(CONTENT_TYPE, "application/json")
                    .body(body.to_string());
            }
            if let Some(tag) = tag {
                question = question.header(IF_MATCH, tag);
            }
            let answer = self.peer.send(question, self.limit).await?;
            if !answer.status.is_redirection() && answer.status != StatusCode::UNAUTHORIZED {
                return Ok(answer);
            }
            self.sign_out(&cookie).await;
        }
        Err(StoreError::NeedsPerson {
            cause: "Request Tracker does not accept the token of the service account.".to_owned(),
            mend: "Make a new token for it and put it into its file or into the environment."
                .to_owned(),
        })
    }

    /// Reads one thing; `None` if it is not there.
    pub(super) async fn read(&self, path: &str) -> Result<Option<Value>, StoreError> {
        Ok(self.tagged(path).await?.map(|(value, _)| value))
    }

    /// The same with its version tag.
    pub(super) async fn tagged(
        &self,
        path: &str,
    ) -> Result<Option<(Value, Option<String>)>, StoreError> {
        let answer = self.call(Method::GET, path, None, None).await?;
        let kind = path.split(['/', '?']).next().unwrap_or_default();
        match answer.status {
            StatusCode::OK => {
                let tag = answer.headers.get(ETAG).and_then(|tag| tag.to_str().ok());
                let tag = tag.map(str::to_owned);
                Ok(Some((answer.json()?, tag)))
            }
            StatusCode::NOT_FOUND => Ok(None),
            StatusCode::FORBIDDEN => Err(hidden(&format!("a {kind}"), RIGHTS)),
            status => Err(unexpected(kind, status)),
        }
    }

    /// Writes. What it answers is not believed: read it back.
    pub(super) async fn write(
        &self,
        path: &str,
        body: &Value,
        tag: Option<&str>,
    ) -> Result<Vec<String>, StoreError> {
        let answer = self.call(Method::PUT, path, Some(body), tag).await?;
        match answer.status {
            // A list of messages, which tells of refused fields too.
            StatusCode::OK => answer.json(),
            StatusCode::PRECONDITION_FAILED => Err(StoreError::Retry(
                "Somebody else changed it at the same time.".to_owned(),
            )),
            StatusCode::FORBIDDEN => Err(hidden("the change of a user", "AdminUsers")),
            status => Err(unexpected("a change", status)),
        }
    }

    async fn page(
        &self,
        what: &str,
        conditions: &[Value],
        query: &[(&str, &str)],
    ) -> Result<Vec<Value>, StoreError> {
        let query = serde_urlencoded::to_string(query)
            .map_err(|_| StoreError::Bug("a query that cannot be written".to_owned()))?;
        let path = format!("{what}?{query}");
        let conditions = Value::from(conditions.to_vec());
        let answer = self
            .call(Method::POST, &path, Some(&conditions), None)
            .await?;
        items(what, &answer)
    }

    /// Reads a list to its end by growing ids: never by offset, since it may change meanwhile, and
    /// never by a total, since these lists have none. RT leaves out what the account may not see
    /// after it has cut the list into pages; so what is left out shows as a short page that is not
    /// the last, or as a short page from the other end.
    pub(super) async fn walk(
        &self,
        what: &str,
        conditions: &[Value],
        fields: &[(&str, &str)],
    ) -> Result<Vec<Value>, StoreError> {
        let hides = || {
            hidden(
                &format!("some {what}"),
                &format!(
                    "{RIGHTS}; where they hold something of the person, ShowAsset and ShowArticle too"
                ),
            )
        };
        let mut all: Vec<Value> = Vec::new();
        let (mut last, mut was_short) = (0, false);
        loop {
            let mut asked = conditions.to_vec();
            asked.push(is("id", ">", last));
            let mut query = fields.to_vec();
            let full = PER_PAGE.to_string();
            query.extend([("per_page", full.as_str()), ("orderby", "id")]);
            let page = self.page(what, &asked, &query).await?;
            if page.is_empty() {
                break;
            }
            if was_short {
                return Err(hides());
            }
            was_short = page.len() < PER_PAGE;
            for item in page {
                let id = number(&item["id"]).ok_or_else(|| odd("an id"))?;
                if id <= last {
                    return Err(odd("an order in its list"));
                }
                last = id;
                all.push(item);
            }
            if all.len() > self.max_items {
                return Err(StoreError::NeedsPerson {
                    cause: format!("There are more than {} {what}.", self.max_items),
                    mend: "Look in Request Tracker what they are; raise \
                           request_tracker.max_items if they are right."
                        .to_owned(),
                });
            }
        }
        if !all.is_empty() {
            let seen = all.len().min(PER_PAGE).to_string();
            for order in ["ASC", "DESC"] {
                let query = [("per_page", &*seen), ("orderby", "id"), ("order", order)];
                if self.page(what, conditions, &query).await?.len().to_string() != seen {
                    return Err(hides());
                }
            }
        }
        Ok(all)
    }

    /// The users, disabled ones too, of whom a field has this value. RT passes over a condition
    /// that it does not know and then brings everybody, so who comes is looked at.
    pub(super) async fn users(&self, field: &str, value: &str) -> Result<Vec<u64>, StoreError> {
        let asked = [is(field, "=", value)];
        let query = [
            ("find_disabled_rows", "1"),
            ("fields", "id,Name,EmailAddress"),
            ("per_page", "100"),
        ];
        let users = self.page("users", &asked, &query).await?;
        if users.len() >= PER_PAGE {
            return Err(odd("an end of its users"));
        }
        users
            .iter()
            .filter(|user| text(&user[field]).to_lowercase() == value.to_lowercase())
            .map(|user| number(&user["id"]).ok_or_else(|| odd("an id")))
            .collect()
    }

    /// The things with these ids, those that are there.
    pub(super) async fn those(
        &self,
        what: &str,
        ids: &[u64],
        fields: &[(&str, &str)],
    ) -> Result<Vec<Value>, StoreError> {
        let mut all = Vec::new();
        for ids in ids.chunks(PER_PAGE) {
            let conditions: Vec<Value> = ids.iter().map(|id| is("id", "=", *id)).collect();
            let mut query = fields.to_vec();
            query.push(("per_page", "100"));
            all.extend(self.page(what, &conditions, &query).await?);
        }
        Ok(all)
    }

    /// A list that has no total and no keys to go by, page after page until one is empty. For what
    /// does not change while it is read.
    pub(super) async fn pages(&self, path: &str, fields: &str) -> Result<Vec<Value>, StoreError> {
        let mut all: Vec<Value> = Vec::new();
        for page in 1.. {
            let path = format!("{path}?fields={fields}&per_page={PER_PAGE}&page={page}");
            let answer = self.call(Method::GET, &path, None, None).await?;
            let page = items("a history", &answer)?;
            if page.is_empty() || all.len() > 100 * self.max_items {
                break;
            }
            all.extend(page);
        }
        Ok(all)
    }

    /// Tickets that a search in RT's own words finds, by growing ids. Deleted ones never come back.
    pub(super) async fn tickets(&self, query: &str) -> Result<Vec<Value>, StoreError> {
        let mut all: Vec<Value> = Vec::new();
        let mut last = 0;
        loop {
            let asked = format!("( {query} ) AND id > {last}");
            let asked = serde_urlencoded::to_string([
                ("query", asked.as_str()),
                (
                    "fields",
                    "Subject,Status,Created,Requestor,Cc,AdminCc,Creator",
                ),
                ("per_page", "100"),
                ("orderby", "id"),
            ]);
            let asked = asked.map_err(|_| StoreError::Bug("a query".to_owned()))?;
            let path = format!("tickets?{asked}");
            let answer = self.call(Method::GET, &path, None, None).await?;
            let page = items("tickets", &answer)?;
            if page.is_empty() {
                return Ok(all);
            }
            for ticket in page {
                let id = number(&ticket["id"]).ok_or_else(|| odd("an id"))?;
                if id <= last {
                    return Err(odd("an order in its list"));
                }
                last = id;
                all.push(ticket);
            }
            if all.len() > self.max_items {
                return Err(StoreError::NeedsPerson {
                    cause: format!("There are more than {} tickets.", self.max_items),
                    mend: "Raise request_tracker.max_items if they are right.".to_owned(),
                });
            }
        }
    }

    /// The version, once it is sure that every right is there.
    pub(super) async fn probe(&self) -> Result<String, StoreError> {
        self.rights.anew(self.look()).await
    }

    /// Makes sure of the rights, unless that was done a moment ago.
    pub(super) async fn rights(&self) -> Result<(), StoreError> {
        self.rights.or_ask(self.look()).await.map(drop)
    }

    /// The version, and whether every right is there. REST 2 tells no rights, so each shows by
    /// something that is left out without it.
    async fn look(&self) -> Result<String, StoreError> {
        let version = self.read("rt").await?;
        let version = version.ok_or_else(|| odd("its version"))?;
        let version = text(&version["Version"]).to_owned();
        if !version.starts_with("5.") {
            return Err(StoreError::NeedsPerson {
                cause: "It is no Request Tracker 5.".to_owned(),
                mend: "Look whether request_tracker.url leads to the right server.".to_owned(),
            });
        }
        let own = self.read(&format!("user/{}", self.account)).await?;
        if own.is_none_or(|own| number(&own["Privileged"]) != Some(1)) {
            return Err(StoreError::NeedsPerson {
                cause: "The service account of Request Tracker has no rights.".to_owned(),
                mend: "Let it be granted rights (Privileged).".to_owned(),
            });
        }
        // Of somebody else, and that one is always there.
        let other = self.read("user/1").await?.ok_or_else(|| odd("a user"))?;
        if other.get("Disabled").is_none() || other.get("Memberships").is_none() {
            return Err(hidden("users", "AdminUsers"));
        }
        self.sees_queues().await?;
        self.sees(
            ("ObjectType", "RT::User"),
            ("ObjectType", "RT::Ticket"),
            &[is("Type", "=", "Create")],
            "tickets",
            "ShowTicket",
        )
        .await?;
        let on_tickets = [is("ObjectType", "=", "RT::Ticket")];
        for (kind, what, right) in [
            ("Comment", "comments", "ShowTicketComments"),
            ("EmailRecord", "mail that went out", "ShowOutgoingEmail"),
            (
                "CommentEmailRecord",
                "mail that went out with comments",
                "ShowOutgoingEmail, ShowTicketComments",
            ),
            ("CustomField", "changes of custom fields", "SeeCustomField"),
        ] {
            self.sees(("Type", "Create"), ("Type", kind), &on_tickets, what, right)
                .await?;
        }
        Ok(version)
    }

    /// Every queue by its number: of one that is hidden RT says 403, of none 404.
    async fn sees_queues(&self) -> Result<(), StoreError> {
        let (mut id, mut missing) = (1, 0);
        while missing < GAP {
            let path = format!("queue/{id}");
            match self.call(Method::GET, &path, None, None).await?.status {
                StatusCode::OK => missing = 0,
                StatusCode::NOT_FOUND => missing += 1,
                StatusCode::FORBIDDEN => return Err(hidden("a queue", "SeeQueue")),
                status => return Err(unexpected("a queue", status)),
            }
            id += 1;
        }
        Ok(())
    }

    /// Makes sure that entries of one kind are not hidden, though there may be none: they are asked
    /// for together with entries that are seen, and sorted before them. On a page as long as what
    /// is seen, each hidden one leaves a gap.
    async fn sees(
        &self,
        seen: (&str, &str),
        wanted: (&str, &str),
        also: &[Value],
        what: &str,
        right: &str,
    ) -> Result<(), StoreError> {
        let mut asked = also.to_vec();
        asked.push(is(seen.0, "=", seen.1));
        let anchors = self
            .page("transactions", &asked, &[("per_page", "100")])
            .await?
            .len()
            .to_string();
        if anchors == "0" {
            return if wanted.1 == "RT::Ticket" {
                Err(hidden("users", "AdminUsers"))
            } else {
                Ok(())
            };
        }
        asked.push(is(wanted.0, "=", wanted.1));
        let order = if wanted.1 < seen.1 { "ASC" } else { "DESC" };
        let both = [
            ("per_page", &*anchors),
            ("orderby", wanted.0),
            ("order", order),
        ];
        let mut full = self
            .page("transactions", &asked, &both)
            .await?
            .len()
            .to_string()
            == anchors;
        // The newest too: a right may have been given for some queues only.
        let mut alone = also.to_vec();
        alone.push(is(wanted.0, "=", wanted.1));
        let newest = [("per_page", "100"), ("orderby", "id"), ("order", "DESC")];
        let count = self.page("transactions", &alone, &newest).await?.len();
        if full && count > 0 {
            let count = count.to_string();
            for order in ["ASC", "DESC"] {
                let query = [("per_page", &*count), ("orderby", "id"), ("order", order)];
                let page = self.page("transactions", &alone, &query).await?;
                full &= page.len().to_string() == count;
            }
        }
        if full {
            Ok(())
        } else {
            Err(hidden(what, right))
        }
    }
}

fn unexpected(what: &str, status: StatusCode) -> StoreError {
    let status = status.as_u16();
    StoreError::Retry(format!("Request Tracker answers {status} about {what}."))
}

/// The items of a list.
fn items(what: &str, answer: &Answer) -> Result<Vec<Value>, StoreError> {
    match answer.status {
        StatusCode::OK => {}
        StatusCode::FORBIDDEN => return Err(hidden(what, RIGHTS)),
        status => return Err(unexpected(what, status)),
    }
    let mut list: Value = answer.json()?;
    match list["items"].take() {
        Value::Array(items) => Ok(items),
        _ => Err(odd("the items of a list")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_cannot_end_its_quotes() {
        assert_eq!(quoted("o'neil\\"), "'o\\'neil\\\\'");
        assert_eq!(quoted("a' OR id > '0"), "'a\\' OR id > \\'0'");
    }

    #[test]
    fn a_number_is_read_in_both_forms() {
        assert_eq!(number(&json!("29")), Some(29));
        assert_eq!(number(&json!(29)), Some(29));
        assert_eq!(number(&json!("anna")), None);
        assert_eq!(number(&json!(null)), None);
    }
}
