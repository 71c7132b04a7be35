//! Renders every public page from its sample, in every language, into `target/samples`.

use std::{fs, path::Path};

use askama::Template;

use crate::{
    domain::request::Kind,
    i18n::Lang,
    mail::letters,
    web::{
        forms::Field,
        public::{
            ask, certificate, confirm, confirm::Ending, errors, home, outbox, privacy, proof,
            received, sent, status, unsubscribe, unsubscribe::UnsubscribeResult,
        },
    },
};

fn pages(l: Lang) -> Vec<(String, String)> {
    let mut pages = Vec::new();
    let mut add = |name: &str, page: &dyn askama::DynTemplate| {
        pages.push((
            name.to_owned(),
            page.dyn_render().expect("a sample renders"),
        ));
    };
    add("home", &home::sample(l));
    add("ask-review-bound", &ask::sample::review(l));
    add("ask-rectification", &ask::sample::rectification(l));
    add("ask-rectification-nothing", &ask::sample::nothing(l));
    let [some, long] = ask::sample::wrong(l);
    add("ask-removal-some", &some);
    add("ask-removal-long", &long);
    add("ask-removal", &ask::sample::removal(l));
    add("ask-unsubscribe", &ask::sample::unsubscribe(l));
    for kind in [Kind::Access, Kind::Erasure] {
        add(&format!("sent-{}", kind.slug()), &sent::sample(l, kind));
    }
    add(
        "confirm-review",
        &confirm::sample::page(l, Kind::Access, None),
    );
    add(
        "confirm-removal",
        &confirm::sample::page(l, Kind::Erasure, Some(Field::default())),
    );
    let empty = Field::default().wrong(l.text("error-code-missing"));
    add(
        "confirm-empty",
        &confirm::sample::page(l, Kind::Erasure, Some(empty)),
    );
    add(
        "confirm-wrong",
        &confirm::sample::page(l, Kind::Erasure, Some(confirm::sample::wrong_code(l))),
    );
    for ending in [
        Ending::Expired,
        Ending::Spent,
        Ending::Already,
        Ending::Denied,
    ] {
        add(
            &format!("confirm-{ending:?}").to_lowercase(),
            &confirm::sample::ended(l, ending),
        );
    }
    add("received", &received::sample::page(l));
    add("status-form", &status::sample::form(l));
    add("status-sent", &status::sample::sent(l));
    add("status-link", &status::sample::link(l));
    add("withdrawal", &status::sample::withdrawal(l));
    for (name, page) in status::sample::pages(l) {
        add(&format!("status-{name}"), &page);
    }
    for (name, page) in certificate::sample::pages(l) {
        add(&format!("certificate-{name}"), &page);
    }
    for (name, page) in proof::sample::pages(l) {
        add(name, &page);
    }
    add(
        "unsubscribe-list",
        &unsubscribe::sample::page(l, Some("Product news")),
    );
    add("unsubscribe-all", &unsubscribe::sample::page(l, None));
    add(
        "unsubscribed-list",
        &unsubscribe::sample::result(l, UnsubscribeResult::List("Product news".into())),
    );
    add(
        "unsubscribed-all",
        &unsubscribe::sample::result(l, UnsubscribeResult::All),
    );
    add(
        "unsubscribed-undone",
        &unsubscribe::sample::result(l, UnsubscribeResult::Undone),
    );
    add("unsubscribed-typed", &unsubscribe::sample::typed(l));
    let statement = crate::actions::statement::sample(l);
    add("privacy", &privacy::sample(&statement, l));
    for code in [400, 403, 404, 409, 413, 422, 429, 500, 503] {
        add(&format!("error-{code}"), &errors::sample(l, code));
    }
    let sender = letters::sample::sender();
    let mut mails = Vec::new();
    for (name, letter) in letters::sample::letters() {
        let mail = letter.render(l, &sender);
        pages.push((format!("mail-{name}"), mail.html.clone()));
        mails.push(mail);
    }
    pages.push((
        "outbox".into(),
        outbox::sample(l, &mails)
            .render()
            .expect("a sample renders"),
    ));
    pages
}

#[test]
fn every_page_renders_in_every_language_with_one_title_and_no_script() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/samples");
    fs::create_dir_all(&folder).expect("target can be written");
    for &l in Lang::all() {
        for (name, html) in pages(l) {
            let tag = l.tag();
            assert_eq!(html.matches("<h1").count(), 1, "{name} in {tag}");
            assert!(
                html.contains(&format!("<html lang=\"{tag}\">")),
                "{name} in {tag}"
            );
            assert!(
                !html.contains("<script") && !html.contains(" style="),
                "{name} in {tag}"
            );
            assert!(
                !html.contains("{ $") && !html.contains("<title> "),
                "{name} in {tag}"
            );
            for form in html.split("<form").skip(1) {
                let form = form.split("</form>").next().unwrap_or_default();
                assert!(
                    form.contains("name=\"csrf\"") && form.contains("novalidate"),
                    "{name} in {tag}"
                );
            }
            fs::write(folder.join(format!("{name}.{tag}.html")), html)
                .expect("target can be written");
        }
    }
}

#[test]
fn a_wrong_form_says_so_in_its_title_its_summary_and_its_fields() {
    let html = ask::sample::rectification(Lang::En)
        .render()
        .expect("a sample renders");
    assert!(html.contains("<title>Error: Correct my data"));
    assert!(
        html.contains("Two things need another look")
            || html.contains("2 things need another look")
    );
    for field in ["email", "phone"] {
        assert!(
            html.contains(&format!("href=\"#{field}\""))
                && html.contains(&format!("id=\"{field}-error\""))
        );
    }
    assert!(
        html.contains("value=\"555 0143 ext 2\"") && html.contains("value=\"Marta Kowalska-Lund\"")
    );
}
