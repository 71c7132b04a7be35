//! A stand-in for a site of Jira Service Management Cloud, in memory, on a port of its own. It is
//! written from the public description of the two APIs (`rest/api/3`, `rest/servicedeskapi`), keeps
//! a change log as Jira does, and misbehaves on command.
//!
//! ```ignore
//! let jira = StandIn::start();
//! let mira = jira.seed("mira@halden.example", "Mira Halden", 60);
//! // … remove the person through the connector …
//! jira.delete_account_by_hand(&mira);
//! assert!(jira.places("mira@halden.example").is_empty());
//! jira.places_in_logs("mira@halden.example"); // what change logs of others still tell
//! ```

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::TcpListener;
use std::sync::{Arc, Mutex, MutexGuard, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::http::StatusCode;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use base64::Engine as _;
use serde_json::{Map, Value, json};

/// The account that works in the site, and its token.
pub const ACCOUNT: &str = "privacy-bot@northwind.example";
pub const TOKEN: &str = "ATATT3x-hush";

/// Whoever answers customers.
const AGENT: &str = "557058:agent";

/// How one request is answered wrongly.
#[derive(Clone, Debug, PartialEq)]
pub enum How {
    /// 429, with `Retry-After` or without.
    Busy(Option<u32>),
    /// This status, and a page instead of JSON.
    Status(u16),
    /// 503 with `Retry-After`.
    Later(u32),
    /// 200 with a page in HTML.
    Html,
    /// The answer is cut off in the middle.
    Truncated,
    /// It comes that much later.
    Slow(Duration),
    /// It says that it is done, and nothing is.
    SaysDone,
    /// Sent to another place.
    Redirect(String),
}

#[derive(Clone)]
struct Fault {
    method: &'static str,
    part: String,
    /// How many of such requests go well before.
    skip: usize,
    times: usize,
    how: How,
}

#[derive(Clone, Debug)]
pub struct Person {
    pub id: String,
    pub name: String,
    pub email: String,
    pub is_hidden: bool,
    pub is_customer: bool,
    pub is_former: bool,
}

#[derive(Clone, Debug)]
struct Note {
    id: u64,
    author: String,
    body: Value,
    is_public: bool,
}

#[derive(Clone, Debug)]
struct File {
    id: u64,
    author: String,
    name: String,
    content: Vec<u8>,
}

#[derive(Clone, Debug)]
struct Entry {
    author: String,
    field: String,
    from: Option<String>,
    from_text: Option<String>,
    to: Option<String>,
    to_text: Option<String>,
}

#[derive(Clone, Debug)]
struct Ticket {
    id: u64,
    project: String,
    key: String,
    parent: Option<u64>,
    reporter: Option<String>,
    creator: String,
    fields: BTreeMap<String, Value>,
    comments: Vec<Note>,
    files: Vec<File>,
    participants: BTreeSet<String>,
    log: Vec<Entry>,
}

#[derive(Clone, Debug)]
struct Desk {
    id: u64,
    project: String,
    customers: BTreeSet<String>,
    is_open: bool,
}

/// The whole site.
#[derive(Clone, Default)]
pub struct Site {
    people: BTreeMap<String, Person>,
    tickets: BTreeMap<u64, Ticket>,
    desks: Vec<Desk>,
    organisations: BTreeMap<u64, BTreeSet<String>>,
    revoked: BTreeSet<String>,
    next: u64,
    tokens: HashMap<String, (String, usize)>,
    /// Rights that the account lacks. Lists go empty as they do at Jira's, without a word.
    lacking: BTreeSet<String>,
    faults: Vec<Fault>,
    /// What searches see, if they lag behind.
    seen_by_search: Option<BTreeMap<u64, Ticket>>,
    /// Pages come this short at the most.
    page_limit: usize,
    /// Tokens of one search look different each time, and each works once.
    tokens_change: bool,
    /// Everything that was asked: method and address.
    pub requests: Vec<String>,
    /// Changes of which Jira would have told people by mail.
    pub writes_without_silence: Vec<String>,
}

/// A site on a port.
pub struct StandIn {
    pub port: u16,
    site: Arc<Mutex<Site>>,
    handle: ServerHandle,
    thread: Option<JoinHandle<()>>,
}

impl Drop for StandIn {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn adf(text: &str) -> Value {
    json!({"type": "doc", "version": 1, "content": [
        {"type": "paragraph", "content": [{"type": "text", "text": text}]}]})
}

impl StandIn {
    /// Starts one with the project SUP, a closed service desk, and one agent.
    pub fn start() -> StandIn {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let mut site = Site {
            next: 10_000,
            page_limit: 5_000,
            ..Site::default()
        };
        site.desks.push(Desk {
            id: 1,
            project: "SUP".to_owned(),
            customers: BTreeSet::new(),
            is_open: false,
        });
        site.organisations.insert(7, BTreeSet::new());
        site.add(AGENT, "Anna Agent", "anna@northwind.example", false);
        site.add("557058:bot", "Privacy Bot", ACCOUNT, false);
        site.add(
            "557058:neutral",
            "Nobody",
            "nobody@northwind.example",
            false,
        );
        let site = Arc::new(Mutex::new(site));
        let (inner, (started, handle)) = (site.clone(), mpsc::channel());
        let thread = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let server = HttpServer::new(move || {
                    App::new()
                        .app_data(web::PayloadConfig::new(1 << 24))
                        .app_data(web::Data::from(inner.clone()))
                        .default_service(web::to(serve))
                })
                .workers(1)
                .disable_signals()
                .listen(listener)
                .unwrap()
                .run();
                started.send(server.handle()).unwrap();
                server.await.unwrap();
            });
        });
        StandIn {
            port,
            site,
            handle: handle.recv().unwrap(),
            thread: Some(thread),
        }
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub fn site(&self) -> MutexGuard<'_, Site> {
        self.site.lock().unwrap()
    }

    /// A person with `own` tickets, a sixth as many tickets of others in which they take part, with
    /// four comments and a file of theirs in each, and a third of those with words about them.
    /// Returns the id of the account.
    pub fn seed(&self, address: &str, name: &str, own: usize) -> String {
        self.site().seed(address, name, own)
    }

    /// Everything that still tells of the person, but for change logs and the shell of a deleted
    /// account.
    pub fn places(&self, address: &str) -> Vec<String> {
        self.site().places(address, false)
    }

    /// The tickets whose change log tells of the person.
    pub fn places_in_logs(&self, address: &str) -> Vec<String> {
        self.site().places(address, true)
    }

    /// What a site administrator does in the console.
    pub fn delete_account_by_hand(&self, id: &str) {
        let mut site = self.site();
        let person = site.people.get_mut(id).unwrap();
        person.is_former = true;
        site.desks.iter_mut().for_each(|desk| {
            desk.customers.remove(id);
        });
    }

    /// The site as it is, to begin from again.
    pub fn save(&self) -> Site {
        self.site().clone()
    }

    pub fn restore(&self, saved: &Site) {
        *self.site() = saved.clone();
    }

    /// The next `times` requests of this method whose address has `part` go wrong.
    pub fn fail(&self, method: &'static str, part: &str, times: usize, how: How) {
        self.fail_after(0, method, part, times, how);
    }

    /// The same, after `skip` that go well.
    pub fn fail_after(
        &self,
        skip: usize,
        method: &'static str,
        part: &str,
        times: usize,
        how: How,
    ) {
        let part = part.to_owned();
        let fault = Fault {
            method,
            part,
            skip,
            times,
            how,
        };
        self.site().faults.push(fault);
    }

    pub fn heal(&self) {
        let mut site = self.site();
        site.faults.clear();
        site.lacking.clear();
        site.seen_by_search = None;
        site.page_limit = 5_000;
        site.tokens_change = false;
    }

    pub fn lack(&self, right: &str) {
        self.site().lacking.insert(right.to_owned());
    }

    /// From now on searches tell of tickets as they are at this moment.
    pub fn lag(&self) {
        let mut site = self.site();
        site.seen_by_search = Some(site.tickets.clone());
    }

    pub fn pages_of(&self, rows: usize) {
        self.site().page_limit = rows;
    }

    pub fn change_tokens(&self) {
        self.site().tokens_change = true;
    }

    /// Every token that was given out is forgotten.
    pub fn expire_tokens(&self) {
        self.site().tokens.clear();
    }

    pub fn hide_addresses(&self) {
        self.site()
            .people
            .values_mut()
            .for_each(|person| person.is_hidden = true);
    }

    pub fn open_desk(&self) {
        self.site().desks[0].is_open = true;
    }
}

