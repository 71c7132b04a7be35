use std::path::Path;

use super::super::{Connector, parse};
use super::*;

const HEAD: &str = "name = \"crm\"\ntitle = \"CRM\"\ncategory = \"ticket\"\n[sql]\n";
const SQLITE: &str = "engine = \"sqlite\"\npath = \"a.db\"\n";
const SERVER: &str =
    "engine = \"postgresql\"\ndatabase = \"crm\"\nuser = \"r\"\nerase_user = \"e\"\n";

fn read(text: &str) -> Result<Sql, Vec<String>> {
    let secret = |_: &str| Some("secret".to_owned());
    let store = parse(&format!("{HEAD}{text}"), Path::new("/nowhere"), &secret)?;
    match store.connector {
        Connector::Sql(sql) => Ok(sql),
        other => panic!("{other:?}"),
    }
}

fn table(name: &str, rest: &str) -> String {
    format!("[[sql.tables]]\nname = \"{name}\"\nkey = \"id\"\nerase = \"delete\"\n{rest}\n")
}

const PERSON: &str = "person = [{ column = \"email\", match = \"lower\" }]";

fn via(table: &str) -> String {
    format!("via = [{{ column = \"parent\", table = \"{table}\", key = \"id\" }}]")
}

#[track_caller]
fn wrong(text: &str, expected: &str) {
    let problems = read(text).unwrap_err();
    assert!(
        problems.iter().any(|problem| problem.contains(expected)),
        "{expected}: {problems:?}"
    );
}

#[test]
fn ways_are_followed_and_children_go_first() {
    let text = [
        SQLITE.to_owned(),
        table("people", &format!("kind = \"account\"\n{PERSON}")),
        table("tickets", &via("people")),
        table("main.files", &via("messages")),
        table(
            "messages",
            &format!("{}\nwhere = {{ deleted = false }}", via("tickets")),
        ),
        table("news", PERSON),
    ];
    let sql = read(&text.concat()).unwrap();
    let names: Vec<&str> = sql.tables.iter().map(|table| table.name.as_str()).collect();
    assert_eq!(
        names,
        ["main.files", "messages", "tickets", "news", "people"]
    );
    let files = &sql.tables[0];
    assert_eq!(files.table.schema.as_deref(), Some("main"));
    let way: Vec<String> = files.path.iter().map(|hop| hop.table.to_string()).collect();
    assert_eq!(way, ["messages", "tickets", "people"]);
    assert_eq!(
        files.path[0].only,
        [("deleted".to_owned(), "false".to_owned())]
    );
    assert_eq!(files.person[0].column, "email");
}

#[test]
fn ways_that_lead_in_a_circle_or_nowhere_are_refused() {
    let circle = [
        SQLITE.to_owned(),
        table("a", &via("b")),
        table("b", &via("a")),
    ];
    wrong(&circle.concat(), "it leads in a circle: a → b → a");
    let explicit = [
        SQLITE.to_owned(),
        table("a", &format!("{}\n{PERSON}", via("b"))),
        table("b", &format!("{}\n{PERSON}", via("a"))),
    ];
    wrong(&explicit.concat(), "no table can go before the others");
    let itself = format!("{SQLITE}{}", table("a", &format!("{}\n{PERSON}", via("a"))));
    wrong(&itself, "lead in a circle");
    wrong(
        &format!("{SQLITE}{}", table("a", &via("b"))),
        "tables a, person: missing",
    );
    wrong(&format!("{SQLITE}tables = []"), "at least one");
}

#[test]
fn whoever_is_only_mentioned_hands_no_children_over() {
    let named = "person = [{ column = \"email\", match = \"equal\" }, { column = \"body\", match = \"contains\" }]";
    let text = [
        SQLITE.to_owned(),
        table("tickets", named),
        table("messages", &via("tickets")),
    ];
    let sql = read(&text.concat()).unwrap();
    assert_eq!(sql.tables[0].name, "messages");
    assert_eq!(sql.tables[0].person.len(), 1);
}

