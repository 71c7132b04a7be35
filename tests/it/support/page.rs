//! An answer, checked as every page must be.

use scraper::{Html, Selector};

/// A page or another answer.
pub struct Page {
    pub status: u16,
    pub url: String,
    pub text: String,
    pub headers: reqwest::header::HeaderMap,
    pub bytes: Vec<u8>,
}

impl Page {
    pub async fn read(answer: reqwest::Response) -> Page {
        let (status, url, headers) = (
            answer.status().as_u16(),
            answer.url().path().to_owned(),
            answer.headers().clone(),
        );
        let bytes = answer.bytes().await.unwrap().to_vec();
        let page = Page {
            status,
            url,
            text: String::from_utf8_lossy(&bytes).into_owned(),
            headers,
            bytes,
        };
        if page.header("content-type").starts_with("text/html") {
            page.check();
        }
        page
    }

    /// A header, empty if it is not there.
    pub fn header(&self, name: &str) -> String {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_owned()
    }

    /// The text of the first element that a selector finds.
    pub fn first(&self, selector: &str) -> String {
        self.all(selector).into_iter().next().unwrap_or_default()
    }

    /// The texts of all elements that a selector finds.
    pub fn all(&self, selector: &str) -> Vec<String> {
        let document = Html::parse_document(&self.text);
        let selector = Selector::parse(selector).unwrap();
        let found = document.select(&selector);
        found
            .map(|element| {
                element
                    .text()
                    .collect::<String>()
                    .split_whitespace()
                    .collect::<Vec<_>>()
                    .join(" ")
            })
            .collect()
    }

    /// An attribute of all elements that a selector finds.
    pub fn attributes(&self, selector: &str, name: &str) -> Vec<String> {
        let document = Html::parse_document(&self.text);
        let selector = Selector::parse(selector).unwrap();
        let found = document.select(&selector);
        found
            .filter_map(|element| element.value().attr(name))
            .map(ToOwned::to_owned)
            .collect()
    }

    /// The form token of the page.
    pub fn csrf(&self) -> String {
        self.attributes("input[name=csrf]", "value")
            .into_iter()
            .next()
            .unwrap_or_default()
    }

    /// The version of the request that the page shows.
    pub fn seen(&self) -> String {
        self.attributes("input[name=seen]", "value")
            .into_iter()
            .next()
            .unwrap_or_default()
    }

    fn check(&self) {
        let place = format!("{} ({})", self.url, self.status);
        assert_eq!(self.all("h1").len(), 1, "one h1 on {place}: {}", self.text);
        assert!(!self.first("title").is_empty(), "a title on {place}");
        assert_eq!(
            self.attributes("html", "lang").len(),
            1,
            "a language on {place}"
        );
        let policy = self.header("content-security-policy");
        assert!(
            policy.contains("default-src 'none'") && !policy.contains("unsafe"),
            "a policy on {place}"
        );
        // The page of a run, and no other, may have our one script.
        let scripts = self.attributes("script", "src");
        let mut text = self.text.clone();
        match &scripts[..] {
            [script] if self.url.ends_with("/run") || self.url.ends_with("/run/handover") => {
                assert!(script.starts_with("/static/live."), "{script} on {place}");
                assert!(
                    policy.ends_with("; script-src 'self'; connect-src 'self'"),
                    "{policy} on {place}"
                );
                text = text.replacen(&format!("<script src=\"{script}\" defer></script>"), "", 1);
            }
            _ => assert!(
                !policy.contains("script-src") && !policy.contains("connect-src"),
                "{policy} on {place}"
            ),
        }
        assert!(
            !text.contains("style=\"") && !text.contains("<script"),
            "nothing inline on {place}"
        );
        let labelled = self.attributes("label", "for");
        for id in self.attributes("input:not([type=hidden]), select, textarea", "id") {
            assert!(labelled.contains(&id), "a label for {id} on {place}");
        }
        let unnamed = self.all("form[method=post]").len();
        assert_eq!(
            unnamed,
            self.attributes("form[method=post] input[name=csrf]", "value")
                .len(),
            "tokens on {place}"
        );
    }
}