impl Site {
    fn id(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    pub fn add(&mut self, id: &str, name: &str, email: &str, is_customer: bool) {
        let person = Person {
            id: id.to_owned(),
            name: name.to_owned(),
            email: email.to_owned(),
            is_hidden: false,
            is_customer,
            is_former: false,
        };
        self.people.insert(id.to_owned(), person);
        if is_customer {
            self.desks[0].customers.insert(id.to_owned());
        }
    }

    /// A customer of whom nothing else is known.
    pub fn customer(&mut self, email: &str, name: &str) -> String {
        let number = self.id();
        let id = format!("qm:a713c8ea-{number}:5ad6d358{number}");
        self.add(&id, name, email, true);
        id
    }

    pub fn ticket(&mut self, reporter: &str, summary: &str, parent: Option<u64>) -> u64 {
        let id = self.id();
        let number = self.tickets.len() + 1;
        let mut fields = BTreeMap::new();
        fields.insert("summary".to_owned(), json!(summary));
        fields.insert("description".to_owned(), adf("It does not start."));
        let ticket = Ticket {
            id,
            project: "SUP".to_owned(),
            key: format!("SUP-{number}"),
            parent,
            reporter: Some(reporter.to_owned()),
            creator: reporter.to_owned(),
            fields,
            comments: Vec::new(),
            files: Vec::new(),
            participants: BTreeSet::new(),
            log: Vec::new(),
        };
        self.tickets.insert(id, ticket);
        id
    }

    pub fn set(&mut self, ticket: u64, field: &str, value: Value) {
        let ticket = self.tickets.get_mut(&ticket).unwrap();
        ticket.fields.insert(field.to_owned(), value);
    }

    pub fn report(&mut self, ticket: u64, reporter: &str) {
        self.tickets.get_mut(&ticket).unwrap().reporter = Some(reporter.to_owned());
    }

    pub fn comment(&mut self, ticket: u64, author: &str, body: Value, is_public: bool) -> u64 {
        let id = self.id();
        let author = author.to_owned();
        let note = Note {
            id,
            author,
            body,
            is_public,
        };
        self.tickets.get_mut(&ticket).unwrap().comments.push(note);
        id
    }

    pub fn attach(&mut self, ticket: u64, author: &str, name: &str, content: &[u8]) -> u64 {
        let id = self.id();
        let file = File {
            id,
            author: author.to_owned(),
            name: name.to_owned(),
            content: content.to_vec(),
        };
        let ticket = self.tickets.get_mut(&ticket).unwrap();
        ticket.files.push(file);
        ticket.log.push(Entry {
            author: author.to_owned(),
            field: "Attachment".to_owned(),
            from: None,
            from_text: None,
            to: Some(id.to_string()),
            to_text: Some(name.to_owned()),
        });
        id
    }

    pub fn take_part(&mut self, ticket: u64, id: &str) {
        let ticket = self.tickets.get_mut(&ticket).unwrap();
        ticket.participants.insert(id.to_owned());
    }

    pub fn keys(&self) -> Vec<String> {
        self.tickets
            .values()
            .map(|ticket| ticket.key.clone())
            .collect()
    }

    fn seed(&mut self, address: &str, name: &str, own: usize) -> String {
        let person = self.customer(address, name);
        self.organisations
            .get_mut(&7)
            .unwrap()
            .insert(person.clone());
        let mut parent = 0;
        for n in 0..own {
            let within = (n % 10 == 9).then_some(parent);
            let ticket = self.ticket(&person, &format!("Request {n} of {name}"), within);
            if within.is_none() {
                parent = ticket;
            }
            self.set(ticket, "customfield_10050", json!(name));
            self.comment(ticket, &person, adf(&format!("Still broken, {name}")), true);
            self.comment(
                ticket,
                AGENT,
                adf(&format!("Dear {name}, restart it.")),
                true,
            );
            self.comment(ticket, AGENT, adf("She is in a hurry."), false);
            if n % 3 == 0 {
                let content = format!("log of {address} {n}").into_bytes();
                self.attach(ticket, &person, &format!("log-{n}.txt"), &content);
            }
        }
        let other = self.customer(&format!("other.{address}"), "Otto Other");
        for n in 0..own / 6 {
            let ticket = self.ticket(&other, &format!("Of somebody else {n}"), None);
            self.take_part(ticket, &person);
            for k in 0..4 {
                self.comment(ticket, &person, adf(&format!("Me too, {k}")), k != 3);
            }
            self.comment(ticket, &other, adf("Thank you."), true);
            self.attach(
                ticket,
                &person,
                &format!("screen-{n}.png"),
                &[137, 80, 78, 71, 0, 255],
            );
            self.attach(ticket, &other, "their-own.txt", b"of somebody else");
            if n % 3 == 0 {
                let body = json!({"type": "doc", "version": 1, "content": [
                    {"type": "paragraph", "content": [
                        {"type": "mention", "attrs": {"id": person, "text": format!("@{name}")}},
                        {"type": "text", "text": format!(" see {name} ({address})")}]}]});
                self.comment(ticket, AGENT, body, false);
            }
        }
        // Named in the text alone, and one that only looks like it to a search by words.
        let named = self.ticket(&other, &format!("Call back {address}"), None);
        self.comment(named, &other, adf("Never mind."), true);
        let words: Vec<&str> = address.split(['@', '.']).rev().collect();
        self.ticket(&other, &format!("About {}", words.join(" ")), None);
        person
    }

    fn places(&self, address: &str, in_logs: bool) -> Vec<String> {
        let Some(person) = self.people.values().find(|one| one.email == address) else {
            return Vec::new();
        };
        let id = &person.id;
        let tells = |text: &str| {
            let (text, address) = (text.to_lowercase(), address.to_lowercase());
            // As a whole: `almira@…` is somebody else.
            let is_inside = |c: char| c.is_alphanumeric() || "@.+-_".contains(c);
            let mut words = text.split(|c| !is_inside(c));
            words.any(|word| word.trim_matches('.') == address)
                || text.contains(&person.name.to_lowercase())
                || text.contains(&id.to_lowercase())
        };
        let mut places = Vec::new();
        for ticket in self.tickets.values() {
            let key = &ticket.key;
            if in_logs {
                let told = ticket.log.iter().any(|entry| {
                    entry.author == *id
                        || [&entry.from, &entry.from_text, &entry.to, &entry.to_text]
                            .into_iter()
                            .flatten()
                            .any(|text| tells(text))
                });
                if told {
                    places.push(format!("{key}: log"));
                }
                continue;
            }
            if ticket.reporter.as_ref() == Some(id) {
                places.push(format!("{key}: reporter"));
            }
            if ticket.participants.contains(id) {
                places.push(format!("{key}: participant"));
            }
            for (field, value) in &ticket.fields {
                if tells(&value.to_string()) {
                    places.push(format!("{key}: {field}"));
                }
            }
            for note in &ticket.comments {
                if note.author == *id || tells(&note.body.to_string()) {
                    places.push(format!("{key}: comment {}", note.id));
                }
            }
            for file in &ticket.files {
                let content = String::from_utf8_lossy(&file.content);
                if file.author == *id || tells(&file.name) || tells(&content) {
                    places.push(format!("{key}: file {}", file.id));
                }
            }
        }
        if !in_logs && !person.is_former {
            places.push("account".to_owned());
            let desks = self.desks.iter().filter(|desk| desk.customers.contains(id));
            places.extend(desks.map(|desk| format!("desk {}", desk.id)));
        }
        if !in_logs {
            let all = self.organisations.iter();
            let member = all.filter(|(_, people)| people.contains(id));
            places.extend(member.map(|(number, _)| format!("organisation {number}")));
        }
        places
    }

    fn user(&self, id: &str) -> Value {
        let Some(person) = self.people.get(id) else {
            return Value::Null;
        };
        if person.is_former {
            return json!({"accountId": id, "displayName": "Former user", "emailAddress": "",
                "accountType": "customer", "active": false});
        }
        let email = if person.is_hidden {
            Value::Null
        } else {
            json!(person.email)
        };
        let kind = if person.is_customer {
            "customer"
        } else {
            "atlassian"
        };
        json!({"accountId": id, "displayName": person.name, "emailAddress": email,
            "accountType": kind, "active": true})
    }
}

// What is asked.

struct Asked {
    method: String,
    path: Vec<String>,
    query: HashMap<String, String>,
    body: Value,
}

impl Asked {
    fn number(&self, name: &str, default: usize) -> usize {
        self.query
            .get(name)
            .and_then(|text| text.parse().ok())
            .unwrap_or(default)
    }
}

struct Said {
    status: u16,
    body: Body,
    headers: Vec<(&'static str, String)>,
}

enum Body {
    None,
    Json(Value),
    Bytes(Vec<u8>),
}

fn said(status: u16, body: Value) -> Said {
    Said {
        status,
        body: Body::Json(body),
        headers: Vec::new(),
    }
}

fn ok(body: Value) -> Said {
    said(200, body)
}

fn nothing(status: u16) -> Said {
    Said {
        status,
        body: Body::None,
        headers: Vec::new(),
    }
}

fn wrong(status: u16, words: &str) -> Said {
    said(status, json!({"errorMessages": [words], "errors": {}}))
}

fn not_there() -> Said {
    wrong(
        404,
        "It does not exist or you do not have permission to see it.",
    )
}

async fn serve(
    request: HttpRequest,
    body: web::Bytes,
    site: web::Data<Mutex<Site>>,
) -> HttpResponse {
    let method = request.method().as_str().to_owned();
    let address = request.uri().to_string();
    let decoded = |text: &str| {
        url::form_urlencoded::parse(format!("x={}", text.replace('+', "%2B")).as_bytes())
            .next()
            .map(|(_, value)| value.into_owned())
            .unwrap_or_default()
    };
    let asked = Asked {
        method: method.clone(),
        path: request
            .path()
            .trim_matches('/')
            .split('/')
            .map(decoded)
            .collect(),
        query: url::form_urlencoded::parse(request.query_string().as_bytes())
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect(),
        body: serde_json::from_slice(&body).unwrap_or(Value::Null),
    };
    let how = site.lock().unwrap().misbehaves(&method, &address);
    match &how {
        Some(How::Slow(time)) => actix_web::rt::time::sleep(*time).await,
        Some(How::Busy(after)) => {
            let mut answer = HttpResponse::TooManyRequests();
            answer.insert_header(("RateLimit-Reason", "jira-burst-based"));
            if let Some(after) = after {
                answer.insert_header(("Retry-After", after.to_string()));
            }
            return answer.finish();
        }
        Some(How::Later(after)) => {
            return HttpResponse::ServiceUnavailable()
                .insert_header(("Retry-After", after.to_string()))
                .finish();
        }
        Some(How::Status(status)) => {
            let status = StatusCode::from_u16(*status).unwrap();
            return HttpResponse::build(status).body("<html>Oops</html>");
        }
        Some(How::Html) => return HttpResponse::Ok().body("<html>Sign in</html>"),
        Some(How::Redirect(to)) => {
            return HttpResponse::SeeOther()
                .insert_header(("Location", to.clone()))
                .finish();
        }
        Some(How::SaysDone) => return HttpResponse::NoContent().finish(),
        Some(How::Truncated) | None => {}
    }
    let signed = base64::engine::general_purpose::STANDARD.encode(format!("{ACCOUNT}:{TOKEN}"));
    let given = request.headers().get("Authorization");
    let is_signed = given.is_some_and(|given| given == format!("Basic {signed}").as_str());
    let is_opted = request.headers().contains_key("X-ExperimentalApi");
    let answer = if !is_signed {
        wrong(401, "Client must be authenticated to access this resource.")
    } else if address.contains("/customer") && !address.contains("/user/") && !is_opted {
        wrong(412, "Opt in to experimental APIs.")
    } else {
        site.lock().unwrap().answer(&asked)
    };
    let mut response = HttpResponse::build(StatusCode::from_u16(answer.status).unwrap());
    for (name, value) in answer.headers {
        response.insert_header((name, value));
    }
    match answer.body {
        Body::None => response.finish(),
        Body::Bytes(bytes) => response.body(bytes),
        Body::Json(value) => {
            let mut text = value.to_string();
            if how == Some(How::Truncated) {
                text.truncate(text.len() / 2);
            }
            response.content_type("application/json").body(text)
        }
    }
}

impl Site {
    fn misbehaves(&mut self, method: &str, address: &str) -> Option<How> {
        self.requests.push(format!("{method} {address}"));
        let fault = self.faults.iter_mut().find(|fault| {
            fault.times > 0 && fault.method == method && address.contains(&fault.part)
        })?;
        if fault.skip > 0 {
            fault.skip -= 1;
            return None;
        }
        fault.times -= 1;
        Some(fault.how.clone())
    }

