//! The staff side over HTTP: a request from its entry to its end, and what each role is shown.

use std::collections::BTreeSet;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use reqwest::{Client, Response, StatusCode};
use tokio::sync::watch;

use crate::actions::run::Step;
use crate::actions::staff::NewStaff;
use crate::actions::{self};
use crate::app::App;
use crate::audit::hex;
use crate::auth::password::Password;
use crate::clock::Clock;
use crate::config::Config;
use crate::db::{self};
use crate::domain::email::Email;
use crate::domain::event::Actor;
use crate::domain::reference::Reference;
use crate::domain::request::{Field, Kind};
use crate::domain::run::Cause;
use crate::domain::staff::Role;
use crate::domain::store::{
    Change, Decision, Done, Ground, Item, ItemKey, ItemKind, ItemOutcome, Match, Order, Page,
    Reach, Sink, Store, StoreError, StoreName, Subject,
};
use crate::seal::{KeyRing, random};

/// A store with three records of everybody: one to erase, one to keep, one possible match.
#[derive(Default)]
struct Shelf {
    erased: Mutex<BTreeSet<String>>,
}

#[async_trait]
impl Store for Shelf {
    fn name(&self) -> StoreName {
        StoreName("licence".to_owned())
    }

    async fn probe(&self) -> Result<Reach, StoreError> {
        Ok(Reach {
            records: Some(3),
            ..Reach::default()
        })
    }

    async fn inventory(&self, _: &Subject, _: Option<&str>) -> Result<Page<Item>, StoreError> {
        let item = |key: &str, matched, proposal| Item {
            key: ItemKey(key.to_owned()),
            kind: ItemKind::LicenceContact,
            label: format!("Licence {key}"),
            note: "Boards".to_owned(),
            holds: vec!["name".to_owned(), "email".to_owned()],
            matched,
            proposal,
            within: Vec::new(),
        };
        let erased = self.erased.lock().expect("no panic");
        let all = [
            item("L-1", Match::Sure, Decision::Erase),
            item(
                "L-2",
                Match::Sure,
                Decision::Keep(Ground::TaxLaw, Some(jiff::civil::date(2031, 12, 31))),
            ),
            item("L-3", Match::Candidate, Decision::Erase),
        ];
        Ok(Page {
            items: all
                .into_iter()
                .filter(|item| !erased.contains(&item.key.0))
                .collect(),
            next: None,
        })
    }

    async fn export(&self, _: &Subject, _: &[ItemKey], _: &mut dyn Sink) -> Result<(), StoreError> {
        Ok(())
    }

    async fn values(&self, item: &ItemKey) -> Result<Vec<(Field, String)>, StoreError> {
        Ok(if item.0 == "L-1" {
            vec![(Field::Name, "Marta Kowalska".to_owned())]
        } else {
            Vec::new()
        })
    }

    async fn rectify(&self, _: &ItemKey, _: &Change) -> Result<Done, StoreError> {
        Ok(ItemOutcome::Neutralised.into())
    }

    async fn carry_out(
        &self,
        _: &Subject,
        orders: &[Order],
        _: Cause,
    ) -> Result<Vec<Done>, StoreError> {
        let mut erased = self.erased.lock().expect("no panic");
        let mut outcome = |order: &Order| match order.decision {
            Decision::Erase => {
                erased.insert(order.key.0.clone());
                ItemOutcome::Erased
            }
            Decision::Keep(..) => ItemOutcome::Kept,
        };
        Ok(orders.iter().map(&mut outcome).map(Done::from).collect())
    }
}

const PASSWORD: &str = "four words in a row";

/// A running Lethe on a database of its own, and somebody's browser.
struct Desk {
    app: App,
    folder: PathBuf,
    url: String,
    browser: Client,
    /// Streams of events end when it goes.
    _stop: watch::Sender<bool>,
}

impl Drop for Desk {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn browser() -> Client {
    // Once is enough; every later call is told so.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .cookie_store(true)
        .build()
        .expect("a client")
}

impl Desk {
    async fn open(role: Role) -> Desk {
        let folder = std::env::temp_dir().join(format!("lethe_desk_{}", hex(&random::<8>())));
        std::fs::create_dir_all(&folder).expect("a folder");
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).expect("a port");
        let address = listener.local_addr().expect("an address");
        let config = Config::demo(&folder, address).expect("a configuration");
        let clock = Clock::frozen("2026-11-20T09:00:00Z".parse().expect("an instant"));
        KeyRing::create(&config.keys.file, clock.now()).expect("keys");
        let mut app = App::start(config, clock).expect("an application");
        app.stores = Arc::new([Arc::new(Shelf::default()) as Arc<dyn Store>]);
        let (stop, stopping) = watch::channel(false);
        let server = crate::web::server(app.clone(), listener, stopping).expect("a server");
        tokio::spawn(server);
        let desk = Desk {
            app,
            folder,
            url: format!("http://{address}"),
            browser: browser(),
            _stop: stop,
        };
        desk.hire("aino@northwind.example", "Aino Salo", role).await;
        desk
    }

