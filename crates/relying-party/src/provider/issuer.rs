//! The checks of the issuer.

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
