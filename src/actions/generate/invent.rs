//! The n-th record of a seed, computed from its number alone, so that millions need no memory.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::Sizes;
use crate::app::App;
use crate::db::records::Installation;
use crate::domain::email::Email;
use crate::domain::records::{
    Attachment, Contact, ContactPerson, ContactRole, Keys, LicenceRow, Message, Participant,
    Person, TicketRow, TransactionRow,
};

/// The vendor's apps: key and name.
pub(super) const APPS: [(&str, &str); 2] = [
    ("example.burndown.plus", "Burndown Plus for Jira"),
    ("example.roadmap.lens", "Roadmap Lens for Confluence"),
];

/// Who answers tickets.
pub(super) const SUPPORT: (&str, &str) = ("support@burndown.example", "Mara Lind");

/// SplitMix64 (Steele, Lea, Flood 2014): small, seeded, and good enough to invent names.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`, which is not 0.
    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn days(&mut self, from: i64, to: i64) -> i64 {
        from + i64::try_from(self.below((to - from).unsigned_abs())).unwrap_or(0)
    }

    fn pick<T: Copy>(&mut self, all: &[T]) -> T {
        all[usize::try_from(self.below(all.len() as u64)).unwrap_or(0)]
    }
}

struct Country {
    code: &'static str,
    region: &'static str,
    company: &'static str,
    dial: &'static str,
    given: &'static [&'static str],
    family: &'static [&'static str],
    cities: &'static [&'static str],
    streets: &'static [&'static str],
}

const COUNTRIES: [Country; 8] = [
    Country {
        code: "HU",
        region: "EMEA",
        company: "Kft",
        dial: "+36 1",
        given: &[
            "Ágnes", "Gábor", "Zsófia", "Péter", "Eszter", "Bálint", "Réka", "Tamás",
        ],
        family: &[
            "Kovács", "Szabó", "Tóth", "Horváth", "Kiss", "Molnár", "Farkas", "Németh",
        ],
        cities: &["Budapest", "Győr", "Szeged"],
        streets: &["Fő utca", "Kossuth tér", "Petőfi út"],
    },
    Country {
        code: "DE",
        region: "EMEA",
        company: "GmbH",
        dial: "+49 30",
        given: &[
            "Jürgen", "Anke", "Matthias", "Sabine", "Jörg", "Kathrin", "Lukas", "Heike",
        ],
        family: &[
            "Schröder",
            "Krüger",
            "Vogel",
            "Böhm",
            "Lorenz",
            "Weiß",
            "Albrecht",
            "Seidel",
        ],
        cities: &["Berlin", "Köln", "Leipzig"],
        streets: &["Gartenstraße", "Lindenallee", "Am Hafen"],
    },
    Country {
        code: "FR",
        region: "EMEA",
        company: "SARL",
        dial: "+33 1",
        given: &[
            "Hélène",
            "Étienne",
            "Camille",
            "François",
            "Amélie",
            "Rémi",
            "Noémie",
            "Loïc",
        ],
        family: &[
            "Lefèvre",
            "Moreau",
            "Dubois",
            "Girard",
            "Chevalier",
            "Fontaine",
            "Marchand",
            "Picard",
        ],
        cities: &["Brest", "Lyon", "Orléans"],
        streets: &["rue du Port", "avenue des Tilleuls", "quai Nord"],
    },
    Country {
        code: "ES",
        region: "EMEA",
        company: "SL",
        dial: "+34 91",
        given: &[
            "Lucía", "Íñigo", "Marta", "Álvaro", "Núria", "Javier", "Begoña", "Andrés",
        ],
        family: &[
            "Ibáñez",
            "Romero",
            "Gutiérrez",
            "Navarro",
            "Ortega",
            "Peña",
            "Castillo",
            "Vidal",
        ],
        cities: &["Cádiz", "Bilbao", "València"],
        streets: &["calle Mayor", "plaza del Sol", "paseo Marítimo"],
    },
    Country {
        code: "PL",
        region: "EMEA",
        company: "Sp. z o.o.",
        dial: "+48 22",
        given: &[
            "Małgorzata",
            "Łukasz",
            "Agnieszka",
            "Paweł",
            "Zofia",
            "Michał",
            "Kinga",
            "Wojciech",
        ],
        family: &[
            "Wiśniewska",
            "Wójcik",
            "Kamińska",
            "Zieliński",
            "Dąbrowska",
            "Kozłowski",
            "Mazur",
            "Krawczyk",
        ],
        cities: &["Gdańsk", "Kraków", "Łódź"],
        streets: &["ulica Długa", "ulica Polna", "Rynek"],
    },
    Country {
        code: "SE",
        region: "EMEA",
        company: "AB",
        dial: "+46 8",
        given: &[
            "Åsa", "Björn", "Elin", "Göran", "Malin", "Håkan", "Ulrika", "Sören",
        ],
        family: &[
            "Lindqvist",
            "Sjöberg",
            "Åkesson",
            "Nyström",
            "Bergman",
            "Dahlgren",
            "Hedlund",
            "Öberg",
        ],
        cities: &["Malmö", "Umeå", "Uppsala"],
        streets: &["Storgatan", "Hamngatan", "Skolvägen"],
    },
    Country {
        code: "US",
        region: "Americas",
        company: "Inc.",
        dial: "+1 555",
        given: &[
            "Avery", "Jordan", "Priya", "Marcus", "Dolores", "Wei", "Natalie", "Dwayne",
        ],
        family: &[
            "Whitfield",
            "Nakamura",
            "Patel",
            "Brooks",
            "Delgado",
            "O'Hara",
            "Sullivan",
            "Chen",
        ],
        cities: &["Portland", "Tulsa", "Duluth"],
        streets: &["Harbor Road", "Maple Street", "2nd Avenue"],
    },
    Country {
        code: "JP",
        region: "APAC",
        company: "KK",
        dial: "+81 3",
        given: &[
            "Haruka", "Kenji", "Aiko", "Takumi", "Yui", "Sota", "Mariko", "Daichi",
        ],
        family: &[
            "Ito",
            "Watanabe",
            "Kobayashi",
            "Yoshida",
            "Yamaguchi",
            "Matsui",
            "Shimizu",
            "Hayashi",
        ],
        cities: &["Osaka", "Sapporo", "Nagoya"],
        streets: &["Chuo", "Minami", "Sakuragaoka"],
    },
];

