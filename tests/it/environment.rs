//! `from_env` reads the variables of its process. A test cannot change its own variables without
//! unsafe code, so it starts itself again with them.

use std::env;
use std::process::Command;

use tower_oidc::AuthLayer;

use crate::log;

/// Set in the process that the test starts.
const STARTED_AGAIN: &str = "STARTED_AGAIN_BY_A_TEST";

const VARIABLES: [(&str, &str); 9] = [
    // As in Asgardeo's guide.
    (
        "AUTH_ASGARDEO_ISSUER",
        "https://api.asgardeo.io/t/acme/oauth2/token",
    ),
    ("AUTH_ASGARDEO_ID", "client"),
    ("AUTH_ASGARDEO_SECRET", "client-secret-canary"),
    ("AUTH_BASE_URL", "https://app.example.com"),
    ("AUTH_COOKIE_SECRET", "canary-vX9qLw2mZs8RtYb5NcF7hJ1pGu4Ea"),
    ("AUTH_ASGARDEO_SCOPE", "canary"),
    ("AUTH_OTHER_PROGRAM", "canary"),
    ("AUTH_IGNORE", "AUTH_OTHER_*"),
    ("AUTH_SERVICE_HOST", "canary"),
];

#[test]
fn environment_variables_configure_the_layer_and_an_unknown_name_is_logged_once() {
    if env::var_os(STARTED_AGAIN).is_some() {
        return configures_twice();
    }
    let this = env::current_exe().expect("the program of the tests");
    let name =
        "environment::environment_variables_configure_the_layer_and_an_unknown_name_is_logged_once";
    let mut again = Command::new(this);
    again.args([name, "--exact", "--nocapture"]);
    again.env(STARTED_AGAIN, "1").envs(VARIABLES);

    let output = again.output().expect("the program starts");

    let said = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}{errors}");
    assert!(said.contains("1 passed"), "the name of the test: {said}");
}

fn configures_twice() {
    let log = log::record();
    let first = AuthLayer::from_env().expect("the variables are right");
    let second = AuthLayer::from_env().expect("the variables are right");

    for auth in [first, second] {
        assert_eq!(provider(&auth).issuer(), VARIABLES[0].1);
        assert_eq!(provider(&auth).client_id(), "client");
        assert_eq!(provider(&auth).id(), Some("asgardeo"));
        assert_eq!(auth.cookie_name(), "__Host-Http-auth");
    }
    let text = log.text();
    let warnings: Vec<_> = text.lines().filter(|line| line.contains("WARN")).collect();
    assert_eq!(warnings.len(), 1, "{text}");
    assert!(warnings[0].contains(": AUTH_ASGARDEO_SCOPE;"), "{text}");
    assert!(!text.contains("canary"), "{text}");
}

fn provider(auth: &AuthLayer) -> tower_oidc::RegisteredProvider<'_> {
    auth.providers().next().unwrap()
}
