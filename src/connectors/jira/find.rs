//! What a site holds of a person: their tickets, then what they are in others', then the account.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::adf::Person;
use super::api::{Change, Issue, Searched, User, number, phrase, quoted, strange};
use super::{Account, Jira, Place};
use crate::config::stores::Earlier;
use crate::domain::store::{Decision, Ground, Item, ItemKey, Match, Page, StoreError, Subject};

/// Fields of a ticket of which others are the owners, or which say nothing by themselves.
const NOT_LOOKED_INTO: [&str; 12] = [
    "reporter",
    "creator",
    "comment",
    "attachment",
    "watches",
    "votes",
    "worklog",
    "issuelinks",
    "subtasks",
    "parent",
    "project",
    "thumbnail",
];

/// How often a search begins anew in one walk before something else is wrong.
const MOST_ANEW: u8 = 20;

/// How far a walk has come. It holds ids and the token of the server, nothing of the person's words.
#[derive(Debug, Serialize, Deserialize)]
struct Cursor {
    part: Part,
    /// Where the search goes on. The server forgets it after seven days; then the part begins anew.
    token: Option<String>,
    /// How often a search began anew in this walk.
    #[serde(default)]
    anew: u8,
    /// The accounts, and whether each is the person's for sure.
    accounts: Vec<(String, bool)>,
    /// What the searches name so that it is current: the same on all pages of one search.
    current: Vec<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Part {
    /// Their tickets within other tickets: those go first, since Jira deletes none that has some.
    Within,
    /// Their tickets.
    Own,
    /// Tickets of others.
    Others,
    /// Their accounts.
    Accounts,
}

impl Jira {
    pub(super) async fn found(
        &self,
        subject: &Subject,
        after: Option<&str>,
    ) -> Result<Page<Item>, StoreError> {
        let desks = self.allowed(after.is_none()).await?;
        let mut cursor = match after {
            Some(after) => serde_json::from_str(after)
                .map_err(|_| StoreError::Bug("a cursor that is none of this store's".to_owned()))?,
            None => {
                let accounts = self.accounts(&subject.address, &desks).await?;
                let known = |account: &Account| {
                    let id = account.user.account_id.clone();
                    (id, account.matched == Match::Sure)
                };
                let is_known = !accounts.is_empty();
                Cursor {
                    part: if is_known { Part::Within } else { Part::Others },
                    token: None,
                    anew: 0,
                    accounts: accounts.iter().map(known).collect(),
                    current: self.lock(&self.changed).iter().copied().collect(),
                }
            }
        };
        if cursor.part == Part::Accounts {
            return self.found_accounts(&cursor).await;
        }
        let jql = self.query(subject, &cursor);
        let searched = self
            .api
            .search(
                &jql,
                &["summary"],
                self.config.page_size,
                &cursor.current,
                cursor.token.as_deref(),
            )
            .await?;
        let mut items = Vec::new();
        match searched {
            Searched::Anew if cursor.anew == MOST_ANEW => {
                return Err(StoreError::Retry(
                    "Jira takes none of the tokens that it gives for further pages.".to_owned(),
                ));
            }
            Searched::Anew => {
                cursor.token = None;
                cursor.anew += 1;
            }
            Searched::Page(found) => {
                let users = self.users_of(&cursor).await?;
                for issue in found.issues {
                    if cursor.part == Part::Others {
                        let more = self.found_elsewhere(subject, &cursor, &users, &issue.id);
                        items.extend(more.await?);
                    } else {
                        items.extend(self.found_own(&cursor, &issue.id).await?);
                    }
                }
                cursor.token = found.next;
                if cursor.token.is_none() {
                    cursor.part = match cursor.part {
                        Part::Within => Part::Own,
                        Part::Own => Part::Others,
                        _ => Part::Accounts,
                    };
                }
            }
        }
        // What was found without the right to look is not all: it may have been taken meanwhile.
        if cursor.part == Part::Accounts {
            self.allowed(true).await?;
        }
        let next = serde_json::to_string(&cursor)
            .map_err(|_| StoreError::Bug("a cursor cannot be written".to_owned()))?;
        Ok(Page {
            items,
            next: Some(next),
        })
    }