    fn has(&self, right: &str) -> bool {
        !self.lacking.contains(right)
    }

    fn visible(&self, id: &str) -> Option<u64> {
        let ticket = self
            .tickets
            .values()
            .find(|ticket| ticket.id.to_string() == id || ticket.key == id)?;
        self.has("BROWSE_PROJECTS").then_some(ticket.id)
    }

    fn answer(&mut self, asked: &Asked) -> Said {
        let path: Vec<&str> = asked.path.iter().map(String::as_str).collect();
        match (asked.method.as_str(), &path[..]) {
            (_, ["rest", "api", "3", rest @ ..]) => self.platform(asked, rest),
            (_, ["rest", "servicedeskapi", rest @ ..]) => self.desk_api(asked, rest),
            _ => not_there(),
        }
    }

    fn platform(&mut self, asked: &Asked, path: &[&str]) -> Said {
        match (asked.method.as_str(), path) {
            ("GET", ["myself"]) => ok(self.user("557058:bot")),
            ("GET", ["serverInfo"]) => {
                ok(json!({"version": "1001.0.0-SNAPSHOT", "deploymentType": "Cloud"}))
            }
            ("GET", ["mypermissions"]) => self.permissions(asked),
            ("GET", ["project", key]) => {
                if *key == "SUP" && self.has("BROWSE_PROJECTS") {
                    ok(json!({"id": "1", "key": "SUP", "projectTypeKey": "service_desk"}))
                } else {
                    not_there()
                }
            }
            ("GET", ["user"]) => match self.user(&asked.query["accountId"]) {
                Value::Null => not_there(),
                user => ok(user),
            },
            ("GET", ["user", "search"]) => {
                let query = asked.query["query"].to_lowercase();
                let all: Vec<Value> = self
                    .people
                    .values()
                    .filter(|one| !one.is_former && self.has("USER_PICKER"))
                    .filter(|one| {
                        one.email.to_lowercase().starts_with(&query)
                            || one.name.to_lowercase().starts_with(&query)
                    })
                    .map(|one| self.user(&one.id))
                    .collect();
                let (from, most) = (asked.number("startAt", 0), asked.number("maxResults", 50));
                let most = most.min(self.page_limit);
                ok(all.into_iter().skip(from).take(most).collect())
            }
            ("POST", ["search", "jql"]) => self.search(&asked.body),
            ("POST" | "GET", ["search"]) => wrong(410, "The requested API has been removed."),
            (method, ["attachment", rest @ ..]) => self.attachment(asked, method, rest),
            (method, ["issue", id, rest @ ..]) => match self.visible(id) {
                None => not_there(),
                Some(id) => self.issue(asked, method, id, rest),
            },
            _ => not_there(),
        }
    }

