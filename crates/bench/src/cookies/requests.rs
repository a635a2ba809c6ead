//! The requests that are measured: to the layer, to the same handler without it, and to other crates.

use std::fmt::Debug;
use std::time::Duration;

use http::Request;
use serde_json::Value;
use tower::Service;
use tower_layer::Layer as _;
use tower_oidc::{AuthContext, AuthLayer};

use super::guards;
use crate::application::{self, cookie_field};
use crate::fixture::Fixture;
use crate::measure::Operation;
#[cfg(feature = "peers")]
use crate::peers;
use crate::service::{Body, call, fields, handler, request};

/// The request to the handler alone, with the session's cookie.
pub(crate) const BARE: &str = "bare";

/// The same without the session's cookie.
pub(crate) const BARE_ANONYMOUS: &str = "bare, anonymous";

const ANONYMOUS: &str = "anonymous";

/// The request to the handler alone that has the same cookies as this one.
pub(crate) fn bare_of(request: &str) -> &'static str {
    match request {
        ANONYMOUS => BARE_ANONYMOUS,
        _ => BARE,
    }
}

/// Whether this is a request to the handler alone.
pub(crate) fn is_bare(request: &str) -> bool {
    [BARE, BARE_ANONYMOUS].contains(&request)
}

/// The one whose response sets the cookies again.
pub(crate) const RENEWAL: &str = "with renewal";

/// The requests to the layer.
pub(crate) const OURS: [&str; 13] = [
    "anonymous",
    "not looked at",
    "sub",
    "all claims",
    "access token",
    "forged",
    "unknown secret",
    RENEWAL,
    "sealed with the oldest secret",
    guards::GUARDED,
    guards::SIGN_IN,
    guards::ROLE,
    guards::TWO_ROLES,
];

/// How many cookie secrets the layer has, and how many cookies of other applications a request brings.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Variant {
    pub(crate) secrets: usize,
    pub(crate) foreign: usize,
}

impl Variant {
    pub(crate) const PLAIN: Self = Self {
        secrets: 1,
        foreign: 0,
    };

    pub(crate) const FOREIGN: Self = Self {
        secrets: 1,
        foreign: 20,
    };

    pub(crate) const ALL: [Self; 4] = [
        Self::PLAIN,
        Self::FOREIGN,
        Self {
            secrets: 3,
            foreign: 0,
        },
        Self {
            secrets: 3,
            foreign: 20,
        },
    ];
}

/// What a handler reads.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Look {
    Nothing,
    Sub,
    Claims,
    AccessToken,
    NobodyIsSignedIn,
}

/// All requests of a variant.
pub(crate) fn all(fixture: &Fixture, variant: Variant) -> Vec<Operation> {
    let (layer, _) = application::layer_with(fixture, variant.secrets);
    let cookies = application::cookies(&layer.seal_test_session(fixture.session()));
    let others = other_cookies(variant.foreign);
    let signed_in = joined(&others, &cookie_field(&cookies));
    let forged = joined(&others, &cookie_field(&altered(&cookies)));
    let (later_layer, later) = application::layer_with(fixture, variant.secrets);
    later.advance(Duration::from_secs(12 * 3_600));
    let sealed_by = |layer: &AuthLayer| {
        let cookies = application::cookies(&layer.seal_test_session(fixture.session()));
        joined(&others, &cookie_field(&cookies))
    };
    let oldest = sealed_by(&application::layer_with_secret(
        fixture,
        variant.secrets - 1,
    ));
    let unknown = sealed_by(&application::layer_with_secret(fixture, variant.secrets));
    let ours = |name: &str, layer: &AuthLayer, look, cookies: &str| {
        operation(
            name,
            layer.layer(handler(move |it: Request<Body>| read(look, context(&it)))),
            cookies,
        )
    };
    let mut operations = vec![
        operation(BARE, handler(async |_| ()), &signed_in),
        operation(BARE_ANONYMOUS, handler(async |_| ()), &others),
        ours(ANONYMOUS, &layer, Look::Nothing, &others),
        ours("not looked at", &layer, Look::Nothing, &signed_in),
        ours("sub", &layer, Look::Sub, &signed_in),
        ours("all claims", &layer, Look::Claims, &signed_in),
        ours("access token", &layer, Look::AccessToken, &signed_in),
        ours("forged", &layer, Look::NobodyIsSignedIn, &forged),
        ours("unknown secret", &layer, Look::NobodyIsSignedIn, &unknown),
        ours(RENEWAL, &later_layer, Look::Sub, &signed_in),
    ];
    if variant.secrets > 1 {
        let name = "sealed with the oldest secret";
        operations.push(ours(name, &layer, Look::Sub, &oldest));
    }
    if variant == Variant::PLAIN {
        operations.extend(guards::requests(fixture));
    }
    // The number of secrets is a setting of the layer alone.
    #[cfg(feature = "peers")]
    if variant.secrets == 1 {
        operations.extend(peers::requests(fixture, &others));
    }
    operations
}

/// A request with these cookies to this service.
pub(crate) fn operation<S>(name: &str, mut service: S, cookies: &str) -> Operation
where
    S: Service<Request<Body>, Error: Debug> + 'static,
{
    let fields = fields(cookies);
    Operation::new(name, move || {
        call(&mut service, request(&fields));
    })
}

/// The layer's context, as an extractor would get it.
pub(crate) fn context<B>(request: &Request<B>) -> AuthContext {
    let context = request.extensions().get().cloned();
    context.expect("the layer's context")
}

pub(crate) async fn read(look: Look, auth: AuthContext) {
    match look {
        Look::Nothing => {}
        Look::Sub => {
            let user = auth.authenticated().expect("signed in");
            assert!(!user.claims().sub().is_empty());
        }
        Look::Claims => {
            let user = auth.authenticated().expect("signed in");
            let claims: Value = user.claims().deserialize().expect("claims are JSON");
            assert!(claims.is_object());
        }
        Look::AccessToken => {
            let token = auth.access_token().await.expect("it has not expired");
            assert!(!token.as_str().is_empty());
        }
        Look::NobodyIsSignedIn => assert!(!auth.is_authenticated()),
    }
}

/// Cookies of other applications on the same host, of the lengths of those that analytics set.
fn other_cookies(count: usize) -> String {
    let pairs: Vec<_> = (0..count)
        .map(|at| {
            format!(
                "_other_{at}=GA1.1.{:016}.{:010}",
                91_823_764_519_u64 * (at as u64 + 1),
                at
            )
        })
        .collect();
    pairs.join("; ")
}

/// Two values of a `Cookie` field in one.
pub(crate) fn joined(first: &str, second: &str) -> String {
    match first {
        "" => second.to_owned(),
        first => format!("{first}; {second}"),
    }
}

/// The same cookies with one other character in the middle of the first.
fn altered(cookies: &[(String, String)]) -> Vec<(String, String)> {
    let mut altered = cookies.to_vec();
    let value = &mut altered[0].1;
    let middle = value.len() / 2;
    let other = if &value[middle..=middle] == "A" {
        "B"
    } else {
        "A"
    };
    value.replace_range(middle..=middle, other);
    altered
}
