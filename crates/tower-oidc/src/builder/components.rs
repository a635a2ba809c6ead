//! Builds the components of each origin from the settings.

use std::sync::{Arc, OnceLock, Weak};

use bytes::Bytes;
use sealed_cookie::{CookieFilter, KeyRing, Purpose, SealedCookie, SealedCookieSet, Sealer};

use super::AuthLayerBuilder;
use super::client_keys;
use super::keys::Keys;
use super::lifetimes::lifetimes;
use super::pages::pages;
use super::provider_client::{RegisteredClient, Registrar, warn_without_refresh_tokens};
use super::refresh_times::refresh_times;
use super::resolver;
use super::sealed_cookies::Cookies;
use super::stores;
use crate::components::Components;
use crate::config_error::ConfigError;
use crate::event::Events;
use crate::hooks::Hooks;
use crate::log_limit::LogLimiter;
use crate::origin::Origin;
use crate::origin::allowed_origins;
use crate::origin::base_url::BaseUrl;
use crate::origin::form_cookies::{self, FormCookies};
use crate::origin::logout_url_cookie::LogoutUrlCookie;
use crate::origin::minute_sealer::MinuteSealer;
use crate::origin::passed_parameters::PassedParameters;
use crate::origin::routes::Routes;
use crate::origin::signed_out_state::SignedOutStates;
use crate::persistence::SessionPersistence;
use crate::persistence::former_cookies::FormerCookies;
use crate::persistence::owner::{SessionOwner, SessionOwners};
use crate::persistence::storing::room;
use crate::provider::Registration;
use crate::provider::registry::Registry;
use crate::provider::resolver::found::ResolvedProviders;
use crate::provider::script_tokens::ScriptTokens;
use crate::random::Random;
use crate::refresh::{Coordination, RefreshMemory, RefreshTimes, Refresher, RefresherParts};
use crate::revocation::RevokedSessions;
use crate::session::Session;
use crate::session::frame::AtOrigin;
use crate::session::lifetime::Lifetimes;
use crate::sign_in::Attempts;
use crate::sign_in::error::SignInError;
use crate::sign_in::exchange::Exchanges;
use crate::store::questions::Questions;
use crate::task_count::TaskCount;
use crate::web::hints::Hints;

/// What the session route shows unless configured: who the user is, and nothing else.
const DEFAULT_SESSION_CLAIMS: [&str; 9] = [
    "sub",
    "name",
    "given_name",
    "family_name",
    "preferred_username",
    "username",
    "picture",
    "email",
    "email_verified",
];

/// With several providers, `sub` without `iss` identifies nobody.
fn default_session_claims(has_several_providers: bool) -> Arc<[String]> {
    let iss = has_several_providers.then_some("iss");
    let names = iss.into_iter().chain(DEFAULT_SESSION_CLAIMS);
    names.map(str::to_owned).collect()
}

/// What the components of all origins share.
pub(super) struct SharedComponents {
    registered: Vec<Registration>,
    resolved: Option<Arc<ResolvedProviders>>,
    owners: Vec<SessionOwner>,
    random: Arc<Random>,
    lifetimes: Lifetimes,
    times: RefreshTimes,
    routes: Arc<Routes>,
    public_claims: Arc<[String]>,
    client_keys: Bytes,
    sign_in_parameters: PassedParameters,
    allowed_origins: Arc<[String]>,
    exchanges: Arc<Exchanges<Arc<Session>, SignInError>>,
    events: Arc<Events>,
    log: Arc<LogLimiter>,
    hints: Arc<Hints>,
    revoked: Arc<RevokedSessions>,
    session_questions: Arc<Questions>,
    refresh_memory: Arc<RefreshMemory>,
    /// The refresher of the first origin, which lives as long as the layer.
    first_refresher: OnceLock<Weak<Refresher>>,
}

/// What an origin seals beside sessions and sign-ins.
struct OriginCookies {
    signed_out_sealer: Sealer,
    logout_url: SealedCookie,
    forms: [SealedCookie; form_cookies::COOKIES],
}

