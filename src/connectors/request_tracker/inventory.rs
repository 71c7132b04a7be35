//! What Request Tracker holds of a person, and giving it out.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::Value;

use super::rest::{is, number, odd, quoted, text};
use super::texts::{Known, Pattern};
use super::{Account, Key, Message, Survey, Ticket, Tracker};
use crate::domain::store::{
    Decision, Exported, Item, ItemKind, Match, Page, Sink, StoreError, Subject,
};

/// What a person writes; every other entry of a history is RT's own note.
const MESSAGES: [&str; 3] = ["Create", "Correspond", "Comment"];

/// A text of a larger part is not fetched to look at it: it is taken at the word of the search.
const LOOKED_AT: u64 = 4 << 20;

fn matched(is_sure: bool) -> Match {
    if is_sure {
        Match::Sure
    } else {
        Match::Candidate
    }
}

fn item(
    key: &Key,
    kind: ItemKind,
    label: String,
    note: String,
    holds: &[&str],
    how: Match,
) -> Item {
    Item {
        key: key.item(),
        kind,
        label,
        note,
        holds: holds.iter().map(|&field| field.to_owned()).collect(),
        matched: how,
        proposal: Decision::Erase,
        within: Vec::new(),
    }
}

fn ids(values: &[Value], field: &str) -> BTreeSet<u64> {
    values
        .iter()
        .filter_map(|value| number(&value[field]))
        .collect()
}

impl Tracker {
    /// The pages: tickets, then parts and messages in other people's tickets, then mentions, and
    /// the record last. Each is read whole, so a cursor is the name of the next.
    pub(super) async fn inventory_page(
        &self,
        subject: &Subject,
        after: Option<&str>,
    ) -> Result<Page<Item>, StoreError> {
        let accounts = self.accounts(subject).await?;
        let (items, next) = match after {
            None => (self.own_tickets(&accounts).await?, Some("parts")),
            Some("parts") => (self.parts(&accounts).await?, Some("mentions")),
            Some("mentions") => (self.mentions(subject, &accounts).await?, Some("record")),
            Some("record") => (self.records(&accounts), None),
            Some(_) => return Err(StoreError::Bug("a cursor that is not ours".to_owned())),
        };
        Ok(Page {
            items,
            next: next.map(str::to_owned),
        })
    }

    async fn own_tickets(&self, accounts: &[Account]) -> Result<Vec<Item>, StoreError> {
        let survey = self.survey(accounts).await?;
        Ok(survey
            .own
            .iter()
            .map(|(id, is_sure)| {
                let ticket = &survey.tickets[id];
                let note = format!("#{id}, {}, {}", ticket.status, ticket.created);
                let holds = ["Requestor", "Subject", "messages", "files", "history"];
                let label = ticket.subject.clone();
                item(
                    &Key::Ticket(*id),
                    ItemKind::Ticket,
                    label,
                    note,
                    &holds,
                    matched(*is_sure),
                )
            })
            .collect())
    }

    async fn parts(&self, accounts: &[Account]) -> Result<Vec<Item>, StoreError> {
        let survey = self.survey(accounts).await?;
        let mut items = Vec::new();
        for message in &survey.messages {
            let label = survey.tickets[&message.ticket].subject.clone();
            let note = format!("#{}, {}, {}", message.ticket, message.kind, message.created);
            let how = matched(message.is_sure);
            let holds = ["From", "text", "files"];
            items.push(item(
                &Key::Message(message.id),
                ItemKind::TicketMessage,
                label,
                note,
                &holds,
                how,
            ));
        }
        for ((ticket, user), is_sure) in &survey.shared {
            let key = Key::Participant {
                ticket: *ticket,
                user: *user,
            };
            let label = survey.tickets[ticket].subject.clone();
            let note = format!("#{ticket}");
            items.push(item(
                &key,
                ItemKind::Participant,
                label,
                note,
                &["Requestor, Cc"],
                matched(*is_sure),
            ));
        }
        Ok(items)
    }

