//! Every variable has the effect of its setting in code, and is named by the errors about its value.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use relying_party::Provider;

use super::samples::SAMPLES;
use super::shown_elsewhere::SHOWN_ELSEWHERE;
use super::wrong_values::WRONG;
use super::{COMPLETE, SECRET, names, read};
use crate::builder::env::*;

/// The settings as an application gives them in code.
pub(super) struct Code {
    pub(super) provider: Provider,
    pub(super) builder: AuthLayerBuilder,
}

impl Code {
    pub(super) fn new() -> Self {
        Self {
            provider: Provider::new("https://id.example.com", "client"),
            builder: AuthLayer::builder()
                .base_url("https://app.example.com")
                .cookie_secret(SECRET),
        }
    }

    pub(super) fn provider(self, set: impl FnOnce(Provider) -> Provider) -> Self {
        let provider = set(self.provider);
        Self { provider, ..self }
    }

    pub(super) fn layer(self, set: impl FnOnce(AuthLayerBuilder) -> AuthLayerBuilder) -> Self {
        let builder = set(self.builder);
        Self { builder, ..self }
    }
}

/// Every setting that has a variable, as text to compare.
pub(super) fn settings(builder: &AuthLayerBuilder) -> String {
    let provider = builder.providers.checked().unwrap().swap_remove(0).provider;
    let paths = &builder.routes;
    let cookies = (
        &builder.cookie_secret,
        (&builder.additional_cookie_secrets, &builder.secret_source),
        &builder.cookie_name,
        &builder.cookie_domain,
        &builder.former_cookies,
        builder.max_cookies,
        builder.compression,
        builder.strip_cookies,
        (builder.choose_provider, &builder.choose_provider_page),
    );
    let lives = (
        builder.idle_lifetime,
        builder.absolute_lifetime,
        builder.sessions_since,
        builder.refresh_leeway,
        builder.refresh_wait,
        builder.refresh_request_lifetime,
        builder.freezes_between_requests,
    );
    let stores = (
        builder.stores.always_use_session_store,
        builder.stores.accept_unchecked_sessions,
        builder.stores.timeout,
    );
    let pages = (
        &builder.after_sign_in,
        &builder.after_sign_out,
        &builder.access_token_resources,
        builder.sign_out,
        builder.revoke_at_sign_out,
    );
    let claims = (
        &builder.session_claims,
        &builder.hooks.kept_claims,
        builder.user_info_at_sign_in,
        builder.introspect_scopes,
    );
    let origins = (
        &builder.base_url,
        &builder.additional_base_urls,
        builder.plain_http,
        &builder.trusted_proxies,
    );
    let provider = (&provider, &builder.root_certificates);
    format!(
        "{origins:?} {provider:?} {paths:?} {cookies:?} {lives:?} {stores:?} {pages:?} {claims:?}"
    )
}

fn gives_issuer(name: &str) -> bool {
    names::all().any(|(other, setting)| other == name && setting == "issuer")
}

/// The required variables, of a public client, and one more, which may be one of them.
fn required_and(name: &'static str, value: &'static str) -> Vec<(&'static str, &'static str)> {
    let mut variables: Vec<_> = COMPLETE
        .into_iter()
        .filter(|(other, _)| *other != "AUTH_CLIENT_SECRET")
        .filter(|(other, _)| !(gives_issuer(name) && gives_issuer(other)))
        .collect();
    variables.push((name, value));
    variables
}

#[test]
fn every_variable_sets_what_its_setting_in_code_does() {
    for (name, value, in_code) in SAMPLES {
        let from_variables = read(&required_and(name, value)).unwrap();
        let Code { provider, builder } = in_code(Code::new());
        let in_code = builder.provider(provider);

        assert_eq!(settings(&from_variables), settings(&in_code), "{name}");
    }
    let shown: BTreeSet<_> = SAMPLES
        .iter()
        .map(|(name, ..)| *name)
        .chain(SHOWN_ELSEWHERE)
        .collect();
    assert_eq!(shown, names(), "a variable has no sample");
}

#[test]
fn a_value_that_cannot_work_is_refused_under_the_name_of_its_variable() {
    for (name, value) in WRONG {
        let built = read(&required_and(name, value)).and_then(AuthLayerBuilder::build);
        let error = built
            .err()
            .unwrap_or_else(|| panic!("{name}={value} is accepted"));

        assert_eq!(error.setting(), *name, "{value}: {error}");
    }
}