const FIRST: [&str; 16] = [
    "Amber", "Basalt", "Cedar", "Delta", "Ember", "Fjord", "Granite", "Harbour", "Indigo",
    "Juniper", "Kestrel", "Lantern", "Meridian", "Northern", "Orchard", "Pebble",
];
const SECOND: [&str; 12] = [
    "Analytics",
    "Bridge",
    "Consulting",
    "Devices",
    "Energy",
    "Foundry",
    "Games",
    "Health",
    "Logistics",
    "Media",
    "Robotics",
    "Works",
];
const SUBJECTS: [&str; 8] = [
    "Chart is empty after the update",
    "Question about the invoice",
    "How do I move the licence to another site?",
    "Export to PDF cuts off the legend",
    "Trial ended too early",
    "Slow board with 4,000 issues",
    "Wrong time zone in the report",
    "Colours for colour-blind people",
];
const QUESTIONS: [&str; 6] = [
    "Since yesterday this happens on every board. Is it known?",
    "I have tried another browser and it is the same.",
    "Could you tell me when the fix will be out?",
    "Thanks, that helped for one project but not for the other.",
    "Here is the screenshot you asked for.",
    "All good now, you may close this.",
];
const ANSWERS: [&str; 4] = [
    "Thank you for writing. Which version do you see in the list of apps?",
    "We can reproduce it and are working on it.",
    "Version 4.2 is out and should solve this. Could you try it?",
    "I have extended it by two weeks.",
];

/// Somebody who does not exist.
struct Somebody {
    name: String,
    email: String,
    company: String,
    site: String,
    country: &'static Country,
    phone: String,
    street: String,
    city: &'static str,
}

/// Invents records by their numbers.
#[derive(Clone, Copy)]
pub(super) struct Inventor {
    pub seed: u64,
    pub sizes: Sizes,
    pub today: Date,
}

impl Inventor {
    /// A stream of its own for each kind and number.
    fn random(self, kind: u64, at: u64) -> Random {
        let mut random = Random(self.seed ^ kind.rotate_right(8));
        random.0 = random.next() ^ at;
        random.next();
        random
    }