#[test]
fn a_mapping_that_would_do_harm_is_refused() {
    let one = |rest: &str| format!("{SQLITE}[[sql.tables]]\nname = \"a\"\nkey = \"id\"\n{rest}\n");
    for (rest, expected) in [
        (PERSON.to_owned(), "erase: missing"),
        (format!("{PERSON}\nerase = \"drop\""), "write \"delete\""),
        (
            format!("{PERSON}\nerase = {{ name = \"null\" }}"),
            "would be found again by its email",
        ),
        (
            format!("{PERSON}\nerase = {{ email = \"hash\" }}"),
            "write \"null\", \"random\"",
        ),
        (
            format!("{PERSON}\nerase = {{ email = \"redact\" }}"),
            "match = \"contains\"",
        ),
        (
            format!("{PERSON}\nerase = {{ email = \"null\", id = \"null\" }}"),
            "the key column stays",
        ),
        (
            "person = [{ column = \"id\", match = \"equal\" }]\nerase = \"delete\"".to_owned(),
            "names nobody",
        ),
        (
            "person = [{ column = \"email\", match = \"like\" }]\nerase = \"delete\"".to_owned(),
            "equal, lower",
        ),
        (
            format!("{PERSON}\nkind = \"manual\"\nerase = \"delete\""),
            "kind: write one of",
        ),
        (
            format!("{PERSON}\nerase = \"delete\"\ncorrect = {{ shoe = \"size\" }}"),
            "\"shoe\" is none of",
        ),
        (
            format!("{PERSON}\nkeep = {{ ground = \"third_party\" }}"),
            "keep.ground",
        ),
        (
            format!("{PERSON}\nkeep = {{ ground = \"tax_law\", years = 3 }}"),
            "keep.until_column",
        ),
        (
            format!(
                "{PERSON}\nkeep = {{ ground = \"legal_claims\", meanwhile = {{ a = \"null\" }} }}"
            ),
            "stays as it is",
        ),
    ] {
        wrong(&one(&rest), expected);
    }
    let twice = [SQLITE.to_owned(), table("a", PERSON), table("a", PERSON)];
    wrong(&twice.concat(), "there are two of this name");
}

#[test]
fn a_way_over_the_network_is_guarded() {
    let at = |rest: &str| format!("{SERVER}{rest}\n{}", table("a", PERSON));
    let tls = |rest: &str| match read(&at(rest)).unwrap().place {
        Place::Server(server) => server.tls,
        Place::File(_) => panic!("it is a server"),
    };
    assert_eq!(tls("host = \"::1\""), Tls::Off);
    assert_eq!(tls("host = \"db\"\ntls = \"off\""), Tls::Off);
    assert_eq!(tls("host = \"db\"\ntls = \"system\""), Tls::System);
    wrong(&at("host = \"db\""), "sql.tls: the host is another machine");
    wrong(&at("host = \"db\"\ntls = \"maybe\""), "write system or off");
    wrong(
        &at("host = \"db\"\nca_file = \"none.pem\""),
        "sql.ca_file: cannot be read",
    );
    wrong(
        &at("host = \"db\"\nca_file = \"none.pem\"\ntls = \"off\""),
        "not both",
    );
}

#[test]
fn two_accounts_are_two_and_no_secret_is_shown() {
    let whole = format!("{SERVER}host = \"localhost\"\n{}", table("a", PERSON));
    assert!(!format!("{:?}", read(&whole).unwrap()).contains("secret"));
    wrong(&whole.replace("\"e\"", "\"r\""), "two accounts");
    wrong(&whole.replace("user = \"r\"\n", ""), "sql.user: missing");
    wrong(
        &format!("{SQLITE}user = \"r\"\n{}", table("a", PERSON)),
        "SQLite has none",
    );
    wrong(&whole.replace("postgresql", "oracle"), "sql.engine");
    let problems = parse(&format!("{HEAD}{whole}"), Path::new("/nowhere"), &|_| None).unwrap_err();
    for variable in ["LETHE_STORE_CRM_PASSWORD", "LETHE_STORE_CRM_ERASE_PASSWORD"] {
        assert!(
            problems.iter().any(|problem| problem.contains(variable)),
            "{problems:?}"
        );
    }
}
