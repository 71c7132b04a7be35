//! The calls of the two APIs of a site, `rest/api/3` and `rest/servicedeskapi`: signed in, paged to
//! their end, and with every answer that is not understood as an error.

use std::collections::HashSet;

use jiff::civil::Date;
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use reqwest::{Method, StatusCode};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::connectors::peer::{Answer, Peer};
use crate::domain::store::StoreError;

/// The largest answer that is no file.
const LARGEST: usize = 32 << 20;

/// Rows of a list that one call asks for.
const ROWS: usize = 50;

/// Pages of one list after which something is wrong.
const MOST_PAGES: usize = 2_000;

/// One site, asked as one account.
pub(super) struct Api {
    peer: Peer,
    account: String,
    token: SecretString,
    token_expires: Option<Date>,
}

/// A user or a customer.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct User {
    pub(super) account_id: String,
    #[serde(default)]
    pub(super) display_name: Option<String>,
    #[serde(default)]
    pub(super) email_address: Option<String>,
    #[serde(default)]
    pub(super) account_type: Option<String>,
    #[serde(default)]
    pub(super) active: Option<bool>,
}

impl User {
    /// Whether it is the shell that Jira keeps of a deleted account.
    pub(super) fn is_former(&self) -> bool {
        let shell = self.display_name.as_deref() == Some("Former user");
        shell && self.email_address.as_deref().unwrap_or_default().is_empty()
    }
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Desk {
    pub(super) id: String,
    #[serde(rename = "projectKey")]
    pub(super) project: String,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Organisation {
    pub(super) id: String,
    #[serde(default)]
    pub(super) name: String,
}

/// A ticket with the fields that were asked for.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Issue {
    pub(super) id: String,
    pub(super) key: String,
    pub(super) fields: Map<String, Value>,
    /// What fields are called, where that was asked for.
    #[serde(default)]
    pub(super) names: Map<String, Value>,
}

impl Issue {
    pub(super) fn text(&self, field: &str) -> String {
        self.fields
            .get(field)
            .map(super::adf::plain)
            .unwrap_or_default()
    }

    /// The account in a field that holds one person.
    pub(super) fn account(&self, field: &str) -> Option<&str> {
        self.fields.get(field)?.get("accountId")?.as_str()
    }

    pub(super) fn list<T: DeserializeOwned>(&self, field: &str) -> Result<Vec<T>, StoreError> {
        match self.fields.get(field) {
            None | Some(Value::Null) => Ok(Vec::new()),
            Some(value) => serde_json::from_value(value.clone()).map_err(|_| strange()),
        }
    }
}

/// A ticket within another, as that one lists it.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Within {
    pub(super) id: String,
    pub(super) key: String,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Comment {
    pub(super) id: String,
    #[serde(default)]
    pub(super) author: Option<User>,
    pub(super) body: Value,
    #[serde(default)]
    pub(super) created: String,
    #[serde(rename = "jsdPublic", default)]
    public: Option<bool>,
}

impl Comment {
    /// Whether the customer does not see it. What is not said to be public is not.
    pub(super) fn is_internal(&self) -> bool {
        self.public != Some(true)
    }