    fn records(&self, accounts: &[Account]) -> Vec<Item> {
        let mut items = Vec::new();
        for account in accounts {
            let how = matched(account.is_sure);
            let note = format!("user {}", account.id);
            // What REST 2 has emptied is as empty as it can be; its history is another item.
            if self.helper.is_some() || !account.is_neutral() {
                let held = |field: &&&str| !text(&account.fields[**field]).is_empty();
                let holds: Vec<&str> = super::FIELDS.iter().filter(held).copied().collect();
                let label = account.name.clone();
                items.push(item(
                    &Key::User(account.id),
                    ItemKind::Account,
                    label,
                    note.clone(),
                    &holds,
                    how,
                ));
            }
            if self.helper.is_none() {
                let holds = ["OldValue", "NewValue"];
                let label = account.name.clone();
                items.insert(
                    0,
                    item(
                        &Key::History(account.id),
                        ItemKind::History,
                        label,
                        note,
                        &holds,
                        how,
                    ),
                );
            }
        }
        items
    }

    /// Looks through tickets, also deleted ones, which no search for tickets brings: what the
    /// person did in them does, and in full mode the helper.
    pub(super) async fn survey(&self, accounts: &[Account]) -> Result<Survey, StoreError> {
        let mut survey = Survey::default();
        let mut entries = Vec::new();
        let mut wanted = BTreeSet::new();
        for account in accounts {
            let query = format!(
                "Watcher.id = {0} OR Creator = {1}",
                account.id,
                quoted(&account.name)
            );
            for ticket in self.rest.tickets(&query).await? {
                let id = number(&ticket["id"]).ok_or_else(|| odd("an id"))?;
                survey.tickets.insert(id, Ticket::new(&ticket));
            }
            let by_them = [
                is("ObjectType", "=", "RT::Ticket"),
                is("Creator", "=", account.id),
            ];
            let fields = [("fields", "Type,ObjectId,Created")];
            for entry in self.rest.walk("transactions", &by_them, &fields).await? {
                wanted.extend(number(&entry["ObjectId"]));
                entries.push((account, entry));
            }
            // Deleted tickets to which others added them.
            let added = [
                is("ObjectType", "=", "RT::Ticket"),
                is("Type", "=", "AddWatcher"),
                is("NewValue", "=", account.id.to_string()),
            ];
            let added = self
                .rest
                .walk("transactions", &added, &[("fields", "ObjectId")])
                .await?;
            wanted.extend(ids(&added, "ObjectId"));
        }
        if let Some(helper) = &self.helper {
            let users: Vec<u64> = accounts.iter().map(|account| account.id).collect();
            let taking = helper.check(&Known::default(), &users).await?.tickets;
            wanted.extend(
                taking
                    .iter()
                    .filter_map(|taking| taking.ticket.parse::<u64>().ok()),
            );
        }
        for id in wanted {
            self.ticket(&mut survey, id).await?;
        }
        let names: BTreeSet<String> = accounts
            .iter()
            .map(|account| account.name.to_lowercase())
            .collect();
        let sure: BTreeSet<String> = accounts
            .iter()
            .filter(|account| account.is_sure)
            .map(|account| account.name.to_lowercase())
            .collect();
        for (id, ticket) in &survey.tickets {
            if ticket.is_of(&names) {
                survey.own.insert(*id, ticket.is_of(&sure));
                continue;
            }
            for account in accounts {
                if ticket.has(&account.name.to_lowercase()) {
                    survey.shared.insert((*id, account.id), account.is_sure);
                }
            }
        }
        for (account, entry) in entries {
            let ticket = number(&entry["ObjectId"]).ok_or_else(|| odd("an id"))?;
            let ticket = survey.merged.get(&ticket).copied().unwrap_or(ticket);
            let kind = text(&entry["Type"]);
            if survey.own.contains_key(&ticket) || !survey.tickets.contains_key(&ticket) {
                continue;
            }
            if MESSAGES.contains(&kind) {
                survey.messages.push(Message {
                    id: number(&entry["id"]).ok_or_else(|| odd("an id"))?,
                    ticket,
                    kind: kind.to_owned(),
                    created: text(&entry["Created"]).chars().take(10).collect(),
                    is_sure: account.is_sure,
                });
            }
        }
        // The entry that opened a ticket stays when it has been emptied.
        let mut kept = Vec::new();
        for message in survey.messages {
            if message.kind != "Create" || !self.parts_of_message(message.id).await?.is_empty() {
                kept.push(message);
            }
        }
        survey.messages = kept;
        Ok(survey)
    }