    fn somebody(self, at: u64) -> Somebody {
        // Three people to a company.
        let house = at / 3;
        let mut random = self.random(1, house);
        let country: &'static Country =
            &COUNTRIES[usize::try_from(random.below(COUNTRIES.len() as u64)).unwrap_or(0)];
        let (first, second) = (random.pick(&FIRST), random.pick(&SECOND));
        let slug = format!("{}-{}-{house}", first.to_lowercase(), second.to_lowercase());
        let mut random = self.random(2, at);
        let (given, family) = (random.pick(country.given), random.pick(country.family));
        Somebody {
            name: format!("{given} {family}"),
            email: format!(
                "{}.{}{}@{slug}.example",
                plain(given),
                plain(family),
                at % 3
            ),
            company: format!("{first} {second} {}", country.company),
            site: format!("{slug}.atlassian.example"),
            country,
            phone: format!("{} {:07}", country.dial, random.below(10_000_000)),
            street: format!("{} {}", random.pick(country.streets), 1 + random.below(90)),
            city: random.pick(country.cities),
        }
    }

    /// Licences first, trials after them.
    pub fn licence(self, at: u64) -> LicenceRow {
        let is_trial = at >= self.sizes.licences;
        let mut random = self.random(3, at);
        let owner = random.below(self.sizes.people.max(1));
        let person = self.somebody(owner);
        let (app, app_name) = random.pick(&APPS);
        let (starts_on, ends_on) = if is_trial {
            let start = day(self.today, -random.days(0, 165));
            (start, day(start, 30))
        } else {
            // Nothing is older than the rules of the demo let it be.
            let end = day(self.today, random.days(0, 1200) - 165);
            (day(end, -365 * random.days(1, 4)), end)
        };
        let is_active = ends_on >= self.today;
        let id = random.next();
        let billing = (random.below(3) == 0)
            .then(|| self.somebody(owner / 3 * 3))
            .map(|other| contact(ContactRole::Billing, &other, false));
        LicenceRow {
            keys: Keys {
                addon_license_id: (!is_trial).then(|| (6_000_000 + at).to_string()),
                app_entitlement_id: Some(format!(
                    "{:08x}-{:04x}-4000-8000-{at:012x}",
                    id >> 32,
                    (id >> 16) & 0xffff
                )),
                app_entitlement_number: Some(format!("E-{:03X}-{:07X}", id & 0xfff, at)),
            },
            licence_id: (!is_trial).then(|| format!("SEN-{}", 6_000_000 + at)),
            host_licence_id: None,
            host_entitlement_id: None,
            host_entitlement_number: None,
            addon_key: app.to_owned(),
            addon_name: Some(app_name.to_owned()),
            hosting: random.pick(&["Cloud", "Cloud", "Data Center"]).to_owned(),
            licence_type: Some(
                if is_trial {
                    "EVALUATION"
                } else {
                    random.pick(&["COMMERCIAL", "COMMERCIAL", "ACADEMIC"])
                }
                .to_owned(),
            ),
            status: if is_active { "active" } else { "inactive" }.to_owned(),
            tier: Some(
                if is_trial {
                    "Evaluation"
                } else {
                    random.pick(&["25 Users", "100 Users", "500 Users"])
                }
                .to_owned(),
            ),
            maintenance_start_on: Some(starts_on),
            maintenance_end_on: Some(ends_on),
            evaluation_start_on: is_trial.then_some(starts_on),
            evaluation_licence: None,
            company: Some(person.company.clone()),
            country: Some(person.country.code.to_owned()),
            region: Some(person.country.region.to_owned()),
            cloud_id: None,
            cloud_site_hostname: Some(person.site.clone()),
            partner_name: None,
            contacts: std::iter::once(contact(ContactRole::Technical, &person, true))
                .chain(billing)
                .collect(),
            last_updated_on: Some(starts_on),
        }
    }

