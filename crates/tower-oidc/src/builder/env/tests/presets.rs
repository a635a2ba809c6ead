//! Each preset from its variables is the preset in code, and refuses the variables that it does not have.

use relying_party::Provider;

use super::preset_samples::{DOMAIN, FILE, GIVEN, KEY, REALM, SERVER, TEAM, TENANT};
use super::{SECRET, Variables, read, with};
use crate::builder::env::presets::PRESETS;

const LAYER: [(&str, &str); 2] = [
    ("AUTH_BASE_URL", "https://app.example.com"),
    ("AUTH_COOKIE_SECRET", SECRET),
];

/// The settings of the only provider.
fn provider(variables: &Variables<'_>) -> String {
    let builder = read(&[variables, &LAYER].concat()).unwrap();
    builder.clone().build().unwrap();
    format!(
        "{:?}",
        builder.providers.checked().unwrap().swap_remove(0).provider
    )
}

#[test]
fn each_preset_from_its_variables_is_the_preset_in_code() {
    for (preset, variables, in_code) in GIVEN {
        let in_code = format!("{:?}", in_code());
        let stem = format!("AUTH_{}", preset.to_ascii_uppercase());
        let id = format!("{stem}_ID");
        let alone = [*variables, &[(id.as_str(), "id")]].concat();
        assert_eq!(provider(&alone), in_code, "{variables:?}");

        let listed = [&alone[..], &[("AUTH_PROVIDERS", *preset)]].concat();
        assert_eq!(provider(&listed), in_code, "{variables:?} as one of a list");

        // With another id, the preset is named.
        let renamed = variables
            .iter()
            .map(|(name, value)| (name.replace(&stem, "AUTH_STAFF"), *value))
            .collect::<Vec<_>>();
        let renamed = renamed.iter().map(|(name, value)| (name.as_str(), *value));
        let named = [
            ("AUTH_PROVIDERS", "staff"),
            ("AUTH_STAFF_PRESET", *preset),
            ("AUTH_STAFF_ID", "id"),
        ];
        let renamed: Vec<_> = renamed.chain(named).collect();
        assert_eq!(provider(&renamed), in_code, "{renamed:?}");
    }
}

#[cfg(feature = "private-key-jwt")]
#[test]
fn every_variable_of_a_preset_is_shown() {
    for preset in PRESETS {
        for (name, _) in preset.variables() {
            let given = GIVEN.iter().flat_map(|(_, variables, _)| variables.iter());
            assert!(given.clone().any(|(given, _)| *given == name), "{name}");
        }
    }
}

/// The variable that the error of these variables names, and its text, which must repeat no value.
fn refused(variables: &Variables<'_>) -> (String, String) {
    let error = with(&[variables, &LAYER].concat());
    let error = error.err().unwrap_or_else(|| panic!("{variables:?}"));
    let text = error.to_string();
    assert!(!text.contains("canary"), "{text}");
    (error.setting().to_owned(), text)
}

