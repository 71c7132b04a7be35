//! What a site gives out for a review.

use serde_json::Value;

use super::adf::plain;
use super::api::{Attachment, Change, Comment, Issue, User};
use super::{Jira, Place};
use crate::domain::store::{Exported, Sink, StoreError};

/// Fields of a ticket that come out by themselves, or are bookkeeping.
const APART: [&str; 13] = [
    "comment",
    "attachment",
    "watches",
    "votes",
    "worklog",
    "subtasks",
    "issuelinks",
    "progress",
    "aggregateprogress",
    "workratio",
    "lastViewed",
    "thumbnail",
    "avatarUrls",
];

/// What a field is called where Jira does not say.
const NAMES: [(&str, &str); 6] = [
    ("summary", "Summary"),
    ("description", "Description"),
    ("status", "Status"),
    ("created", "Created"),
    ("reporter", "Reporter"),
    ("creator", "Creator"),
];

impl Jira {
    pub(super) async fn give_out(
        &self,
        place: &Place,
        sink: &mut dyn Sink,
    ) -> Result<(), StoreError> {
        match place {
            Place::Ticket(id, _) => self.give_ticket(place, id, sink).await,
            Place::Comment(ticket, id) => {
                let Some(issue) = self.api.issue(ticket, "summary").await? else {
                    return Ok(());
                };
                let path = format!("rest/api/3/issue/{ticket}/comment/{id}");
                match self.api.get::<Comment>(&path).await? {
                    Some(comment) => sink.record(self.comment(&issue, &comment)),
                    None => Ok(()),
                }
            }
            Place::File(ticket, id) => {
                let Some(issue) = self.api.issue(ticket, "attachment").await? else {
                    return Ok(());
                };
                for file in issue.list::<Attachment>("attachment")? {
                    if file.id()? == *id {
                        self.give_file(&issue, &file, sink).await?;
                    }
                }
                Ok(())
            }
            Place::Participant(ticket, id) => {
                let Some(issue) = self.api.issue(ticket, "created").await? else {
                    return Ok(());
                };
                let participants = self.participants(ticket).await?;
                match participants.into_iter().find(|user| user.account_id == *id) {
                    Some(user) => {
                        let mut fields = vec![pair("Role", "participant")];
                        fields.extend(about(&user));
                        sink.record(self.record(place, &issue.key, fields))
                    }
                    None => Ok(()),
                }
            }
            Place::Mention(_) | Place::History(_) => self.give_where(place, sink).await,
            Place::Account(id) => self.give_account(place, id, sink).await,
        }
    }

    fn record(&self, place: &Place, label: &str, fields: Vec<(String, String)>) -> Exported {
        let host = self.config.site.host_str().unwrap_or_default();
        Exported {
            kind: place.kind().as_str(),
            label: label.to_owned(),
            source: format!("Jira Service Management, {host}"),
            fields: fields
                .into_iter()
                .filter(|(_, value)| !value.is_empty())
                .collect(),
        }
    }

    /// A ticket with all that is in it.
    async fn give_ticket(
        &self,
        place: &Place,
        id: &str,
        sink: &mut dyn Sink,
    ) -> Result<(), StoreError> {
        let Some(issue) = self.api.issue(id, "*all").await? else {
            return Ok(());
        };
        let (Some(comments), Some(changes)) =
            (self.api.comments(id).await?, self.api.changes(id).await?)
        else {
            return Ok(());
        };
        let mut fields = vec![pair("Ticket", &issue.key)];
        for (id, value) in &issue.fields {
            if !APART.contains(&id.as_str()) {
                fields.push((called(&issue, id), shown(value)));
            }
        }
        sink.record(self.record(place, &issue.key, fields))?;
        for comment in &comments {
            sink.record(self.comment(&issue, comment))?;
        }
        for change in &changes {
            sink.record(self.change(&issue, id, change))?;
        }
        for file in issue.list::<Attachment>("attachment")? {
            self.give_file(&issue, &file, sink).await?;
        }
        Ok(())
    }

    fn comment(&self, issue: &Issue, comment: &Comment) -> Exported {
        let internal = if comment.is_internal() { "yes" } else { "" };
        let fields = vec![
            pair("Ticket", &issue.key),
            pair("Author", name(comment.author.as_ref())),
            pair("Written at", &comment.created),
            pair("Internal note", internal),
            pair("Text", &plain(&comment.body)),
        ];
        let place = Place::Comment(issue.id.clone(), comment.id.clone());
        self.record(&place, &issue.key, fields)
    }