    /// Puts a ticket to the others, the one it was merged into in place of one that was.
    async fn ticket(&self, survey: &mut Survey, id: u64) -> Result<Option<u64>, StoreError> {
        if survey.tickets.contains_key(&id) {
            return Ok(Some(id));
        }
        if let Some(into) = survey.merged.get(&id) {
            return Ok(Some(*into));
        }
        let Some(ticket) = self.rest.read(&format!("ticket/{id}")).await? else {
            return Ok(None);
        };
        let effective = number(&ticket["EffectiveId"]["id"]);
        let effective = effective
            .or(number(&ticket["id"]))
            .ok_or_else(|| odd("an id"))?;
        if effective != id {
            survey.merged.insert(id, effective);
        }
        survey
            .tickets
            .entry(effective)
            .or_insert_with(|| Ticket::new(&ticket));
        Ok(Some(effective))
    }

    pub(super) async fn parts_of_message(&self, id: u64) -> Result<Vec<Value>, StoreError> {
        let of_it = [is("TransactionId", "=", id)];
        let fields = "ContentType,Filename,Subject,Headers,ContentLength,TransactionId";
        self.rest
            .walk("attachments", &of_it, &[("fields", fields)])
            .await
    }

    /// Where others mention the person. Sure of none: a person decides.
    async fn mentions(
        &self,
        subject: &Subject,
        accounts: &[Account],
    ) -> Result<Vec<Item>, StoreError> {
        let mut survey = self.survey(accounts).await?;
        let mut known = self.known(subject, accounts).await;
        if !self.search_names {
            known = known.addresses();
        } else if !accounts.iter().any(|account| account.is_sure) {
            // A name that somebody gave finds nothing by itself; what was remembered of a record does.
            let named = super::asked(subject);
            let mut rest = known.without(&named);
            rest.and(&named.addresses());
            known = rest;
        }
        let own_entries: BTreeSet<u64> = survey.messages.iter().map(|message| message.id).collect();
        let users: BTreeSet<u64> = accounts.iter().map(|account| account.id).collect();
        let mut tickets: BTreeMap<u64, BTreeSet<&str>> = BTreeMap::new();
        let mut places: BTreeMap<(String, u64), &str> = BTreeMap::new();
        let mut entries: BTreeMap<u64, BTreeSet<&'static str>> = BTreeMap::new();
        let mut within: BTreeMap<u64, BTreeSet<u64>> = BTreeMap::new();
        for (wanted, pattern) in known.texts().iter().zip(known.patterns()) {
            for (field, place) in [
                ("Content", "text"),
                ("Headers", "header"),
                ("Filename", "file name"),
                ("Subject", "subject"),
                ("MessageId", "header"),
            ] {
                for part in self.parts_with(field, wanted, &pattern).await? {
                    entries.entry(part).or_default().insert(place);
                }
            }
            for kind in ["RT::Ticket", "RT::User"] {
                for field in ["OldValue", "NewValue", "Data"] {
                    let like = [
                        is("ObjectType", "=", kind),
                        is(field, "LIKE", wanted.as_str()),
                    ];
                    for entry in self
                        .rest
                        .walk("transactions", &like, &[("fields", field)])
                        .await?
                    {
                        if pattern.is_in(text(&entry[field])) {
                            let id = number(&entry["id"]).ok_or_else(|| odd("an id"))?;
                            entries.entry(id).or_default().insert("history");
                        }
                    }
                }
            }
            for ticket in self
                .rest
                .tickets(&format!("Subject LIKE {}", quoted(wanted)))
                .await?
            {
                let id = number(&ticket["id"]).ok_or_else(|| odd("an id"))?;
                if pattern.is_in(text(&ticket["Subject"])) && !survey.own.contains_key(&id) {
                    survey
                        .tickets
                        .entry(id)
                        .or_insert_with(|| Ticket::new(&ticket));
                    tickets.entry(id).or_default().insert("subject");
                }
            }
        }
        let wanted: Vec<u64> = entries
            .keys()
            .copied()
            .filter(|id| !own_entries.contains(id))
            .collect();
        let found = self
            .rest
            .those(
                "transactions",
                &wanted,
                &[("fields", "ObjectType,ObjectId")],
            )
            .await?;
        if found.len() < wanted.len() {
            return Err(StoreError::Retry(
                "Entries were removed while they were being read.".to_owned(),
            ));
        }
        for entry in found {
            let id = number(&entry["id"]).ok_or_else(|| odd("an id"))?;
            let object = number(&entry["ObjectId"]).ok_or_else(|| odd("an id"))?;
            match text(&entry["ObjectType"]) {
                "RT::Ticket" => {
                    let Some(ticket) = self.ticket(&mut survey, object).await? else {
                        continue;
                    };
                    if !survey.own.contains_key(&ticket) {
                        tickets.entry(ticket).or_default().extend(&entries[&id]);
                        within.entry(ticket).or_default().insert(id);
                    }
                }
                "RT::User" if users.contains(&object) => {}
                _ => {
                    places.insert(("Transactions".to_owned(), id), "history");
                }
            }
        }
        if let Some(helper) = &self.helper {
            for place in helper.check(&known, &[]).await?.places {
                let of = |id: &Option<String>| id.as_ref().and_then(|id| id.parse::<u64>().ok());
                let row: u64 = place.id.parse().map_err(|_| odd("an id"))?;
                if of(&place.user).is_some_and(|user| users.contains(&user))
                    || of(&place.transaction).is_some_and(|entry| own_entries.contains(&entry))
                {
                    continue;
                }
                let place_name = match (&*place.table, &*place.column) {
                    ("Attachments", "Content") => "text",
                    ("Attachments", "Filename") => "file name",
                    ("Attachments", "Subject") | ("Tickets", _) => "subject",
                    ("Attachments", _) => "header",
                    ("Transactions", _) => "history",
                    _ => "other fields",
                };
                let Some(ticket) = of(&place.ticket) else {
                    places.insert((place.table, row), place_name);
                    continue;
                };
                let Some(ticket) = self.ticket(&mut survey, ticket).await? else {
                    continue;
                };
                if !survey.own.contains_key(&ticket) {
                    tickets.entry(ticket).or_default().insert(place_name);
                    within
                        .entry(ticket)
                        .or_default()
                        .extend(of(&place.transaction));
                }
            }
        }
        let mut items = Vec::new();
        for (id, where_) in &tickets {
            let where_: Vec<&str> = where_.iter().copied().collect();
            let label = survey
                .tickets
                .get(id)
                .map_or(String::new(), |ticket| ticket.subject.clone());
            let note = format!("#{id}: {}", where_.join(", "));
            let messages = within.get(id).into_iter().flatten();
            items.push(Item {
                within: std::iter::once(Key::Ticket(*id))
                    .chain(messages.map(|entry| Key::Message(*entry)))
                    .map(|key| key.item())
                    .collect(),
                ..item(
                    &Key::Mention(*id),
                    ItemKind::Mention,
                    label,
                    note,
                    &where_,
                    Match::Candidate,
                )
            });
        }
        for ((table, id), what) in places {
            let note = format!("{table} {id}: {what}");
            let key = Key::Place(table.clone(), id);
            items.push(item(
                &key,
                ItemKind::Mention,
                table,
                note,
                &[what],
                Match::Candidate,
            ));
        }
        Ok(items)
    }

