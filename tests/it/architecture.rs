//! The arrows of docs/architecture.md: who may import whom.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Module, and the modules of ours that it may name.
const ARROWS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("audit", &[]),
    ("clock", &[]),
    ("http", &[]),
    ("i18n", &[]),
    ("db", &["audit", "domain"]),
    ("certificate", &["audit", "domain"]),
    ("seal", &["audit", "domain"]),
    ("auth", &["seal"]),
    ("journal", &["seal"]),
    ("imports", &["domain"]),
    ("config", &["audit", "domain", "http", "i18n", "seal"]),
    ("mail", &["config", "domain", "i18n"]),
    ("connectors", &["clock", "config", "domain", "http", "seal"]),
    ("witness", &["audit", "clock", "http", "seal"]),
    (
        "stores",
        &["audit", "clock", "config", "db", "domain", "seal"],
    ),
    (
        "app",
        &[
            "audit",
            "clock",
            "config",
            "connectors",
            "db",
            "domain",
            "journal",
            "mail",
            "seal",
            "stores",
        ],
    ),
    (
        "actions",
        &[
            "app",
            "audit",
            "auth",
            "certificate",
            "clock",
            "config",
            "db",
            "domain",
            "http",
            "i18n",
            "imports",
            "journal",
            "mail",
            "seal",
            "stores",
            "witness",
        ],
    ),
    (
        "jobs",
        &["actions", "app", "config", "db", "domain", "mail"],
    ),
    (
        "web",
        &[
            "actions",
            "app",
            "audit",
            "auth",
            "certificate",
            "config",
            "db",
            "domain",
            "i18n",
            "mail",
            "seal",
        ],
    ),
    (
        "cli",
        &[
            "actions",
            "app",
            "audit",
            "auth",
            "certificate",
            "clock",
            "config",
            "db",
            "domain",
            "i18n",
            "imports",
            "jobs",
            "mail",
            "seal",
            "web",
            "witness",
        ],
    ),
];

#[test]
fn imports_follow_the_arrows() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = Vec::new();
    for (module, allowed) in ARROWS {
        for (file, text) in files(&source, module) {
            for named in named_modules(&text) {
                if named != *module && !allowed.contains(&named.as_str()) {
                    wrong.push(format!("{file}: {module} -> {named}"));
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "arrows that are not drawn:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn every_module_has_its_arrows() {
    let text =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    let modules: BTreeSet<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'))
        .collect();
    let drawn: BTreeSet<&str> = ARROWS.iter().map(|(module, _)| *module).collect();
    assert_eq!(modules, drawn);
}

#[test]
fn only_db_knows_diesel_and_only_seal_asks_for_randomness() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for (module, _) in ARROWS {
        for (file, text) in files(&source, module) {
            let code = text.split("#[cfg(test)]").next().unwrap();
            assert!(
                *module == "db" || !code.contains("diesel::"),
                "{file} names diesel"
            );
            assert!(
                *module == "seal" || !code.contains("getrandom::"),
                "{file} asks for randomness"
            );
        }
    }
}

fn files(source: &Path, module: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut open = vec![source.join(format!("{module}.rs")), source.join(module)];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(
                fs::read_dir(&path)
                    .unwrap()
                    .map(|entry| entry.unwrap().path()),
            );
        } else if path.is_file()
            && path.extension().is_some_and(|end| end == "rs")
            && !path.ends_with("tests.rs")
        {
            let text = fs::read_to_string(&path).unwrap();
            let code = text
                .split("\n#[cfg(test)]\nmod ")
                .next()
                .unwrap()
                .to_owned();
            found.push((path.display().to_string(), code));
        }
    }
    found
}

/// The first name after every `crate::`, also inside `use crate::{…}`.
fn named_modules(text: &str) -> BTreeSet<String> {
    let mut named = BTreeSet::new();
    for (start, _) in text.match_indices("crate::") {
        if text[..start].ends_with('$') {
            continue;
        }
        let rest = &text[start + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut first = true;
            let mut word = String::new();
            for c in group.chars() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => {
                        first = true;
                        word.clear();
                    }
                    ':' if first => {
                        named.insert(word.trim().to_owned());
                        first = false;
                    }
                    c if first => word.push(c),
                    _ => {}
                }
            }
        } else {
            named.insert(
                rest.chars()
                    .take_while(|c| c.is_alphanumeric() || *c == '_')
                    .collect(),
            );
        }
    }
    named.remove("");
    named
}

/// A database that was put back is seen by `actions::restore::open`. Whoever opened an application past it
/// would serve whom a backup brought back.
#[test]
fn nothing_opens_an_application_past_the_erasure_journal() {
    let allowed = ["actions/restore.rs", "actions/backup.rs", "cli/backup.rs"];
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![source.clone()];
    let mut wrong = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(&source).unwrap().display().to_string();
            let text = fs::read_to_string(&path).unwrap_or_default();
            let is_test = name.ends_with("tests.rs");
            if text.contains("App::start(") && !is_test && !allowed.contains(&name.as_str()) {
                wrong.push(name);
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}