/// A secret may have been pasted into the wrong variable. Names of cookies and hosts are shown, escaped.
#[test]
fn a_refused_value_is_not_repeated() {
    let shown = [
        "AUTH_COOKIE_NAME",
        "AUTH_COOKIE_DOMAIN",
        "AUTH_FORMER_COOKIE_NAMES",
    ];
    for (name, _) in WRONG.iter().filter(|(name, _)| !shown.contains(name)) {
        let built = read(&required_and(name, "canary \u{1b}[2J")).and_then(AuthLayerBuilder::build);
        let Err(error) = built else { continue };

        assert!(!error.to_string().contains("canary"), "{name}: {error}");
    }
}

/// A file of this test process.
fn file(name: &str, content: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("tower-oidc-{}-{name}", std::process::id()));
    fs::write(&path, content).unwrap();
    path
}

#[test]
fn metadata_and_keys_are_read_from_files() {
    let metadata = file("metadata.json", "{}");
    let jwks = file("jwks.json", r#"{"keys":[]}"#);
    let mut variables = required_and(
        "AUTH_METADATA_FILE",
        metadata.to_str().unwrap().to_owned().leak(),
    );
    variables.push(("AUTH_JWKS_FILE", jwks.to_str().unwrap().to_owned().leak()));
    let from_variables = read(&variables).unwrap();
    let in_code = Code::new().provider(|it| it.metadata_json("{}").jwks_json(r#"{"keys":[]}"#));

    assert_eq!(
        settings(&from_variables),
        settings(&in_code.builder.provider(in_code.provider))
    );
    for path in [metadata, jwks] {
        fs::remove_file(path).unwrap();
    }
}

/// The first file signs. Both forms of a key may be mixed.
#[cfg(feature = "private-key-jwt")]
#[test]
fn private_keys_are_read_from_a_list_of_files() {
    const PEM: &str = include_str!("../../../../../relying-party/src/tests/keys/p256.pem");
    // RFC 8037 appendix A.1.
    const JWK: &str = r#" {"kty":"OKP","crv":"Ed25519","kid":"old",
        "d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
        "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
    let (pem, jwk) = (file("key.pem", PEM), file("key.json", JWK));
    let list = format!("{} {}", pem.display(), jwk.display());
    let built = |list: String| {
        let builder = read(&required_and("AUTH_CLIENT_PRIVATE_KEY_FILE", list.leak()))?;
        builder.clone().build()?;
        Ok::<_, ConfigError>(builder.providers.checked()?.swap_remove(0).provider)
    };
    let provider = built(list).unwrap();

    let ids: Vec<_> = provider.client_keys().map(|key| key.key_id()).collect();
    assert_eq!(ids.len(), 2);
    assert_eq!(ids[1], "old");
    let public = file(
        "public.json",
        r#"{"kty":"OKP","crv":"Ed25519","x":"canary"}"#,
    );
    let error = built(public.display().to_string()).unwrap_err();
    assert_eq!(error.setting(), "AUTH_CLIENT_PRIVATE_KEY_FILE");
    assert!(!error.to_string().contains("canary"), "{error}");
    for path in [pem, jwk, public] {
        fs::remove_file(path).unwrap();
    }
}

#[test]
fn the_scopes_of_a_preset_can_be_left_out() {
    let mut variables = required_and("AUTH_LOGTO_ENDPOINT", "tenant.logto.app");
    variables.extend([
        ("AUTH_INCLUDE_RESERVED_SCOPES", "false"),
        ("AUTH_SCOPES", "email"),
    ]);
    let provider = read(&variables)
        .unwrap()
        .providers
        .checked()
        .unwrap()
        .swap_remove(0)
        .provider;

    assert!(!provider.has_scope("profile") && provider.has_scope("email"));
}

#[test]
fn additional_secrets_are_read_by_number() {
    let mut variables = required_and("AUTH_COOKIE_SECRET_1", "Qw7eRt2yUi9oPa4sDf6gHj1kLz8xCv3b");
    variables.push(("AUTH_COOKIE_SECRET_7", "mN5bV8cX2zL4kJ7hG1fD9sA3pO6iU0yT"));

    assert_eq!(read(&variables).unwrap().additional_cookie_secrets.len(), 2);
    assert!(read(&variables).unwrap().build().is_ok());
}

#[test]
fn a_former_name_of_cookies_may_have_a_domain() {
    let names = "__Host-auth, __Secure-auth@example.com";
    let from_variable = read(&required_and("AUTH_FORMER_COOKIE_NAMES", names)).unwrap();
    let in_code = AuthLayer::builder()
        .former_cookie_name("__Host-auth")
        .former_cookie_name_at("__Secure-auth", "example.com");

    assert_eq!(from_variable.former_cookies, in_code.former_cookies);
}