    async fn hire(&self, email: &str, name: &str, role: Role) {
        let new = NewStaff {
            email: Email::parse(email).expect("an address"),
            name: name.to_owned(),
            role,
            contract: Some("2026-14".to_owned()),
            until_on: Some(jiff::civil::date(2027, 1, 1)),
        };
        let password = Password::parse(PASSWORD).expect("long enough");
        actions::staff::add(&self.app, &Actor::Operator, new, password)
            .await
            .expect("an account");
    }

    async fn get(&self, path: &str) -> (StatusCode, String) {
        let response = self
            .browser
            .get(format!("{}{path}", self.url))
            .send()
            .await
            .expect("an answer");
        (response.status(), response.text().await.expect("a page"))
    }

    /// A page that must be there; its text.
    async fn page(&self, path: &str) -> String {
        let (status, text) = self.get(path).await;
        assert_eq!(status, StatusCode::OK, "{path}: {text}");
        text
    }

    /// Sends a form with the guard and the version of the page it stands on.
    async fn post(&self, page: &str, to: &str, fields: &[(&str, &str)]) -> Response {
        let text = self.get(page).await.1;
        let hidden = |name: &str| {
            let mark = format!("name=\"{name}\" value=\"");
            let from = text.find(&mark).map(|at| at + mark.len())?;
            text[from..].split('"').next().map(ToOwned::to_owned)
        };
        let mut form: Vec<(String, String)> =
            vec![("csrf".into(), hidden("csrf").expect("a guard"))];
        form.extend(hidden("seen").map(|seen| ("seen".to_owned(), seen)));
        form.extend(
            fields
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        );
        self.browser
            .post(format!("{}{to}", self.url))
            .form(&form)
            .send()
            .await
            .expect("an answer")
    }

    async fn sign_in(&self, email: &str) -> Response {
        let fields = [
            ("email", email),
            ("password", PASSWORD),
            ("next", "/admin/requests"),
        ];
        self.post("/admin/sign-in", "/admin/sign-in", &fields).await
    }

    /// Enters a request with checked identity; the path of its page.
    async fn enter(&self, kind: &str, more: &[(&str, &str)]) -> String {
        let mut fields = vec![
            ("kind", kind),
            ("email", "marta@halden.example"),
            ("name", "Marta Kowalska"),
            ("channel", "phone"),
            ("received_on", "2026-11-19"),
            ("proof", "staff"),
            ("checked_how", "Called back"),
        ];
        fields.extend(more);
        let response = self
            .post("/admin/requests/new", "/admin/requests/new", &fields)
            .await;
        assert_eq!(response.status(), StatusCode::OK);
        let path = response.url().path().to_owned();
        let text = response.text().await.expect("a page");
        assert!(text.contains("The request is entered."), "{text}");
        path
    }