    pub(super) fn wrote(&self, account: &str) -> bool {
        is_by(self.author.as_ref(), account)
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Attachment {
    pub(super) id: Value,
    pub(super) filename: String,
    #[serde(default)]
    pub(super) author: Option<User>,
    #[serde(default)]
    pub(super) created: String,
    #[serde(default)]
    pub(super) mime_type: String,
    pub(super) size: u64,
}

impl Attachment {
    /// Its number, which one call gives as a text and another as a number.
    pub(super) fn id(&self) -> Result<String, StoreError> {
        let id = match &self.id {
            Value::String(id) => id.clone(),
            Value::Number(id) => id.to_string(),
            _ => return Err(strange()),
        };
        number(&id)?;
        Ok(id)
    }

    pub(super) fn came_from(&self, account: &str) -> bool {
        is_by(self.author.as_ref(), account)
    }
}

pub(super) fn is_by(author: Option<&User>, account: &str) -> bool {
    author.is_some_and(|author| author.account_id == account)
}

/// One entry of a change log.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Change {
    #[serde(default)]
    pub(super) author: Option<User>,
    #[serde(default)]
    pub(super) created: String,
    pub(super) items: Vec<Changed>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Changed {
    #[serde(default)]
    pub(super) field: String,
    #[serde(default)]
    pub(super) from: Option<String>,
    #[serde(rename = "fromString", default)]
    pub(super) from_text: Option<String>,
    #[serde(default)]
    pub(super) to: Option<String>,
    #[serde(rename = "toString", default)]
    pub(super) to_text: Option<String>,
}

/// One page of a search.
pub(super) struct Found {
    pub(super) issues: Vec<Issue>,
    pub(super) next: Option<String>,
}

/// What became of a search.
pub(super) enum Searched {
    Page(Found),
    /// The token is not taken any more: it begins anew.
    Anew,
}

/// What became of a wish to change something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wrote {
    /// The server says so. That proves nothing.
    Said,
    /// There is no such thing.
    Gone,
    /// It is refused: with 400 as it stands, with 403 for want of a right.
    Refused(u16),
}

impl Api {
    pub(super) fn new(
        peer: Peer,
        account: &str,
        token: SecretString,
        token_expires: Option<Date>,
    ) -> Api {
        Api {
            peer,
            account: account.to_owned(),
            token,
            token_expires,
        }
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        limit: usize,
    ) -> Result<Answer, StoreError> {
        let mut question = self
            .peer
            .ask(method, path)?
            .basic_auth(&self.account, Some(self.token.expose_secret()))
            .header("X-ExperimentalApi", "opt-in");
        question = if limit == LARGEST {
            question.header(ACCEPT, "application/json")
        } else {
            question.header(ACCEPT, "*/*")
        };
        if let Some(body) = body {
            let body = body.to_string();
            question = question.header(CONTENT_TYPE, "application/json").body(body);
        }
        let answer = self.peer.send(question, limit).await?;
        match answer.status {
            StatusCode::UNAUTHORIZED => Err(self.signed_out()),
            status if status.is_redirection() => Err(StoreError::Retry(
                "It sends us to another place, which is not followed.".to_owned(),
            )),
            StatusCode::GONE => Err(StoreError::NeedsPerson {
                cause: "Jira has taken away a call that Lethe makes (410).".to_owned(),
                mend: "Install a newer version of Lethe.".to_owned(),
            }),
            _ => Ok(answer),
        }
    }

    fn signed_out(&self) -> StoreError {
        let expired = self.token_expires.map_or(String::new(), |day| {
            format!(" Its last day is said to be {day}.")
        });
        StoreError::NeedsPerson {
            cause: format!("Jira does not take the API token.{expired}"),
            mend: "Create a new token for the account, and put it where the old one stood."
                .to_owned(),
        }
    }

    /// What an address shows; nothing if there is no such thing.
    pub(super) async fn get<T: DeserializeOwned>(
        &self,
        path: &str,
    ) -> Result<Option<T>, StoreError> {
        let answer = self.call(Method::GET, path, None, LARGEST).await?;
        match answer.status {
            StatusCode::OK => answer.json().map(Some),
            StatusCode::NOT_FOUND => missing(&answer).map(|()| None),
            status => Err(unexpected(status)),
        }
    }

    /// The same of what has to be there.
    pub(super) async fn must<T: DeserializeOwned>(&self, path: &str) -> Result<T, StoreError> {
        self.get(path).await?.ok_or_else(strange)
    }