    /// The search of a part.
    fn query(&self, subject: &Subject, cursor: &Cursor) -> String {
        let all = |texts: &mut dyn Iterator<Item = &str>| {
            texts.map(quoted).collect::<Vec<_>>().join(", ")
        };
        let projects = all(&mut self.config.projects.iter().map(String::as_str));
        let accounts = all(&mut cursor.accounts.iter().map(|(id, _)| id.as_str()));
        let what = match cursor.part {
            Part::Within => {
                format!("reporter in ({accounts}) AND issuetype in subTaskIssueTypes()")
            }
            Part::Own => format!("reporter in ({accounts}) AND issuetype in standardIssueTypes()"),
            Part::Others | Part::Accounts => {
                let mut ways = vec![format!("text ~ {}", phrase(subject.address.as_str()))];
                if !accounts.is_empty() {
                    let field = quoted(&self.config.participants_field);
                    ways.push(format!("creator in ({accounts})"));
                    ways.push(format!("{field} in ({accounts})"));
                }
                for (id, _) in &cursor.accounts {
                    ways.push(format!("issuekey in updatedBy({})", quoted(id)));
                    ways.push(format!("text ~ {}", phrase(id)));
                }
                let ways = ways.join(" OR ");
                if accounts.is_empty() {
                    format!("({ways})")
                } else {
                    format!("({ways}) AND (reporter not in ({accounts}) OR reporter is EMPTY)")
                }
            }
        };
        format!("project in ({projects}) AND {what} ORDER BY created ASC, key ASC")
    }

    /// The accounts of a walk that are the person's for sure, as they are now.
    async fn users_of(&self, cursor: &Cursor) -> Result<Vec<User>, StoreError> {
        let mut users = Vec::new();
        if cursor.part == Part::Others {
            for (id, _) in cursor.accounts.iter().filter(|(_, is_sure)| *is_sure) {
                users.extend(self.api.user(id).await?);
            }
        }
        Ok(users)
    }

    /// A ticket that the search says the person opened. It is looked at itself, since a search may
    /// tell of what is gone.
    async fn found_own(&self, cursor: &Cursor, id: &str) -> Result<Option<Item>, StoreError> {
        let fields = "summary,status,created,reporter,creator,attachment,description";
        let Some(issue) = self.api.issue(id, fields).await? else {
            return Ok(None);
        };
        let Some((account, is_sure)) = issue
            .account("reporter")
            .and_then(|who| cursor.accounts.iter().find(|(id, _)| id == who))
        else {
            return Ok(None);
        };
        let Some(comments) = self.api.comments(id).await? else {
            return Ok(None);
        };
        let internal = comments.iter().filter(|one| one.is_internal()).count();
        let mut note = vec![];
        if !is_sure {
            note.push(HIDDEN.to_owned());
        }
        if internal > 0 {
            note.push(format!(
                "{internal} of {} comments are internal: read them before a review goes out.",
                comments.len()
            ));
        }
        let mut holds = vec![
            "summary".to_owned(),
            "reporter".to_owned(),
            "history".to_owned(),
        ];
        let parts = [
            ("description", !issue.text("description").is_empty()),
            ("comments", !comments.is_empty()),
            ("files", !issue.list::<Value>("attachment")?.is_empty()),
        ];
        let parts = parts.into_iter().filter(|(_, is_there)| *is_there);
        holds.extend(parts.map(|(name, _)| name.to_owned()));
        let place = Place::Ticket(issue.id.clone(), account.clone());
        Ok(Some(Item {
            key: place.key(),
            kind: place.kind(),
            label: label(&issue),
            note: note.join(" "),
            holds,
            matched: matched(*is_sure),
            proposal: Decision::Erase,
            within: Vec::new(),
        }))
    }

