use super::*;

use Kind::{Access, Erasure, Objection, Rectification};

/// Language, words, and what they ask.
const PHRASES: &[(&str, &str, Option<Kind>)] = &[
    // English
    (
        "en",
        "Please delete my account and all my data.",
        Some(Erasure),
    ),
    (
        "en",
        "I want you to erase all personal data you hold about me.",
        Some(Erasure),
    ),
    (
        "en",
        "I'd like my data to be deleted from your systems.",
        Some(Erasure),
    ),
    ("en", "I hereby invoke Art. 17 GDPR.", Some(Erasure)),
    ("en", "I exercise my right to be forgotten.", Some(Erasure)),
    (
        "en",
        "Could you remove everything you have on me?",
        Some(Erasure),
    ),
    (
        "en",
        "Please remove my\npersonal\ninformation.",
        Some(Erasure),
    ),
    (
        "en",
        "My surname is misspelled in your records, please correct my name.",
        Some(Rectification),
    ),
    (
        "en",
        "Please rectify my personal data.",
        Some(Rectification),
    ),
    ("en", "Please send me a copy of my data.", Some(Access)),
    (
        "en",
        "What personal data do you store about me?",
        Some(Access),
    ),
    (
        "en",
        "This is a subject access request under Article 15 GDPR.",
        Some(Access),
    ),
    ("en", "Send my data.", Some(Access)),
    ("en", "Unsubscribe", Some(Objection)),
    ("en", "Unsubscribe me, ticket 12", Some(Objection)),
    (
        "en",
        "Re ticket no. 4711, please unsubscribe me",
        Some(Objection),
    ),
    ("en", "Please unsubscribe me from ticket 12", None),
    ("en", "Please unsubscribe me from the ticket 12", None),
    ("fr", "Veuillez me désinscrire du ticket 12", None),
    (
        "en",
        "Please stop sending me these e-mails.",
        Some(Objection),
    ),
    ("en", "Take me off your mailing list.", Some(Objection)),
    (
        "en",
        "I don't want to receive your newsletter any more.",
        Some(Objection),
    ),
    (
        "en",
        "Remove my email address from your newsletter list.",
        Some(Objection),
    ),
    ("en", "How do I delete a board?", None),
    ("en", "How do I remove a column from my board?", None),
    ("en", "How do I export a board?", None),
    ("en", "I deleted a column, and now my chart is empty.", None),
    (
        "en",
        "My data was deleted by the last update, please help.",
        None,
    ),
    (
        "en",
        "I removed my account by accident, can you restore it?",
        None,
    ),
    ("en", "I do not want to delete my account.", None),
    (
        "en",
        "The plugin shows wrong data in the burndown chart.",
        None,
    ),
    ("en", "How can I change the name of a board?", None),
    (
        "en",
        "How do users unsubscribe from board notifications?",
        None,
    ),
    ("en", "Can you send me an invoice for my licence?", None),
    // German
    ("de", "Bitte löschen Sie meine Daten.", Some(Erasure)),
    (
        "de",
        "Bitte loeschen Sie alle ueber mich gespeicherten personenbezogenen Daten.",
        Some(Erasure),
    ),
    (
        "de",
        "Ich möchte, dass mein Konto und meine Daten gelöscht werden.",
        Some(Erasure),
    ),
    (
        "de",
        "Hiermit verlange ich nach Art. 17 DSGVO die Löschung.",
        Some(Erasure),
    ),
    ("de", "Antrag auf Datenlöschung", Some(Erasure)),
    (
        "de",
        "Bitte berichtigen Sie meinen Namen.",
        Some(Rectification),
    ),
    (
        "de",
        "Meine Anschrift ist falsch, bitte korrigieren.",
        Some(Rectification),
    ),
    (
        "de",
        "Welche Daten haben Sie über mich gespeichert?",
        Some(Access),
    ),
    (
        "de",
        "Ich bitte um Auskunft nach Art. 15 DSGVO.",
        Some(Access),
    ),
    (
        "de",
        "Bitte senden Sie mir eine Kopie meiner Daten.",
        Some(Access),
    ),
    (
        "de",
        "Bitte melden Sie mich vom Newsletter ab.",
        Some(Objection),
    ),
    (
        "de",
        "Ich widerspreche der Verwendung meiner Adresse für Werbung.",
        Some(Objection),
    ),
    (
        "de",
        "Ich möchte keine Werbung mehr bekommen.",
        Some(Objection),
    ),
    ("de", "Newsletter abbestellen", Some(Objection)),
    ("de", "Wie lösche ich ein Board?", None),
    ("de", "Wie kann ich eine Spalte entfernen?", None),
    ("de", "Wie exportiere ich ein Board?", None),
    ("de", "Bitte löschen Sie meine Daten nicht.", None),
    (
        "de",
        "Ich habe versehentlich mein Konto gelöscht, können Sie es wiederherstellen?",
        None,
    ),
    ("de", "Das Diagramm zeigt falsche Daten an.", None),
    // French
    (
        "fr",
        "Merci de supprimer mes données personnelles.",
        Some(Erasure),
    ),
    (
        "fr",
        "Je souhaite la suppression de mon compte et de toutes mes données.",
        Some(Erasure),
    ),
    ("fr", "J'exerce mon droit à l'oubli.", Some(Erasure)),
    (
        "fr",
        "Veuillez effacer toutes les données me concernant.",
        Some(Erasure),
    ),
    (
        "fr",
        "Je vous demande de rectifier mon adresse.",
        Some(Rectification),
    ),
    (
        "fr",
        "Je souhaite accéder à mes données personnelles.",
        Some(Access),
    ),
    ("fr", "Quelles données détenez-vous sur moi ?", Some(Access)),
    ("fr", "Je voudrais me désabonner.", Some(Objection)),
    (
        "fr",
        "Je ne souhaite plus recevoir vos e-mails.",
        Some(Objection),
    ),
    ("fr", "Comment supprimer une colonne du tableau ?", None),
    ("fr", "Comment exporter un tableau ?", None),
    ("fr", "Je ne veux pas supprimer mes données.", None),
    (
        "fr",
        "J'ai supprimé mon compte par erreur, pouvez-vous le restaurer ?",
        None,
    ),
    // Spanish
    ("es", "Por favor, borren todos mis datos.", Some(Erasure)),
    (
        "es",
        "Solicito la supresión de mis datos personales.",
        Some(Erasure),
    ),
    ("es", "Quiero eliminar mi cuenta.", Some(Erasure)),
    ("es", "Ejerzo mi derecho al olvido.", Some(Erasure)),
    (
        "es",
        "Solicito que rectifiquen mis datos.",
        Some(Rectification),
    ),
    ("es", "¿Qué datos personales tienen sobre mí?", Some(Access)),
    ("es", "Quisiera una copia de mis datos.", Some(Access)),
    ("es", "¿Cómo puedo darme de baja?", Some(Objection)),
    ("es", "Quiero darse de baja del boletín.", Some(Objection)),
    ("es", "No quiero recibir más correos.", Some(Objection)),
    ("es", "¿Cómo elimino una columna del tablero?", None),
    ("es", "¿Cómo exporto un tablero?", None),
    ("es", "No quiero borrar mis datos.", None),
    // Hungarian
    ("hu", "Kérem a rólam tárolt adatok törlését.", Some(Erasure)),
    (
        "hu",
        "Töröljék a fiókomat és minden személyes adatomat!",
        Some(Erasure),
    ),
    ("hu", "Szeretném, ha az adataimat törölnék.", Some(Erasure)),
    ("hu", "Adatok törlése", Some(Erasure)),
    ("hu", "Kérem, javítsák ki a nevemet.", Some(Rectification)),
    (
        "hu",
        "Kérem a személyes adataim helyesbítését.",
        Some(Rectification),
    ),
    ("hu", "Milyen adatokat tárolnak rólam?", Some(Access)),
    ("hu", "Kérek egy másolatot az adataimról.", Some(Access)),
    (
        "hu",
        "Szeretnék leiratkozni a hírlevélről.",
        Some(Objection),
    ),
    (
        "hu",
        "Kérem, ne küldjenek több hírlevelet.",
        Some(Objection),
    ),
    ("hu", "Hogyan törölhetek egy oszlopot a tábláról?", None),
    ("hu", "Hogyan exportálhatok egy táblát?", None),
    ("hu", "Ne töröljék az adataimat!", None),
];

