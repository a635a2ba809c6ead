//! Whole flows with a provider in memory, which signs real tokens.

#![expect(
    clippy::arithmetic_side_effects,
    reason = "an overflow is a failed test"
)]

#[cfg(feature = "private-key-jwt")]
mod apple;
mod authorization;
mod claims_request;
#[cfg(feature = "private-key-jwt")]
mod client_assertions;
#[cfg(feature = "private-key-jwt")]
mod client_auth;
#[cfg(feature = "private-key-jwt")]
mod client_sources;
mod critical_header;
mod details;
mod discovery;
mod documents;
mod endpoints;
mod hmac;
mod hosted_domain;
mod id_token;
mod id_token_settings;
mod introspection;
mod json_objects;
mod jwks;
mod key_rotation;
mod leaks;
mod logout_token;
mod metadata;
mod preset_logout;
mod provider;
mod pushed_authorization;
mod recorder;
mod refresh;
mod refreshed_id_token;
mod revocation;
pub(crate) mod signer;
mod tenants;
mod token;
mod user_info;

use std::future::poll_fn;
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use self::provider::FakeProvider;
use self::signer::Signer;
use crate::{
    AuthorizationResponse, Claims, Clock, CodeExchange, Error, Provider, RelyingParty,
    SignInTokens, TransactionSecrets,
};

const ISSUER: &str = "https://op.example";
const CLIENT_ID: &str = "client-id";
const REDIRECT_URI: &str = "https://app.example/callback";
const NOW: u64 = 1_800_000_000;

/// A clock that a test sets, or that follows the runtime's paused time.
#[derive(Clone, Debug)]
struct HandClock(Arc<Mutex<SystemTime>>, Option<tokio::time::Instant>);

impl HandClock {
    fn new() -> Self {
        let now = UNIX_EPOCH + Duration::from_secs(NOW);
        Self(Arc::new(Mutex::new(now)), None)
    }

    fn following_paused_time() -> Self {
        Self(Self::new().0, Some(tokio::time::Instant::now()))
    }

    fn advance(&self, span: Duration) {
        *self.0.lock().unwrap() += span;
    }
}

impl Clock for HandClock {
    fn now(&self) -> SystemTime {
        *self.0.lock().unwrap() + self.1.map_or(Duration::ZERO, |start| start.elapsed())
    }
}

/// A client at a provider, and a sign-in that has received its code.
struct SignIn {
    op: FakeProvider,
    clock: HandClock,
    signer: Signer,
    relying_party: RelyingParty,
    secrets: TransactionSecrets,
}

impl SignIn {
    fn new() -> Self {
        Self::with(|provider| provider)
    }

    fn with(settings: impl FnOnce(Provider) -> Provider) -> Self {
        Self::signed_by(Signer::es384("key-1"), settings)
    }

    fn signed_by(signer: Signer, settings: impl FnOnce(Provider) -> Provider) -> Self {
        Self::at(HandClock::new(), signer, settings)
    }

    fn at(clock: HandClock, signer: Signer, settings: impl FnOnce(Provider) -> Provider) -> Self {
        let op = FakeProvider::new(&[&signer]);
        let provider = settings(Provider::new(ISSUER, CLIENT_ID));
        let relying_party =
            RelyingParty::new(provider, Arc::new(op.clone()), Arc::new(clock.clone())).unwrap();
        let secrets = TransactionSecrets::derive(&[7; 32], 'a');
        Self {
            op,
            clock,
            signer,
            relying_party,
            secrets,
        }
    }

    /// Returns the claims of a valid ID token with `changes`; `null` removes a claim.
    fn claims(&self, changes: Value) -> Value {
        let claims = json!({
            "iss": ISSUER, "sub": "alice", "aud": CLIENT_ID, "exp": NOW + 300, "iat": NOW,
            "nonce": self.secrets.nonce(),
        });
        merged(claims, &changes)
    }

    /// Exchanges the code; the provider responds with an ID token with these claims.
    async fn exchange_for(&self, changes: Value) -> Result<SignInTokens, Error> {
        self.exchange_for_jwt(&self.signer.sign(&self.claims(changes)))
            .await
    }

    async fn exchange_for_jwt(&self, id_token: &str) -> Result<SignInTokens, Error> {
        self.op
            .answer("/token", 200, &token_response(id_token).to_string());
        self.exchange(|exchange| exchange).await
    }

    /// Exchanges the code; the provider responds as configured.
    async fn exchange<'a>(
        &'a self,
        settings: impl FnOnce(CodeExchange<'a>) -> CodeExchange<'a>,
    ) -> Result<SignInTokens, Error> {
        let query = format!("code=the-code&state={}", self.secrets.state());
        let response = AuthorizationResponse::parse(Some(&query)).unwrap();
        let code = self.relying_party.validate(response, &self.secrets).await?;
        let exchange = settings(CodeExchange::new(REDIRECT_URI, &self.secrets));
        self.relying_party.exchange_code(code, exchange).await
    }
}

/// The claims of Alice's ID token that identify her.
fn alice() -> Claims {
    let claims = json!({ "iss": ISSUER, "sub": "alice" });
    Claims::from_json(claims.to_string().into()).unwrap()
}

/// Returns `object` with `changes`; `null` removes a member.
fn merged(mut object: Value, changes: &Value) -> Value {
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            object.as_object_mut().unwrap().remove(name);
        } else {
            object[name] = value.clone();
        }
    }
    object
}

fn token_response(id_token: &str) -> Value {
    json!({
        "access_token": "the-access-token", "token_type": "Bearer", "expires_in": 3600,
        "refresh_token": "the-refresh-token", "scope": "openid profile", "id_token": id_token,
    })
}

/// Runs futures concurrently on one task.
async fn join_all<F: Future>(futures: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    let mut running: Vec<_> = futures.into_iter().map(|it| (Box::pin(it), None)).collect();
    poll_fn(|cx| {
        for (future, output) in &mut running {
            if output.is_none()
                && let Poll::Ready(value) = future.as_mut().poll(cx)
            {
                *output = Some(value);
            }
        }
        let all = running.iter().all(|(_, output)| output.is_some());
        if all { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    running
        .into_iter()
        .filter_map(|(_, output)| output)
        .collect()
}