impl SharedComponents {
    pub(super) fn new(
        builder: &AuthLayerBuilder,
        routes: Routes,
        random: Arc<Random>,
        registrar: &Registrar,
        clients: &[RegisteredClient],
    ) -> Result<Self, ConfigError> {
        let hints = Hints::default();
        for client in clients.iter() {
            warn_without_refresh_tokens(client.relying_party.provider(), &hints);
        }
        let log = Arc::new(LogLimiter::new(Arc::clone(&builder.clock)));
        let events = Events::new(builder.on_event.clone(), Arc::clone(&log));
        ScriptTokens::check(
            builder.routes.access_token.is_some(),
            &builder.access_token_resources,
            builder.providers.resolver.is_some(),
            clients.iter().map(|client| client.relying_party.provider()),
        )?;
        let times = refresh_times(builder, clients)?;
        let resolved = resolver::resolved_providers(builder, registrar, clients, &times, &log)?;
        let has_several_providers = clients.len() > 1 || resolved.is_some();
        let tasks = TaskCount::default();
        let shared_revocations = stores::shared_revocations(builder, &log, &tasks)?;
        Ok(Self {
            registered: clients
                .iter()
                .map(|it| registrar.registration(it))
                .collect(),
            resolved,
            owners: clients.iter().map(owner).collect(),
            lifetimes: lifetimes(builder)?,
            times,
            random,
            routes: Arc::new(routes),
            public_claims: match &builder.session_claims {
                Some(names) => names.clone().into(),
                None => default_session_claims(has_several_providers),
            },
            client_keys: client_keys::key_set(builder, clients)?,
            sign_in_parameters: PassedParameters::new(&builder.sign_in_parameters)?,
            allowed_origins: allowed_origins::parse(&builder.allowed_origins, builder.plain_http)?,
            exchanges: Arc::new(Exchanges::new(Arc::clone(&builder.clock))),
            events: Arc::new(events),
            session_questions: stores::session_questions(builder, &log),
            log,
            hints: Arc::new(hints),
            revoked: Arc::new(RevokedSessions::new(
                builder.absolute_lifetime,
                shared_revocations,
            )),
            refresh_memory: Arc::new(RefreshMemory::counting(tasks)),
            first_refresher: OnceLock::new(),
        })
    }

    /// The keys of these secrets. From now on, fresh values are made under them too.
    pub(super) fn keys(&self, builder: &AuthLayerBuilder, key_ring: KeyRing) -> Keys {
        let random = key_ring.hedged_random(Purpose::RANDOM, &[]);
        self.random.replace_key(random);
        Keys::new(builder, key_ring, &self.session_questions)
    }

    pub(super) fn at_origin(
        &self,
        builder: &AuthLayerBuilder,
        keys: &Keys,
        base_url: BaseUrl,
        is_configured: bool,
    ) -> Result<Components, ConfigError> {
        let at = AtOrigin {
            origin: base_url.origin().into(),
            is_configured,
        };
        let providers = self.providers(at.clone());
        let cookies = Cookies::new(&base_url, &keys.key_ring, builder)?;
        let hooks = Arc::new(Hooks {
            settings: builder.hooks.clone(),
            room: room(
                &cookies.session,
                builder.stores.sessions.is_some(),
                builder.compression,
            ),
            clock: Arc::clone(&builder.clock),
            log: Arc::clone(&self.log),
        });
        let refresher = Arc::new(self.refresher(
            builder,
            at,
            providers.clone(),
            Arc::clone(&hooks),
            cookies.refreshed_session_sealer,
        ));
        self.first_refresher
            .get_or_init(|| Arc::downgrade(&refresher));
        let origin_cookies = OriginCookies {
            signed_out_sealer: cookies.logout_sealer,
            logout_url: cookies.logout_url,
            forms: cookies.forms,
        };
        let owners = self.owners(is_configured);
        let persistence = self.persistence(
            builder,
            keys,
            (cookies.session, cookies.former),
            owners,
            Arc::clone(&refresher),
        );
        Ok(Components {
            providers,
            cookie_filter: CookieFilter::new(&persistence.cookie, &cookies.transactions),
            origin: self.origin(builder, base_url, origin_cookies)?,
            attempts: self.attempts(builder, keys, (cookies.transactions, cookies.demands)),
            persistence: Arc::new(persistence),
            refresher,
            hooks,
            events: Arc::clone(&self.events),
            random: Arc::clone(&self.random),
            log: Arc::clone(&self.log),
            #[cfg(feature = "testing")]
            counters: keys.key_ring.counters(),
        })
    }

