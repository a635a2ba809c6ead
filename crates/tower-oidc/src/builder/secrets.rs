//! The cookie secrets: those of the settings, or those of a source that is loaded again.

use std::sync::Arc;
use std::time::SystemTime;

use relying_party::Clock;
use sealed_cookie::KeyRing;

use super::AuthLayerBuilder;
use super::origins::OriginsFactory;
use super::sealed_cookies::{self, secret};
use super::setting_names::SettingNames;
use crate::config_error::ConfigError;
use crate::format::time::UnixMillis;
use crate::layer::current_origins::{CurrentOrigins, Reloaded};
use crate::layer::origins::Origins;
use crate::secrets::loaded::{in_order, next_change};
use crate::secrets::{SETTING, SecretSource, TimedSecret};

/// The secrets with which a layer is built.
pub(super) enum Secrets {
    Fixed(KeyRing),
    Reloaded {
        source: SecretSource,
        loaded: Vec<TimedSecret>,
        in_order: Vec<TimedSecret>,
    },
}

impl Secrets {
    pub(super) fn of(builder: &AuthLayerBuilder) -> Result<Self, ConfigError> {
        let Some(source) = &builder.secret_source else {
            let sealing = builder.cookie_secret.as_ref().ok_or_else(|| {
                ConfigError::new(
                    "cookie_secret",
                    "is missing: give at least 32 random bytes: openssl rand -base64 48",
                )
            })?;
            let additional = &builder.additional_cookie_secrets;
            return Ok(Self::Fixed(sealed_cookies::key_ring(sealing, additional)?));
        };
        if builder.cookie_secret.is_some() || !builder.additional_cookie_secrets.is_empty() {
            return Err(ConfigError::new(
                SETTING,
                "cannot be combined with cookie_secret and additional_cookie_secret: give all secrets in one way",
            ));
        }
        let loaded = source.load()?;
        let in_order = in_order(&loaded, builder.clock.now())?;
        Ok(Self::Reloaded {
            source: source.clone(),
            loaded,
            in_order,
        })
    }

    pub(super) fn key_ring(&self) -> Result<KeyRing, ConfigError> {
        match self {
            Self::Fixed(key_ring) => Ok(key_ring.clone()),
            Self::Reloaded { in_order, .. } => key_ring(in_order),
        }
    }

    /// The `origins` that were made of these secrets, and those that follow them when the secrets change.
    pub(super) fn current_origins(
        self,
        origins: Arc<Origins>,
        factory: OriginsFactory,
        clock: Arc<dyn Clock>,
        names: &Arc<SettingNames>,
    ) -> CurrentOrigins {
        match self {
            Self::Fixed(_) => CurrentOrigins::fixed(origins),
            Self::Reloaded {
                source,
                loaded,
                in_order,
            } => {
                let change = next_change(&loaded, clock.now());
                let mut reloader = Reloader {
                    source,
                    factory,
                    loaded,
                    in_order,
                    names: Arc::clone(names),
                    _as_built: Arc::clone(&origins),
                };
                let load = move |now: UnixMillis| reloader.reload(now.to_system_time());
                let change = change.map(UnixMillis::of);
                CurrentOrigins::reloaded(origins, clock, change, Box::new(load))
            }
        }
    }
}

/// Loads the secrets of a source again.
struct Reloader {
    source: SecretSource,
    factory: OriginsFactory,
    /// The secrets that were loaded last, with their times.
    loaded: Vec<TimedSecret>,
    /// The secrets in use, the one that seals first.
    in_order: Vec<TimedSecret>,
    names: Arc<SettingNames>,
    /// Kept because their refresher is the one that tries revocations again.
    _as_built: Arc<Origins>,
}

impl Reloader {
    fn reload(&mut self, now: SystemTime) -> Reloaded {
        let result = self.load(now).map_err(|error| self.names.rename(error));
        if let Err(error) = &result {
            tracing::error!(
                %error,
                "the cookie secrets cannot be loaded again, so those that were loaded before stay in use: users \
                 stay signed in, but a secret that was replaced is not, and one that was removed still opens cookies"
            );
        }
        // Also after an error: the time of a secret that was loaded before may have come.
        let origins = self.origins(now).unwrap_or_else(|error| {
            tracing::error!(%error, "the cookie secrets that were loaded cannot be used");
            None
        });
        Reloaded {
            origins,
            next_change: next_change(&self.loaded, now).map(UnixMillis::of),
            result,
        }
    }

    /// Takes the secrets of the source if they follow all rules.
    fn load(&mut self, now: SystemTime) -> Result<(), ConfigError> {
        let loaded = self.source.load()?;
        key_ring(&in_order(&loaded, now)?)?;
        self.loaded = loaded;
        Ok(())
    }