    fn permissions(&self, asked: &Asked) -> Said {
        if asked.query["projectKey"] != "SUP" {
            return not_there();
        }
        let mut permissions = Map::new();
        for right in asked.query["permissions"].split(',') {
            let has = json!({"key": right, "havePermission": self.has(right)});
            permissions.insert(right.to_owned(), has);
        }
        ok(json!({"permissions": permissions}))
    }

    fn shown(&self, ticket: &Ticket, wanted: &[&str]) -> Value {
        let all = wanted.contains(&"*all");
        let mut fields: Map<String, Value> = Map::new();
        for (name, value) in &ticket.fields {
            fields.insert(name.clone(), value.clone());
        }
        let person = |id: &Option<String>| id.as_ref().map_or(Value::Null, |id| self.user(id));
        let child = |ticket: &Ticket| json!({"id": ticket.id.to_string(), "key": ticket.key});
        let within = self
            .tickets
            .values()
            .filter(|one| one.parent == Some(ticket.id));
        let participants: Vec<Value> = ticket.participants.iter().map(|id| self.user(id)).collect();
        let files: Vec<Value> = ticket
            .files
            .iter()
            .map(|file| self.about_file(file))
            .collect();
        fields.insert("reporter".to_owned(), person(&ticket.reporter));
        fields.insert("creator".to_owned(), self.user(&ticket.creator));
        fields.insert("created".to_owned(), json!("2026-05-01T10:00:00.000+0000"));
        fields.insert("status".to_owned(), json!({"name": "Open"}));
        fields.insert("customfield_10032".to_owned(), json!(participants));
        fields.insert("attachment".to_owned(), json!(files));
        fields.insert("subtasks".to_owned(), within.map(child).collect());
        fields.retain(|name, _| all || wanted.contains(&name.as_str()));
        json!({"id": ticket.id.to_string(), "key": ticket.key, "fields": fields})
    }

