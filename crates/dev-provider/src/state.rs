//! The state that all endpoints share.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use serde_json::Value;

use crate::{
    clients::Client,
    clock::Clock,
    faults::FaultSwitches,
    held_requests::Gates,
    keys::{SigningAlgorithm, SigningKeys},
    logout::LogoutUris,
    request_log::RequestLog,
    resources::Resource,
    store::{Grant, Store},
    users::User,
};

pub(crate) type SharedState = Arc<State>;

pub(crate) struct State {
    pub(crate) issuer: String,
    pub(crate) settings: ProviderSettings,
    pub(crate) faults: FaultSwitches,
    pub(crate) request_log: RequestLog,
    pub(crate) gates: Arc<Gates>,
    live_settings: Mutex<LiveSettings>,
    keys: Mutex<SigningKeys>,
    store: Mutex<Store>,
}

#[derive(Clone, Debug)]
pub(crate) struct ProviderSettings {
    pub(crate) clients: Vec<Client>,
    pub(crate) users: Vec<User>,
    pub(crate) resources: Vec<Resource>,
    pub(crate) consent: bool,
    pub(crate) iss_parameter: bool,
    pub(crate) require_pushed_requests: bool,
    pub(crate) signing_algorithm: SigningAlgorithm,
    pub(crate) signed_user_info: bool,
    /// The authentication context classes that a request can ask for.
    pub(crate) acr_values: Vec<String>,
    pub(crate) id_token_lifetime: Duration,
    pub(crate) refresh_token_lifetime: Duration,
    pub(crate) rotate_refresh_tokens: bool,
    pub(crate) rotation_grace: Duration,
    pub(crate) clock: Clock,
}

/// The settings that can change while the provider runs.
#[derive(Clone, Debug)]
pub(crate) struct LiveSettings {
    pub(crate) access_token_lifetime: Duration,
    /// The usernames.
    pub(crate) disabled_users: BTreeSet<String>,
    /// By the id of the client. They replace those of its registration.
    pub(crate) logout_uris: BTreeMap<String, LogoutUris>,
}

impl State {
    pub(crate) fn new(
        issuer: String,
        settings: ProviderSettings,
        live_settings: LiveSettings,
        faults: FaultSwitches,
    ) -> SharedState {
        Arc::new(Self {
            issuer,
            settings,
            faults,
            request_log: RequestLog::default(),
            gates: Arc::default(),
            live_settings: Mutex::new(live_settings),
            keys: Mutex::new(SigningKeys::new()),
            store: Mutex::default(),
        })
    }

    pub(crate) fn live_settings(&self) -> MutexGuard<'_, LiveSettings> {
        self.live_settings
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn keys(&self) -> MutexGuard<'_, SigningKeys> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn now(&self) -> u64 {
        self.settings.clock.now()
    }

    /// The algorithm that signs the client's ID tokens and userinfo responses.
    pub(crate) fn signing_algorithm(&self, client: &Client) -> SigningAlgorithm {
        client
            .own_signing_algorithm()
            .unwrap_or(self.settings.signing_algorithm)
    }

    pub(crate) fn client(&self, id: &str) -> Option<&Client> {
        self.settings
            .clients
            .iter()
            .find(|client| client.id() == id)
    }

    /// Where the client wants to learn that a session has ended.
    pub(crate) fn logout_uris(&self, client: &Client) -> LogoutUris {
        let live_settings = self.live_settings();
        let changed = live_settings.logout_uris.get(client.id());
        changed.unwrap_or_else(|| client.logout_uris()).clone()
    }

    /// The users who are not disabled.
    pub(crate) fn users(&self) -> Vec<&User> {
        let live_settings = self.live_settings();
        self.settings
            .users
            .iter()
            .filter(|user| !live_settings.disabled_users.contains(user.username()))
            .collect()
    }

    /// The user with this username, unless disabled.
    pub(crate) fn user(&self, username: &str) -> Option<&User> {
        let mut users = self.users().into_iter();
        users.find(|user| user.username() == username)
    }

    /// The `sub` claim of the user with this username, even if disabled.
    pub(crate) fn sub_of(&self, username: &str) -> String {
        let mut users = self.settings.users.iter();
        let user = users.find(|user| user.username() == username);
        let sub = user.and_then(|user| user.claims(&[]).remove("sub"));
        let sub = sub.as_ref().and_then(Value::as_str);
        sub.unwrap_or(username).to_owned()
    }

    /// The `sub` claim of the user of a grant, unless disabled.
    pub(crate) fn sub(&self, grant: &Grant) -> Option<Value> {
        self.user(&grant.username)?.claims(&[]).remove("sub")
    }

    pub(crate) fn resource(&self, indicator: &str) -> Option<&Resource> {
        self.settings
            .resources
            .iter()
            .find(|resource| resource.indicator() == indicator)
    }
}
