//! What a writer quotes, in the ways of the usual mail programs in English, German, French, Spanish and Hungarian.
//!
//! Our own mails speak of removal and unsubscribing; quoted, these words are nobody's wish.

/// Own words.
pub(super) struct Own {
    pub text: String,
    /// Something was cut as quoted.
    pub quoted: bool,
}

/// Longest line that introduces a quote, in bytes.
const MAX_INTRODUCTION: usize = 400;
/// Most lines over which it is wrapped.
const MAX_WRAPPED: usize = 3;
/// Lines in which the fields of a quoted header stand.
const HEADER_BLOCK: usize = 8;

/// Marks of replies and forwards before a subject, in lower case, as mail programs write them.
const SUBJECT_MARKS: &[&str] = &[
    "re",
    "aw",
    "fw",
    "fwd",
    "wg",
    "tr",
    "rv",
    "vá",
    "va",
    "vs",
    "sv",
    "antw",
    "antwort",
    "ref",
    "rif",
    "r",
    "i",
    "enc",
    "res",
    "odp",
    "továbbítás",
    "továbbítva",
    "válasz",
    "transfert",
    "réf",
    "回复",
    "转发",
];

/// What stands between dashes above a message that is quoted whole; in lower case.
const ORIGINALS: &[&str] = &[
    "original message",
    "original appointment",
    "forwarded message",
    "forwarded by",
    "ursprüngliche nachricht",
    "originalnachricht",
    "original-nachricht",
    "weitergeleitete nachricht",
    "message d'origine",
    "message d’origine",
    "message original",
    "message initial",
    "message transféré",
    "message transmis",
    "mensaje original",
    "mensaje reenviado",
    "eredeti üzenet",
    "továbbított üzenet",
    "továbbított levél",
    "reply message",
];

/// What Apple Mail writes above a forwarded message; in lower case, without the colon.
const BEGINNINGS: &[&str] = &[
    "begin forwarded message",
    "anfang der weitergeleiteten nachricht",
    "anfang der weitergeleiteten e-mail",
    "début du message transféré",
    "début du message réexpédié",
    "inicio del mensaje reenviado",
    "továbbított levél kezdete",
    "továbbított üzenet kezdete",
];

/// Names of the fields in a quoted header: who, and what comes after it; in lower case.
const FROM_FIELDS: &[&str] = &[
    "from",
    "von",
    "de",
    "feladó",
    "expéditeur",
    "remitente",
    "absender",
];
const OTHER_FIELDS: &[&str] = &[
    "sent",
    "date",
    "to",
    "cc",
    "subject",
    "reply-to",
    "gesendet",
    "datum",
    "an",
    "betreff",
    "envoyé",
    "envoyé le",
    "à",
    "a",
    "objet",
    "destinataire",
    "enviado",
    "enviado el",
    "fecha",
    "para",
    "asunto",
    "elküldve",
    "küldve",
    "dátum",
    "címzett",
    "tárgy",
    "kelt",
    "küldés dátuma",
];

/// Words with which an introduction ends, before its colon; in lower case.
const WROTE: &[&str] = &[
    "wrote",
    "writes",
    "schrieb",
    "schreibt",
    "geschrieben",
    "a écrit",
    "écrit",
    "a ecrit",
    "escribió",
    "escribio",
    "escribe",
    "írta",
    "irta",
    "ha scritto",
    "schreef",
    "skrev",
    "escreveu",
];

/// Beginnings of the first line of an introduction; in lower case.
const OPENERS: &[&str] = &["on ", "am ", "le ", "el ", "op ", "il ", "den ", "em "];

/// Whether the subject is that of an answered or forwarded message.
pub(super) fn is_reply_subject(subject: &str) -> bool {
    let Some((mark, _)) = subject.split_once([':', '：']) else {
        return false;
    };
    let mark = mark.trim().to_lowercase();
    let mark = mark.trim_end_matches(|c: char| c.is_ascii_digit() || "[]()^".contains(c));
    SUBJECT_MARKS.contains(&mark.trim())
}

