//! HTML to text, without what is quoted. Nothing is loaded, and no address in it is kept. One pass over the bytes.

use mail_parser::decoders::html::add_html_token;

/// Elements whose content nobody reads.
const SILENT: &[&str] = &[
    "head", "style", "script", "template", "title", "noscript", "svg", "object",
];
/// Elements that begin and end a line.
const LINES: &[&str] = &[
    "p", "div", "tr", "li", "ul", "ol", "dl", "dt", "dd", "table", "h1", "h2", "h3", "h4", "h5",
    "h6", "hr", "br", "pre", "address", "section", "article", "header", "footer", "center", "form",
    "fieldset", "body",
];
/// Classes of the elements in which mail programs put what they quote.
const QUOTE_CLASSES: &[&str] = &[
    "gmail_quote",
    "gmail_extra",
    "yahoo_quoted",
    "protonmail_quote",
    "moz-forward-container",
    "zmail_extra",
    "tutanota_quote",
];
/// Ids of the elements after which, or in which, there is nothing but what is quoted.
const QUOTE_IDS: &[&str] = &[
    "divrplyfwdmsg",
    "appendonsend",
    "mail-editor-reference-message-container",
    "ms-outlook-mobile-reference-message",
    "replysplit",
];
/// Elements that hold nothing.
const VOID: &[&str] = &[
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source",
    "track", "wbr",
];
/// Elements whose end need not be written: the next of the kind ends them.
const OPEN_ENDED: &[&str] = &[
    "p", "li", "dt", "dd", "td", "th", "tr", "option", "tbody", "thead", "tfoot",
];
/// Longest name of an entity, in bytes.
const MAX_ENTITY: usize = 33;

/// The text; a line with `>` stands for each quote.
pub(super) fn to_text(html: &str) -> String {
    let mut reader = Reader {
        html,
        at: 0,
        out: String::with_capacity(html.len() / 2),
        silent: None,
        unread: None,
        pre: 0,
        lenient: false,
        tags_end: false,
    };
    reader.run();
    reader.out
}

struct Reader<'a> {
    html: &'a str,
    at: usize,
    out: String,
    /// The element in which nothing is read.
    silent: Option<&'static str>,
    /// The element that quotes or is not shown, and how many of its name are open in it.
    unread: Option<(String, usize)>,
    pre: usize,
    /// A quotation mark in a tag was never closed; from there on they do not count.
    lenient: bool,
    /// No tag ends any more: the rest is text.
    tags_end: bool,
}