    /// What the person is in a ticket of somebody else.
    async fn found_elsewhere(
        &self,
        subject: &Subject,
        cursor: &Cursor,
        users: &[User],
        id: &str,
    ) -> Result<Vec<Item>, StoreError> {
        let Some(issue) = self.api.issue(id, "*all").await? else {
            return Ok(Vec::new());
        };
        let known = |who: Option<&str>| {
            let who = who?;
            cursor.accounts.iter().find(|(id, _)| id == who)
        };
        // It is the person's own by now, or the search tells of what was.
        if known(issue.account("reporter")).is_some() {
            return Ok(Vec::new());
        }
        let (Some(comments), Some(changes)) =
            (self.api.comments(id).await?, self.api.changes(id).await?)
        else {
            return Ok(Vec::new());
        };
        let person = self.known_by(subject, &users.iter().collect::<Vec<_>>());
        // It was the person's own, if their account is gone since and the ticket was kept.
        let roles = ["reporter", "creator"].into_iter();
        let whole: Vec<ItemKey> = roles
            .filter_map(|role| issue.account(role))
            .map(|who| Place::Ticket(id.to_owned(), who.to_owned()).key())
            .collect();
        let mut items = Vec::new();
        let mut add = |place: Place, is_sure: bool, note: String, holds: Vec<String>| {
            let hidden = if is_sure { "" } else { HIDDEN };
            items.push(Item {
                key: place.key(),
                kind: place.kind(),
                label: label(&issue),
                note: format!("{note} {hidden}").trim().to_owned(),
                holds,
                matched: matched(is_sure),
                proposal: Decision::Erase,
                within: Vec::new(),
            });
        };
        if let Some((who, _)) = known(issue.account("creator"))
            && !self.is_neutral(&issue)
        {
            let place = Place::Ticket(id.to_owned(), who.clone());
            let note = "The person opened it, and it is in the name of somebody else.";
            add(place, false, note.to_owned(), vec!["creator".to_owned()]);
        }
        let (mut mentions, mut named) = (Vec::new(), Vec::new());
        for comment in &comments {
            let author = comment.author.as_ref().map(|user| user.account_id.as_str());
            if let Some((_, is_sure)) = known(author) {
                let place = Place::Comment(id.to_owned(), comment.id.clone());
                let note = if comment.is_internal() {
                    "Internal."
                } else {
                    ""
                };
                add(place, *is_sure, note.to_owned(), vec!["comment".to_owned()]);
            } else if person.is_named(&comment.body) {
                named.push(Place::Comment(id.to_owned(), comment.id.clone()).key());
                if named.len() == 1 {
                    mentions.push(COMMENTS.to_owned());
                }
            }
        }
        for file in issue.list::<super::api::Attachment>("attachment")? {
            let author = file.author.as_ref().map(|user| user.account_id.as_str());
            if let Some((_, is_sure)) = known(author) {
                let place = Place::File(id.to_owned(), file.id()?);
                add(place, *is_sure, String::new(), vec!["file".to_owned()]);
            }
        }
        for one in self.participants(id).await? {
            if let Some((who, is_sure)) = known(Some(&one.account_id)) {
                let place = Place::Participant(id.to_owned(), who.clone());
                let holds = vec!["participants".to_owned()];
                add(place, *is_sure, String::new(), holds);
            }
        }
        mentions.extend(
            self.named_in(&issue, &person)
                .into_iter()
                .map(|(_, name)| name),
        );
        if !mentions.is_empty() {
            let place = Place::Mention(id.to_owned());
            let note = format!("Named in: {}.", mentions.join(", "));
            add(place, true, note, mentions);
            let item = items.last_mut().ok_or_else(strange)?;
            // Whose ticket it is, and whether the words may go, is for a person to say.
            item.matched = Match::Candidate;
            item.within = whole.clone();
            item.within.extend(named);
        }
        if changes.iter().any(|change| is_in_change(change, &person)) {
            let place = Place::History(id.to_owned());
            items.push(Item {
                key: place.key(),
                kind: place.kind(),
                label: label(&issue),
                note: "It goes only with the ticket, which is somebody else's.".to_owned(),
                holds: vec!["history".to_owned()],
                matched: Match::Sure,
                proposal: match self.config.history {
                    Earlier::Keep => Decision::Keep(Ground::ThirdParty, None),
                    Earlier::Person => Decision::Erase,
                },
                within: whole.clone(),
            });
        }
        Ok(items)
    }