/// Drops what is quoted, and the signature.
pub(super) fn cut(text: &str) -> Own {
    let lines: Vec<&str> = text.split('\n').collect();
    let mut own: Vec<&str> = Vec::new();
    let mut quoted = false;
    let mut signed = false;
    let mut at = 0;
    while at < lines.len() {
        let line = lines[at];
        if is_marked(line) {
            quoted = true;
            if !signed {
                drop_introduction(&mut own);
            }
            at += 1;
        } else if is_end(&lines[at..]) {
            quoted = true;
            break;
        } else if let Some((length, sure)) = introduction(&lines[at..]) {
            let marked = lines[at + length..]
                .iter()
                .find(|line| !line.trim().is_empty())
                .is_some_and(|line| is_marked(line));
            if marked {
                at += length;
            } else if sure {
                quoted = true;
                break;
            } else {
                own.push(line);
                at += 1;
            }
        } else {
            signed |= is_signature(line);
            if !signed {
                own.push(line);
            }
            at += 1;
        }
    }
    Own {
        text: unarmoured(&own),
        quoted,
    }
}

fn is_marked(line: &str) -> bool {
    line.trim_start().starts_with('>')
}

/// RFC 3676 section 4.3.
fn is_signature(line: &str) -> bool {
    line == "-- "
}

/// Whether all is quoted from this line on.
fn is_end(lines: &[&str]) -> bool {
    let line = lines[0].trim();
    if line.len() > MAX_INTRODUCTION {
        return false;
    }
    match line.bytes().next() {
        None => false,
        Some(b'_') => is_rule(line) && rule_quotes(lines),
        Some(b'-' | b'=') => is_original(line),
        Some(_) => is_beginning(line) || is_header_block(lines),
    }
}

/// `-----Original Message-----`, with any number of dashes from two.
fn is_original(line: &str) -> bool {
    let inner = line.trim_matches(|c: char| "-=_ ".contains(c));
    let dashes = line.len() - line.trim_start_matches(['-', '=']).len();
    let inner = inner.to_lowercase();
    dashes >= 2 && ORIGINALS.iter().any(|words| inner.starts_with(words))
}

fn is_beginning(line: &str) -> bool {
    let Some(line) = line.strip_suffix(':') else {
        return false;
    };
    BEGINNINGS.contains(&line.trim_end().to_lowercase().as_str())
}

fn is_rule(line: &str) -> bool {
    line.len() >= 20 && line.bytes().all(|byte| byte == b'_')
}

/// Below the line stands a header, or the footer of a mailing list.
fn rule_quotes(lines: &[&str]) -> bool {
    let Some(next) = lines
        .iter()
        .skip(1)
        .take(4)
        .position(|line| !line.trim().is_empty())
    else {
        return false;
    };
    let below = &lines[next + 1..];
    is_header_block(below) || below[0].to_lowercase().contains("mailing list")
}

/// `From:` and at least two of the fields that follow it.
fn is_header_block(lines: &[&str]) -> bool {
    let Some(first) = field_name(lines[0]) else {
        return false;
    };
    FROM_FIELDS.contains(&first.as_str())
        && lines
            .iter()
            .skip(1)
            .take(HEADER_BLOCK)
            .filter_map(|line| field_name(line))
            .filter(|name| OTHER_FIELDS.contains(&name.as_str()))
            .count()
            >= 2
}

/// The name of the field in a line like `From: …` or `*From:* …`, in lower case.
fn field_name(line: &str) -> Option<String> {
    let line = line.trim_start().trim_start_matches('*');
    let head = super::text::cut(line, 40);
    let (name, _) = head.split_once(':')?;
    Some(
        name.trim_matches(|c: char| c == '*' || c.is_whitespace())
            .to_lowercase(),
    )
}

/// How many lines introduce a quote here, and whether they do so even where no `>` follows.
fn introduction(lines: &[&str]) -> Option<(usize, bool)> {
    if lines[0].trim().is_empty() {
        return None;
    }
    let mut whole = String::new();
    for (at, line) in lines.iter().take(MAX_WRAPPED).enumerate() {
        if line.trim().is_empty() || whole.len() + line.len() > MAX_INTRODUCTION {
            return None;
        }
        if !whole.is_empty() {
            whole.push(' ');
        }
        whole.push_str(line.trim());
        if whole.ends_with([':', '：']) {
            let sure = introduces(&whole.to_lowercase())?;
            return (at == 0 || opens(lines[0])).then_some((at + 1, sure));
        }
    }
    None
}

/// Whether the first line of a wrapped introduction is one: else it may be a sentence above it.
fn opens(line: &str) -> bool {
    let line = line.trim().to_lowercase();
    let opener = OPENERS.iter().any(|word| line.starts_with(word));
    let digit = line.contains(|c: char| c.is_ascii_digit());
    (opener || line.starts_with(|c: char| c.is_ascii_digit())) && digit
        || line.contains('<') && line.contains('@')
}

