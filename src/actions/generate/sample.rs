//! Three people with a story, so that the demo shows each way a request can go.

use jiff::civil::Date;

use super::invent::{
    APPS, SUPPORT, day, later, message, moment, named, text_file, without_details,
};
use super::{digest_of, install};
use crate::actions::import::{ImportError, Row, import_rows};
use crate::app::App;
use crate::db::records::Installation;
use crate::domain::event::Actor;
use crate::domain::records::{
    Contact, ContactPerson, ContactRole, Keys, LicenceRow, Participant, Person, TicketRow,
    TransactionRow,
};
use crate::imports::Source;

/// A sample customer of the demo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SamplePerson {
    /// The address to ask with.
    pub email: &'static str,
    /// What a request of theirs shows.
    pub shows: &'static str,
}

const ILONA: Customer = Customer {
    email: "ilona.varga@tandem-works.example",
    name: "Ilona Varga",
    phone: "+36 1 555 0142",
    street: "Kossuth tér 4",
    city: "Győr",
    postcode: "9021",
    company: "Tandem Works Kft",
    country: "HU",
    site: "tandem-works.atlassian.example",
};

const DANIEL: Customer = Customer {
    email: "daniel.okafor@kestrel-labs.example",
    // The name is Okafor.
    name: "Daniel Okafro",
    phone: "+44 20 5550 0177",
    street: "8 Harbour Lane",
    city: "Bristol",
    postcode: "BS1 4ZZ",
    company: "Kestrel Labs Ltd",
    country: "GB",
    site: "kestrel-labs.atlassian.example",
};

const SOFIA: Customer = Customer {
    email: "sofia.herrera@costa-data.example",
    name: "Sofía Herrera",
    phone: "+34 91 555 0119",
    street: "calle Mayor 21",
    city: "Cádiz",
    postcode: "11001",
    company: "Costa Data SL",
    country: "ES",
    site: "costa-data.atlassian.example",
};

const PABLO: Customer = Customer {
    email: "pablo.ruiz@costa-data.example",
    name: "Pablo Ruiz",
    phone: "+34 91 555 0120",
    street: "calle Mayor 21",
    city: "Cádiz",
    postcode: "11001",
    company: "Costa Data SL",
    country: "ES",
    // Of another product, at another site.
    site: "costa-data-wiki.atlassian.example",
};

const SAMPLES: [SamplePerson; 3] = [
    SamplePerson {
        email: ILONA.email,
        shows: "old licences, trials and tickets that can all go, and two sales that tax law keeps",
    },
    SamplePerson {
        email: DANIEL.email,
        shows: "a licence still under maintenance, and a misspelt surname to correct",
    },
    SamplePerson {
        email: SOFIA.email,
        shows: "possible matches for staff to answer: a mention in a colleague's ticket and an installation",
    },
];

/// Stores the three sample customers of the demo, with dates near today.
///
/// # Errors
/// [`ImportError`].
pub async fn demo_people(app: &App) -> Result<[SamplePerson; 3], ImportError> {
    let (actor, today) = (Actor::Operator, app.today());
    let digest = digest_of("people of the demo", today);
    import_rows(
        app,
        &actor,
        Source::Licences,
        digest,
        licences(today).into_iter().map(Row::Licence),
    )
    .await?;
    import_rows(
        app,
        &actor,
        Source::Transactions,
        digest,
        sales(today).into_iter().map(Row::Sale),
    )
    .await?;
    import_rows(
        app,
        &actor,
        Source::Tickets,
        digest,
        tickets(today).into_iter().map(Row::Ticket),
    )
    .await?;
    let installation = Installation {
        client_key: "demo-costa-data".to_owned(),
        app_key: APPS[0].0.to_owned(),
        site: Some(SOFIA.site.to_owned()),
        account_id: Some("5b10ac8d82e05b22cc7d4ef5".to_owned()),
        email: None,
        installed_at: moment(day(today, -41), 0),
        uninstalled_at: None,
    };
    install(app, digest, vec![installation]).await?;
    Ok(SAMPLES)
}

struct Customer {
    email: &'static str,
    name: &'static str,
    phone: &'static str,
    street: &'static str,
    city: &'static str,
    postcode: &'static str,
    company: &'static str,
    country: &'static str,
    site: &'static str,
}

impl Customer {
    fn contact(&self, role: ContactRole) -> Contact {
        let some = |text: &str| Some(text.to_owned());
        let person = ContactPerson::Known {
            email: some(self.email),
            name: some(self.name),
            phone: some(self.phone),
            address1: some(self.street),
            address2: None,
            city: some(self.city),
            state: None,
            postcode: some(self.postcode),
        };
        Contact { role, person }
    }

    fn person(&self) -> Person {
        named(self.email, self.name)
    }

