//! The issuer: checks, and the issuers of presets from the values that people paste.

use url::Url;

use crate::config_error::ConfigError;
use crate::url_rules::is_loopback;

/// The ends of URLs that providers show next to their issuer, and that are not issuers.
const ENDPOINTS: [&str; 7] = [
    "/authorize",
    "/certs",
    "/jwks",
    "/jwks.json",
    "/keys",
    "/logout",
    "/userinfo",
];

/// Checks the issuer, and returns it as a URL.
pub(super) fn check(issuer: &str) -> Result<Url, ConfigError> {
    let copy = "copy it from the provider's discovery document, where it is the member `issuer`";
    let error = |rule| ConfigError::new("issuer", rule, copy);
    let url = Url::parse(issuer)
        .map_err(|_| error("must be an absolute URL such as https://id.example.com"))?;
    if url.query().is_some() || url.fragment().is_some() {
        return Err(error("must have no query and no fragment"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(error("must have no user name and no password"));
    }
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(&url) => {}
        _ => {
            return Err(error(
                "must be https (http is allowed on a loopback address)",
            ));
        }
    }
    // The URL parser is lenient, but issuers are compared byte for byte.
    if !issuer.starts_with("https://") && !issuer.starts_with("http://") {
        return Err(ConfigError::new(
            "issuer",
            "must begin with `https://`, in lower case",
            "write it as the provider's discovery document does",
        ));
    }
    if issuer
        .chars()
        .any(|it| it.is_whitespace() || it.is_control() || it == '\\')
    {
        return Err(error(
            "must not contain white space, control characters or `\\`",
        ));
    }
    let path = url.path().trim_end_matches('/');
    if path.contains("/.well-known/") || path.ends_with("/.well-known") {
        return Err(ConfigError::new(
            "issuer",
            "is the URL of a discovery document",
            "leave out `/.well-known/` and what follows; the document's member `issuer` says whether \
             the issuer ends with a slash",
        ));
    }
    if path.contains("/protocol/openid-connect") {
        return Err(ConfigError::new(
            "issuer",
            "is an endpoint of Keycloak",
            "leave out `/protocol/` and what follows: the issuer ends with the name of the realm",
        ));
    }
    if ENDPOINTS.iter().any(|endpoint| path.ends_with(endpoint)) {
        return Err(error(
            "is one of the provider's endpoints and not its issuer",
        ));
    }
    Ok(url)
}

/// Returns the base URL of a provider whose issuer is `{base}/oidc`. For a host without scheme, https
/// is used. `/oidc` and what follows is removed.
pub(super) fn oidc_base_url(given: &str, path_may_follow: bool) -> Result<String, ConfigError> {
    let error = |rule| {
        ConfigError::new(
            "issuer",
            rule,
            "give the host as the provider's console shows it, such as `tenant.example.com`, or its \
             URL",
        )
    };
    let (scheme, rest) = match given.split_once("://") {
        Some((scheme, rest)) => (scheme.to_ascii_lowercase(), rest),
        None => ("https".to_owned(), given),
    };
    if scheme != "https" && scheme != "http" {
        return Err(error("must be a host, or begin with `https://`"));
    }
    let (host, path) = match rest.find('/') {
        Some(slash) => rest.split_at_checked(slash).unwrap_or((rest, "")),
        None => (rest, ""),
    };
    let host = host.to_ascii_lowercase();
    let is_host = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte);
    if host.is_empty() || !host.bytes().all(is_host) || host.ends_with(':') {
        return Err(error("must name a host, with a port at most"));
    }
    let mut base = String::new();
    for segment in path.split('/').filter(|segment| !segment.is_empty()) {
        if matches!(segment, "oidc" | ".well-known") {
            break;
        }
        base.push('/');
        base.push_str(segment);
    }
    if !base.is_empty() && !path_may_follow {
        return Err(error("must have no path"));
    }
    if base
        .bytes()
        .any(|byte| !byte.is_ascii_graphic() || b"?#\\".contains(&byte))
    {
        return Err(error("must have no query, fragment or white space"));
    }
    Ok(format!("{scheme}://{host}{base}"))
}

/// Returns the page on which users register, for the Asgardeo organization with this issuer. `None` for
/// a custom domain, whose page is unknown.
pub(super) fn asgardeo_sign_up_url(issuer: &str, client_id: &str) -> Option<String> {
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
pub(super) fn asgardeo_issuer(given: &str) -> Result<String, ConfigError> {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(issuer: &str) -> String {
        check(issuer).map_or_else(|error| error.to_string(), |_| "accepted".to_owned())
    }

    #[test]
    fn an_issuer_is_https_or_http_on_a_loopback_address() {
        for issuer in [
            "https://op.example",
            "https://op.example/",
            "https://op.example:8443/a/b",
            "https://api.asgardeo.io/t/acme/oauth2/token",
            "https://login.microsoftonline.com/tenant/v2.0",
            "https://OP.example",
            "http://localhost:4000",
            "http://127.0.0.1:1/oidc",
            "http://[::1]:4000",
        ] {
            assert_eq!(refusal(issuer), "accepted", "{issuer}");
        }
        for issuer in [
            "",
            "op.example",
            "http://op.example",
            "http://localhost.op.example",
            "http://10.0.0.1",
            "ftp://localhost",
            "https://",
            "https://op.example?a=b",
            "https://op.example#a",
            "https://user@op.example",
            "https://op.example?",
            "https:op.example",
            "https:/op.example",
            "https:\\\\op.example",
            "https://op.example\\a",
            "https://op.exa\nmple",
            "https://op.example/a b",
        ] {
            assert!(refusal(issuer).starts_with("setting `issuer`"), "{issuer}");
        }
    }

    #[test]
    fn another_url_instead_of_the_issuer_is_refused_with_the_remedy() {
        for (pasted, remedy) in [
            (
                "https://op.example/.well-known/openid-configuration",
                "leave out `/.well-known/`",
            ),
            (
                "https://op.example/a/.well-known/openid-configuration/",
                "leave out `/.well-known/`",
            ),
            (
                "https://op.example/.well-known/oauth-authorization-server/a",
                "leave out `/.well-known/`",
            ),
            (
                "https://op.example/.well-known",
                "leave out `/.well-known/`",
            ),
            ("HTTPS://op.example", "lower case"),
            ("Https://op.example/a", "lower case"),
            (
                "https://op.example/realms/a/protocol/openid-connect/auth",
                "realm",
            ),
            ("https://op.example/oauth2/v2.0/authorize", "`issuer`"),
            ("https://op.example/oidc/jwks", "`issuer`"),
        ] {
            let error = refusal(pasted);
            assert!(error.contains(remedy), "{pasted}: {error}");
        }
    }
}