    fn about_file(&self, file: &File) -> Value {
        json!({"id": file.id.to_string(), "filename": file.name, "author": self.user(&file.author),
            "created": "2026-05-01T10:00:00.000+0000", "mimeType": "text/plain",
            "size": file.content.len()})
    }

    fn about_comment(&self, note: &Note) -> Value {
        json!({"id": note.id.to_string(), "author": self.user(&note.author), "body": note.body,
            "created": "2026-05-02T10:00:00.000+0000", "jsdPublic": note.is_public})
    }

    fn issue(&mut self, asked: &Asked, method: &str, id: u64, path: &[&str]) -> Said {
        let ticket = self.tickets[&id].clone();
        match (method, path) {
            ("GET", []) => {
                let wanted = asked.query.get("fields").map_or("*all", String::as_str);
                let mut shown = self.shown(&ticket, &wanted.split(',').collect::<Vec<_>>());
                if asked
                    .query
                    .get("expand")
                    .is_some_and(|expand| expand == "names")
                {
                    shown["names"] = json!({"summary": "Summary", "description": "Description",
                        "customfield_10032": "Request participants",
                        "customfield_10050": "Contact name"});
                }
                ok(shown)
            }
            ("DELETE", []) => {
                let within: Vec<u64> = self
                    .tickets
                    .values()
                    .filter(|one| one.parent == Some(id))
                    .map(|one| one.id)
                    .collect();
                let takes_along = asked
                    .query
                    .get("deleteSubtasks")
                    .is_some_and(|yes| yes == "true");
                if !self.has("DELETE_ISSUES") {
                    return wrong(403, "You do not have permission to delete issues.");
                }
                if !within.is_empty() && !takes_along {
                    return wrong(400, "The issue has subtasks.");
                }
                for one in within {
                    self.tickets.remove(&one);
                }
                self.tickets.remove(&id);
                nothing(204)
            }
            ("PUT", []) => self.edit(asked, id),
            ("GET", ["comment"]) => {
                let (from, most) = (asked.number("startAt", 0), asked.number("maxResults", 50));
                let most = most.min(self.page_limit);
                let notes = ticket.comments.iter().map(|note| self.about_comment(note));
                let page: Vec<Value> = notes.skip(from).take(most).collect();
                ok(
                    json!({"startAt": from, "maxResults": most, "total": ticket.comments.len(),
                    "comments": page}),
                )
            }
            (method, ["comment", number]) => self.comment_call(asked, method, id, number),
            ("GET", ["changelog"]) => {
                let (from, most) = (asked.number("startAt", 0), asked.number("maxResults", 100));
                let most = most.min(self.page_limit);
                let entries = ticket.log.iter().map(|entry| {
                    json!({"id": "1", "author": self.user(&entry.author),
                        "created": "2026-05-03T10:00:00.000+0000", "items": [{
                            "field": entry.field, "from": entry.from, "fromString": entry.from_text,
                            "to": entry.to, "toString": entry.to_text}]})
                });
                let page: Vec<Value> = entries.skip(from).take(most).collect();
                ok(
                    json!({"startAt": from, "maxResults": most, "total": ticket.log.len(),
                    "isLast": from + page.len() >= ticket.log.len(), "values": page}),
                )
            }
            _ => not_there(),
        }
    }