    /// A licence, or with `EVALUATION` a trial, from one day to another, counted from today.
    fn licence(
        &self,
        number: u32,
        app: usize,
        kind: &str,
        days: (i64, i64),
        today: Date,
    ) -> LicenceRow {
        let some = |text: &str| Some(text.to_owned());
        let is_trial = kind == "EVALUATION";
        let (starts_on, ends_on) = (day(today, days.0), day(today, days.1));
        LicenceRow {
            keys: Keys {
                addon_license_id: (!is_trial).then(|| number.to_string()),
                app_entitlement_id: Some(format!("de300000-0000-4000-8000-{number:012}")),
                app_entitlement_number: Some(format!("E-DE3-0{number}")),
            },
            licence_id: (!is_trial).then(|| format!("SEN-{number}")),
            host_licence_id: None,
            host_entitlement_id: None,
            host_entitlement_number: None,
            addon_key: APPS[app].0.to_owned(),
            addon_name: some(APPS[app].1),
            hosting: "Cloud".to_owned(),
            licence_type: some(kind),
            status: if ends_on < today {
                "inactive"
            } else {
                "active"
            }
            .to_owned(),
            tier: some(if is_trial { "Evaluation" } else { "100 Users" }),
            maintenance_start_on: Some(starts_on),
            maintenance_end_on: Some(ends_on),
            evaluation_start_on: is_trial.then_some(starts_on),
            evaluation_licence: None,
            company: some(self.company),
            country: some(self.country),
            region: some("EMEA"),
            cloud_id: None,
            cloud_site_hostname: some(self.site),
            partner_name: None,
            contacts: vec![self.contact(ContactRole::Technical)],
            last_updated_on: Some(ends_on.min(today)),
        }
    }

    /// The sale of a licence, on its first day.
    fn sale(&self, licence: &LicenceRow, price: u32, today: Date) -> TransactionRow {
        let some = |text: &str| Some(text.to_owned());
        let number = licence.keys.addon_license_id.clone().unwrap_or_default();
        let sale_on = licence.maintenance_start_on.unwrap_or(today);
        TransactionRow {
            line_item_id: format!("LI-{number}-1"),
            transaction_id: Some(format!("AT-{number}")),
            keys: licence.keys.clone(),
            licence_id: licence.licence_id.clone(),
            addon_key: licence.addon_key.clone(),
            addon_name: licence.addon_name.clone(),
            sale_on,
            sale_type: some("New"),
            tier: licence.tier.clone(),
            licence_type: licence.licence_type.clone(),
            hosting: Some(licence.hosting.clone()),
            billing_period: some("Annual"),
            purchase_price: Some(format!("{price}.00")),
            vendor_amount: Some(format!("{}.00", price * 3 / 4)),
            maintenance_start_on: licence.maintenance_start_on,
            maintenance_end_on: licence.maintenance_end_on,
            company: licence.company.clone(),
            country: licence.country.clone(),
            region: licence.region.clone(),
            partner_name: None,
            contacts: vec![without_details(self.contact(ContactRole::Billing))],
            last_updated_on: Some(sale_on),
        }
    }

    /// A ticket in which customer and support write by turns, a message every three hours.
    fn ticket(
        &self,
        number: u32,
        subject: &str,
        opened_on: Date,
        is_closed: bool,
        texts: &[&str],
    ) -> TicketRow {
        let opened_at = moment(opened_on, u64::from(number % 7) * 600);
        let messages: Vec<_> = (0..)
            .zip(texts)
            .map(|(at, text)| {
                let author = if at % 2 == 0 {
                    self.person()
                } else {
                    named(SUPPORT.0, SUPPORT.1)
                };
                message(
                    format!("{number}-{}", at + 1),
                    author,
                    later(opened_at, at * 10_800),
                    (*text).to_owned(),
                )
            })
            .collect();
        TicketRow {
            key: format!("SUP-{number}"),
            subject: subject.to_owned(),
            status: if is_closed { "closed" } else { "open" }.to_owned(),
            created_at: opened_at,
            closed_at: messages
                .last()
                .filter(|_| is_closed)
                .map(|last| later(last.at, 3600)),
            product: Some(APPS[0].0.to_owned()),
            requester: self.person(),
            participants: vec![Participant {
                role: "assignee".to_owned(),
                person: named(SUPPORT.0, SUPPORT.1),
            }],
            messages,
        }
    }
}

fn licences(today: Date) -> Vec<LicenceRow> {
    // Ilona's last one ended less than six months ago: nothing of hers is late by the rules of the demo.
    vec![
        ILONA.licence(7001, 0, "COMMERCIAL", (-1160, -795), today),
        ILONA.licence(7002, 0, "COMMERCIAL", (-770, -405), today),
        ILONA.licence(7003, 1, "COMMERCIAL", (-510, -145), today),
        ILONA.licence(7004, 0, "EVALUATION", (-1200, -1170), today),
        ILONA.licence(7005, 1, "EVALUATION", (-550, -520), today),
        DANIEL.licence(7011, 0, "COMMERCIAL", (-160, 205), today),
        DANIEL.licence(7012, 1, "EVALUATION", (-75, -45), today),
        SOFIA.licence(7021, 0, "EVALUATION", (-41, -11), today),
        PABLO.licence(7022, 1, "COMMERCIAL", (-300, 65), today),
    ]
}

