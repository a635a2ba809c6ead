//! The memory that remains when requests have been answered: for signed-in users who are idle, and for sessions
//! that were refreshed, which the layer remembers for a minute.

use std::fmt::Debug;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use tokio::runtime::Builder;
use tower::{Service, ServiceExt as _};
use tower_layer::Layer as _;
use tower_oidc::testing::TestClock;
use tower_oidc::{AuthLayer, BoxFuture, HttpClient, Provider, TransportError};

use crate::application::{self, cookie_field};
use crate::arguments::Arguments;
use crate::cookies::Selected;
use crate::cookies::requests::{Look, context, read};
use crate::fixture::Fixture;
use crate::measure::allocations::{Counter, counted, printed};
use crate::service::{Body, fields, handler, request};
use crate::table::Table;

const USERS: usize = 1_000;

/// The key of RFC 7517 section A.1. No signature is verified.
const KEY: &str = r#"{"kty":"EC","crv":"P-256","kid":"1",
    "x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}"#;

/// How many users' requests come first: some memory is allocated once, whoever comes.
const FIRST: usize = 20;

/// The command under which the second program counts.
pub(crate) const COMMAND: &str = "kept-bytes";

pub(super) fn table(arguments: &Arguments) -> Result<Table, String> {
    let session = Selected::by(arguments)?.option();
    let command = [COMMAND, arguments.file()?, &session].map(str::to_owned);
    let [idle, refreshed, later] = counted(&command)?;
    let mut table = Table::default();
    for (what, bytes) in [
        ("signed in and idle", idle),
        ("refreshed in the last minute", refreshed),
        ("refreshed in the last hour", later),
    ] {
        table.push(vec![
            ("a user who is", what.into()),
            ("users", USERS.into()),
            ("bytes kept for each", bytes.into()),
        ]);
    }
    Ok(table)
}

/// Bytes that are kept for each user: an idle one, one whose session was refreshed, and the same a minute later.
pub(crate) fn count(arguments: &Arguments, count: Counter) -> Result<String, String> {
    let fixture = Selected::by(arguments)?.fixture;
    let runtime = Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .map_err(|error| error.to_string())?;
    let (layer, clock) = refreshing(&fixture)?;
    let seal = |user| {
        let fixture = Fixture {
            refresh_token: format!("{}{user:06}", fixture.refresh_token),
            ..fixture.clone()
        };
        let set = layer.seal_test_session(fixture.session());
        let fields = fields(&cookie_field(&application::cookies(&set)));
        // The first copy makes its bytes shared, for which it allocates.
        drop(fields.clone());
        fields
    };
    let sealed: Vec<_> = (0..FIRST + USERS).map(seal).collect();
    let (first, users) = sealed.split_at(FIRST);
    let each = |kept: i64| kept.div_euclid(users.len() as i64);
    let service = service(&layer, Look::Sub);
    runtime.block_on(visit(&service, first));
    let idle = count(&mut || runtime.block_on(visit(&service, users)));
    let expires_at = fixture.expires_at.saturating_sub(fixture.issued_at());
    clock.advance(Duration::from_secs(expires_at));
    let service = self::service(&layer, Look::AccessToken);
    runtime.block_on(visit(&service, first));
    let refreshed = count(&mut || runtime.block_on(visit(&service, users)));
    let later = count(&mut || {
        clock.advance(Duration::from_secs(61));
        // The time of a runtime that is paused moves when all tasks wait.
        runtime.block_on(async { tokio::time::sleep(Duration::from_secs(130)).await });
    });
    // The first ones are forgotten, too, and nothing was counted for them.
    let share = users.len() as f64 / sealed.len() as f64;
    let freed = (later.kept as f64 * share) as i64;
    Ok(printed(&[
        each(idle.kept),
        each(refreshed.kept),
        each(refreshed.kept + freed),
    ]))
}

fn service(
    layer: &AuthLayer,
    look: Look,
) -> impl Service<Request<Body>, Error: Debug> + Clone + use<> {
    layer.layer(handler(move |it: Request<Body>| read(look, context(&it))))
}

async fn visit<S>(service: &S, users: &[HeaderMap])
where
    S: Service<Request<Body>, Error: Debug> + Clone,
{
    for fields in users {
        let response = service.clone().oneshot(request(fields)).await;
        response.expect("the service answers");
    }
    // Tasks that a refresh started end before this returns.
    for _ in 0..8 {
        tokio::task::yield_now().await;
    }
}

/// A layer whose provider issues new tokens at once, without a network.
fn refreshing(fixture: &Fixture) -> Result<(AuthLayer, TestClock), String> {
    let clock = TestClock::at(fixture.issued_at());
    let issuer = fixture.claims["iss"]
        .as_str()
        .unwrap_or("https://id.example");
    let client_id = fixture.claims["aud"].as_str().unwrap_or("client-id");
    let metadata = serde_json::json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/auth"),
        "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/keys"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
    });
    let provider = Provider::new(issuer, client_id)
        .client_secret("bench-secret-bench-secret-bench-s")
        .metadata_json(metadata.to_string())
        .jwks_json(format!(r#"{{"keys":[{KEY}]}}"#));
    let builder = application::builder(&clock).provider(provider);
    let layer = builder
        .cookie_secret(application::secret(0))
        .http_client(Issues {
            access_token: fixture.access_token.clone(),
            refreshes: AtomicUsize::new(0),
        })
        .build();
    Ok((layer.map_err(|error| error.to_string())?, clock))
}

/// Answers each refresh with an access token of the usual length and another refresh token.
#[derive(Debug)]
struct Issues {
    access_token: String,
    refreshes: AtomicUsize,
}

impl HttpClient for Issues {
    fn call(&self, _: Request<Bytes>) -> BoxFuture<Result<Response<Bytes>, TransportError>> {
        let number = self.refreshes.fetch_add(1, Ordering::Relaxed);
        let body = serde_json::json!({
            "access_token": self.access_token,
            "token_type": "Bearer",
            "expires_in": 3_600,
            "refresh_token": format!("8sKq2LmV9cKdR4tYw8BnHs3JfGpUeA6QxZ0-{number:06}"),
        });
        let mut response = Response::new(Bytes::from(body.to_string()));
        let json = http::HeaderValue::from_static("application/json");
        response
            .headers_mut()
            .insert(http::header::CONTENT_TYPE, json);
        Box::pin(async { Ok(response) })
    }
}