#[test]
fn a_required_variable_of_a_preset_that_is_missing_is_named_with_the_remedy() {
    let id = |name| (name, "id");
    let cases: [(&Variables<'_>, &str, &str); 9] = [
        (
            &[id("AUTH_AUTH0_ID")],
            "AUTH_ISSUER",
            "set AUTH_AUTH0_DOMAIN instead",
        ),
        (
            &[id("AUTH_KEYCLOAK_ID")],
            "AUTH_ISSUER",
            "set AUTH_KEYCLOAK_URL and AUTH_KEYCLOAK_REALM instead",
        ),
        (
            &[id("AUTH_KEYCLOAK_ID"), ("AUTH_KEYCLOAK_URL", "id.example")],
            "AUTH_KEYCLOAK_REALM",
            "give the name of the realm",
        ),
        (
            &[id("AUTH_KEYCLOAK_ID"), REALM],
            "AUTH_KEYCLOAK_URL",
            "give the URL",
        ),
        (
            &[id("AUTH_OKTA_ID"), (SERVER, "default")],
            "AUTH_OKTA_DOMAIN",
            "give the domain",
        ),
        (
            &[id("AUTH_ENTRA_ID")],
            "AUTH_ENTRA_TENANT",
            "or set AUTH_ENTRA_ALLOWED_TENANTS",
        ),
        (
            &[id("AUTH_APPLE_ID"), KEY, FILE],
            "AUTH_APPLE_TEAM_ID",
            "give the team ID",
        ),
        (
            &[id("AUTH_APPLE_ID"), TEAM, FILE],
            "AUTH_APPLE_KEY_ID",
            "give the key ID",
        ),
        (
            &[id("AUTH_APPLE_ID"), TEAM, KEY],
            "AUTH_APPLE_PRIVATE_KEY_FILE",
            "`.p8`",
        ),
    ];
    for (variables, setting, remedy) in cases {
        let (named, text) = refused(variables);
        assert_eq!(named, setting, "{text}");
        assert!(text.contains(remedy), "{text}");
    }

    let listed = [
        ("AUTH_PROVIDERS", "staff"),
        ("AUTH_STAFF_PRESET", "entra"),
        ("AUTH_STAFF_ID", "id"),
    ];
    let (named, text) = refused(&listed);
    assert_eq!(named, "AUTH_STAFF_TENANT");
    assert!(text.contains("AUTH_STAFF_ALLOWED_TENANTS"), "{text}");
}

#[test]
fn a_variable_that_the_preset_does_not_have_is_refused_with_the_remedy() {
    for (id, preset, name, remedy) in [
        ("staff", "logto", "AUTH_STAFF_REALM", "preset keycloak"),
        (
            "staff",
            "google",
            "AUTH_STAFF_DOMAIN",
            "auth0 or okta or zitadel",
        ),
        ("google", "", "AUTH_GOOGLE_TENANT", "AUTH_GOOGLE_PRESET"),
        ("acme", "", "AUTH_ACME_DOMAIN", "`acme` has no preset"),
    ] {
        let stem = format!("AUTH_{}", id.to_ascii_uppercase());
        let (of_preset, client_id) = (format!("{stem}_PRESET"), format!("{stem}_ID"));
        let variables = [
            ("AUTH_PROVIDERS", id),
            (of_preset.as_str(), preset),
            (client_id.as_str(), "id"),
            (name, "canary"),
        ];
        let (named, text) = refused(&variables);
        assert_eq!(named, name, "{text}");
        assert!(text.contains(remedy), "{text}");
    }
}

#[test]
fn variables_of_a_preset_that_exclude_each_other_are_refused_with_the_remedy() {
    let cases: [(&Variables<'_>, &str, &str); 8] = [
        (
            &[("AUTH_GOOGLE_ID", "id"), ("AUTH_ISSUER", "canary")],
            "AUTH_ISSUER",
            "remove it",
        ),
        (
            &[("AUTH_ENTRA_ID", "id"), ("AUTH_ENTRA_ISSUER", "canary")],
            "AUTH_ENTRA_ISSUER",
            "set AUTH_ENTRA_TENANT instead",
        ),
        (
            &[
                ("AUTH_APPLE_ID", "id"),
                ("AUTH_APPLE_ISSUER", "canary"),
                TEAM,
                KEY,
                FILE,
            ],
            "AUTH_APPLE_ISSUER",
            "remove it",
        ),
        (
            &[
                ("AUTH_APPLE_ID", "id"),
                ("AUTH_APPLE_SECRET", "canary"),
                TEAM,
                KEY,
                FILE,
            ],
            "AUTH_APPLE_SECRET",
            "remove it",
        ),
        (
            &[
                ("AUTH_KEYCLOAK_ID", "id"),
                ("AUTH_KEYCLOAK_ISSUER", "canary"),
                REALM,
            ],
            "AUTH_KEYCLOAK_REALM",
            "AUTH_KEYCLOAK_ISSUER",
        ),
        (
            &[
                ("AUTH_OKTA_ID", "id"),
                ("AUTH_OKTA_DOMAIN", "canary.okta.com/oauth2/a"),
                (SERVER, "default"),
            ],
            "AUTH_OKTA_DOMAIN",
            SERVER,
        ),
        (
            &[
                ("AUTH_ZITADEL_ID", "id"),
                ("AUTH_ZITADEL_DOMAIN", "a.zitadel.cloud"),
                ("AUTH_ZITADEL_PROJECT_ID", "canary"),
                ("AUTH_TRUSTED_AUDIENCES", "canary"),
            ],
            "AUTH_TRUSTED_AUDIENCES",
            "AUTH_ZITADEL_PROJECT_ID",
        ),
        (
            &[
                ("AUTH_ENTRA_ID", "id"),
                ("AUTH_ENTRA_TENANT", TENANT),
                ("AUTH_ALLOWED_TENANTS", TENANT),
            ],
            "AUTH_ALLOWED_TENANTS",
            "AUTH_ALLOWED_TENANTS",
        ),
    ];
    for (variables, setting, remedy) in cases {
        let (named, text) = refused(variables);
        assert_eq!(named, setting, "{text}");
        assert!(text.contains(remedy), "{text}");
    }
}

#[test]
fn errors_about_a_preset_in_code_name_no_variable() {
    let keycloak = [
        ("AUTH_KEYCLOAK_ID", "id"),
        ("AUTH_KEYCLOAK_URL", "id.example"),
        REALM,
    ];
    let builder = read(&[&keycloak[..], &LAYER].concat()).unwrap();
    let in_code = Provider::keycloak("id.example", "a/b", "id");
    let error = builder.provider(in_code).build().unwrap_err();
    assert_eq!(error.setting(), "realm", "{error}");
}

#[test]
fn a_value_that_a_preset_cannot_understand_is_refused_under_the_name_of_its_variable() {
    let okta = [("AUTH_OKTA_ID", "id"), DOMAIN];
    for server in ["v1", "canary/x", "..", "canary?x", ".well-known", "a b"] {
        let variables = [&okta[..], &[(SERVER, server)]].concat();
        assert_eq!(refused(&variables).0, SERVER, "{server}");
    }
    let keycloak = [
        ("AUTH_KEYCLOAK_ID", "id"),
        ("AUTH_KEYCLOAK_URL", "id.example"),
        ("AUTH_KEYCLOAK_REALM", "../canary"),
    ];
    assert_eq!(refused(&keycloak).0, "AUTH_KEYCLOAK_REALM");
    let google = [("AUTH_GOOGLE_ID", "id"), ("AUTH_GOOGLE_HOSTED_DOMAIN", "*")];
    assert_eq!(refused(&google).0, "AUTH_GOOGLE_HOSTED_DOMAIN");
    let apple = [("AUTH_APPLE_ID", "id"), TEAM, KEY, FILE];
    for wrong in [
        #[cfg(feature = "private-key-jwt")]
        ("AUTH_APPLE_TEAM_ID", "canary "),
        #[cfg(feature = "private-key-jwt")]
        ("AUTH_APPLE_KEY_ID", "canary.p8"),
        ("AUTH_APPLE_PRIVATE_KEY_FILE", "/nonexistent/canary.p8"),
        #[cfg(feature = "private-key-jwt")]
        (
            "AUTH_APPLE_PRIVATE_KEY_FILE",
            concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"),
        ),
    ] {
        // The last variable of a name counts.
        let variables = [&apple[..], &[wrong]].concat();
        assert_eq!(refused(&variables).0, wrong.0, "{}", wrong.1);
    }
}