    fn change(&self, issue: &Issue, id: &str, change: &Change) -> Exported {
        let mut fields = vec![
            pair("Ticket", &issue.key),
            pair("Changed by", name(change.author.as_ref())),
            pair("Changed at", &change.created),
        ];
        for item in &change.items {
            let text = |text: &Option<String>| text.clone().unwrap_or_default();
            fields.push(pair("Field", &item.field));
            fields.push(pair("Before", &text(&item.from_text)));
            fields.push(pair("After", &text(&item.to_text)));
        }
        self.record(&Place::History(id.to_owned()), &issue.key, fields)
    }

    /// A file, or that it is too large to be taken along.
    async fn give_file(
        &self,
        issue: &Issue,
        file: &Attachment,
        sink: &mut dyn Sink,
    ) -> Result<(), StoreError> {
        let id = file.id()?;
        let is_large = file.size > self.config.largest_file as u64;
        let content = if is_large {
            None
        } else {
            self.api
                .file(&id, file.size, self.config.largest_file)
                .await?
        };
        if content.is_none() && !is_large {
            return Ok(());
        }
        let left = format!(
            "The file is larger than {} MiB and does not lie in this copy. It can be asked for.",
            self.config.largest_file >> 20
        );
        let fields = vec![
            pair("Ticket", &issue.key),
            pair("File", &file.filename),
            pair("Type", &file.mime_type),
            pair("Size in bytes", &file.size.to_string()),
            pair("Added at", &file.created),
            pair("Not included", if is_large { &left } else { "" }),
        ];
        let place = Place::File(issue.id.clone(), id.clone());
        sink.record(self.record(&place, &issue.key, fields))?;
        content.map_or(Ok(()), |content| {
            sink.file(&file_name(&issue.key, &id, &file.filename), &content)
        })
    }

    /// Where a ticket of somebody else names the person; not its contents.
    async fn give_where(&self, place: &Place, sink: &mut dyn Sink) -> Result<(), StoreError> {
        let (Place::Mention(ticket) | Place::History(ticket)) = place else {
            return Ok(());
        };
        let Some(issue) = self.api.issue(ticket, "created").await? else {
            return Ok(());
        };
        let words = match place {
            Place::Mention(_) => "texts of the ticket",
            _ => "change log of the ticket",
        };
        let fields = vec![
            pair("Ticket", &issue.key),
            pair("You are named in the", words),
        ];
        sink.record(self.record(place, &issue.key, fields))
    }

    async fn give_account(
        &self,
        place: &Place,
        id: &str,
        sink: &mut dyn Sink,
    ) -> Result<(), StoreError> {
        let Some(user) = self.api.user(id).await? else {
            return Ok(());
        };
        let mut fields = about(&user);
        let active = user.active.map(|active| if active { "yes" } else { "no" });
        fields.push(pair("Active", active.unwrap_or_default()));
        for organisation in self.organisations(id).await? {
            fields.push(pair("Organisation", &organisation.name));
        }
        sink.record(self.record(place, id, fields))
    }
}

fn pair(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

fn about(user: &User) -> Vec<(String, String)> {
    vec![
        pair("Account", &user.account_id),
        pair("Name", user.display_name.as_deref().unwrap_or_default()),
        pair("E-mail", user.email_address.as_deref().unwrap_or_default()),
        pair(
            "Kind of account",
            user.account_type.as_deref().unwrap_or_default(),
        ),
    ]
}

fn name(user: Option<&User>) -> &str {
    user.and_then(|user| user.display_name.as_deref())
        .unwrap_or_default()
}

fn called(issue: &Issue, id: &str) -> String {
    let known = NAMES.iter().find(|(known, _)| *known == id);
    let name = issue.names.get(id).and_then(Value::as_str);
    name.or(known.map(|(_, name)| *name))
        .unwrap_or(id)
        .to_owned()
}

/// The value of a field as a person reads it: what it is called, if it is a thing of Jira's.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(values) => {
            let values: Vec<String> = values.iter().map(shown).collect();
            values.join(", ")
        }
        Value::Object(node) if super::adf::is_document(value) => {
            plain(&Value::Object(node.clone()))
        }
        Value::Object(node) => ["displayName", "name", "value", "key"]
            .into_iter()
            .find_map(|key| node.get(key)?.as_str())
            .unwrap_or_default()
            .to_owned(),
        other => other.to_string(),
    }
}

/// A name that no other file has and that no archive takes for a path.
fn file_name(ticket: &str, id: &str, name: &str) -> String {
    format!("{ticket}-{id}-{name}")
        .replace(['/', '\\', ':'], "_")
        .replace(char::is_control, "_")
}
