//! `AUTH_PROVIDERS` lists several providers.

use super::{SECRET, Variables, read, with};
use crate::builder::env::*;
use relying_party::Provider;

const TWO: [(&str, &str); 9] = [
    ("AUTH_PROVIDERS", "logto, acme-eu"),
    ("AUTH_LOGTO_ENDPOINT", "tenant.logto.app"),
    ("AUTH_LOGTO_ID", "app"),
    ("AUTH_LOGTO_SECRET", "app-secret"),
    ("AUTH_ACME_EU_ISSUER", "https://id.acme.example"),
    ("AUTH_ACME_EU_ID", "client"),
    ("AUTH_ACME_EU_DISPLAY_NAME", "Acme"),
    ("AUTH_BASE_URL", "https://app.example.com"),
    ("AUTH_COOKIE_SECRET", SECRET),
];

fn two_and(more: &Variables<'_>) -> Result<AuthLayer, ConfigError> {
    with(&[&TWO, more].concat())
}

/// The settings of each provider, and its id.
fn providers(builder: &AuthLayerBuilder) -> Vec<(Option<String>, String)> {
    let checked = builder.providers.checked().unwrap();
    let shown = checked.iter().map(|it| {
        let id = it.id.as_deref().map(str::to_owned);
        (id, format!("{:?}", it.provider))
    });
    shown.collect()
}

#[test]
fn each_listed_provider_is_read_from_the_variables_with_its_name() {
    let logto = Provider::logto("tenant.logto.app", "app").client_secret("app-secret");
    let acme = Provider::new("https://id.acme.example", "client").name("Acme");
    let expected = [("logto", logto), ("acme-eu", acme)]
        .map(|(id, provider)| (Some(id.to_owned()), format!("{provider:?}")));

    assert_eq!(providers(&read(&TWO).unwrap()), expected);
    let auth = with(&TWO).unwrap();
    let ids: Vec<_> = auth.providers().map(|it| it.id()).collect();
    assert_eq!(ids, [Some("logto"), Some("acme-eu")]);
}

#[test]
fn a_preset_can_be_given_for_any_id() {
    let builder = read(&[
        ("AUTH_PROVIDERS", "staff"),
        ("AUTH_STAFF_PRESET", "logto"),
        ("AUTH_STAFF_ENDPOINT", "tenant.logto.app"),
        ("AUTH_STAFF_ID", "app"),
        ("AUTH_BASE_URL", "https://app.example.com"),
        ("AUTH_COOKIE_SECRET", SECRET),
    ]);
    let expected = format!("{:?}", Provider::logto("tenant.logto.app", "app"));

    assert_eq!(
        providers(&builder.unwrap()),
        [(Some("staff".to_owned()), expected)]
    );
    let error = two_and(&[("AUTH_ACME_EU_PRESET", "canary")]).unwrap_err();
    assert_eq!(error.setting(), "AUTH_ACME_EU_PRESET");
    assert!(error.to_string().contains("logto") && !error.to_string().contains("canary"));
}

#[test]
fn a_variable_whose_provider_is_unclear_or_not_listed_is_refused_by_name() {
    for (name, remedy) in [
        ("AUTH_SCOPES", "AUTH_LOGTO_SCOPES or AUTH_ACME_EU_SCOPES"),
        ("AUTH_CLIENT_ID", "AUTH_LOGTO_ID or AUTH_ACME_EU_ID"),
        ("AUTH_GENAUTH_HOST", "`genauth`"),
        ("AUTH_ASGARDEO_SECRET", "`asgardeo`"),
        ("AUTH_LOGTO_ISSUER", "AUTH_LOGTO_ENDPOINT"),
    ] {
        let error = two_and(&[(name, "canary")]).unwrap_err();
        assert_eq!(error.setting(), name, "{error}");
        let text = error.to_string();
        assert!(text.contains(remedy) && !text.contains("canary"), "{text}");
    }
}

#[test]
fn a_list_that_is_no_list_of_ids_is_refused() {
    for list in [",", "Logto", "logto logto", "client", "acme acme-add"] {
        let mut variables = TWO;
        variables[0].1 = list;
        assert_eq!(
            with(&variables).unwrap_err().setting(),
            "AUTH_PROVIDERS",
            "{list}"
        );
    }
}

#[test]
fn what_is_missing_or_wrong_at_one_provider_is_named_by_its_variable() {
    for missing in ["AUTH_LOGTO_ID", "AUTH_ACME_EU_ID", "AUTH_ACME_EU_ISSUER"] {
        let given = TWO.iter().filter(|(name, _)| *name != missing);
        let error = with(&given.copied().collect::<Vec<_>>()).unwrap_err();
        assert_eq!(error.setting(), missing, "{error}");
    }
    for (name, value) in [
        ("AUTH_ACME_EU_SCOPES", "\"email"),
        ("AUTH_LOGTO_TOKEN_ENDPOINT", "http://id.example.com/token"),
    ] {
        let error = two_and(&[(name, value)]).unwrap_err();
        assert_eq!(error.setting(), name, "{error}");
    }
}

#[test]
fn code_replaces_the_listed_providers_or_changes_the_last_one() {
    let other = Provider::new("https://other.example", "other");
    let one = read(&TWO).unwrap().provider(other).build().unwrap();
    assert_eq!(
        one.providers().map(|it| it.id()).collect::<Vec<_>>(),
        [None]
    );

    let changed = read(&TWO)
        .unwrap()
        .configure_provider(|provider| provider.name("Changed"));
    let auth = changed.build().unwrap();
    let names: Vec<_> = auth.providers().map(|it| it.name()).collect();
    assert_eq!(names, [Some("Logto"), Some("Changed")]);
}

#[test]
fn the_variables_of_listed_providers_are_known() {
    let ids = listed_providers::ids(&Environment(|name: &str| match name {
        "AUTH_PROVIDERS" => Ok("acme-eu".to_owned()),
        _ => Err(VarError::NotPresent),
    }));
    let ids = ids.unwrap().unwrap();
    let known: Vec<_> = listed_providers::variables(&ids[0]).collect();

    for name in [
        "AUTH_ACME_EU_SCOPES",
        "AUTH_ACME_EU_PRESET",
        "AUTH_ACME_EU_ENDPOINT",
    ] {
        assert!(known.iter().any(|known| known == name), "{name}");
    }
    assert!(!known.iter().any(|known| known == "AUTH_ACME_SCOPES"));
}