/// Whether a line that ends with a colon introduces a quote; if so, whether it names a time and a writer as programs do.
fn introduces(line: &str) -> Option<bool> {
    let inner = line.trim_end_matches([':', '：', ' ', '\u{a0}']);
    let ends = WROTE.iter().any(|verb| {
        inner
            .strip_suffix(verb)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with([' ', ',', ')', '>']))
    });
    let holds = WROTE
        .iter()
        .any(|verb| inner.contains(&format!(" {verb} ")));
    let address = inner.contains('@');
    let old_style =
        address && inner.starts_with(|c: char| c.is_ascii_digit()) && inner.ends_with('>');
    if !(ends || holds || old_style) {
        return None;
    }
    let digits = inner.bytes().filter(u8::is_ascii_digit).count();
    Some((address || inner.contains('<')) && digits >= 3 || ends && digits >= 5)
}

/// A line with an address and a colon, straight above a quote, introduces it in whatever language.
fn drop_introduction(own: &mut Vec<&str>) {
    let near = own.len().saturating_sub(2);
    let last = own[near..].iter().rposition(|line| !line.trim().is_empty());
    if let Some(at) = last.map(|at| near + at) {
        let line = own[at].trim();
        if line.len() <= MAX_INTRODUCTION && line.ends_with(':') && line.contains('@') {
            own.truncate(at);
        }
    }
}