    /// Does what the worker would do with the run of a request.
    async fn work(&self, path: &str) {
        let reference: Reference = path
            .rsplit('/')
            .next()
            .expect("a path")
            .parse()
            .expect("a reference");
        let run = self
            .app
            .db
            .read(move |conn| -> Result<_, db::DbError> {
                let request = db::requests::by_reference(conn, &reference)?.expect("a request");
                Ok(db::runs::of_request(conn, request.id)?.expect("a run").id)
            })
            .await
            .expect("a run");
        actions::run::search(&self.app, run)
            .await
            .expect("a search");
        for _ in 0..50 {
            match actions::run::step(&self.app, run).await.expect("a step") {
                Step::Rest => return,
                Step::Again | Step::Later(..) => {}
            }
        }
        panic!("the run does not end");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erasure_goes_from_entry_to_end_on_the_pages_of_staff() {
    let desk = Desk::open(Role::Administrator).await;
    let (_, text) = desk.get("/admin/requests?view=mine").await;
    assert!(
        text.contains("name=\"next\" value=\"/admin/requests?view=mine\""),
        "{text}"
    );
    let answer = desk.sign_in("aino@northwind.example").await;
    assert_eq!(
        (answer.status(), answer.url().as_str()),
        (
            StatusCode::OK,
            format!("{}/admin/requests", desk.url).as_str()
        )
    );
    for path in [
        "/admin",
        "/admin/requests",
        "/admin/people",
        "/admin/objections",
        "/admin/retention",
        "/admin/retention/change",
        "/admin/stores",
        "/admin/audit",
        "/admin/staff",
        "/admin/password",
    ] {
        desk.page(path).await;
    }

    let path = desk
        .enter("erasure", &[("details", "Everything, please.")])
        .await;
    assert!(
        desk.page(&path)
            .await
            .contains("The stores were not searched yet.")
    );
    assert!(
        desk.page(&format!("{path}/acceptance"))
            .await
            .contains("before every store has answered")
    );
    desk.work(&path).await;
    let text = desk.page(&path).await;
    for word in [
        "Everything, please.",
        "Marta Kowalska",
        "Licence L-1",
        "Licence L-2",
        "1 to erase, 1 to keep",
        "Called back",
    ] {
        assert!(text.contains(word), "{word}: {text}");
    }
    for rest in ["refusal", "extension", "question"] {
        assert!(
            desk.page(&format!("{path}/{rest}"))
                .await
                .contains("<form class=\"stack"),
            "{rest}"
        );
    }

    // The possible match comes first.
    assert!(
        desk.page(&format!("{path}/acceptance"))
            .await
            .contains("Possible matches wait")
    );
    let item = text
        .split("/items/")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .expect("a candidate");
    let item_path = format!("{path}/items/{item}");
    assert_eq!(
        desk.post(&item_path, &item_path, &[]).await.status(),
        StatusCode::UNPROCESSABLE_ENTITY
    );
    let answer = desk
        .post(&item_path, &item_path, &[("action", "other")])
        .await;
    assert!(
        answer
            .text()
            .await
            .expect("a page")
            .contains("The decision on the record is saved.")
    );

    // Words that are missing, and a page that is stale.
    let refusal = format!("{path}/refusal");
    let answer = desk
        .post(
            &refusal,
            &refusal,
            &[("reason", "legal_claims"), ("details", " ")],
        )
        .await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let answer = desk
        .post(
            "/admin/staff",
            &format!("{path}/acceptance"),
            &[("seen", "1")],
        )
        .await;
    assert_eq!(answer.status(), StatusCode::CONFLICT);
    assert!(
        answer
            .text()
            .await
            .expect("a page")
            .contains("Someone changed this request")
    );

    let answer = desk
        .post(
            &path,
            &format!("{path}/messages"),
            &[("details", "We are on it.")],
        )
        .await;
    assert!(
        answer
            .text()
            .await
            .expect("a page")
            .contains("We are on it.")
    );
    let answer = desk
        .post(&path, &format!("{path}/notes"), &[("details", "")])
        .await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);

    let acceptance = format!("{path}/acceptance");
    assert!(desk.page(&acceptance).await.contains("Erase 1 record"));
    let answer = desk.post(&acceptance, &acceptance, &[]).await;
    assert_eq!(answer.url().path(), format!("{path}/run"));
    desk.work(&path).await;
    assert!(
        desk.page(&format!("{path}/run"))
            .await
            .contains("read back empty")
    );
    let text = desk.page(&path).await;
    assert!(
        text.contains("the request is closed") && !text.contains(&acceptance),
        "{text}"
    );
    let answer = desk.post(&acceptance, &acceptance, &[]).await;
    assert!(answer.status() == StatusCode::OK || answer.status() == StatusCode::CONFLICT);

    // Looking is on record, and found by reference; the whole trail holds.
    let reference = path.rsplit('/').next().expect("a path");
    let text = desk.page(&format!("/admin/audit?q={reference}")).await;
    assert!(
        text.contains("Looked at personal data") && text.contains("Aino Salo"),
        "{text}"
    );
    let all = desk.page("/admin/audit?until=9998-12-31").await;
    assert!(all.contains("Looked at personal data"), "{all}");
    let none = desk.page("/admin/audit?until=2000-01-01").await;
    assert!(none.contains("No entry matches."), "{none}");
    let entry = text
        .split("/admin/audit/")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .expect("an entry");
    assert!(
        desk.page(&format!("/admin/audit/{entry}"))
            .await
            .contains("Leaf hash")
    );
    actions::trail::sequence(&desk.app).await.expect("a tree");
    desk.post("/admin/audit", "/admin/audit", &[]).await;
    let text = desk.page("/admin/audit").await;
    assert!(text.contains("The trail is being checked"), "{text}");
    crate::jobs::run_due(&desk.app).await.expect("jobs");
    let text = desk.page("/admin/audit").await;
    assert!(text.contains("Unbroken since the first entry"), "{text}");

    let (status, _) = desk.get("/admin/people?q=marta@halden.example").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let text = desk
        .page("/admin/people?q=marta@halden.example&reason=A+call")
        .await;
    assert!(
        text.contains("Licence L-2") && text.contains(reference),
        "{text}"
    );
    let text = desk.page("/admin/requests?q=marta@halden.example").await;
    assert!(text.contains(reference), "{text}");
    assert!(
        desk.page("/admin/requests?view=closed")
            .await
            .contains(reference)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn values_of_a_correction_are_decided_together_and_accepted() {
    let desk = Desk::open(Role::Lead).await;
    desk.sign_in("aino@northwind.example").await;
    let path = desk
        .enter("rectification", &[("new-name", "Marta Lund")])
        .await;
    desk.work(&path).await;
    let page = format!("{path}/rectification");
    let text = desk.page(&page).await;
    assert!(text.contains("<ins>Lund</ins>"), "{text}");
    let id = text
        .split("name=\"accept-")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .expect("a value");
    let field = format!("accept-{id}");
    let answer = desk.post(&page, &page, &[(&field, "no")]).await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let answer = desk.post(&page, &page, &[(&field, "yes")]).await;
    assert_eq!(answer.url().path(), format!("{path}/run"));
    desk.work(&path).await;
    assert!(desk.page(&path).await.contains("the request is closed"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_objection_taken_by_phone_ends_every_list_as_it_is_entered() {
    let desk = Desk::open(Role::Agent).await;
    desk.sign_in("aino@northwind.example").await;
    desk.enter("objection", &[]).await;
    let app = desk.app.clone();
    let digests = app.address_digests(&Email::parse("marta@halden.example").expect("an address"));
    let lists = app
        .db
        .read(move |conn| db::guards::objections_of(conn, &digests))
        .await
        .expect("lists");
    assert_eq!(lists.len(), 1, "{:?}", Kind::Objection);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_sees_more_than_their_role_and_unknown_accounts_are_told_nothing() {
    let mut desk = Desk::open(Role::Administrator).await;
    let wrong = desk.sign_in("nobody@northwind.example").await;
    let (status, unknown) = (wrong.status(), wrong.text().await.expect("a page"));
    let fields = [
        ("email", "nobody@northwind.example"),
        ("password", "not the one"),
    ];
    let known = desk.post("/admin/sign-in", "/admin/sign-in", &fields).await;
    assert_eq!(
        (status, known.status()),
        (
            StatusCode::UNPROCESSABLE_ENTITY,
            StatusCode::UNPROCESSABLE_ENTITY
        )
    );
    assert!(unknown.contains("do not belong together"));

    desk.sign_in("aino@northwind.example").await;
    let path = desk.enter("access", &[]).await;
    desk.hire("priya@audit.example", "Priya Raman", Role::Auditor)
        .await;
    desk.hire("tom@desk24.example", "Tom Okoye", Role::Subcontractor)
        .await;
    let fields = [
        ("email", "lena@northwind.example"),
        ("name", "Lena Brandt"),
        ("role", "agent"),
    ];
    let answer = desk.post("/admin/staff", "/admin/staff", &fields).await;
    assert!(answer.text().await.expect("a page").contains("<code>"));

    desk.browser = browser();
    desk.sign_in("priya@audit.example").await;
    assert!(desk.page("/admin").await.contains("Audit trail"));
    for path in [
        "/admin/requests",
        &path,
        "/admin/people",
        "/admin/objections",
        "/admin/staff",
        "/admin/requests/new",
    ] {
        let (status, text) = desk.get(path).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{path}");
        assert!(text.contains("Your role does not allow this"), "{text}");
    }

    desk.browser = browser();
    desk.sign_in("tom@desk24.example").await;
    assert!(
        !desk
            .page("/admin/requests")
            .await
            .contains("marta@halden.example")
    );
    assert_eq!(desk.get(&path).await.0, StatusCode::NOT_FOUND);
    let fields = [("password", PASSWORD), ("new_password", "short")];
    let answer = desk
        .post("/admin/password", "/admin/password", &fields)
        .await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let fields = [
        ("password", PASSWORD),
        ("new_password", "four other words in a row"),
    ];
    let answer = desk
        .post("/admin/password", "/admin/password", &fields)
        .await;
    assert_eq!(
        (answer.status(), answer.url().path()),
        (StatusCode::OK, "/admin")
    );
}