    fn edit(&mut self, asked: &Asked, id: u64) -> Said {
        if !self.has("EDIT_ISSUES") {
            return wrong(403, "You do not have permission to edit issues.");
        }
        self.must_be_quiet(asked);
        let fields = asked.body["fields"]
            .as_object()
            .cloned()
            .unwrap_or_default();
        let long = ["description", "customfield_10060"];
        for (name, value) in &fields {
            if (long.contains(&name.as_str()) && value.is_string())
                || (!long.contains(&name.as_str()) && value["type"] == "doc")
            {
                return wrong(400, "Operation value must be of another kind.");
            }
        }
        let text = |value: &Value| match value {
            Value::Null => None,
            Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        };
        for (name, value) in fields {
            let (from, to) = if name == "reporter" {
                let to = value["accountId"].as_str().map(str::to_owned);
                let ticket = self.tickets.get_mut(&id).unwrap();
                let from = std::mem::replace(&mut ticket.reporter, to.clone());
                (from, to)
            } else {
                let ticket = self.tickets.get_mut(&id).unwrap();
                let to = text(&value);
                let from = ticket.fields.insert(name.clone(), value);
                (from.as_ref().and_then(text), to)
            };
            self.tickets.get_mut(&id).unwrap().log.push(Entry {
                author: "557058:bot".to_owned(),
                field: name,
                from: from.clone(),
                from_text: from,
                to: to.clone(),
                to_text: to,
            });
        }
        nothing(204)
    }

    fn must_be_quiet(&mut self, asked: &Asked) {
        if asked
            .query
            .get("notifyUsers")
            .is_none_or(|quiet| quiet != "false")
        {
            self.writes_without_silence.push(asked.path.join("/"));
        }
    }

    fn comment_call(&mut self, asked: &Asked, method: &str, id: u64, number: &str) -> Said {
        let ticket = self.tickets.get_mut(&id).unwrap();
        let place = ticket
            .comments
            .iter()
            .position(|note| note.id.to_string() == number);
        let Some(place) = place else {
            return not_there();
        };
        match method {
            "DELETE" if self.has("DELETE_ALL_COMMENTS") => {
                self.tickets.get_mut(&id).unwrap().comments.remove(place);
                nothing(204)
            }
            "PUT" if self.has("EDIT_ALL_COMMENTS") => {
                self.must_be_quiet(asked);
                let note = &mut self.tickets.get_mut(&id).unwrap().comments[place];
                note.body = asked.body["body"].clone();
                ok(json!({"id": number}))
            }
            "GET" => ok(self.about_comment(&self.tickets[&id].comments[place])),
            _ => wrong(403, "You do not have permission."),
        }
    }

    fn attachment(&mut self, asked: &Asked, method: &str, path: &[&str]) -> Said {
        let number = path.last().copied().unwrap_or_default();
        let found = self.tickets.values().find_map(|ticket| {
            let file = ticket
                .files
                .iter()
                .find(|file| file.id.to_string() == number)?;
            Some((ticket.id, file.clone()))
        });
        let Some((ticket, file)) = found.filter(|_| self.has("BROWSE_PROJECTS")) else {
            return not_there();
        };
        match (method, path) {
            ("GET", ["content", _])
                if asked.query.get("redirect").is_some_and(|no| no == "false") =>
            {
                Said {
                    status: 200,
                    body: Body::Bytes(file.content),
                    headers: Vec::new(),
                }
            }
            ("GET", ["content", _]) => Said {
                status: 303,
                body: Body::None,
                headers: vec![("Location", "https://api.media.atlassian.com/x".to_owned())],
            },
            ("GET", [_]) => ok(self.about_file(&file)),
            ("DELETE", [_]) if self.has("DELETE_ALL_ATTACHMENTS") => {
                let ticket = self.tickets.get_mut(&ticket).unwrap();
                ticket.files.retain(|one| one.id != file.id);
                ticket.log.push(Entry {
                    author: "557058:bot".to_owned(),
                    field: "Attachment".to_owned(),
                    from: Some(file.id.to_string()),
                    from_text: Some(file.name),
                    to: None,
                    to_text: None,
                });
                nothing(204)
            }
            _ => wrong(403, "You do not have permission."),
        }
    }

    fn page(&self, asked: &Asked, all: Vec<Value>) -> Said {
        let (from, most) = (asked.number("start", 0), asked.number("limit", 50));
        let most = most.min(self.page_limit);
        let count = all.len();
        let page: Vec<Value> = all.into_iter().skip(from).take(most).collect();
        ok(json!({"size": page.len(), "start": from, "limit": most,
            "isLastPage": from + page.len() >= count, "values": page}))
    }