/// The lines without blank ones around them, and without the frame of an inline PGP signature.
fn unarmoured(lines: &[&str]) -> String {
    let begin = lines
        .iter()
        .position(|line| line.trim_end() == "-----BEGIN PGP SIGNED MESSAGE-----");
    let end = lines
        .iter()
        .position(|line| line.trim_end() == "-----BEGIN PGP SIGNATURE-----");
    let lines = match (begin, end) {
        (Some(begin), Some(end)) if begin < end => {
            let inner = &lines[begin + 1..end];
            let head = inner
                .iter()
                .position(|line| line.trim().is_empty())
                .unwrap_or(0);
            &inner[head..]
        }
        _ => lines,
    };
    let lines: Vec<&str> = lines.iter().map(|line| line.trim_end()).collect();
    lines.join("\n").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "Please help me.\n\n";
    const QUOTE: &str = "To unsubscribe or to delete your data click here.";

    fn own(text: &str) -> (String, bool) {
        let own = cut(text);
        (own.text, own.quoted)
    }

    /// Introductions below which the usual programs mark each quoted line.
    const MARKED: &[&str] = &[
        "On Fri, Nov 20, 2026 at 9:00 AM Vendor News <news@vendor.example> wrote:",
        "On Fri, Nov 20, 2026 at 9:00 AM Vendor News with a long name\n<news@vendor.example> wrote:",
        "On 20 Nov 2026, at 09:00, Vendor News wrote:",
        "On 11/20/26 09:00, Vendor News wrote:",
        "Vendor News wrote on 20/11/2026 09:00:",
        "2026-11-20 9:00 GMT+01:00 Vendor News <news@vendor.example>:",
        "You wrote:",
        "Am Fr., 20. Nov. 2026 um 09:00 Uhr schrieb Vendor News <news@vendor.example>:",
        "Am Fr., 20. Nov. 2026 um 09:00 Uhr schrieb Vendor News <\nnews@vendor.example>:",
        "Am 20.11.26 um 09:00 schrieb Vendor News:",
        "Vendor News <news@vendor.example> schrieb am Fr., 20. Nov. 2026, 09:00:",
        "Le ven. 20 nov. 2026 à 09:00, Vendor News <news@vendor.example> a écrit :",
        "Le 20/11/2026 à 09:00, Vendor News a écrit\u{a0}:",
        "El vie, 20 nov 2026 a las 9:00, Vendor News (<news@vendor.example>) escribió:",
        "El 20/11/26 a las 9:00, Vendor News escribió:",
        "Vendor News <news@vendor.example> ezt írta (időpont: 2026. nov. 20., P, 9:00):",
        "Vendor News <news@vendor.example> ezt írta (időpont: 2026. nov. 20.,\nP, 9:00):",
        "2026. 11. 20. 9:00 keltezéssel, Vendor News írta:",
        "W dniu 20.11.2026 o 09:00, news@vendor.example pisze:",
    ];

    #[test]
    fn marked_lines_and_what_introduces_them_are_cut() {
        for introduction in MARKED {
            let text = format!("{HEAD}{introduction}\n> {QUOTE}\n>> {QUOTE}\n\nThank you.");
            let (own, quoted) = own(&text);
            let words: Vec<&str> = own.split_whitespace().collect();
            assert_eq!(
                words.join(" "),
                "Please help me. Thank you.",
                "{introduction}"
            );
            assert!(quoted);
        }
    }

    #[test]
    fn an_introduction_as_programs_write_it_needs_no_marks() {
        for introduction in MARKED
            .iter()
            .filter(|line| line.contains("news@") && !line.contains("pisze"))
        {
            let text = format!("{HEAD}{introduction}\n\n{QUOTE}");
            assert_eq!(
                own(&text),
                ("Please help me.".into(), true),
                "{introduction}"
            );
        }
    }

    #[test]
    fn what_stands_below_a_separator_is_cut() {
        for separator in [
            "-----Original Message-----",
            "-------- Original Message --------",
            "-----Ursprüngliche Nachricht-----",
            "-------- Weitergeleitete Nachricht --------",
            "-----Message d'origine-----",
            "-------- Message transféré --------",
            "-----Mensaje original-----",
            "---------- Mensaje reenviado ---------",
            "-----Eredeti üzenet-----",
            "-------- Továbbított üzenet --------",
            "---------- Forwarded message ---------",
            "Begin forwarded message:",
            "Anfang der weitergeleiteten Nachricht:",
            "Début du message réexpédié :",
            "Inicio del mensaje reenviado:",
            "Továbbított levél kezdete:",
            "________________________________\nFrom: Vendor\nSent: Friday\nSubject: News",
            "_______________________________________________\nLethe-users mailing list",
            "From: Vendor News <news@vendor.example>\nSent: Friday, 20 November 2026 09:00\nTo: Mira\nSubject: News",
            "*From:* Vendor\n*Sent:* Friday\n*To:* Mira",
            "Von: Vendor\nGesendet: Freitag, 20. November 2026 09:00\nAn: Mira\nBetreff: News",
            "De : Vendor\nEnvoyé : vendredi 20 novembre 2026\nÀ : Mira\nObjet : News",
            "De: Vendor\nEnviado el: viernes\nPara: Mira\nAsunto: News",
            "Feladó: Vendor\nElküldve: péntek\nCímzett: Mira\nTárgy: News",
        ] {
            let text = format!("{HEAD}{separator}\n\n{QUOTE}");
            assert_eq!(own(&text), ("Please help me.".into(), true), "{separator}");
        }
    }

    #[test]
    fn ordinary_lines_are_not_taken_for_quotes() {
        for line in [
            "On 3 May your colleague wrote:",
            "I have two wishes:",
            "From: my point of view this is wrong.",
            "----------",
            "____________________",
            "De: nada",
            "My wishes on 20.11.2026 are:",
            "Please read what I wrote on Monday.",
        ] {
            let text = format!("{HEAD}{line}\nDelete my data.");
            assert_eq!(own(&text), (text.clone(), false), "{line}");
        }
    }

    #[test]
    fn a_signature_ends_the_words_but_not_the_reading() {
        assert_eq!(
            own("Help.\n-- \nMira\nDelete Ltd."),
            ("Help.".into(), false)
        );
        assert_eq!(
            own("Help.\n-- \nMira\n\nYou wrote:\n> x"),
            ("Help.".into(), true)
        );
        assert_eq!(own("Help.\n--\nMore."), ("Help.\n--\nMore.".into(), false));
    }

    #[test]
    fn a_signed_text_loses_its_frame() {
        let text = "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nDelete my data.\n-----BEGIN PGP SIGNATURE-----\n\nabc=\n-----END PGP SIGNATURE-----";
        assert_eq!(own(text), ("Delete my data.".into(), false));
    }

    #[test]
    fn replies_and_forwards_are_told_by_their_subject() {
        for subject in [
            "Re: a",
            "RE[2]: a",
            "AW: a",
            "Fwd: a",
            "FW: a",
            "WG: a",
            "TR: a",
            "RV: a",
            "Vá: a",
            "RE : a",
            "Válasz: a",
            "re: Re: a",
        ] {
            assert!(is_reply_subject(subject), "{subject}");
        }
        for subject in [
            "a",
            "Delete: my data",
            "Regarding: a",
            "",
            ": a",
            "Frage: a",
        ] {
            assert!(!is_reply_subject(subject), "{subject}");
        }
    }
}