    /// The entries whose parts hold a text in a field. The search takes `_` for any sign and knows
    /// no ends of words, so what it finds is looked at.
    async fn parts_with(
        &self,
        field: &str,
        wanted: &str,
        pattern: &Pattern,
    ) -> Result<BTreeSet<u64>, StoreError> {
        let like = [is(field, "LIKE", wanted)];
        let fields = match field {
            "Content" => "TransactionId,ContentLength".to_owned(),
            field => format!("TransactionId,{field}"),
        };
        let mut entries = BTreeSet::new();
        for part in self
            .rest
            .walk("attachments", &like, &[("fields", &fields)])
            .await?
        {
            let is_there = if field != "Content" {
                pattern.is_in(text(&part[field]))
            } else if number(&part["ContentLength"]).is_some_and(|length| length > LOOKED_AT) {
                true
            } else {
                let id = number(&part["id"]).ok_or_else(|| odd("an id"))?;
                match self.content(id).await? {
                    None => false,
                    Some(content) => pattern.is_in(&String::from_utf8_lossy(&content)),
                }
            };
            if is_there {
                entries.extend(number(&part["TransactionId"]));
            }
        }
        Ok(entries)
    }

    /// The bytes of a part; `None` if it is gone.
    async fn content(&self, id: u64) -> Result<Option<Vec<u8>>, StoreError> {
        let Some(part) = self.rest.read(&format!("attachment/{id}")).await? else {
            return Ok(None);
        };
        let encoded: String = text(&part["Content"]).split_ascii_whitespace().collect();
        let content = BASE64
            .decode(encoded)
            .map_err(|_| odd("the bytes of a file"))?;
        Ok(Some(content))
    }