impl Reader<'_> {
    fn run(&mut self) {
        while self.at < self.html.len() {
            let rest = &self.html[self.at..];
            let next = rest.find(['<', '&']).unwrap_or(rest.len());
            if next > 0 {
                self.words(&self.html[self.at..self.at + next]);
                self.at += next;
            } else if rest.starts_with('<') {
                self.markup();
            } else {
                self.entity();
            }
        }
    }

    fn is_heard(&self) -> bool {
        self.silent.is_none() && self.unread.is_none()
    }

    fn words(&mut self, words: &str) {
        if !self.is_heard() {
            return;
        }
        for c in words.chars() {
            if self.pre > 0 || !c.is_ascii_whitespace() {
                self.out.push(c);
            } else if !self.out.is_empty() && !self.out.ends_with([' ', '\n', '\t']) {
                self.out.push(' ');
            }
        }
    }

    fn entity(&mut self) {
        let rest = &self.html.as_bytes()[self.at..];
        let end = rest.iter().take(MAX_ENTITY).position(|byte| *byte == b';');
        match end {
            Some(end)
                if rest[1..end]
                    .iter()
                    .all(|b| b.is_ascii_alphanumeric() || *b == b'#') =>
            {
                let mut text = String::new();
                add_html_token(&mut text, &rest[..=end], false);
                self.at += end + 1;
                self.words(&super::text::clean(&text));
            }
            _ => {
                self.at += 1;
                self.words("&");
            }
        }
    }

    fn markup(&mut self) {
        let rest = &self.html[self.at..];
        let bytes = rest.as_bytes();
        if let Some(comment) = rest.strip_prefix("<!--") {
            self.at += comment.find("-->").map_or(rest.len(), |end| end + 7);
            return;
        }
        let named = bytes
            .get(1)
            .is_some_and(|byte| byte.is_ascii_alphabetic() || b"/!?".contains(byte));
        let end = if named && !self.tags_end {
            self.tag_end(bytes)
        } else {
            None
        };
        let Some(end) = end else {
            self.at += 1;
            self.words("<");
            return;
        };
        let tag = &self.html[self.at + 1..self.at + end];
        self.at += end + 1;
        let (closes, tag) = match tag.strip_prefix('/') {
            Some(tag) => (true, tag),
            None => (false, tag),
        };
        let length = tag
            .find(|c: char| !c.is_ascii_alphanumeric())
            .unwrap_or(tag.len());
        let name = tag[..length.min(20)].to_ascii_lowercase();
        self.element(&name, &tag[length..], closes);
    }

    /// Where the tag ends; quotation marks within it may hold a `>`.
    fn tag_end(&mut self, bytes: &[u8]) -> Option<usize> {
        if !self.lenient {
            let mut mark = None;
            for (at, byte) in bytes.iter().enumerate() {
                match (mark, byte) {
                    (None, b'>') => return Some(at),
                    (None, b'"' | b'\'') => mark = Some(byte),
                    (Some(open), byte) if open == byte => mark = None,
                    _ => {}
                }
            }
            self.lenient = true;
        }
        let end = bytes.iter().position(|byte| *byte == b'>');
        self.tags_end = end.is_none();
        end
    }

    fn element(&mut self, name: &str, attributes: &str, closes: bool) {
        if let Some(silent) = self.silent {
            let ends = closes && name == silent || silent == "head" && name == "body";
            if ends {
                self.silent = None;
            }
            return;
        }
        if let Some((unread, depth)) = &mut self.unread {
            // Words of a person must not vanish behind an end that was never written.
            let ends = OPEN_ENDED.contains(&unread.as_str())
                && (!closes && unread == name || unread == "p" && LINES.contains(&name));
            if ends && !(closes && unread == name) {
                self.unread = None;
            } else {
                if unread == name {
                    *depth = if closes { *depth - 1 } else { *depth + 1 };
                    if *depth == 0 {
                        self.unread = None;
                    }
                }
                return;
            }
        }
        if closes {
            if name == "pre" {
                self.pre = self.pre.saturating_sub(1);
            }
        } else if let Some(silent) = SILENT.iter().find(|silent| **silent == name) {
            if !attributes.ends_with('/') {
                self.silent = Some(silent);
            }
            return;
        } else if let Some(depth) = quotes(name, attributes) {
            self.line();
            self.out.push_str(">\n");
            self.unread = Some((name.to_owned(), depth));
            return;
        } else if !VOID.contains(&name) && !attributes.ends_with('/') && is_hidden(attributes) {
            self.unread = Some((name.to_owned(), 1));
            return;
        } else if name == "pre" {
            self.pre += 1;
        }
        if name == "td" || name == "th" {
            self.words(" ");
        } else if name == "br" {
            self.out.push('\n');
        } else if LINES.contains(&name) {
            self.line();
        }
    }

    fn line(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with('\n') {
            self.out.push('\n');
        }
    }
}

/// Whether the element quotes, and how many of its name must close before it ends.
fn quotes(name: &str, attributes: &str) -> Option<usize> {
    if name == "blockquote" {
        return Some(1);
    }
    if name != "div" {
        return None;
    }
    let class = attribute(attributes, "class").unwrap_or_default();
    if class
        .split_whitespace()
        .any(|class| QUOTE_CLASSES.contains(&class))
    {
        return Some(1);
    }
    let id = attribute(attributes, "id").unwrap_or_default();
    let id = id.trim_start_matches("x_");
    // Outlook marks the place and lets the quote follow: everything after it goes.
    QUOTE_IDS.contains(&id).then_some(usize::MAX / 2)
}

/// Whether the style of an element keeps its words from whoever looks at the mail. Newsletters put
/// their preview there, and others what only machines should read.
fn is_hidden(attributes: &str) -> bool {
    let style = attribute(attributes, "style").unwrap_or_default();
    style.split(';').any(|declaration| {
        let Some((name, value)) = declaration.split_once(':') else {
            return false;
        };
        let value = value.trim().trim_end_matches("!important").trim_end();
        let is_nothing = || {
            let digits = value.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == '%');
            digits.trim_end().parse::<f32>() == Ok(0.0)
        };
        match name.trim() {
            "display" => value == "none",
            "visibility" => value == "hidden" || value == "collapse",
            "mso-hide" => value == "all",
            "font-size" | "opacity" => is_nothing(),
            _ => false,
        }
    })
}

