//! Other crates that keep sessions, with the same content, in the same run.

pub(crate) mod axum_login;
pub(crate) mod huskarl;
pub(crate) mod private_cookie_jar;
pub(crate) mod tower_sessions;

use crate::fixture::Fixture;
use crate::measure::Operation;

/// A request to each of them, with these cookies of other applications beside the session.
pub(crate) fn requests(fixture: &Fixture, foreign: &str) -> Vec<Operation> {
    let mut operations = tower_sessions::requests(fixture, foreign);
    operations.push(axum_login::request(fixture, foreign));
    operations.push(private_cookie_jar::request(fixture, foreign));
    operations.push(huskarl::request(fixture, foreign));
    operations
}

/// The bytes of the cookies in which other crates keep this content, counted as `sizes` counts them.
pub(crate) fn bytes(fixture: &Fixture) -> Vec<(&'static str, usize)> {
    let count = |cookies: String| {
        let cookies: Vec<_> = cookies.split("; ").map(str::len).collect();
        cookies.iter().sum()
    };
    vec![
        (
            "PrivateCookieJar",
            count(private_cookie_jar::key(fixture).1),
        ),
        ("huskarl-axum", count(huskarl::layer(fixture).1)),
    ]
}