    pub(super) async fn write(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Wrote, StoreError> {
        let answer = self.call(method, path, body, LARGEST).await?;
        match answer.status {
            StatusCode::NOT_FOUND => missing(&answer).map(|()| Wrote::Gone),
            StatusCode::BAD_REQUEST | StatusCode::FORBIDDEN => {
                Ok(Wrote::Refused(answer.status.as_u16()))
            }
            status if status.is_success() => Ok(Wrote::Said),
            status => Err(unexpected(status)),
        }
    }

    /// The bytes of a file, from the site itself.
    pub(super) async fn file(
        &self,
        id: &str,
        size: u64,
        limit: usize,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let path = format!("rest/api/3/attachment/content/{id}?redirect=false");
        let answer = self.call(Method::GET, &path, None, limit).await?;
        match answer.status {
            StatusCode::NOT_FOUND => missing(&answer).map(|()| None),
            StatusCode::OK if answer.body.len() as u64 == size => Ok(Some(answer.body)),
            StatusCode::OK => Err(StoreError::Retry(
                "A file came shorter or longer than Jira says it is.".to_owned(),
            )),
            status => Err(unexpected(status)),
        }
    }

    /// One page of a search, from the beginning or from a token on. `current` names tickets that
    /// must not be told of as they were a while ago.
    pub(super) async fn search(
        &self,
        jql: &str,
        fields: &[&str],
        size: u16,
        current: &[u64],
        token: Option<&str>,
    ) -> Result<Searched, StoreError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Page {
            issues: Vec<Issue>,
            #[serde(default)]
            next_page_token: Option<String>,
            #[serde(default)]
            is_last: Option<bool>,
        }
        let mut body = json!({"jql": jql, "fields": fields, "maxResults": size});
        if !current.is_empty() {
            body["reconcileIssues"] = json!(current);
        }
        if let Some(token) = token {
            body["nextPageToken"] = json!(token);
        }
        let path = "rest/api/3/search/jql";
        let answer = self.call(Method::POST, path, Some(&body), LARGEST).await?;
        if answer.status == StatusCode::BAD_REQUEST {
            return match token {
                Some(_) => Ok(Searched::Anew),
                None => Err(StoreError::NeedsPerson {
                    cause: "Jira refuses the search for tickets (400).".to_owned(),
                    mend: "See that participants_field is what the field is called on the site, \
                           and that every project is there."
                        .to_owned(),
                }),
            };
        }
        if answer.status != StatusCode::OK {
            return Err(unexpected(answer.status));
        }
        let page: Page = answer.json()?;
        let next = match (page.is_last, page.next_page_token) {
            (Some(true), _) | (None, None) => None,
            (_, Some(next)) if Some(next.as_str()) != token => Some(next),
            // It says that there is more, and leads nowhere.
            _ => return Err(strange()),
        };
        for issue in &page.issues {
            number(&issue.id)?;
        }
        Ok(Searched::Page(Found {
            issues: page.issues,
            next,
        }))
    }

    /// A ticket as it is now, with some fields, or with all and what they are called.
    pub(super) async fn issue(&self, id: &str, fields: &str) -> Result<Option<Issue>, StoreError> {
        let expand = if fields == "*all" {
            "&expand=names"
        } else {
            ""
        };
        let path = format!("rest/api/3/issue/{id}?fields={fields}{expand}");
        let issue: Option<Issue> = self.get(&path).await?;
        match issue {
            // A ticket that was moved keeps its number.
            Some(issue) if issue.id != id => Err(strange()),
            other => Ok(other),
        }
    }

    /// All comments of a ticket; nothing if it is gone.
    pub(super) async fn comments(&self, id: &str) -> Result<Option<Vec<Comment>>, StoreError> {
        #[derive(Deserialize)]
        struct Page {
            total: usize,
            comments: Vec<Comment>,
        }
        let mut all = Vec::new();
        for _ in 0..MOST_PAGES {
            let path = format!(
                "rest/api/3/issue/{id}/comment?startAt={}&maxResults={ROWS}&orderBy=created",
                all.len()
            );
            let Some(page) = self.get::<Page>(&path).await? else {
                return Ok(None);
            };
            let is_empty = page.comments.is_empty();
            all.extend(page.comments);
            if all.len() >= page.total {
                let mut seen = HashSet::new();
                for comment in &all {
                    number(&comment.id)?;
                    if !seen.insert(comment.id.clone()) {
                        return Err(moved());
                    }
                }
                return Ok(Some(all));
            }
            if is_empty {
                return Err(moved());
            }
        }
        Err(strange())
    }

    /// A list of the API of service desks; nothing if what it belongs to is gone.
    pub(super) async fn list<T: DeserializeOwned>(
        &self,
        path: &str,
    ) -> Result<Option<Vec<T>>, StoreError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Page<T> {
            values: Vec<T>,
            is_last_page: bool,
        }
        let sign = if path.contains('?') { '&' } else { '?' };
        let mut all = Vec::new();
        for _ in 0..MOST_PAGES {
            let path = format!("{path}{sign}start={}&limit={ROWS}", all.len());
            let Some(page) = self.get::<Page<T>>(&path).await? else {
                return Ok(None);
            };
            let is_empty = page.values.is_empty();
            all.extend(page.values);
            if page.is_last_page {
                return Ok(Some(all));
            }
            if is_empty {
                return Err(moved());
            }
        }
        Err(strange())
    }

    /// The whole change log of a ticket; nothing if it is gone.
    pub(super) async fn changes(&self, id: &str) -> Result<Option<Vec<Change>>, StoreError> {
        #[derive(Deserialize)]
        struct Page {
            total: usize,
            values: Vec<Change>,
        }
        let mut all = Vec::new();
        for _ in 0..MOST_PAGES {
            let path = format!(
                "rest/api/3/issue/{id}/changelog?startAt={}&maxResults={ROWS}",
                all.len()
            );
            let Some(page) = self.get::<Page>(&path).await? else {
                return Ok(None);
            };
            let is_empty = page.values.is_empty();
            all.extend(page.values);
            if all.len() >= page.total {
                return Ok(Some(all));
            }
            if is_empty {
                return Err(moved());
            }
        }
        Err(strange())
    }

