//! Variables that look like settings and are none are named in a warning.

use crate::env::*;

#[test]
fn a_variable_that_no_setting_has_is_named_and_its_value_is_not() {
    let names = [
        "AUTH_ISSUER",
        "AUTH_CLIENT_SECERT",
        "AUTH_COOKIE_SECRET_8",
        "AUTH_COOKIE_SECRET_7",
        "AUTH_PORT",
        "AUTH_PORT_80_TCP_ADDR",
        "AUTH_SERVICE_HOST",
        "AUTH_X\n\u{1b}[2J",
        "auth_issuer",
        "XAUTH_Y",
    ];
    let named = unknown(names.into_iter().map(str::to_owned));
    let expected = [
        "AUTH_CLIENT_SECERT",
        "AUTH_COOKIE_SECRET_8",
        r"AUTH_X\n\u{1b}[2J",
    ];
    assert_eq!(named, expected);

    let many = unknown((0..1_000).map(|number| format!("AUTH_{number}_{}", "x".repeat(999))));
    assert!(many.len() == 20 && many.iter().all(|name| name.len() == 64));
}
