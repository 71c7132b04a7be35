//! What surrounds every public page: whose portal it is, in which language, and the form guard.

use crate::i18n::Lang;

/// The frame of a public page.
#[derive(Clone, Debug)]
pub struct PublicFrame {
    /// The language of the page.
    pub lang: Lang,
    /// Whether the address names the language (`?lang=`). Nothing stores that choice, so every
    /// link and form of the page carries it on.
    pub lang_chosen: bool,
    /// The vendor's name, as customers know it.
    pub vendor: String,
    /// The vendor's full name and postal address, on one line.
    pub imprint: String,
    /// The mail address for everything about personal data.
    pub privacy_address: String,
    /// Path of the logo.
    pub logo: String,
    /// Path of this page, or of the page to show when its language changes.
    pub path: String,
    /// The token that every form of this page sends back.
    pub csrf: String,
}

/// A link to the same page in another language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LanguageLink {
    /// The other language.
    pub lang: Lang,
    /// Where the link leads.
    pub href: String,
}

impl PublicFrame {
    /// An address of ours, with the chosen language carried on.
    pub fn to(&self, path: impl AsRef<str>) -> String {
        let path = path.as_ref();
        if self.lang_chosen {
            with_language(path, self.lang)
        } else {
            path.to_owned()
        }
    }

    /// Links to this page in the languages that it is not shown in.
    pub fn other_languages(&self) -> Vec<LanguageLink> {
        let others = Lang::all()
            .iter()
            .copied()
            .filter(|&lang| lang != self.lang);
        others
            .map(|lang| LanguageLink {
                lang,
                href: with_language(&self.path, lang),
            })
            .collect()
    }
}

fn with_language(path: &str, lang: Lang) -> String {
    let (path, fragment) = match path.split_once('#') {
        Some((path, fragment)) => (path, format!("#{fragment}")),
        None => (path, String::new()),
    };
    let separator = if path.contains('?') { '&' } else { '?' };
    format!("{path}{separator}lang={}{fragment}", lang.tag())
}

#[cfg(test)]
pub(crate) fn sample(lang: Lang, path: &str) -> PublicFrame {
    PublicFrame {
        lang,
        lang_chosen: false,
        vendor: "Northwind Apps".into(),
        imprint: "Northwind Apps B.V., Noordwindkade 14, Amsterdam, the Netherlands".into(),
        privacy_address: "privacy@northwind.example".into(),
        logo: "/static/logo.svg".into(),
        path: path.into(),
        csrf: "c2FtcGxl".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chosen_language_is_carried_on() {
        let mut frame = sample(Lang::De, "/requests/new/review?u=abc");
        assert_eq!(frame.to("/privacy#how-long"), "/privacy#how-long");
        frame.lang_chosen = true;
        assert_eq!(frame.to("/privacy#how-long"), "/privacy?lang=de#how-long");
        assert_eq!(
            frame.other_languages(),
            [LanguageLink {
                lang: Lang::En,
                href: "/requests/new/review?u=abc&lang=en".into()
            }]
        );
    }
}