fn sales(today: Date) -> Vec<TransactionRow> {
    let of = |number: &str| {
        licences(today)
            .into_iter()
            .find(move |licence| licence.keys.addon_license_id.as_deref() == Some(number))
    };
    [
        (&ILONA, "7002", 1200),
        (&ILONA, "7003", 640),
        (&DANIEL, "7011", 1200),
        (&PABLO, "7022", 640),
    ]
    .into_iter()
    .filter_map(|(customer, number, price)| Some(customer.sale(&of(number)?, price, today)))
    .collect()
}

fn tickets(today: Date) -> Vec<TicketRow> {
    let mut ilona = [
        ILONA.ticket(
            2101,
            "The burndown is flat since the update",
            day(today, -600),
            true,
            &[
                "Hello, since the update this morning the burndown of our team is a flat line.\n\nIlona Varga",
                "Thank you for writing. Which version do you see in the list of apps?",
                "It says 4.1.0. I attach what the page shows.",
                "We see the same with sub-tasks that have no estimate. Do you have such?",
                "Yes, about forty. They came with the import from the old project.",
                "Version 4.1.1 is out and treats them as zero. Could you try it?",
                "It works. Thank you for the quick help!",
                "Good to hear. I close this; a reply opens it again.",
            ],
        ),
        ILONA.ticket(
            2148,
            "How do I move the licence to our new site?",
            day(today, -430),
            true,
            &[
                "We move to a new Jira site next month. Does the licence come with us?",
                "It does. The site's billing contact asks for the move; the steps are in the attached note.",
                "Our billing contact left. Can I do it?",
                "Yes, once you are entered as billing contact of the site.",
                "Done. The old site still shows the app, though.",
                "That is right until the end of the month. Nothing is charged twice.",
                "Perfect, thank you.",
                "You are welcome.",
            ],
        ),
        ILONA.ticket(
            2203,
            "Export cuts off the legend",
            day(today, -300),
            true,
            &[
                "The PDF cuts off the legend when a sprint has more than six colours.",
                "We can reproduce it. Is a picture good enough for Thursday?",
                "It is for the board meeting, so a picture will do.",
                "Then please use Export, Picture. The fix comes with 4.3.",
                "The picture is fine. Please tell me when 4.3 is there.",
                "It is out since today.",
                "I see it, the legend is whole.",
                "Thank you for telling us.",
            ],
        ),
        ILONA.ticket(
            2264,
            "Please send the invoices to accounting",
            day(today, -160),
            true,
            &[
                "We do not renew, the team was dissolved. Could the last invoice go to accounting?",
                "Sorry to see you go. Invoices come from the marketplace; I attach how to get them.",
                "Found it, thank you. Please close my account.",
                "There is no account with us. The licence ends by itself.",
                "Good. All the best!",
                "All the best to you, too.",
            ],
        ),
    ];
    ilona[0].messages[2].attachments.push(text_file(
        "board-ilona.txt",
        "Sprint 14\nTo do 41\nIn progress 7\nDone 12\n",
    ));
    ilona[1].messages[0].attachments.push(text_file(
        "sites.txt",
        "old: tandem-works\nnew: tandem-works-2\n",
    ));
    ilona[2].messages[0]
        .attachments
        .push(text_file("sprint-14.csv", "day,open\n1,48\n2,41\n3,41\n"));
    let mut tickets = ilona.to_vec();
    tickets.extend([
        DANIEL.ticket(
            2301,
            "My name is misspelt in your letters",
            day(today, -33),
            true,
            &[
                "Your letters are addressed to Okafro. My name is Okafor, Daniel Okafor.",
                "Sorry about that. It comes from the licence record; you can ask for a correction on our privacy page.",
                "Thank you, I will.",
            ],
        ),
        DANIEL.ticket(
            2322,
            "Two teams, one board",
            day(today, -6),
            false,
            &[
                "Can a chart show two teams on one board, each with a line of its own?",
                "It can, by label. Would that do?",
                "Probably. I will try it next week.",
            ],
        ),
        SOFIA.ticket(
            2331,
            "The trial ends before the sprint does",
            day(today, -16),
            true,
            &["Could we have the trial for two weeks more?", "I am afraid that it can be extended only once.", "A pity."],
        ),
        PABLO.ticket(
            2337,
            "Who can see the roadmap?",
            day(today, -9),
            false,
            &[
                "A colleague of mine, sofia.herrera@costa-data.example, tried the other app and cannot open the roadmap.",
                "She needs to be in the group that may see the space.",
            ],
        ),
    ]);
    tickets
}