    /// The fields of a ticket that name the person, and what they are called.
    pub(super) fn named_in(&self, issue: &Issue, person: &Person) -> Vec<(String, String)> {
        let name = |id: &str| {
            let name = issue.names.get(id).and_then(Value::as_str);
            name.unwrap_or(id).to_owned()
        };
        let fields = issue.fields.iter().filter(|(id, value)| {
            !NOT_LOOKED_INTO.contains(&id.as_str())
                && name(id) != self.config.participants_field
                && is_named_by(value, person)
        });
        fields.map(|(id, _)| (id.clone(), name(id))).collect()
    }

    async fn found_accounts(&self, cursor: &Cursor) -> Result<Page<Item>, StoreError> {
        let mut items = Vec::new();
        for (id, is_sure) in &cursor.accounts {
            let Some(user) = self.api.user(id).await?.filter(|user| !user.is_former()) else {
                continue;
            };
            let hidden = if *is_sure { "" } else { HIDDEN };
            let place = Place::Account(id.clone());
            let name = user.display_name.clone().unwrap_or_default();
            items.push(Item {
                key: place.key(),
                kind: place.kind(),
                label: if name.is_empty() { id.clone() } else { name },
                note: format!("{OWN_ACCOUNT} Its id is {id}. {hidden}")
                    .trim()
                    .to_owned(),
                holds: vec!["name".to_owned(), "address".to_owned()],
                matched: matched(*is_sure),
                proposal: Decision::Erase,
                within: Vec::new(),
            });
        }
        Ok(Page { items, next: None })
    }
}

/// What a mention in comments is called.
const COMMENTS: &str = "comments";

/// The ground of a match that is not sure.
const HIDDEN: &str =
    "The search by the address found the account, and Jira hides its address: look whose it is.";

/// What can be done with an account.
const OWN_ACCOUNT: &str = "Only a person can delete the account, or correct its name and address: \
    its owner at id.atlassian.com, or a site administrator at admin.atlassian.com.";

fn matched(is_sure: bool) -> Match {
    if is_sure {
        Match::Sure
    } else {
        Match::Candidate
    }
}

fn label(issue: &Issue) -> String {
    format!("{} {}", issue.key, issue.text("summary"))
        .trim()
        .to_owned()
}

/// Whether a field names the person: by text, as a document, or as one whom it points to.
fn is_named_by(value: &Value, person: &Person) -> bool {
    match value {
        Value::String(text) => person.is_in(text),
        Value::Array(values) => values.iter().any(|value| is_named_by(value, person)),
        Value::Object(node) => {
            let points = node.get("accountId").and_then(Value::as_str);
            points.is_some_and(|id| person.is_account(id))
                || (super::adf::is_document(value) && person.is_named(value))
        }
        _ => false,
    }
}

/// Whether an entry of a change log names the person, or is by them.
pub(super) fn is_in_change(change: &Change, person: &Person) -> bool {
    let by = change.author.as_ref();
    by.is_some_and(|author| person.is_account(&author.account_id))
        || change.items.iter().any(|item| {
            let texts = [&item.from, &item.from_text, &item.to, &item.to_text];
            let mut texts = texts.into_iter().flatten();
            texts.any(|text| {
                person.is_in(text)
                    || text
                        .split([',', ' ', '[', ']'])
                        .any(|id| person.is_account(id))
            })
        })
}

/// The numbers of tickets within one, which have to go before it.
pub(super) fn within(issue: &Issue) -> Result<Vec<super::api::Within>, StoreError> {
    let within: Vec<super::api::Within> = issue.list("subtasks")?;
    for one in &within {
        number(&one.id)?;
    }
    Ok(within)
}
