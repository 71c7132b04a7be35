//! The field map (Art. 30(1)(c)): what each column of the business stores holds, and whether it leads
//! to a person. A test holds it against the schema, so no column is forgotten.

use super::identity::Identity;
use super::retention::Category;
use super::statistic::folded;

/// One column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// The table.
    pub table: &'static str,
    /// The column.
    pub name: &'static str,
    /// Whether it leads to a person.
    pub identity: Identity,
}

/// One table: what categories lie in it, and its columns by what they lead to.
struct Table {
    name: &'static str,
    categories: &'static [Category],
    direct: &'static [&'static str],
    linked: &'static [&'static str],
    content: &'static [&'static str],
    plain: &'static [&'static str],
}

const TABLES: &[Table] = &[
    Table {
        name: "contacts",
        categories: &[Category::Licence, Category::Trial, Category::Billing],
        direct: &[
            "email", "name", "phone", "address1", "address2", "city", "state", "postcode",
        ],
        linked: &["id", "record_id", "address_digest", "digest_key"],
        content: &["blocked"],
        plain: &[
            "store",
            "role",
            "blocked_until",
            "blocked_ground",
            "import_id",
            "first_seen_at",
            "replaced_at",
        ],
    },
    Table {
        name: "licences",
        categories: &[Category::Licence, Category::Trial],
        direct: &[],
        linked: &[
            "id",
            "addon_licence_id",
            "entitlement_id",
            "entitlement_number",
            "licence_number",
            "evaluation_licence",
            "company",
            "cloud_id",
            "site",
        ],
        content: &[],
        plain: &[
            "store",
            "addon_key",
            "addon_name",
            "hosting",
            "licence_type",
            "status",
            "tier",
            "starts_on",
            "ends_on",
            "country",
            "region",
            "last_updated_on",
            "fingerprint",
            "fingerprint_key",
            "import_id",
            "first_seen_at",
            "changed_at",
            "returned_at",
        ],
    },
    Table {
        name: "transactions",
        categories: &[Category::Billing],
        direct: &[],
        linked: &[
            "id",
            "line_item_id",
            "transaction_id",
            "addon_licence_id",
            "entitlement_id",
            "entitlement_number",
            "company",
        ],
        content: &[],
        plain: &[
            "addon_key",
            "addon_name",
            "sale_on",
            "sale_type",
            "tier",
            "licence_type",
            "hosting",
            "billing_period",
            "purchase_price",
            "vendor_amount",
            "country",
            "region",
            "last_updated_on",
            "fingerprint",
            "fingerprint_key",
            "import_id",
            "first_seen_at",
            "changed_at",
        ],
    },
    Table {
        name: "tickets",
        categories: &[Category::Ticket],
        direct: &[],
        linked: &["id", "ticket_key"],
        content: &["subject"],
        plain: &[
            "status",
            "product",
            "opened_at",
            "closed_at",
            "fingerprint",
            "fingerprint_key",
            "import_id",
            "changed_at",
        ],
    },
    Table {
        name: "ticket_people",
        categories: &[Category::Ticket],
        direct: &["email", "name"],
        linked: &["id", "ticket_id", "address_digest", "digest_key"],
        content: &[],
        plain: &["role"],
    },
    Table {
        name: "ticket_messages",
        categories: &[Category::Ticket],
        direct: &["author_email", "author_name"],
        linked: &[
            "id",
            "ticket_id",
            "message_key",
            "address_digest",
            "digest_key",
        ],
        content: &["body", "headers"],
        plain: &["at", "internal"],
    },
    Table {
        name: "ticket_files",
        categories: &[Category::Ticket],
        direct: &[],
        linked: &["id", "ticket_id", "message_id"],
        content: &["file_name", "content"],
        plain: &["media_type", "size"],
    },
    Table {
        name: "mentions",
        categories: &[Category::Ticket],
        direct: &[],
        linked: &[
            "id",
            "ticket_id",
            "record_id",
            "address_digest",
            "digest_key",
        ],
        content: &[],
        plain: &["place"],
    },
    Table {
        name: "installations",
        categories: &[Category::Installation],
        direct: &["email"],
        linked: &[
            "id",
            "client_key",
            "site",
            "address_digest",
            "digest_key",
            "account_id",
        ],
        content: &[],
        plain: &[
            "app_key",
            "secret",
            "installed_at",
            "uninstalled_at",
            "uninstalled_source",
            "import_id",
        ],
    },
];

