//! Every variable is documented, read, has its effect, and is named by its errors.

mod conflicts;
mod effects;
mod listed;
mod named;
mod preset_samples;
mod presets;
mod samples;
mod several;
mod shown_elsewhere;
mod unknown;
mod values;
mod wrong_values;

use std::collections::BTreeSet;
use std::time::Duration;

use relying_party::Provider;

use super::*;
use crate::provider::ProviderDirectory;

/// The variables of a test.
type Variables<'a> = [(&'a str, &'a str)];

const SECRET: &str = "dK3vX9qLw2mZs8RtYb5NcF7hJ1pGu4Ea";

/// What the variables give. The last one of a name counts.
fn read(variables: &Variables<'_>) -> Result<AuthLayerBuilder, ConfigError> {
    from_environment(&Environment(|name: &str| {
        let found = variables.iter().rfind(|(variable, _)| *variable == name);
        found.map_or(Err(VarError::NotPresent), |found| Ok(found.1.to_owned()))
    }))
}

fn with(variables: &Variables<'_>) -> Result<AuthLayer, ConfigError> {
    read(variables)?.build()
}

const COMPLETE: [(&str, &str); 5] = [
    ("AUTH_ISSUER", "https://id.example.com"),
    ("AUTH_CLIENT_ID", "client"),
    ("AUTH_CLIENT_SECRET", "client-secret"),
    ("AUTH_BASE_URL", "https://app.example.com"),
    ("AUTH_COOKIE_SECRET", SECRET),
];

#[test]
fn five_variables_are_enough() {
    assert!(with(&COMPLETE).is_ok());
}

/// Run by `.ci/check-features`, because all other tests have the default client.
#[cfg(not(feature = "hyper-client"))]
#[test]
fn without_the_default_client_the_variables_need_one_of_the_application() {
    use bytes::Bytes;
    use http::{Request, Response};
    use relying_party::{BoxFuture, HttpClient, TransportError, TransportErrorKind};

    #[derive(Debug)]
    struct Offline;

    impl HttpClient for Offline {
        fn call(&self, _: Request<Bytes>) -> BoxFuture<Result<Response<Bytes>, TransportError>> {
            Box::pin(async { Err(TransportError::new(TransportErrorKind::Connect)) })
        }
    }

    assert_eq!(with(&COMPLETE).unwrap_err().setting(), "http_client");
    let builder = read(&COMPLETE).unwrap().http_client(Offline);
    assert!(builder.build().is_ok());
}

fn names() -> BTreeSet<&'static str> {
    names::all().map(|(name, _)| name).collect()
}

#[test]
fn what_is_missing_is_named() {
    for missing in [
        "AUTH_ISSUER",
        "AUTH_CLIENT_ID",
        "AUTH_BASE_URL",
        "AUTH_COOKIE_SECRET",
    ] {
        let variables: Vec<_> = COMPLETE
            .into_iter()
            .filter(|(name, _)| *name != missing)
            .collect();

        assert_eq!(with(&variables).unwrap_err().setting(), missing);
    }
}

/// The settings without a provider.
const OF_LAYER_ALONE: [(&str, &str); 2] = [COMPLETE[3], COMPLETE[4]];

#[test]
fn without_variables_of_a_provider_code_gives_one() {
    let with_resolver = || {
        let builder = read(&OF_LAYER_ALONE).unwrap();
        builder.provider_resolver(ProviderDirectory::default())
    };
    let in_code = || Provider::new("https://id.example.com", "client");

    assert!(with_resolver().build().is_ok());
    assert!(
        with_resolver()
            .provider_with_id("acme", in_code())
            .build()
            .is_ok()
    );
    let without_resolver = read(&OF_LAYER_ALONE).unwrap().provider(in_code());
    assert!(without_resolver.build().is_ok());
}

#[test]
fn build_says_which_variable_of_a_provider_is_missing() {
    let configured = read(&OF_LAYER_ALONE).unwrap().configure_provider(|it| it);
    for builder in [read(&OF_LAYER_ALONE).unwrap(), configured] {
        let error = builder.build().unwrap_err().to_string();
        assert!(
            error.contains("AUTH_CLIENT_ID") && error.contains("give the client id"),
            "{error}"
        );
    }
    // A provider that is given in part is a mistake, whatever code adds.
    for variable in [COMPLETE[0], COMPLETE[1], COMPLETE[2]] {
        let error = read(&[&OF_LAYER_ALONE[..], &[variable]].concat());
        assert!(error.is_err(), "{variable:?}");
    }
}

#[test]
fn a_provider_in_code_keeps_the_resolver_that_was_set_before_it() {
    let resolver = ProviderDirectory::default;
    let in_code = || Provider::new("https://id.example.com", "client");
    for variables in [&COMPLETE[..], &OF_LAYER_ALONE] {
        let builder = || read(variables).unwrap();
        for builder in [
            builder()
                .provider_resolver(resolver())
                .provider_with_id("acme", in_code()),
            builder()
                .provider_with_id("acme", in_code())
                .provider_resolver(resolver()),
        ] {
            // Only a resolver has a cache.
            let auth = builder.provider_cache(1, Duration::from_secs(1)).build();
            assert!(auth.is_ok(), "{:?}", auth.err());
        }
    }
}

#[test]
fn one_secret_twice_is_refused() {
    let mut variables = COMPLETE.to_vec();
    variables.push(("AUTH_COOKIE_SECRET_1", SECRET));

    let error = with(&variables).unwrap_err();

    assert_eq!(error.setting(), "AUTH_COOKIE_SECRET_1 to _7");
}

#[test]
fn a_weak_secret_is_refused_without_showing_it() {
    let mut variables = COMPLETE;
    variables[4].1 = "short-canary";
    let error = with(&variables).unwrap_err();

    assert_eq!(error.setting(), "AUTH_COOKIE_SECRET");
    assert!(!format!("{error:?}").contains("canary"));
}

#[test]
fn a_preset_is_named_by_its_own_variable() {
    for variable in ["AUTH_LOGTO_ENDPOINT", "AUTH_GENAUTH_HOST"] {
        let mut variables = COMPLETE;
        variables[0] = (variable, "ftp://tenant.example");

        assert_eq!(with(&variables).unwrap_err().setting(), variable);
    }
}

#[test]
fn a_variable_that_is_not_text_is_named() {
    let error = from_environment(&Environment(|name: &str| match name {
        "AUTH_COOKIE_SECRET_3" => Err(VarError::NotUnicode("\u{fffd}".into())),
        _ => {
            let found = COMPLETE.iter().find(|(variable, _)| *variable == name);
            found.map_or(Err(VarError::NotPresent), |found| Ok(found.1.to_owned()))
        }
    }))
    .err()
    .unwrap();

    assert_eq!(error.setting(), "AUTH_COOKIE_SECRET_3");
}
