use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use jiff::civil::date;

use super::*;

#[test]
fn dates_read_as_people_write_them() {
    let day = date(2026, 12, 21);
    assert_eq!(Lang::En.date_long(day), "Monday 21 December 2026");
    assert_eq!(Lang::En.date_medium(day), "21 December 2026");
    assert_eq!(Lang::En.date_short(day), "21 Dec 2026");
    assert_eq!(Lang::En.day_month(day), "21 Dec");
    assert_eq!(Lang::De.date_long(day), "Montag, 21. Dezember 2026");
    assert_eq!(Lang::De.date_medium(day), "21. Dezember 2026");
    assert_eq!(Lang::De.date_short(day), "21.12.2026");
    assert_eq!(Lang::De.day_month(day), "21. Dez.");
}

#[test]
fn a_moment_says_its_time_in_its_own_zone() {
    let when = date(2026, 11, 20)
        .at(9, 12, 0, 0)
        .in_tz("Europe/Amsterdam")
        .expect("a real moment");
    assert_eq!(Lang::En.moment(&when), "20 November 2026, 09:12");
    assert_eq!(Lang::De.moment(&when), "20. November 2026, 09:12 Uhr");
    assert_eq!(
        Lang::En.moment_long(&when),
        "Friday 20 November 2026, 09:12"
    );
}

#[test]
fn lists_and_numbers_follow_the_language() {
    let three = ["licences", "trials", "tickets"].map(String::from);
    assert_eq!(Lang::En.list(&three), "licences, trials and tickets");
    assert_eq!(Lang::De.list(&three), "licences, trials und tickets");
    assert_eq!(Lang::En.number(1_482), "1,482");
    assert_eq!(Lang::De.number(-1_000_482), "-1.000.482");
}

#[test]
fn the_best_language_of_a_browser_is_found() {
    assert_eq!(Lang::negotiate("de-AT,de;q=0.9,en;q=0.8"), Some(Lang::De));
    assert_eq!(Lang::negotiate("nl, en;q=0.5, de;q=0.7"), Some(Lang::De));
    assert_eq!(Lang::negotiate("de;q=0, en"), Some(Lang::En));
    assert_eq!(Lang::negotiate("nl;q=x, *"), None);
    assert_eq!(Lang::negotiate(""), None);
}

/// What must be the same in every language: a message's variables and its attributes.
type Shape = (BTreeSet<String>, BTreeSet<String>);

fn shapes(lang: Lang) -> BTreeMap<String, Shape> {
    let mut shapes: BTreeMap<String, Shape> = BTreeMap::new();
    let mut current = String::new();
    for line in lang.sources().iter().flat_map(|source| source.lines()) {
        if line.starts_with('#') {
            continue;
        }
        if line.starts_with(|c: char| c.is_ascii_alphabetic() || c == '-') {
            let (id, _) = line.split_once('=').expect("a message has a value");
            current = id.trim().to_owned();
            let seen = shapes.insert(current.clone(), Shape::default());
            assert!(seen.is_none(), "`{current}` stands twice in {}", lang.tag());
        }
        let Some(shape) = shapes.get_mut(&current) else {
            continue;
        };
        if let Some((attribute, _)) = line
            .trim_start()
            .strip_prefix('.')
            .and_then(|rest| rest.split_once('='))
        {
            shape.1.insert(attribute.trim().to_owned());
        }
        for (at, _) in line.match_indices('$') {
            let name = line[at + 1..]
                .split(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_'))
                .next();
            shape.0.extend(name.map(str::to_owned));
        }
    }
    shapes
}

#[test]
fn every_language_has_the_same_messages_of_the_same_shape() {
    let english = shapes(Lang::En);
    for &lang in Lang::all() {
        let other = shapes(lang);
        for (id, shape) in &english {
            assert_eq!(other.get(id), Some(shape), "`{id}` in {}", lang.tag());
        }
        for id in other.keys() {
            assert!(
                english.contains_key(id),
                "`{id}` stands in {} alone",
                lang.tag()
            );
        }
    }
}

/// All source files and templates, joined.
fn sources_and_templates() -> String {
    fn collect(folder: &Path, into: &mut String) {
        for entry in fs::read_dir(folder).expect("the folder is there") {
            let path = entry.expect("the entry can be read").path();
            // Imports and connectors read what others write, whose fields are no texts of ours.
            let of_others = ["src/imports", "src/connectors", "actions/import"];
            if path.is_dir() && !of_others.iter().any(|folder| path.ends_with(folder)) {
                collect(&path, into);
            } else if path.is_file() && !path.ends_with("i18n/tests.rs") {
                into.push_str(&fs::read_to_string(&path).expect("a text file"));
            }
        }
    }
    let mut all = String::new();
    for folder in ["src", "templates"] {
        collect(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join(folder),
            &mut all,
        );
    }
    all
}

#[test]
fn every_text_that_is_asked_for_exists_and_none_is_idle() {
    let code = sources_and_templates();
    let messages = shapes(Lang::En);
    for call in [".text(", ".text_with(", ".around("] {
        for (at, _) in code.match_indices(call) {
            // An id that is chosen elsewhere is no literal here.
            let Some(rest) = code[at + call.len()..].trim_start().strip_prefix('"') else {
                continue;
            };
            let id = rest.split('"').next().expect("a split has a first part");
            assert!(messages.contains_key(id), "no text `{id}`");
        }
    }
    let idle: Vec<_> = messages
        .keys()
        .filter(|id| !id.starts_with('-') && !code.contains(&format!("\"{id}\"")))
        .collect();
    assert!(idle.is_empty(), "texts that nothing uses: {idle:?}");
}
