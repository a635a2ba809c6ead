//! The application that is measured: the layer with its default settings, and cookies for it.

use http::HeaderMap;
use http::header::SET_COOKIE;
use tower_oidc::testing::TestClock;
use tower_oidc::{AuthLayer, AuthLayerBuilder, Provider};

use crate::fixture::Fixture;

/// The secret that seals.
const SECRET: &str = "q7Zx2LmV9cKdR4tYw8BnHs3JfGpUeA6Q";

/// A layer at the time of this session's sign-in, and the clock that it uses.
pub(crate) fn layer(fixture: &Fixture) -> (AuthLayer, TestClock) {
    layer_with(fixture, 1)
}

/// The same with this number of secrets, the first of which seals.
pub(crate) fn layer_with(fixture: &Fixture, secrets: usize) -> (AuthLayer, TestClock) {
    let clock = TestClock::at(fixture.issued_at());
    let builder = builder(&clock).cookie_secret(SECRET);
    let builder = (1..secrets).fold(builder, |builder, number| {
        builder.additional_cookie_secret(secret(number))
    });
    (builder.build().expect("the settings work"), clock)
}

/// A layer that has only the secret of this number.
pub(crate) fn layer_with_secret(fixture: &Fixture, number: usize) -> AuthLayer {
    let builder = builder(&TestClock::at(fixture.issued_at()));
    let builder = builder.cookie_secret(secret(number));
    builder.build().expect("the settings work")
}

/// The settings that all layers have, without a secret.
pub(crate) fn builder(clock: &TestClock) -> AuthLayerBuilder {
    AuthLayer::builder()
        .provider(Provider::new("https://id.example", "client-id"))
        .base_url("https://app.example")
        .clock(clock.clone())
}

/// The secret of this number; the first one seals.
pub(crate) fn secret(number: usize) -> String {
    match number {
        0 => SECRET.to_owned(),
        number => format!("{number:03}{}", &SECRET[3..]),
    }
}

/// Name and value of each cookie that these headers set.
pub(crate) fn cookies(headers: &HeaderMap) -> Vec<(String, String)> {
    headers
        .get_all(SET_COOKIE)
        .iter()
        .map(|field| {
            let field = field.to_str().expect("a cookie is ASCII");
            let pair = field.split(';').next().unwrap_or(field);
            let (name, value) = pair.split_once('=').expect("a cookie has a name");
            (name.to_owned(), value.to_owned())
        })
        .collect()
}

/// The `Cookie` field with which a browser returns these cookies.
pub(crate) fn cookie_field(cookies: &[(String, String)]) -> String {
    let pairs: Vec<_> = cookies
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    pairs.join("; ")
}
