//! What all endpoints share.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::{
    clients::Client,
    clock::Clock,
    faults::Faults,
    keys::{KeyRing, SigningAlgorithm},
    observed::Observed,
    store::Store,
    users::User,
};

pub(crate) type SharedState = Arc<State>;

pub(crate) struct State {
    pub(crate) issuer: String,
    pub(crate) settings: Settings,
    pub(crate) faults: Faults,
    pub(crate) observed: Observed,
    keys: Mutex<KeyRing>,
    store: Mutex<Store>,
}

#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) clients: Vec<Client>,
    pub(crate) users: Vec<User>,
    pub(crate) consent: bool,
    pub(crate) iss_parameter: bool,
    pub(crate) signing_algorithm: SigningAlgorithm,
    pub(crate) access_token_lifetime: Duration,
    pub(crate) id_token_lifetime: Duration,
    pub(crate) refresh_token_lifetime: Duration,
    pub(crate) rotate_refresh_tokens: bool,
    pub(crate) clock: Clock,
}

impl State {
    pub(crate) fn new(issuer: String, settings: Settings, faults: Faults) -> SharedState {
        Arc::new(Self {
            issuer,
            settings,
            faults,
            observed: Observed::default(),
            keys: Mutex::new(KeyRing::new()),
            store: Mutex::default(),
        })
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

    pub(crate) fn client(&self, id: &str) -> Option<&Client> {
        self.settings
            .clients
            .iter()
            .find(|client| client.id() == id)
    }

    pub(crate) fn user(&self, username: &str) -> Option<&User> {
        self.settings
            .users
            .iter()
            .find(|user| user.username() == username)
    }
}