    /// The origins with other keys, if other secrets are valid or another one seals.
    fn origins(&mut self, now: SystemTime) -> Result<Option<Arc<Origins>>, ConfigError> {
        let in_order = in_order(&self.loaded, now)?;
        // Of each secret, the time says only when it seals, which the order shows.
        let secrets =
            |list: &[TimedSecret]| list.iter().map(|it| it.secret.clone()).collect::<Vec<_>>();
        if secrets(&in_order) == secrets(&self.in_order) {
            return Ok(None);
        }
        let origins = self.factory.origins(key_ring(&in_order)?)?;
        self.in_order = in_order;
        let fingerprints = &origins.first.persistence.fingerprints;
        tracing::info!(
            cookie_secret = fingerprints.sealing(),
            additional_cookie_secrets = ?fingerprints.opening(),
            "the cookie secrets have changed; cookie_secret is a fingerprint of the one that seals now. All instances \
             must have all of them before one of them seals with a new one"
        );
        Ok(Some(Arc::new(origins)))
    }
}

/// The keys of these secrets, of which the first one seals.
fn key_ring(in_order: &[TimedSecret]) -> Result<KeyRing, ConfigError> {
    let secrets = in_order.iter().map(|it| secret(SETTING, &it.secret));
    let secrets = secrets.collect::<Result<Vec<_>, _>>()?;
    KeyRing::new(secrets).map_err(|error| ConfigError::new(SETTING, error.to_string()))
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use bytes::Bytes;
    use http::{Request, Response};
    use relying_party::{BoxFuture, HttpClient, TransportError};
    use sealed_cookie::{Entropy, EntropyError};

    use super::*;
    use crate::MemoryStore;
    use crate::format::manual_clock::ManualClock;
    use crate::layer::AuthLayer;
    use crate::provider::resolver::ProviderDirectory;
    use crate::random::FreshValue;
    use crate::session::sample;

    const NOW: UnixMillis = UnixMillis(1_795_000_000_000);
    const OLD: &str = "eW5rT8uJ2mN6bVx3cZq9aSdF4gHkLpYo";
    const NEW: &str = "vT4yH8kLpQ2sXw6zBnMr9cEjGfAuD3K7";

    #[derive(Debug)]
    struct Unused;

    impl HttpClient for Unused {
        fn call(&self, _: Request<Bytes>) -> BoxFuture<Result<Response<Bytes>, TransportError>> {
            Box::pin(std::future::pending())
        }
    }

    /// The random bytes of a machine that is resumed from one snapshot again and again.
    #[derive(Debug)]
    struct Repeating;

    impl Entropy for Repeating {
        fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
            bytes.fill(0x5c);
            Ok(())
        }
    }

    /// Tenants at hosts that requests name, with this secret.
    fn layer(secret: &Arc<Mutex<&'static str>>) -> AuthLayer {
        let secret = Arc::clone(secret);
        let source =
            SecretSource::from_fn(move || Ok(vec![TimedSecret::new(*secret.lock().unwrap())]));
        let builder = AuthLayer::builder()
            .provider_resolver(ProviderDirectory::default())
            .origins_from_requests(true)
            .base_url("https://app.example")
            .cookie_secrets(source)
            .session_store(MemoryStore::new())
            .http_client(Unused)
            .entropy(Repeating)
            .clock(ManualClock::at(NOW));
        builder.build().unwrap()
    }

    /// What is made of the secrets at the host of a tenant.
    fn made_at_a_host(layer: &AuthLayer) -> [Vec<u8>; 4] {
        let origins = layer.current.now();
        let host = origins.from_requests.as_ref().unwrap();
        let at_host = host.at("acme.example").unwrap();
        let records = at_host.persistence.records.as_ref().unwrap();
        let session = sample::session("token", 0, NOW);
        let fresh = at_host.random.fresh::<16>(FreshValue::SessionId, b"");
        [
            at_host.persistence.fingerprints.sealing().into(),
            at_host.attempts.secret_fingerprint.clone().into(),
            records.new_reference(&session).key.to_vec(),
            fresh.unwrap().to_vec(),
        ]
    }

    #[test]
    fn all_keys_follow_a_reload_also_those_of_hosts_that_requests_name() {
        let secret = Arc::new(Mutex::new(OLD));
        let layer = layer(&secret);
        let before = made_at_a_host(&layer);

        *secret.lock().unwrap() = NEW;
        layer.reload_secrets().unwrap();

        let after = made_at_a_host(&layer);
        for (before, after) in before.iter().zip(&after) {
            assert_ne!(before, after);
        }
        assert_eq!(after, made_at_a_host(&self::layer(&secret)));
    }

    #[test]
    fn secrets_are_given_in_one_way() {
        let source = || SecretSource::from_fn(|| Ok(vec![TimedSecret::new(OLD)]));
        for both in [
            AuthLayer::builder().cookie_secret(NEW),
            AuthLayer::builder().additional_cookie_secret(NEW),
        ] {
            let error = Secrets::of(&both.cookie_secrets(source())).err().unwrap();
            assert_eq!(error.setting(), SETTING);
        }
    }
}