#[test]
fn the_footer_of_a_newsletter_asks_for_nothing() {
    let footer =
        "Hello,\nour board has a new column.\nUnsubscribe: https://privacy.vendor.example/u/x";
    assert_eq!(read("What's new", footer).kind, None);
    let person = "Please unsubscribe me from your newsletter.\nhttps://halden.example";
    assert_eq!(read("News", person).kind, Some(Objection));
    assert_eq!(read("unsubscribe", footer).kind, Some(Objection));
}

#[test]
fn phrases_in_five_languages_ask_what_they_ask() {
    let wrong: Vec<String> = PHRASES
        .iter()
        .filter_map(|(lang, words, expected)| {
            let reading = read("", words);
            let right =
                reading.kind == *expected && reading.lang.is_none_or(|found| found == *lang);
            (!right).then(|| format!("{words}: {reading:?}, expected {expected:?}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn case_accents_and_the_way_they_are_written_do_not_matter() {
    for words in [
        "BITTE LÖSCHEN SIE MEINE DATEN",
        "bitte lo\u{308}schen sie meine daten",
        "bitte loschen sie meine daten",
        "bitte loeschen sie meine daten",
    ] {
        assert_eq!(read("", words).kind, Some(Erasure), "{words}");
        assert_eq!(read(words, "").kind, Some(Erasure), "{words}");
    }
}

#[test]
fn of_several_wishes_the_one_that_takes_the_others_along_is_suggested() {
    let erase = "Please delete my data.";
    let correct = "Please correct my name.";
    let copy = "Please send me a copy of my data.";
    let stop = "Unsubscribe me.";
    for (words, expected) in [
        (vec![stop, copy, correct, erase], Erasure),
        (vec![stop, copy, correct], Rectification),
        (vec![stop, copy], Access),
        (vec![stop], Objection),
    ] {
        assert_eq!(read("", &words.join(" ")).kind, Some(expected));
    }
}

#[test]
fn the_language_is_that_of_most_small_words() {
    for (words, lang) in [
        (
            "Hello, I would like to know how this is done, please.",
            Some("en"),
        ),
        (
            "Hallo, ich möchte gern wissen, wie das geht, bitte.",
            Some("de"),
        ),
        (
            "Bonjour, je voudrais savoir comment faire, merci.",
            Some("fr"),
        ),
        (
            "Hola, quiero saber por favor como se hace, gracias.",
            Some("es"),
        ),
        (
            "Tisztelt címzett, kérem, hogy írják meg, hogyan lehet ezt. Köszönöm!",
            Some("hu"),
        ),
        ("désinscription", Some("fr")),
        ("12345", None),
        ("", None),
    ] {
        assert_eq!(read("", words).lang, lang, "{words}");
    }
}

#[test]
fn every_rule_can_be_found_and_is_written_as_words_are_folded() {
    for block in rules::BLOCKS {
        for pattern in block.patterns {
            let elements: Vec<&str> = pattern.split_whitespace().collect();
            assert!(
                !["~", "~~", "%"].contains(elements.first().expect("a word")),
                "{pattern} begins with no word"
            );
            let gaps = elements
                .iter()
                .filter(|element| ["~", "~~", "%"].contains(*element));
            assert!(gaps.count() <= 4, "{pattern} has too many gaps");
        }
        for word in block
            .patterns
            .iter()
            .flat_map(|pattern| pattern.split([' ', '|']))
            .chain(block.unless.split(' '))
        {
            let mut folded = String::new();
            word.chars().for_each(|c| fold(c, &mut folded));
            assert_eq!(
                folded, word,
                "no word is written like this once it is folded"
            );
            assert!(
                !word.ends_with('*') || word.len() > 3,
                "{word} is too short for a beginning"
            );
        }
    }
    let fillers = rules::FILLERS
        .iter()
        .chain(rules::NEGATIONS)
        .chain(rules::ABBREVIATIONS);
    for word in fillers.chain(rules::SMALL_WORDS.iter().flat_map(|(_, words)| *words)) {
        let mut folded = String::new();
        word.chars().for_each(|c| fold(c, &mut folded));
        assert_eq!(folded, *word);
    }
}

#[test]
fn text_made_to_cost_much_costs_little() {
    let worst = "delete my all all all all all all delete remove my personal ".repeat(50_000);
    assert_eq!(words(&worst).len(), MAX_WORDS);
    read(&worst, &worst);
}
