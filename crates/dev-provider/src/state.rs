//! What all endpoints share.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use serde_json::Value;

use crate::{
    clients::Client,
    clock::Clock,
    faults::Faults,
    held::Holds,
    keys::{KeyRing, SigningAlgorithm},
    observed::Observed,
    resources::Resource,
    store::{Grant, Store},
    users::User,
};

pub(crate) type SharedState = Arc<State>;

pub(crate) struct State {
    pub(crate) issuer: String,
    pub(crate) settings: Settings,
    pub(crate) faults: Faults,
    pub(crate) observed: Observed,
    pub(crate) holds: Holds,
    switches: Mutex<Switches>,
    keys: Mutex<KeyRing>,
    store: Mutex<Store>,
}

#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) clients: Vec<Client>,
    pub(crate) users: Vec<User>,
    pub(crate) resources: Vec<Resource>,
    pub(crate) consent: bool,
    pub(crate) iss_parameter: bool,
    pub(crate) signing_algorithm: SigningAlgorithm,
    pub(crate) signed_user_info: bool,
    pub(crate) id_token_lifetime: Duration,
    pub(crate) refresh_token_lifetime: Duration,
    pub(crate) rotate_refresh_tokens: bool,
    pub(crate) rotation_grace: Duration,
    pub(crate) clock: Clock,
}

/// What may change while the provider runs.
#[derive(Clone, Debug)]
pub(crate) struct Switches {
    pub(crate) access_token_lifetime: Duration,
    /// By username.
    pub(crate) disabled_users: BTreeSet<String>,
}

impl State {
    pub(crate) fn new(
        issuer: String,
        settings: Settings,
        switches: Switches,
        faults: Faults,
    ) -> SharedState {
        Arc::new(Self {
            issuer,
            settings,
            faults,
            observed: Observed::default(),
            holds: Holds::default(),
            switches: Mutex::new(switches),
            keys: Mutex::new(KeyRing::new()),
            store: Mutex::default(),
        })
    }

    pub(crate) fn switches(&self) -> MutexGuard<'_, Switches> {
        self.switches.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn keys(&self) -> MutexGuard<'_, KeyRing> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn now(&self) -> u64 {
        self.settings.clock.now()
    }

    /// What signs the client's ID tokens and userinfo.
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

    /// Those who are not disabled.
    pub(crate) fn users(&self) -> Vec<&User> {
        let switches = self.switches();
        self.settings
            .users
            .iter()
            .filter(|user| !switches.disabled_users.contains(user.username()))
            .collect()
    }

    /// The user of that name, unless disabled.
    pub(crate) fn user(&self, username: &str) -> Option<&User> {
        let mut users = self.users().into_iter();
        users.find(|user| user.username() == username)
    }

    /// The `sub` claim of the user who granted it, unless disabled.
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