    fn origin(
        &self,
        builder: &AuthLayerBuilder,
        base_url: BaseUrl,
        cookies: OriginCookies,
    ) -> Result<Origin, ConfigError> {
        let pages = pages(builder, &base_url)?;
        let minute_sealer = MinuteSealer {
            entropy: Arc::clone(&builder.entropy),
            clock: Arc::clone(&builder.clock),
            log: Arc::clone(&self.log),
        };
        Ok(Origin {
            base_url,
            routes: Arc::clone(&self.routes),
            after_sign_in: pages.after_sign_in,
            after_sign_out: pages.after_sign_out,
            signed_out_page: pages.signed_out_page,
            allowed_origins: Arc::clone(&self.allowed_origins),
            sign_in_parameters: self.sign_in_parameters.clone(),
            provider_choice: pages.provider_choice,
            sign_out: builder.sign_out,
            public_claims: Arc::clone(&self.public_claims),
            client_keys: self.client_keys.clone(),
            signed_out_states: SignedOutStates {
                sealer: cookies.signed_out_sealer,
                entropy: Arc::clone(&builder.entropy),
                clock: Arc::clone(&builder.clock),
                log: Arc::clone(&self.log),
            },
            logout_url_cookie: LogoutUrlCookie {
                cookie: cookies.logout_url,
                sealer: minute_sealer.clone(),
            },
            form_cookies: FormCookies {
                cookies: cookies.forms,
                sealer: minute_sealer,
            },
            hints: Arc::clone(&self.hints),
            log: Arc::clone(&self.log),
        })
    }

    fn persistence(
        &self,
        builder: &AuthLayerBuilder,
        keys: &Keys,
        (cookie, former): (SealedCookie, FormerCookies),
        owners: SessionOwners,
        refresher: Arc<Refresher>,
    ) -> SessionPersistence {
        SessionPersistence {
            cookie,
            former,
            records: keys.records.clone(),
            compression: builder.compression,
            lifetimes: self.lifetimes,
            owners,
            revoked: Arc::clone(&self.revoked),
            refresher,
            events: Arc::clone(&self.events),
            clock: Arc::clone(&builder.clock),
            entropy: Arc::clone(&builder.entropy),
            log: Arc::clone(&self.log),
            fingerprints: Arc::clone(&keys.fingerprints),
        }
    }

    fn attempts(
        &self,
        builder: &AuthLayerBuilder,
        keys: &Keys,
        (cookies, demands_sealer): (SealedCookieSet, Sealer),
    ) -> Attempts {
        Attempts {
            cookies,
            demands_sealer,
            exchanges: Arc::clone(&self.exchanges),
            random: Arc::clone(&self.random),
            entropy: Arc::clone(&builder.entropy),
            clock: Arc::clone(&builder.clock),
            log: Arc::clone(&self.log),
            secret_fingerprint: keys.fingerprints.sealing().to_owned(),
        }
    }

    /// The providers at an origin. Nobody has said that those of the configuration may be used at an origin
    /// that the client chose.
    fn providers(&self, at: AtOrigin) -> Registry {
        let registered = match at.is_configured {
            true => self.registered.clone(),
            false => Vec::new(),
        };
        Registry::new(registered, self.resolved.clone(), at)
    }

    /// Whose sessions open at an origin: those of the [providers](Self::providers) there. Otherwise a session
    /// from the time when this origin was configured would still open.
    fn owners(&self, is_configured: bool) -> SessionOwners {
        let registered = match is_configured {
            true => self.owners.clone().into(),
            false => Box::default(),
        };
        SessionOwners {
            registered,
            may_be_resolved: self.resolved.is_some(),
        }
    }

    fn refresher(
        &self,
        builder: &AuthLayerBuilder,
        origin: AtOrigin,
        providers: Registry,
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
            origin,
            retried_by: self.first_refresher.get().cloned(),
            memory: Arc::clone(&self.refresh_memory),
            endpoint: Arc::new(providers),
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
            revoke_at_sign_out: builder.revoke_at_sign_out,
        })
    }
}

fn owner(client: &RegisteredClient) -> SessionOwner {
    let issuer = client.relying_party.issuer();
    let subject = client.relying_party.expected_subject();
    SessionOwner {
        id: client.id.clone(),
        provider: client.registration_id,
        user: subject.map(|subject| (issuer.into(), subject.into())),
    }
}
