//! Variables that look like settings and are none are named in a warning.

use std::collections::BTreeSet;

use crate::builder::env::unknown::{Ignored, warning};
use crate::builder::env::value::Value;

fn warn(names: &[&str], ignored: &str) -> Option<String> {
    let ignored = Ignored::parse(&Value::new("AUTH_IGNORE", ignored.to_owned())).unwrap();
    let names = names.iter().map(|name| (*name).to_owned());
    warning(names, &ignored, &mut BTreeSet::new())
}

/// The names that the warning lists.
fn listed(warning: &str) -> Vec<&str> {
    let (_, listed) = warning.split_once(": ").unwrap();
    listed.split_once(';').unwrap().0.split(", ").collect()
}

#[test]
fn a_variable_that_no_setting_has_is_named_and_its_value_is_not() {
    let names = [
        "AUTH_ISSUER",
        "AUTH_LOGTO_SCOPES",
        "AUTH_LOGTO_SCOPE",
        "AUTH_CLIENT_SECERT",
        "AUTH_COOKIE_SECRET_8",
        "AUTH_COOKIE_SECRET_7",
        "AUTH_PORT",
        "AUTH_PORT_80_TCP_ADDR",
        "AUTH_SERVICE_HOST",
        "AUTH_X\n\u{1b}[2J",
        "AUTH_IGNORE",
        "auth_issuer",
        "XAUTH_Y",
    ];
    let expected = [
        "AUTH_CLIENT_SECERT",
        "AUTH_COOKIE_SECRET_8",
        "AUTH_LOGTO_SCOPE",
        r"AUTH_X\n\u{1b}[2J",
    ];
    assert_eq!(listed(&warn(&names, "").unwrap()), expected);
    assert_eq!(warn(&["AUTH_ISSUER", "HOME"], ""), None);
}

#[test]
fn a_warning_lists_twenty_names_of_64_characters_at_most() {
    let many: Vec<_> = (0..1_000)
        .map(|number| format!("AUTH_{number}_{}", "x".repeat(999)))
        .collect();
    let many: Vec<_> = many.iter().map(String::as_str).collect();

    let text = warn(&many, "").unwrap();

    assert!(text.contains(" and 980 more;"), "{text}");
    assert_eq!(listed(&text).len(), 20);
    assert!(text.len() < 2_000, "{}", text.len());
}

#[test]
fn a_name_is_warned_about_once() {
    let mut reported = BTreeSet::new();
    let mut warn = |names: &[&str]| {
        let names = names.iter().map(|name| (*name).to_owned());
        warning(names, &Ignored::default(), &mut reported)
    };

    let first = warn(&["AUTH_A", "AUTH_B"]).unwrap();
    assert_eq!(listed(&first), ["AUTH_A", "AUTH_B"]);
    assert_eq!(warn(&["AUTH_B", "AUTH_A"]), None);
    assert_eq!(listed(&warn(&["AUTH_B", "AUTH_C"]).unwrap()), ["AUTH_C"]);
}

#[test]
fn names_of_other_programs_are_ignored_on_request() {
    let names = [
        "AUTH_GITHUB_ID",
        "AUTH_GITHUB_KEY",
        "AUTH_DB",
        "AUTH_DB_URL",
    ];

    let text = warn(&names, "AUTH_GITHUB_*, AUTH_DB").unwrap();
    assert_eq!(listed(&text), ["AUTH_DB_URL"]);
    assert_eq!(warn(&names, "AUTH_GITHUB_ID AUTH_GITHUB_K* AUTH_DB*"), None);
}

#[test]
fn a_warning_says_what_was_probably_meant() {
    for (name, meant) in [
        ("AUTH_SECRET", "the cookie secret is AUTH_COOKIE_SECRET"),
        ("AUTH_URL", "the origin is AUTH_BASE_URL"),
        ("AUTH_TRUST_HOST", "AUTH_BASE_URL alone"),
        ("AUTH_LOGTO_CLIENT_ID", "it is called AUTH_LOGTO_ID"),
        ("AUTH_GENAUTH_CLIENT_SECRET", "AUTH_GENAUTH_SECRET"),
        (
            "AUTH_GITHUB_ID",
            "AUTH_LOGTO_, AUTH_ASGARDEO_, AUTH_GENAUTH_",
        ),
    ] {
        let text = warn(&[name], "").unwrap();
        assert!(text.contains(meant), "{text}");
    }
    let text = warn(&["AUTH_GITHUB_ID", "AUTH_GITLAB_ID"], "").unwrap();
    assert_eq!(text.matches("provider's name").count(), 1, "{text}");
}