    fn desk_api(&mut self, asked: &Asked, path: &[&str]) -> Said {
        let accounts: Vec<String> = asked.body["accountIds"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|id| id.as_str().map(str::to_owned))
            .collect();
        match (asked.method.as_str(), path) {
            ("GET", ["servicedesk"]) => {
                let desks = self.desks.iter().filter(|_| self.has("SERVICEDESK_AGENT"));
                let about =
                    |desk: &Desk| json!({"id": desk.id.to_string(), "projectKey": desk.project});
                let all = desks.map(about).collect();
                self.page(asked, all)
            }
            ("GET", ["servicedesk", "1", "customer"]) => {
                let query = asked
                    .query
                    .get("query")
                    .cloned()
                    .unwrap_or_default()
                    .to_lowercase();
                let all = self.desks[0]
                    .customers
                    .iter()
                    .map(|id| &self.people[id])
                    .filter(|one| {
                        let is_like = |text: &str| text.to_lowercase().contains(&query);
                        is_like(&one.email) || is_like(&one.name)
                    })
                    .map(|one| self.user(&one.id))
                    .collect();
                self.page(asked, all)
            }
            ("DELETE", ["servicedesk", "1", "customer"]) => {
                let desk = &mut self.desks[0];
                if !desk.is_open {
                    accounts.iter().for_each(|id| {
                        desk.customers.remove(id);
                    });
                }
                nothing(204)
            }
            ("GET", ["organization"]) => {
                let who = asked.query.get("accountId").cloned().unwrap_or_default();
                let all = self
                    .organisations
                    .iter()
                    .filter(|(_, people)| people.contains(&who));
                let about = |(id, _): (&u64, _)| json!({"id": id.to_string(), "name": "Halden"});
                let all = all.map(about).collect();
                self.page(asked, all)
            }
            ("DELETE", ["organization", id, "user"]) => {
                let id: u64 = id.parse().unwrap();
                for account in &accounts {
                    self.organisations.get_mut(&id).unwrap().remove(account);
                }
                nothing(204)
            }
            (method, ["request", id, "participant"]) => {
                let Some(id) = self.visible(id) else {
                    return said(404, json!({"errorMessage": "The request does not exist."}));
                };
                if method == "GET" {
                    let all = self.tickets[&id].participants.iter();
                    let all = all.map(|id| self.user(id)).collect();
                    return self.page(asked, all);
                }
                let ticket = self.tickets.get_mut(&id).unwrap();
                for account in &accounts {
                    ticket.participants.remove(account);
                    ticket.log.push(Entry {
                        author: "557058:bot".to_owned(),
                        field: "Request participants".to_owned(),
                        from: Some(account.clone()),
                        from_text: Some(self.people[account].name.clone()),
                        to: None,
                        to_text: None,
                    });
                }
                ok(json!({"values": []}))
            }
            ("PUT", ["customer", "user", id, "revoke-portal-only-access"]) => {
                if !self.has("ADMINISTER") {
                    return said(403, json!({"errorMessage": "Site administrators only."}));
                }
                self.revoked.insert((*id).to_owned());
                nothing(204)
            }
            _ => not_there(),
        }
    }

    pub fn is_revoked(&self, id: &str) -> bool {
        self.revoked.contains(id)
    }

    // Searches.

    fn search(&mut self, body: &Value) -> Said {
        let jql = body["jql"].as_str().unwrap_or_default().to_owned();
        let Some(query) = Query::parse(&jql) else {
            return wrong(400, "Error in the JQL query.");
        };
        let accounts = query.accounts();
        if let Some(unknown) = accounts.iter().find(|id| !self.people.contains_key(*id)) {
            return wrong(400, &format!("The value '{unknown}' does not exist."));
        }
        let mut from = 0;
        if let Some(token) = body["nextPageToken"].as_str() {
            match self.tokens.get(token) {
                Some((known, start)) if *known == jql => from = *start,
                _ => return wrong(400, "The token is not valid."),
            }
            if self.tokens_change {
                self.tokens.remove(token);
            }
        }
        let mut seen = self
            .seen_by_search
            .clone()
            .unwrap_or_else(|| self.tickets.clone());
        for id in body["reconcileIssues"].as_array().into_iter().flatten() {
            let id = id.as_u64().unwrap();
            match self.tickets.get(&id) {
                Some(ticket) => seen.insert(id, ticket.clone()),
                None => seen.remove(&id),
            };
        }
        let found: Vec<Ticket> = seen
            .values()
            .filter(|_| self.has("BROWSE_PROJECTS"))
            .filter(|ticket| query.holds(ticket))
            .cloned()
            .collect();
        let most = body["maxResults"].as_u64().unwrap_or(50) as usize;
        let most = most.min(self.page_limit);
        let wanted: Vec<&str> = body["fields"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let page: Vec<Value> = found
            .iter()
            .skip(from)
            .take(most)
            .map(|ticket| self.shown(ticket, &wanted))
            .collect();
        let until = from + page.len();
        if until >= found.len() {
            return ok(json!({"issues": page, "isLast": true}));
        }
        let token = format!("CAEaAgg{}", self.id());
        self.tokens.insert(token.clone(), (jql, until));
        ok(json!({"issues": page, "nextPageToken": token, "isLast": false}))
    }
}

/// A search as the connector may write it: enough of JQL to hold it to the letter.
#[derive(Debug)]
enum Query {
    And(Vec<Query>),
    Or(Vec<Query>),
    In(String, Vec<String>, bool),
    NobodyReported,
    Text(String),
    UpdatedBy(String),
    Within(bool),
}

struct Words {
    words: Vec<String>,
    at: usize,
}

impl Words {
    /// Words, signs, and texts in quotes, which keep one as their first letter.
    fn of(jql: &str) -> Option<Words> {
        let (mut words, mut chars) = (Vec::new(), jql.chars().peekable());
        while let Some(c) = chars.next() {
            match c {
                ' ' => {}
                '(' | ')' | ',' | '~' | '=' => words.push(c.to_string()),
                '"' => {
                    let mut text = String::from("\"");
                    loop {
                        match chars.next()? {
                            '"' => break,
                            '\\' => text.push(chars.next()?),
                            other => text.push(other),
                        }
                    }
                    words.push(text);
                }
                c => {
                    let mut word = c.to_string();
                    while let Some(c) = chars.next_if(|c| c.is_alphanumeric() || *c == '_') {
                        word.push(c);
                    }
                    words.push(word);
                }
            }
        }
        Some(Words { words, at: 0 })
    }

