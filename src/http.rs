//! Asking other people's servers: witnesses of the trail, webhooks of mailing tools, stores.
//!
//! Owns what is alike in all of it: HTTPS, or HTTP on this machine; no redirect is followed, because
//! it would lead where nobody sent us; whoever does not answer in time is let go. It never decides
//! what is sent, and believes nothing that comes back.

use std::net::IpAddr;
use std::time::Duration;

use reqwest::redirect;
use url::{Host, Url};

/// A client that waits as long as this for the whole answer.
///
/// # Errors
/// If this machine cannot speak TLS: the system has no certificate authorities.
pub fn client(patience: Duration) -> Result<reqwest::Client, reqwest::Error> {
    client_trusting(patience, Vec::new())
}

/// The same, which trusts these certificate authorities too.
///
/// # Errors
/// As [`client`].
pub fn client_trusting(
    patience: Duration,
    authorities: Vec<reqwest::Certificate>,
) -> Result<reqwest::Client, reqwest::Error> {
    // It fails only if there is one already, and then that one is used.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .user_agent("lethe")
        .redirect(redirect::Policy::none())
        .timeout(patience)
        .tls_certs_merge(authorities)
        .build()
}

/// Whether an address may be asked: by HTTPS, or by HTTP on this machine, and without a name, a
/// password or a fragment in it.
pub fn may_ask(url: &Url) -> bool {
    let loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => IpAddr::from(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::from(address).is_loopback(),
        None => return false,
    };
    let bare = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    bare && (url.scheme() == "https" || (url.scheme() == "http" && loopback))
}
