//! Two variables for one setting.

use super::{SECRET, Variables, read, with};
use crate::builder::env::*;

/// No test's value may be in an error.
const CANARY: &str = "https://canary.example";

fn error(variables: &Variables<'_>) -> Option<ConfigError> {
    let required = [
        ("AUTH_BASE_URL", "https://app.example.com"),
        ("AUTH_COOKIE_SECRET", SECRET),
    ];
    read(&[variables, &required].concat()).err()
}

#[test]
fn two_variables_for_one_setting_are_refused_and_both_are_named() {
    for (one, other, beside) in [
        ("AUTH_CLIENT_ID", "AUTH_LOGTO_ID", "AUTH_LOGTO_ISSUER"),
        ("AUTH_CLIENT_ID", "AUTH_GENAUTH_ID", "AUTH_ISSUER"),
        (
            "AUTH_CLIENT_SECRET",
            "AUTH_ASGARDEO_SECRET",
            "AUTH_ASGARDEO_ISSUER",
        ),
        ("AUTH_ISSUER", "AUTH_LOGTO_ENDPOINT", "AUTH_CLIENT_ID"),
        ("AUTH_ISSUER", "AUTH_ASGARDEO_ISSUER", "AUTH_ASGARDEO_ID"),
        ("AUTH_LOGTO_ISSUER", "AUTH_LOGTO_ENDPOINT", "AUTH_LOGTO_ID"),
        (
            "AUTH_ASGARDEO_ISSUER",
            "AUTH_ASGARDEO_ORG",
            "AUTH_CLIENT_ID",
        ),
        ("AUTH_GENAUTH_ISSUER", "AUTH_GENAUTH_HOST", "AUTH_CLIENT_ID"),
        ("AUTH_SCOPES", "AUTH_LOGTO_SCOPES", "AUTH_LOGTO_ENDPOINT"),
        ("AUTH_PROMPT", "AUTH_ASGARDEO_PROMPT", "AUTH_ASGARDEO_ORG"),
        (
            "AUTH_METADATA_FILE",
            "AUTH_GENAUTH_METADATA_FILE",
            "AUTH_GENAUTH_HOST",
        ),
        // Of two providers, even where the settings differ.
        ("AUTH_LOGTO_ENDPOINT", "AUTH_ASGARDEO_ORG", "AUTH_CLIENT_ID"),
        ("AUTH_LOGTO_ISSUER", "AUTH_GENAUTH_ID", "AUTH_CLIENT_SECRET"),
        (
            "AUTH_GENAUTH_ISSUER",
            "AUTH_ASGARDEO_SCOPES",
            "AUTH_CLIENT_ID",
        ),
    ] {
        // Equal values are refused too.
        let variables = [(one, CANARY), (other, CANARY), (beside, CANARY)];
        let error = error(&variables).unwrap_or_else(|| panic!("{one} and {other} are accepted"));

        let text = error.to_string();
        assert!(text.contains(one) && text.contains(other), "{text}");
        assert!([one, other].contains(&error.setting()), "{text}");
        assert!(text.contains("remove"), "{text}");
        assert!(!text.contains("canary"), "{text}");
    }
}

#[test]
fn both_forms_may_be_mixed_for_different_settings_and_an_empty_variable_is_none() {
    for variables in [
        [
            ("AUTH_ASGARDEO_ISSUER", CANARY),
            ("AUTH_CLIENT_ID", "client"),
            ("AUTH_ASGARDEO_SECRET", "client-secret"),
            ("AUTH_SCOPES", "email"),
        ],
        [
            ("AUTH_LOGTO_ISSUER", CANARY),
            ("AUTH_LOGTO_ENDPOINT", ""),
            ("AUTH_LOGTO_ID", ""),
            ("AUTH_CLIENT_ID", "client"),
        ],
        [
            ("AUTH_GENAUTH_ID", "client"),
            ("AUTH_LOGTO_ID", ""),
            ("AUTH_ISSUER", CANARY),
            ("AUTH_GENAUTH_SCOPES", "email"),
        ],
    ] {
        let error = error(&variables);
        assert!(error.is_none(), "{variables:?}: {error:?}");
    }
}

/// A file with this text, which lives as long as the test.
fn file(name: &str, text: &str) -> String {
    let path = std::env::temp_dir().join(format!("tower-oidc-{}-{name}", std::process::id()));
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

/// Somebody who sets variables does not know the names of the builder's methods.
#[test]
fn settings_that_contradict_each_other_are_named_by_their_variables() {
    const URL: &str = "https://id.example.com/it";
    let keys = file("jwks.json", r#"{"keys":[]}"#);
    let metadata = file(
        "metadata.json",
        r#"{"token_endpoint":"https://id.example.com/t"}"#,
    );
    for (one, other) in [
        (("AUTH_JWKS_URI", URL), ("AUTH_JWKS_FILE", keys.as_str())),
        (
            ("AUTH_LOGTO_JWKS_URI", URL),
            ("AUTH_LOGTO_JWKS_FILE", &keys),
        ),
        (
            ("AUTH_TOKEN_ENDPOINT", URL),
            ("AUTH_METADATA_FILE", &metadata),
        ),
        (
            ("AUTH_TOKEN_ENDPOINT", URL),
            ("AUTH_LOGTO_METADATA_FILE", &metadata),
        ),
        (
            ("AUTH_IDLE_LIFETIME", "9d"),
            ("AUTH_ABSOLUTE_LIFETIME", "8d"),
        ),
        (
            ("AUTH_BASE_URL", "https://app.example.com/app"),
            ("AUTH_MOUNT_PATH", "/app"),
        ),
        (
            ("AUTH_BASE_URL", "http://192.168.1.5"),
            ("AUTH_ALLOW_INSECURE_HTTP", "false"),
        ),
    ] {
        let variables = [
            ("AUTH_ISSUER", "https://id.example.com"),
            ("AUTH_CLIENT_ID", "client"),
            ("AUTH_BASE_URL", "https://app.example.com"),
            ("AUTH_COOKIE_SECRET", SECRET),
            one,
            other,
        ];
        let error = with(&variables).unwrap_err();

        assert_eq!(error.setting(), one.0, "{error}");
        assert_eq!(error.to_string().matches(other.0).count(), 1, "{error}");
    }
    for file in [keys, metadata] {
        std::fs::remove_file(file).unwrap();
    }
}