    /// Everything that a ticket says, for the read-back: `None` if there is no such ticket.
    pub(super) async fn tells(
        &self,
        ticket: u64,
        patterns: &[Pattern],
    ) -> Result<Option<bool>, StoreError> {
        let Some(head) = self.rest.read(&format!("ticket/{ticket}")).await? else {
            return Ok(None);
        };
        let says = |text: &str| patterns.iter().any(|pattern| pattern.is_in(text));
        if says(text(&head["Subject"])) {
            return Ok(Some(true));
        }
        for entry in self.history(ticket).await? {
            if ["OldValue", "NewValue", "Data"]
                .iter()
                .any(|field| says(text(&entry[*field])))
            {
                return Ok(Some(true));
            }
            let id = number(&entry["id"]).ok_or_else(|| odd("an id"))?;
            for part in self.parts_of_message(id).await? {
                let part_id = number(&part["id"]).ok_or_else(|| odd("an id"))?;
                let fields = ["Headers", "Filename", "Subject"];
                if fields.iter().any(|field| says(text(&part[*field]))) {
                    return Ok(Some(true));
                }
                if let Some(content) = self.content(part_id).await?
                    && says(&String::from_utf8_lossy(&content))
                {
                    return Ok(Some(true));
                }
            }
        }
        Ok(Some(false))
    }

    /// An entry of a history; `None` if there is none. RT fails (500) where one is asked for by its
    /// address that is gone, so it is searched.
    pub(super) async fn entry(&self, id: u64) -> Result<Option<Value>, StoreError> {
        let fields = [("fields", "Type,Creator,Created")];
        let found = self.rest.those("transactions", &[id], &fields).await?;
        let is_it = |entry: &Value| number(&entry["id"]) == Some(id);
        Ok(found.into_iter().find(is_it))
    }

    /// The history of a ticket, of those merged into it too: a list without a total, by pages that
    /// end with an empty one. Nothing of it is being erased meanwhile.
    async fn history(&self, ticket: u64) -> Result<Vec<Value>, StoreError> {
        self.rest
            .pages(
                &format!("ticket/{ticket}/history"),
                "Type,Creator,Created,Field,OldValue,NewValue,Data",
            )
            .await
    }

    pub(super) async fn export_one(
        &self,
        key: &Key,
        sink: &mut dyn Sink,
    ) -> Result<(), StoreError> {
        match key {
            Key::Ticket(id) => self.export_ticket(*id, sink).await,
            Key::Message(id) => self.export_message(*id, None, sink).await,
            Key::User(id) => self.export_user(*id, sink).await,
            Key::Participant { ticket, .. } => {
                let fields = vec![("Ticket".to_owned(), ticket.to_string())];
                self.record(sink, ItemKind::Participant, format!("#{ticket}"), fields)
            }
            Key::Mention(ticket) => {
                let fields = vec![("Ticket".to_owned(), ticket.to_string())];
                self.record(sink, ItemKind::Mention, format!("#{ticket}"), fields)
            }
            Key::Place(table, id) => {
                let fields = vec![("Place".to_owned(), format!("{table} {id}"))];
                self.record(sink, ItemKind::Mention, format!("{table} {id}"), fields)
            }
            // It comes with the record.
            Key::History(_) => Ok(()),
        }
    }

    fn record(
        &self,
        sink: &mut dyn Sink,
        kind: ItemKind,
        label: String,
        fields: Vec<(String, String)>,
    ) -> Result<(), StoreError> {
        sink.record(Exported {
            kind: kind.as_str(),
            label,
            source: "Request Tracker".to_owned(),
            fields,
        })
    }

    async fn export_ticket(&self, id: u64, sink: &mut dyn Sink) -> Result<(), StoreError> {
        let Some(ticket) = self.rest.read(&format!("ticket/{id}")).await? else {
            return Ok(());
        };
        self.record(
            sink,
            ItemKind::Ticket,
            format!("#{id} {}", text(&ticket["Subject"])),
            fields(&ticket),
        )?;
        for entry in self.history(id).await? {
            let kind = text(&entry["Type"]);
            let entry_id = number(&entry["id"]).ok_or_else(|| odd("an id"))?;
            if MESSAGES.contains(&kind) || kind.ends_with("EmailRecord") {
                self.export_message(entry_id, Some(&entry), sink).await?;
            } else {
                self.record(
                    sink,
                    ItemKind::History,
                    format!("#{id} {kind}"),
                    fields(&entry),
                )?;
            }
        }
        Ok(())
    }

