//! `AuthLayer`, the Tower layer.

pub(crate) mod configured;
pub(crate) mod current_origins;
pub(crate) mod future;
pub(crate) mod nesting;
pub(crate) mod origins;
pub(crate) mod request_origins;
mod revoke;
pub(crate) mod service;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tower_layer::Layer;

use crate::components::Components;
use crate::config_error::ConfigError;
use crate::context::drain::Drain;
use crate::layer::current_origins::CurrentOrigins;
use crate::layer::origins::Origins;
use crate::layer::service::Auth;
use crate::secrets::SETTING;

/// Signs users in with OpenID Connect and gives every request an
/// [`AuthContext`](crate::AuthContext).
///
/// It can wrap any Tower service of HTTP requests. Cloning is cheap; clones share their caches.
/// See the [crate's documentation](crate) for what it does with a request, in order.
///
/// ```no_run
/// use axum::{Router, routing::get};
/// use tower_oidc::{AuthLayer, Provider};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let auth = AuthLayer::builder()
///     .provider(Provider::new("https://id.example.com", "client-id").client_secret("…"))
///     .base_url("https://shop.example.com")
///     .cookie_secret(std::env::var("COOKIE_SECRET")?)
///     .build()?;
/// let app: Router = Router::new().route("/", get(|| async { "Hello" })).layer(auth);
/// # let _ = app;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct AuthLayer {
    /// The origins as they were built, for what does not depend on the cookie secrets.
    pub(crate) origins: Arc<Origins>,
    /// The origins with the keys of now.
    pub(crate) current: Arc<CurrentOrigins>,
}

impl AuthLayer {
    /// Fetches the metadata and keys of all providers now instead of at the first sign-in, and says
    /// whether that worked: a warm start, and an answer for readiness probes. Users who are
    /// signed in do not need it. With several providers, a readiness probe should not depend on all of them: use
    /// [`RegisteredProvider::discover`](crate::RegisteredProvider::discover) of those that matter.
    ///
    /// # Errors
    ///
    /// Fails if a provider cannot be reached, or publishes what it must not. With several providers, it is
    /// the error of the first one that failed, in the order of their registration.
    pub async fn discover(&self) -> Result<(), relying_party::Error> {
        self.origins.first.providers.discover().await
    }

    /// Forgets what the resolver answered for this key, so that it is asked again at the next request: for a
    /// tenant that was changed or removed. This instance only; others notice it when their answers are too old
    /// ([`provider_cache`](crate::AuthLayerBuilder::provider_cache)).
    pub fn forget_provider(&self, key: &str) {
        if let Some(resolved) = self.origins.first.providers.resolved() {
            resolved.forget_everywhere(key);
        }
    }

    /// Loads the secrets of [`cookie_secrets`](crate::AuthLayerBuilder::cookie_secrets) now, and not only at the next
    /// request after 30 seconds: when a secret has leaked, or when the application has fetched new ones. Requests that
    /// have begun keep the secrets with which they began.
    ///
    /// # Errors
    ///
    /// If the source fails or breaks a rule; then nothing has changed, and the log has a line at ERROR. Also if
    /// there is no source.
    pub fn reload_secrets(&self) -> Result<(), ConfigError> {
        self.current.reload().unwrap_or_else(|| {
            Err(ConfigError::new(
                SETTING,
                "is not set, so there is nothing to load again: give a source",
            ))
        })
    }

    /// Waits until no code exchange, no refresh and no revocation is in flight, for a graceful stop: a
    /// code or a refresh token that was used up is lost if the answer is. Call it when the server has
    /// answered its last request.
    ///
    /// Revocations that wait because the provider could not be reached are tried once more, 16 at a
    /// time until it answers none of 16; those that fail again are lost with the process. A request that
    /// hangs at one provider delays no revocation at another.
    ///
    /// A provider that hangs keeps it waiting: up to 90 seconds for one refresh with the default
    /// [`refresh_request_lifetime`](crate::AuthLayerBuilder::refresh_request_lifetime), or for a revocation
    /// that waits for that refresh. Where the host allows less time, use
    /// [`drain_for`](Self::drain_for).
    ///
    /// ```
    /// use std::future::Future;
    /// use tower_oidc::AuthLayer;
    ///
    /// async fn serve(
    ///     listener: tokio::net::TcpListener,
    ///     app: axum::Router,
    ///     auth: AuthLayer,
    ///     stop: impl Future<Output = ()> + Send + 'static,
    /// ) -> std::io::Result<()> {
    ///     axum::serve(listener, app).with_graceful_shutdown(stop).await?;
    ///     auth.drain().await;
    ///     Ok(())
    /// }
    /// ```
    pub async fn drain(&self) {
        drain(&self.origins.first).all().await;
    }

    /// The same as [`drain`](Self::drain), for at most `limit`. Returns whether all ended; `false` if
    /// requests are still in flight, or revocations wait because the provider could not be reached. A
    /// warning in the log then says how many, and there is an event,
    /// [`DrainIncomplete`](crate::AuthEventKind::DrainIncomplete). They continue as long as the process
    /// does.
    ///
    /// For hosts that limit the time of a stop, such as Kubernetes (30 seconds by default), or that
    /// freeze the process after a response; see [Serverless](crate#serverless). With
    /// [`freezes_between_requests`](crate::AuthLayerBuilder::freezes_between_requests) it is meant to be called
    /// before each response. It then does not try the revocations that wait: they are tried after their
    /// pauses, while this instance serves other requests.
    #[must_use = "`false` means that something is left"]
    pub async fn drain_for(&self, limit: Duration) -> bool {
        drain(&self.origins.first).for_at_most(limit).await
    }
}

/// What is in flight for all origins, which share it.
pub(crate) fn drain(components: &Components) -> Drain<'_> {
    Drain {
        exchanges: &components.attempts.exchanges,
        refresher: &components.refresher,
        events: &components.events,
        log: &components.log,
    }
}

impl<S> Layer<S> for AuthLayer {
    type Service = Auth<S>;

    fn layer(&self, inner: S) -> Auth<S> {
        Auth::new(inner, Arc::clone(&self.current))
    }
}

impl fmt::Debug for AuthLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthLayer")
            .field("providers", &self.providers().collect::<Vec<_>>())
            .field("base_url", &self.origins.first.origin.base_url.origin())
            .finish_non_exhaustive()
    }
}