    /// Users whom the search by a text finds. A short page is not the last; an empty one is.
    pub(super) async fn users(&self, query: &str) -> Result<Vec<User>, StoreError> {
        let mut all: Vec<User> = Vec::new();
        for _ in 0..MOST_PAGES {
            let path = format!(
                "rest/api/3/user/search?query={}&startAt={}&maxResults={ROWS}",
                encoded(query),
                all.len()
            );
            let page: Vec<User> = self.must(&path).await?;
            if page.is_empty() {
                return Ok(all);
            }
            all.extend(page);
        }
        Err(strange())
    }

    pub(super) async fn user(&self, account: &str) -> Result<Option<User>, StoreError> {
        let path = format!("rest/api/3/user?accountId={}", encoded(account));
        self.get(&path).await
    }
}

/// A 404 of Jira's own, in its words. That of something in between proves nothing.
fn missing(answer: &Answer) -> Result<(), StoreError> {
    let words: Value = answer.json()?;
    let is_jira = words.get("errorMessages").is_some() || words.get("errorMessage").is_some();
    if is_jira { Ok(()) } else { Err(strange()) }
}

fn unexpected(status: StatusCode) -> StoreError {
    match status {
        StatusCode::FORBIDDEN => StoreError::NeedsPerson {
            cause: "Jira refuses an answer to the account (403).".to_owned(),
            mend: "Give the account the rights that docs/connectors.md names.".to_owned(),
        },
        _ => StoreError::Retry(format!(
            "It answers with {}, which is not understood.",
            status.as_u16()
        )),
    }
}

pub(super) fn strange() -> StoreError {
    StoreError::Retry("The answer is not what Jira is known to say.".to_owned())
}

fn moved() -> StoreError {
    StoreError::Retry("A list changed while it was read.".to_owned())
}

/// Numbers of Jira's go into addresses and keys: nothing else may pass for one.
pub(super) fn number(id: &str) -> Result<u64, StoreError> {
    let is_plain = (1..=19).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_digit());
    let number = is_plain.then(|| id.parse().ok()).flatten();
    number.ok_or_else(strange)
}

/// The same for accounts.
pub(super) fn account(id: &str) -> Result<&str, StoreError> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, ':' | '-' | '_');
    if (1..=128).contains(&id.len()) && id.chars().all(is_plain) {
        Ok(id)
    } else {
        Err(strange())
    }
}

pub(super) fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// A text in a search: the only way in which one gets there.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() => quoted.push(' '),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// A text that is looked for as a phrase, within a search.
pub(super) fn phrase(text: &str) -> String {
    quoted(&quoted(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_gets_out_of_its_quotes() {
        assert_eq!(quoted("SUP"), "\"SUP\"");
        assert_eq!(quoted("a\" OR \"b"), "\"a\\\" OR \\\"b\"");
        assert_eq!(quoted("a\\\" OR 1"), "\"a\\\\\\\" OR 1\"");
        assert_eq!(quoted("a\nb"), "\"a b\"");
        assert_eq!(phrase("a@b.c"), "\"\\\"a@b.c\\\"\"");
        // Read back the way a parser does, it is the text again.
        for text in ["\\", "\"", "\\\"", "\"\\", "x\\\\\"y\"", "'; --"] {
            let quoted = quoted(text);
            let inner = &quoted[1..quoted.len() - 1];
            let (mut read, mut chars) = (String::new(), inner.chars());
            while let Some(c) = chars.next() {
                assert_ne!(c, '"', "{text}");
                read.push(if c == '\\' { chars.next().unwrap() } else { c });
            }
            assert_eq!(read, text);
        }
    }

    #[test]
    fn only_numbers_and_accounts_pass_for_them() {
        assert_eq!(number("10021").unwrap(), 10021);
        for text in ["", "1/../2", "-1", "1 ", "99999999999999999999", "x"] {
            assert!(number(text).is_err(), "{text}");
        }
        assert!(account("qm:a713c8ea-1075:5ad6").is_ok());
        for text in ["", "a/b", "a b", "a\"", "a?b"] {
            assert!(account(text).is_err(), "{text}");
        }
    }
}
