//! The faults in force.

use std::{
    collections::BTreeSet,
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::{Fault, Outage};
use crate::endpoint::Endpoint;

/// The faults in force, which tests change meanwhile.
#[derive(Debug, Default)]
pub(crate) struct Faults(Mutex<InForce>);

/// The faults that were in force at one moment.
#[derive(Clone, Debug, Default)]
pub(crate) struct InForce(BTreeSet<Fault>);

impl Faults {
    pub(crate) fn new(faults: BTreeSet<Fault>) -> Self {
        Self(Mutex::new(InForce(faults)))
    }

    pub(crate) fn add(&self, fault: Fault) {
        self.lock().0.insert(fault);
    }

    pub(crate) fn clear(&self) {
        self.lock().0.clear();
    }

    pub(crate) fn now(&self) -> InForce {
        self.lock().clone()
    }

    /// Those that spoil a refresh, or else those that spoil the redemption of a code.
    pub(crate) fn of_token_request(&self, refresh: bool) -> InForce {
        let spoils = |fault: Fault| match fault.of_refreshes() {
            Some(fault) => refresh.then_some(fault),
            None => Some(fault),
        };
        InForce(self.lock().iter().filter_map(spoils).collect())
    }

    fn lock(&self) -> MutexGuard<'_, InForce> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl InForce {
    pub(crate) fn iter(&self) -> impl Iterator<Item = Fault> {
        self.0.iter().copied()
    }

    pub(crate) fn contains(&self, fault: Fault) -> bool {
        self.0.contains(&fault)
    }

    pub(crate) fn with(mut self, fault: Fault) -> Self {
        self.0.insert(fault);
        self
    }

    pub(crate) fn outage(&self, of: Endpoint) -> Option<Outage> {
        self.iter()
            .filter_map(Fault::outage)
            .find(|(endpoint, _)| *endpoint == of)
            .map(|(_, outage)| outage)
    }
}