    async fn export_message(
        &self,
        id: u64,
        entry: Option<&Value>,
        sink: &mut dyn Sink,
    ) -> Result<(), StoreError> {
        let read;
        let entry = match entry {
            Some(entry) => entry,
            None => match self.entry(id).await? {
                None => return Ok(()),
                Some(entry) => {
                    read = entry;
                    &read
                }
            },
        };
        let mut message = vec![
            ("Date".to_owned(), text(&entry["Created"]).to_owned()),
            ("Kind".to_owned(), text(&entry["Type"]).to_owned()),
            ("From".to_owned(), text(&entry["Creator"]["id"]).to_owned()),
        ];
        let mut files = Vec::new();
        for part in self.parts_of_message(id).await? {
            let part_id = number(&part["id"]).ok_or_else(|| odd("an id"))?;
            let name = text(&part["Filename"]);
            let kind = text(&part["ContentType"]);
            if !text(&part["Subject"]).is_empty() && message.len() == 3 {
                message.push(("Subject".to_owned(), text(&part["Subject"]).to_owned()));
            }
            if !text(&part["Headers"]).is_empty() && name.is_empty() {
                message.push(("Headers".to_owned(), text(&part["Headers"]).to_owned()));
            }
            if kind.starts_with("multipart/") {
                continue;
            }
            let length = number(&part["ContentLength"]).unwrap_or(0);
            let too_large = || {
                let said = format!("{length} bytes: larger than what is handed over. Ask for it.");
                ("File".to_owned(), format!("{name} {said}"))
            };
            if length > self.max_file as u64 {
                message.push(too_large());
                continue;
            }
            let Some(content) = self.content(part_id).await? else {
                continue;
            };
            if content.len() > self.max_file {
                message.push(too_large());
            } else if name.is_empty() && kind.starts_with("text/") {
                message.push((
                    "Text".to_owned(),
                    String::from_utf8_lossy(&content).into_owned(),
                ));
            } else {
                let safe = |c: char| {
                    if c.is_alphanumeric() || "._-".contains(c) {
                        c
                    } else {
                        '_'
                    }
                };
                let safe: String = name.chars().map(safe).collect();
                let file = format!("{}-{part_id}-{safe}", self.name.0);
                message.push((
                    "File".to_owned(),
                    format!("{name} ({} bytes)", content.len()),
                ));
                files.push((file, content));
            }
        }
        self.record(
            sink,
            ItemKind::TicketMessage,
            format!("{} {id}", text(&entry["Type"])),
            message,
        )?;
        for (name, content) in files {
            sink.file(&name, &content)?;
        }
        Ok(())
    }

    async fn export_user(&self, id: u64, sink: &mut dyn Sink) -> Result<(), StoreError> {
        let Some(account) = self.account(id).await? else {
            return Ok(());
        };
        self.record(
            sink,
            ItemKind::Account,
            account.name.clone(),
            fields(&account.fields),
        )?;
        for entry in &account.history {
            let label = format!("{} {}", text(&entry["Type"]), text(&entry["Field"]));
            self.record(sink, ItemKind::History, label, fields(entry))?;
        }
        Ok(())
    }
}

/// The fields of a thing that say something, without links.
fn fields(value: &Value) -> Vec<(String, String)> {
    let mut fields = Vec::new();
    for (name, value) in value.as_object().into_iter().flatten() {
        if name.starts_with('_') || name == "type" {
            continue;
        }
        let said = said(name, value);
        if !said.is_empty() && !said.starts_with("1970-01-01") {
            fields.push((name.clone(), said));
        }
    }
    fields
}

fn said(name: &str, value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(list) => {
            let parts: Vec<String> = list.iter().map(|value| said(name, value)).collect();
            parts.join(", ")
        }
        Value::Object(object) if name == "CustomFields" => {
            let field = object.get("name").map_or("", text);
            let values = object
                .get("values")
                .map_or(String::new(), |values| said("", values));
            if values.is_empty() {
                String::new()
            } else {
                format!("{field}: {values}")
            }
        }
        Value::Object(object) => object.get("id").map_or(String::new(), |id| said("", id)),
        other => other.to_string(),
    }
}