    /// The sale of the licence with this number.
    pub fn sale(self, at: u64) -> TransactionRow {
        let licence = self.licence(at);
        let mut random = self.random(4, at);
        let price = 50 + 10 * random.below(200);
        let sale_on = licence.maintenance_start_on.unwrap_or(self.today);
        TransactionRow {
            line_item_id: format!("LI-{}-1", 600_000 + at),
            transaction_id: Some(format!("AT-{}", 600_000 + at)),
            keys: licence.keys,
            licence_id: licence.licence_id,
            addon_key: licence.addon_key,
            addon_name: licence.addon_name,
            sale_on,
            sale_type: Some(random.pick(&["New", "Renewal", "Upgrade"]).to_owned()),
            tier: licence.tier,
            licence_type: licence.licence_type,
            hosting: Some(licence.hosting),
            billing_period: Some("Annual".to_owned()),
            purchase_price: Some(format!("{price}.00")),
            vendor_amount: Some(format!("{}.00", price * 3 / 4)),
            maintenance_start_on: licence.maintenance_start_on,
            maintenance_end_on: licence.maintenance_end_on,
            company: licence.company,
            country: licence.country,
            region: licence.region,
            partner_name: None,
            contacts: licence.contacts.into_iter().map(without_details).collect(),
            last_updated_on: Some(sale_on),
        }
    }

    /// A ticket with its share of the messages.
    pub fn ticket(self, at: u64) -> TicketRow {
        let mut random = self.random(5, at);
        let owner = random.below(self.sizes.people.max(1));
        let person = self.somebody(owner);
        let colleague = self.somebody(owner / 3 * 3 + (owner + 1) % 3);
        let tickets = self.sizes.tickets.max(1);
        let share = self.sizes.messages / tickets + u64::from(at < self.sizes.messages % tickets);
        let opened_at = moment(day(self.today, -random.days(1, 690)), random.below(36_000));
        let mut messages: Vec<Message> = (0..share.max(1))
            .map(|number| {
                let by_support = number % 2 == 1;
                message(
                    format!("{at}-{number}"),
                    if by_support {
                        named(SUPPORT.0, SUPPORT.1)
                    } else {
                        named(&person.email, &person.name)
                    },
                    later(opened_at, number * 5400),
                    random
                        .pick(if by_support {
                            &ANSWERS[..]
                        } else {
                            &QUESTIONS[..]
                        })
                        .to_owned(),
                )
            })
            .collect();
        // Now and then somebody else is named, or something is attached.
        if random.below(8) == 0 {
            messages[0]
                .body
                .push_str(&format!(" Please answer {} too.", colleague.email));
        }
        if random.below(4) == 0 {
            messages[0]
                .attachments
                .push(text_file("board.txt", "To do 41\nIn progress 7\nDone 12\n"));
        }
        let is_closed = random.below(4) > 0;
        TicketRow {
            key: format!("GEN-{}", at + 1),
            subject: random.pick(&SUBJECTS).to_owned(),
            status: if is_closed { "closed" } else { "open" }.to_owned(),
            created_at: opened_at,
            closed_at: is_closed.then(|| later(opened_at, share.max(1) * 5400)),
            product: Some(APPS[0].0.to_owned()),
            requester: named(&person.email, &person.name),
            participants: vec![Participant {
                role: "assignee".to_owned(),
                person: named(SUPPORT.0, SUPPORT.1),
            }],
            messages,
        }
    }

    /// The installation at the site of the trial with this number.
    pub fn installation(self, app: &App, at: u64) -> Installation {
        let trial = self.licence(self.sizes.licences + at);
        let email = trial
            .contacts
            .first()
            .and_then(|contact| match &contact.person {
                ContactPerson::Known {
                    email: Some(email), ..
                } => Email::parse(email).ok(),
                ContactPerson::Known { .. } | ContactPerson::ErasedAtSource => None,
            });
        let installed_on = trial.maintenance_start_on.unwrap_or(self.today);
        let is_over = trial.maintenance_end_on.is_some_and(|on| on < self.today);
        Installation {
            client_key: format!("generated-{}-{at}", self.seed),
            app_key: trial.addon_key,
            site: trial.cloud_site_hostname,
            account_id: Some(format!("account-{}-{at}", self.seed)),
            email: email.map(|email| (email.as_str().to_owned(), app.address_digest(&email))),
            installed_at: moment(installed_on, 0),
            // Some leave the app there for a while; nothing is older than the rules of the demo let it be.
            uninstalled_at: trial
                .maintenance_end_on
                .filter(|_| is_over)
                .map(|on| moment(on.max(day(self.today, -60)), 0)),
        }
    }
}

fn contact(role: ContactRole, person: &Somebody, with_details: bool) -> Contact {
    let detail = |text: &str| with_details.then(|| text.to_owned());
    let person = ContactPerson::Known {
        email: Some(person.email.clone()),
        name: Some(person.name.clone()),
        phone: detail(&person.phone),
        address1: detail(&person.street),
        address2: None,
        city: detail(person.city),
        state: None,
        postcode: None,
    };
    Contact { role, person }
}