/// The columns in which data of a category lies.
pub fn of(category: Category) -> Vec<Column> {
    TABLES
        .iter()
        .filter(|table| table.categories.contains(&category))
        .flat_map(columns)
        .collect()
}

/// Every column of the business stores.
pub fn all() -> Vec<Column> {
    TABLES.iter().flat_map(columns).collect()
}

/// Columns that are named alike everywhere and say nothing by their name.
const NAMELESS: [&str; 4] = ["id", "record_id", "digest_key", "state"];

/// The column that leads to a person under this folded name, in the tables of a store or, without
/// one, in any.
pub fn identifying(field: &str, store: Option<&str>) -> Option<String> {
    let of_store = |table: &&Table| {
        store.is_none_or(|store| {
            let theirs = table.categories.iter().map(|category| category.store());
            theirs.flatten().any(|one| one == store)
        })
    };
    TABLES
        .iter()
        .filter(of_store)
        .flat_map(columns)
        .find(|column| {
            matches!(column.identity, Identity::Direct | Identity::Linked)
                && !NAMELESS.contains(&column.name)
                && folded(column.name) == field
        })
        .map(|column| format!("{}.{}", column.table, column.name))
}

fn columns(table: &Table) -> impl Iterator<Item = Column> + use<> {
    let name = table.name;
    [
        (table.direct, Identity::Direct),
        (table.linked, Identity::Linked),
        (table.content, Identity::Content),
        (table.plain, Identity::Plain),
    ]
    .into_iter()
    .flat_map(move |(columns, identity)| {
        columns.iter().map(move |column| Column {
            table: name,
            name: column,
            identity,
        })
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The columns as src/db/schema.rs declares them, which a test compares with both databases.
    fn declared(table: &str) -> BTreeSet<String> {
        let schema = include_str!("../db/schema.rs");
        let start = schema
            .find(&format!("    {table} ("))
            .unwrap_or_else(|| panic!("{table} is in the schema"));
        let body = &schema[start..];
        let body = &body[body.find('{').expect("a body") + 1..body.find('}').expect("an end")];
        body.lines()
            .filter_map(|line| Some(line.trim().split_once(" ->")?.0.to_owned()))
            .collect()
    }

    #[test]
    fn every_column_of_the_business_stores_is_on_the_map_once() {
        for table in TABLES {
            let mapped: Vec<&str> = columns(table).map(|column| column.name).collect();
            let once: BTreeSet<String> = mapped.iter().map(|name| (*name).to_owned()).collect();
            assert_eq!(once.len(), mapped.len(), "{} names one twice", table.name);
            assert_eq!(once, declared(table.name), "{}", table.name);
        }
    }

    #[test]
    fn a_field_is_found_under_any_writing_in_its_store_alone() {
        let found = |field: &str, store| identifying(&folded(field), store);
        let column = Some("installations.client_key".to_owned());
        assert_eq!(found("ClientKey", None), column);
        assert_eq!(found("client-key", Some("installation")), column);
        assert_eq!(found("ClientKey", Some("ticket")), None);
        for plain in ["AddOnKey", "status", "id", "exports per day"] {
            assert_eq!(found(plain, None), None, "{plain}");
        }
    }

    #[test]
    fn every_category_that_is_swept_lies_somewhere() {
        for category in Category::SWEPT {
            assert!(
                of(category)
                    .iter()
                    .any(|column| column.identity != Identity::Plain),
                "{category}"
            );
        }
    }
}