/// The value of an attribute in lower case.
fn attribute(attributes: &str, name: &str) -> Option<String> {
    let lower = attributes.to_ascii_lowercase();
    let at = lower.match_indices(name).map(|(at, _)| at).find(|at| {
        lower[..*at].ends_with(|c: char| c.is_ascii_whitespace() || c == '"' || c == '\'')
    })?;
    let value = lower[at + name.len()..]
        .trim_start()
        .strip_prefix('=')?
        .trim_start();
    let value = match value.chars().next()? {
        mark @ ('"' | '\'') => value[1..].split(mark).next()?,
        _ => value
            .split(|c: char| c.is_ascii_whitespace() || c == '>')
            .next()?,
    };
    Some(value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stay_and_quotes_go() {
        for (html, text) in [
            ("<p>One</p><p>two<br>three</p>", "One\ntwo\nthree"),
            (
                "a &amp; b &eacute; &#233; &#xe9;&nbsp;c &bogus; &",
                "a & b é é é c &bogus; &",
            ),
            ("1 < 2 <3", "1 < 2 <3"),
            (
                "<head><title>t</title><style>p{}</style></head><body>b",
                "b",
            ),
            ("<head><body>b", "b"),
            ("a<script>if (1 < 2) '</p>'</script>b", "ab"),
            ("a<!-- > -- <b> --->b", "ab"),
            ("a<!-- open", "a"),
            (
                "<a title=\"1 > 2\" href='https://evil.example/?t=1'>b</a>",
                "b",
            ),
            (
                "<img src=\"https://evil.example/pixel.gif\" alt=\"x\">a",
                "a",
            ),
            ("a<a href=\"open>b</a>", "ab"),
            ("<pre>a\n  b</pre>", "a\n  b"),
            ("<td>a</td><td>b</td>", "a b"),
            (
                "a<blockquote>q<blockquote>r</blockquote>s</blockquote>b",
                "a\n>\nb",
            ),
            ("a<BLOCKQUOTE type=cite>q", "a\n>"),
            (
                "a<div class=\"x gmail_quote gmail_quote_container\"><div>q</div>r</div>b",
                "a\n>\nb",
            ),
            ("a<div class='gmail_quotes'>b</div>", "a\nb"),
            ("a<div class=yahoo_quoted id=y>q</div>b", "a\n>\nb"),
            (
                "a<div id=\"x_divRplyFwdMsg\"><b>From:</b> x</div><div>q</div>",
                "a\n>",
            ),
            ("a<div id=\"appendonsend\"></div><div>q</div>", "a\n>"),
            ("a<div data-class=\"gmail_quote\">b</div>", "a\nb"),
            ("a<div style=\"display:none\">h<div>h</div>h</div>b", "ab"),
            (
                "<span style='color:red; DISPLAY : None !important'>h</span>b",
                "b",
            ),
            ("<span style=\"font-size:0px\">h</span>b", "b"),
            ("<span style=\"font-size: 0\">h</span>b", "b"),
            ("<span style=\"font-size:0.9em\">a</span>b", "ab"),
            ("<span style=\"font-size:10px\">a</span>b", "ab"),
            ("<span style=\"visibility:hidden;\">h</span>b", "b"),
            ("<span style=\"mso-hide:all\">h</span>b", "b"),
            ("<img style=\"display:none\" src=x>a", "a"),
            ("a<br style=\"display:none\"/>b", "a\nb"),
            // An end that was never written hides no words of a person.
            ("<p style=\"display:none\">h<p>a", "a"),
            ("<p style=\"display:none\">h</p>a", "a"),
            ("<div><p style=\"display:none\">h</div>a", "a"),
            ("<ul><li style=\"display:none\">h<li>a</ul>", "a"),
        ] {
            assert_eq!(to_text(html).trim_end(), text, "{html}");
        }
    }

    #[test]
    fn markup_made_to_cost_much_costs_little() {
        for unit in [
            "<a \"",
            "<a '\"",
            "<",
            "<!--",
            "&",
            "<div class=",
            "<blockquote>",
            "<a href=\"x>",
            "<script>",
            "&#",
            "</",
        ] {
            let html = unit.repeat(super::super::text::MAX_DECODED / unit.len());
            assert!(to_text(&html).len() <= html.len());
        }
    }
}