/// Transactions know name and address for mail alone.
pub(super) fn without_details(contact: Contact) -> Contact {
    let person = match contact.person {
        ContactPerson::Known { email, name, .. } => ContactPerson::Known {
            email,
            name,
            phone: None,
            address1: None,
            address2: None,
            city: None,
            state: None,
            postcode: None,
        },
        ContactPerson::ErasedAtSource => ContactPerson::ErasedAtSource,
    };
    Contact {
        role: contact.role,
        person,
    }
}

pub(super) fn named(email: &str, name: &str) -> Person {
    Person {
        email: Some(email.to_owned()),
        name: Some(name.to_owned()),
    }
}

pub(super) fn message(key: String, author: Person, at: Timestamp, body: String) -> Message {
    Message {
        key,
        author,
        at,
        internal: false,
        body,
        headers: BTreeMap::new(),
        attachments: Vec::new(),
    }
}

pub(super) fn text_file(name: &str, content: &str) -> Attachment {
    Attachment {
        file_name: name.to_owned(),
        media_type: "text/plain".to_owned(),
        size: content.len() as u64,
        content: Some(content.as_bytes().to_vec()),
    }
}

/// So many days after a day.
pub(super) fn day(from: Date, days: i64) -> Date {
    from.saturating_add(days.days())
}

/// So many seconds after eight in the morning, UTC.
pub(super) fn moment(on: Date, seconds: u64) -> Timestamp {
    let morning = on
        .at(8, 0, 0, 0)
        .to_zoned(TimeZone::UTC)
        .map_or(Timestamp::UNIX_EPOCH, |zoned| zoned.timestamp());
    later(morning, seconds)
}

pub(super) fn later(at: Timestamp, seconds: u64) -> Timestamp {
    let seconds = i64::try_from(seconds).unwrap_or(0);
    at.saturating_add(seconds.seconds()).unwrap_or(at)
}

/// A name as it stands in an address: `Łukasz` is `lukasz`.
fn plain(name: &str) -> String {
    name.chars()
        .flat_map(char::to_lowercase)
        .filter_map(|letter| match letter {
            'á' | 'à' | 'å' | 'ä' | 'ą' => Some('a'),
            'é' | 'è' | 'ę' | 'ë' => Some('e'),
            'í' | 'ï' => Some('i'),
            'ó' | 'ö' | 'ő' => Some('o'),
            'ú' | 'ü' | 'ű' => Some('u'),
            'ç' | 'ć' => Some('c'),
            'ñ' | 'ń' => Some('n'),
            'ł' => Some('l'),
            'ś' | 'ß' => Some('s'),
            'ź' | 'ż' => Some('z'),
            letter if letter.is_ascii_alphanumeric() => Some(letter),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inventor(seed: u64) -> Inventor {
        let sizes = Sizes {
            people: 60,
            licences: 100,
            trials: 50,
            tickets: 40,
            messages: 130,
        };
        Inventor {
            seed,
            sizes,
            today: jiff::civil::date(2026, 11, 20),
        }
    }

    #[test]
    fn splitmix_gives_the_numbers_of_its_reference() {
        let mut random = Random(1_234_567);
        assert_eq!(random.next(), 6_457_827_717_110_365_317);
        assert_eq!(random.next(), 3_203_168_211_198_807_973);
    }

    #[test]
    fn a_seed_gives_the_same_records_and_another_seed_others() {
        for at in 0..150 {
            assert!(inventor(7).licence(at) == inventor(7).licence(at));
        }
        assert!(inventor(7).licence(3) != inventor(8).licence(3));
        assert!(inventor(7).ticket(3) == inventor(7).ticket(3));
    }

    #[test]
    fn every_invented_address_is_one_and_ends_in_example() {
        for at in 0..600 {
            let email = inventor(1).somebody(at).email;
            assert!(
                Email::parse(&email)
                    .expect("an address")
                    .domain()
                    .ends_with(".example"),
                "{email}"
            );
        }
    }

    #[test]
    fn the_messages_are_shared_out_to_the_last() {
        let messages: usize = (0..40)
            .map(|at| inventor(1).ticket(at).messages.len())
            .sum();
        assert_eq!(messages, 130);
    }
}
