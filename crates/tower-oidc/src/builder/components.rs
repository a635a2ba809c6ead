//! Builds the components of each origin from the settings.

use std::sync::Arc;

use relying_party::RelyingParty;
use sealed_cookie::{KeyRing, Purpose, SealedCookie, SealedCookieSet, Sealer};

use super::AuthLayerBuilder;
use super::lifetimes::lifetimes;
use super::pages::pages;
use super::provider_client::{registration_id, warn_without_refresh_tokens};
use super::provider_key::ProviderKey;
use super::sealed_cookies::Cookies;
use crate::components::Components;
use crate::config_error::ConfigError;
use crate::event::Events;
use crate::hooks::Hooks;
use crate::log_limit::LogLimiter;
use crate::origin::Origin;
use crate::origin::allowed_origins;
use crate::origin::base_url::BaseUrl;
use crate::origin::logout_url_cookie::LogoutUrlCookie;
use crate::origin::routes::Routes;
use crate::origin::signed_out_state::SignedOutStates;
use crate::persistence::SessionPersistence;
use crate::persistence::fingerprints::Fingerprints;
use crate::persistence::owner::SessionOwner;
use crate::provider::script_tokens::ScriptTokens;
use crate::provider::{Registration, RegistrationParts};
use crate::random::Random;
use crate::refresh::{
    CircuitBreaker, Coordination, InvalidWait, RefreshMemory, RefreshTimes, Refresher,
    RefresherParts,
};
use crate::revocation::RevokedSessions;
use crate::session::Session;
use crate::session::frame::ProviderId;
use crate::session::lifetime::Lifetimes;
use crate::sign_in::Attempts;
use crate::sign_in::error::SignInError;
use crate::sign_in::exchange::Exchanges;
use crate::web::hints::Hints;

/// What the components of all origins share.
pub(super) struct SharedComponents {
    relying_party: RelyingParty,
    /// Binds sessions and sign-ins to the registered provider.
    registration_id: ProviderId,
    provider_id: Option<Arc<str>>,
    key_ring: KeyRing,
    random: Arc<Random>,
    lifetimes: Lifetimes,
    times: RefreshTimes,
    routes: Arc<Routes>,
    public_claims: Arc<[String]>,
    script_tokens: ScriptTokens,
    allowed_origins: Arc<[String]>,
    exchanges: Arc<Exchanges<Arc<Session>, SignInError>>,
    events: Arc<Events>,
    log: Arc<LogLimiter>,
    hints: Arc<Hints>,
    fingerprints: Arc<Fingerprints>,
    revoked: Arc<RevokedSessions>,
    refresh_memory: Arc<RefreshMemory>,
    circuit: Arc<CircuitBreaker>,
}

impl SharedComponents {
    pub(super) fn new(
        builder: &AuthLayerBuilder,
        key_ring: KeyRing,
        relying_party: RelyingParty,
        provider_id: Option<ProviderKey>,
    ) -> Result<Self, ConfigError> {
        let hints = Hints::default();
        warn_without_refresh_tokens(relying_party.provider(), &hints);
        let log = Arc::new(LogLimiter::new(Arc::clone(&builder.clock)));
        let on_event = builder.on_event.clone();
        let events = Events::new(on_event, relying_party.issuer(), Arc::clone(&log));
        let random = Random::new(
            key_ring.hedged_random(Purpose::RANDOM, &[]),
            Arc::clone(&builder.entropy),
            Arc::clone(&builder.clock),
        );
        let times = RefreshTimes::new(builder.refresh_wait, relying_party.request_lifetime());
        let times = times.map_err(|InvalidWait| {
            ConfigError::new("refresh_wait", "must be from one second to a minute")
        })?;
        Ok(Self {
            script_tokens: ScriptTokens::new(
                builder.routes.access_token.is_some(),
                &builder.access_token_resources,
                relying_party.provider(),
            )?,
            lifetimes: lifetimes(builder.idle_lifetime, builder.absolute_lifetime)?,
            times,
            registration_id: registration_id(&relying_party),
            provider_id: provider_id.map(ProviderKey::into_text),
            relying_party,
            fingerprints: Arc::new(Fingerprints::of(&key_ring)),
            random: Arc::new(random),
            key_ring,
            routes: Arc::new(builder.routes.clone()),
            public_claims: builder.session_claims.clone().into(),
            allowed_origins: allowed_origins::parse(&builder.allowed_origins, builder.plain_http)?,
            exchanges: Arc::new(Exchanges::new(Arc::clone(&builder.clock))),
            events: Arc::new(events),
            log,
            hints: Arc::new(hints),
            revoked: Arc::new(RevokedSessions::new(builder.absolute_lifetime)),
            refresh_memory: Arc::default(),
            circuit: Arc::default(),
        })
    }