    fn next(&mut self) -> Option<String> {
        self.at += 1;
        self.words.get(self.at - 1).cloned()
    }

    fn takes(&mut self, word: &str) -> bool {
        let is_it = self
            .words
            .get(self.at)
            .is_some_and(|next| next.eq_ignore_ascii_case(word));
        self.at += usize::from(is_it);
        is_it
    }

    fn text(&mut self) -> Option<String> {
        self.next()?.strip_prefix('"').map(str::to_owned)
    }

    fn any(&mut self) -> Option<Query> {
        let mut parts = vec![self.all()?];
        while self.takes("OR") {
            parts.push(self.all()?);
        }
        Some(Query::Or(parts))
    }

    fn all(&mut self) -> Option<Query> {
        let mut parts = vec![self.one()?];
        while self.takes("AND") {
            parts.push(self.one()?);
        }
        Some(Query::And(parts))
    }

    fn one(&mut self) -> Option<Query> {
        if self.takes("(") {
            let inner = self.any()?;
            return self.takes(")").then_some(inner);
        }
        let field = self.next()?;
        let field = field.trim_start_matches('"').to_owned();
        if self.takes("~") {
            return (field == "text").then_some(Query::Text(self.text()?));
        }
        if self.takes("is") {
            return (self.takes("EMPTY") && field == "reporter").then_some(Query::NobodyReported);
        }
        let is_not = self.takes("not");
        if !self.takes("in") {
            return None;
        }
        if self.takes("(") {
            let mut texts = vec![self.text()?];
            while self.takes(",") {
                texts.push(self.text()?);
            }
            let known = ["project", "reporter", "creator", "Request participants"];
            let is_right = self.takes(")") && known.contains(&field.as_str());
            return is_right.then_some(Query::In(field, texts, is_not));
        }
        let function = self.next()?;
        let query = match function.as_str() {
            "updatedBy" if self.takes("(") => Query::UpdatedBy(self.text()?),
            "subTaskIssueTypes" if self.takes("(") => Query::Within(true),
            "standardIssueTypes" if self.takes("(") => Query::Within(false),
            _ => return None,
        };
        self.takes(")").then_some(query)
    }
}

impl Query {
    fn parse(jql: &str) -> Option<Query> {
        let (what, order) = jql.split_once(" ORDER BY ")?;
        let mut words = Words::of(what)?;
        let query = words.any()?;
        let is_whole = words.at == words.words.len();
        (is_whole && order == "created ASC, key ASC").then_some(query)
    }

    fn accounts(&self) -> Vec<String> {
        match self {
            Query::And(parts) | Query::Or(parts) => {
                parts.iter().flat_map(Query::accounts).collect()
            }
            Query::In(field, ids, _) if field != "project" => ids.clone(),
            Query::UpdatedBy(id) => vec![id.clone()],
            _ => Vec::new(),
        }
    }

    fn holds(&self, ticket: &Ticket) -> bool {
        match self {
            Query::And(parts) => parts.iter().all(|part| part.holds(ticket)),
            Query::Or(parts) => parts.iter().any(|part| part.holds(ticket)),
            Query::In(field, ids, is_not) => {
                let has = |id: &Option<String>| id.as_ref().map(|id| ids.contains(id));
                let is_in = match field.as_str() {
                    "project" => Some(ids.contains(&ticket.project)),
                    "reporter" => has(&ticket.reporter),
                    "creator" => has(&Some(ticket.creator.clone())),
                    _ => Some(ticket.participants.iter().any(|id| ids.contains(id))),
                };
                // What is empty is neither in a list nor not in it.
                is_in.is_some_and(|is_in| is_in != *is_not)
            }
            Query::NobodyReported => ticket.reporter.is_none(),
            Query::UpdatedBy(id) => {
                ticket.log.iter().any(|entry| entry.author == *id)
                    || ticket.comments.iter().any(|note| note.author == *id)
                    || ticket.creator == *id
            }
            // By words, in any order: that is how fuzzy it is.
            Query::Text(text) => {
                let words = |text: &str| -> BTreeSet<String> {
                    text.to_lowercase()
                        .split(|c: char| !c.is_alphanumeric())
                        .filter(|word| !word.is_empty())
                        .map(str::to_owned)
                        .collect()
                };
                let fields = ticket.fields.values().map(Value::to_string);
                let notes = ticket.comments.iter().map(|note| note.body.to_string());
                let mut texts = fields.chain(notes);
                let wanted = words(text);
                texts.any(|text| wanted.is_subset(&words(&text)))
            }
            Query::Within(is_within) => ticket.parent.is_some() == *is_within,
        }
    }
}
