//! Asgardeo.

use url::Url;

use crate::config_error::ConfigError;
use crate::provider::Provider;

impl Provider {
    /// Creates the settings for Asgardeo. `org` is the organization's name, such as `acme`. A URL with
    /// the name after `/t/`, such as that of the console, is the same.
    ///
    /// The issuer is `https://api.asgardeo.io/t/{org}/oauth2/token`. The page on which users register,
    /// if the organization allows it, is
    /// `https://accounts.asgardeo.io/t/{org}/accountrecoveryendpoint/register.do` with the client
    /// identifier, like in Asgardeo's own libraries.
    ///
    /// [`end_session_by_form`](Self::end_session_by_form) is on, because Asgardeo documents that its
    /// sign-out takes POST.
    pub fn asgardeo(org: impl AsRef<str>, client_id: impl Into<String>) -> Self {
        let org = org.as_ref();
        Self::preset(org, issuer_of(org), |issuer| {
            Self::asgardeo_with_issuer(issuer, client_id)
        })
    }

    /// Creates the settings for Asgardeo, like [`asgardeo`](Self::asgardeo), by the issuer exactly as
    /// Asgardeo's console shows it, such as `https://api.asgardeo.io/t/acme/oauth2/token`, or that of a
    /// custom domain. For a custom domain set [`sign_up_url`](Self::sign_up_url) if you need it.
    pub fn asgardeo_with_issuer(issuer: impl Into<String>, client_id: impl Into<String>) -> Self {
        let provider = Self::new(issuer, client_id)
            .name("Asgardeo")
            .end_session_by_form(true);
        match sign_up_url(&provider.issuer, &provider.client_id) {
            Some(url) => provider.sign_up_url(url),
            None => provider,
        }
    }
}

/// Returns the page on which users register, for the Asgardeo organization with this issuer. `None` for
/// a custom domain, whose page is unknown.
fn sign_up_url(issuer: &str, client_id: &str) -> Option<String> {
    let base = issuer.strip_suffix("/oauth2/token")?;
    let (host, org) = base.strip_prefix("https://api.")?.split_once("/t/")?;
    if host != "asgardeo.io" && !host.ends_with(".asgardeo.io") {
        return None;
    }
    let page = format!("https://accounts.{host}/t/{org}/accountrecoveryendpoint/register.do");
    let mut url = Url::parse(&page).ok()?;
    url.query_pairs_mut().append_pair("client_id", client_id);
    Some(url.into())
}

/// Returns the issuer of an Asgardeo organization, by its name or by any of its URLs, including those
/// of the console.
fn issuer_of(given: &str) -> Result<String, ConfigError> {
    let error = || {
        ConfigError::new(
            "issuer",
            "must be the name of an Asgardeo organization",
            "give what follows `/t/` in the URLs of its console, such as `acme`",
        )
    };
    let lower = given.to_ascii_lowercase();
    let (host, org) = match given.split_once("/t/") {
        Some((before, rest)) => {
            let host = lower.get(..before.len()).unwrap_or_default();
            let host = host.rsplit_once("://").map_or(host, |(_, host)| host);
            let org = rest.split(['/', '?', '#']).next().unwrap_or_default();
            (host.to_owned(), org)
        }
        None => {
            let org = given.strip_suffix('/').unwrap_or(given);
            (String::new(), org.strip_prefix("t/").unwrap_or(org))
        }
    };
    // Each region has its own hosts.
    let host = match host.strip_suffix("asgardeo.io") {
        None if host.is_empty() => "api.asgardeo.io".to_owned(),
        Some(sub) if sub.starts_with("api.") => host,
        Some(sub) => match sub.split_once('.') {
            Some((_, region)) => format!("api.{region}asgardeo.io"),
            None => return Err(error()),
        },
        None => return Err(error()),
    };
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if org.is_empty() || !org.bytes().all(is_name) {
        return Err(error());
    }
    Ok(format!("https://{host}/t/{org}/oauth2/token"))
}