    pub(super) fn at_origin(
        &self,
        builder: &AuthLayerBuilder,
        base_url: BaseUrl,
    ) -> Result<Components, ConfigError> {
        let cookies = Cookies::new(&base_url, &self.key_ring, builder)?;
        let registration = self.registration(builder);
        let hooks = Arc::new(Hooks {
            settings: builder.hooks.clone(),
            max_plaintext: cookies.session.max_plaintext(),
            clock: Arc::clone(&builder.clock),
            log: Arc::clone(&self.log),
        });
        let refresher = Arc::new(self.refresher(
            builder,
            registration.clone(),
            Arc::clone(&hooks),
            cookies.refreshed_session_sealer,
        ));
        let persistence = self.persistence(builder, cookies.session, Arc::clone(&refresher));
        Ok(Components {
            registration,
            origin: self.origin(builder, base_url, cookies.logout_sealer, cookies.logout_url)?,
            attempts: self.attempts(builder, cookies.transactions),
            persistence: Arc::new(persistence),
            refresher,
            hooks,
            events: Arc::clone(&self.events),
            random: Arc::clone(&self.random),
            log: Arc::clone(&self.log),
            #[cfg(feature = "testing")]
            counters: self.key_ring.counters(),
        })
    }

    fn registration(&self, builder: &AuthLayerBuilder) -> Registration {
        Registration::new(RegistrationParts {
            provider: self.registration_id,
            relying_party: self.relying_party.clone(),
            id: self.provider_id.clone(),
            user_info_at_sign_in: builder.user_info_at_sign_in,
            introspect_scopes: builder.introspect_scopes,
            script_tokens: self.script_tokens.clone(),
            circuit: Arc::clone(&self.circuit),
            clock: Arc::clone(&builder.clock),
            log: Arc::clone(&self.log),
        })
    }

    fn origin(
        &self,
        builder: &AuthLayerBuilder,
        base_url: BaseUrl,
        signed_out_sealer: Sealer,
        logout_url_cookie: SealedCookie,
    ) -> Result<Origin, ConfigError> {
        let pages = pages(builder, &base_url)?;
        Ok(Origin {
            base_url,
            routes: Arc::clone(&self.routes),
            after_sign_in: pages.after_sign_in,
            after_sign_out: pages.after_sign_out,
            signed_out_page: pages.signed_out_page,
            allowed_origins: Arc::clone(&self.allowed_origins),
            sign_out_by_get: builder.sign_out_by_get,
            public_claims: Arc::clone(&self.public_claims),
            signed_out_states: SignedOutStates {
                sealer: signed_out_sealer,
                entropy: Arc::clone(&builder.entropy),
                clock: Arc::clone(&builder.clock),
                log: Arc::clone(&self.log),
            },
            logout_url_cookie: LogoutUrlCookie {
                cookie: logout_url_cookie,
                entropy: Arc::clone(&builder.entropy),
                clock: Arc::clone(&builder.clock),
                log: Arc::clone(&self.log),
            },
            hints: Arc::clone(&self.hints),
            log: Arc::clone(&self.log),
        })
    }

    fn persistence(
        &self,
        builder: &AuthLayerBuilder,
        cookie: SealedCookie,
        refresher: Arc<Refresher>,
    ) -> SessionPersistence {
        let issuer = self.relying_party.issuer();
        let subject = self.relying_party.expected_subject();
        SessionPersistence {
            cookie,
            lifetimes: self.lifetimes,
            owner: SessionOwner {
                provider: self.registration_id,
                user: subject.map(|subject| (issuer.into(), subject.into())),
            },
            revoked: Arc::clone(&self.revoked),
            refresher,
            events: Arc::clone(&self.events),
            clock: Arc::clone(&builder.clock),
            entropy: Arc::clone(&builder.entropy),
            log: Arc::clone(&self.log),
            fingerprints: Arc::clone(&self.fingerprints),
        }
    }

    fn attempts(&self, builder: &AuthLayerBuilder, cookies: SealedCookieSet) -> Attempts {
        Attempts {
            cookies,
            exchanges: Arc::clone(&self.exchanges),
            provider: self.registration_id,
            random: Arc::clone(&self.random),
            entropy: Arc::clone(&builder.entropy),
            clock: Arc::clone(&builder.clock),
            log: Arc::clone(&self.log),
            secret_fingerprint: self.fingerprints.sealing().to_owned(),
        }
    }

    fn refresher(
        &self,
        builder: &AuthLayerBuilder,
        endpoint: Registration,
        hook: Arc<Hooks>,
        sealer: Sealer,
    ) -> Refresher {
        let coordinator = builder.refresh_coordinator.as_ref();
        let coordination = coordinator.map(|coordinator| Coordination {
            coordinator: Arc::clone(coordinator),
            sealer,
            random: Arc::clone(&self.random),
            entropy: Arc::clone(&builder.entropy),
        });
        Refresher::new(RefresherParts {
            memory: Arc::clone(&self.refresh_memory),
            endpoint: Arc::new(endpoint),
            hook,
            coordination,
            revoked: Arc::clone(&self.revoked),
            events: Arc::clone(&self.events),
            clock: Arc::clone(&builder.clock),
            log: Arc::clone(&self.log),
            lifetimes: self.lifetimes,
            times: self.times,
            leeway: builder.refresh_leeway,
            freezes_between_requests: builder.freezes_between_requests,
        })
    }
}
