//! The faults that are active.

use std::{
    collections::BTreeSet,
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::{Fault, Outage};
use crate::endpoint::Endpoint;

/// The faults that tests activate and deactivate while the provider runs.
#[derive(Debug, Default)]
pub(crate) struct FaultSwitches(Mutex<ActiveFaults>);

/// The faults that are active at one moment.
#[derive(Clone, Debug, Default)]
pub(crate) struct ActiveFaults(BTreeSet<Fault>);

impl FaultSwitches {
    pub(crate) fn new(faults: BTreeSet<Fault>) -> Self {
        Self(Mutex::new(ActiveFaults(faults)))
    }

    pub(crate) fn add(&self, fault: Fault) {
        self.lock().0.insert(fault);
    }

    pub(crate) fn clear(&self) {
        self.lock().0.clear();
    }

    pub(crate) fn now(&self) -> ActiveFaults {
        self.lock().clone()
    }

    /// The faults that apply to a refresh, or to the exchange of a code.
    pub(crate) fn for_token_request(&self, is_refresh: bool) -> ActiveFaults {
        let applicable = |fault: Fault| match fault.on_refresh() {
            Some(fault) => is_refresh.then_some(fault),
            None => Some(fault),
        };
        ActiveFaults(self.lock().iter().filter_map(applicable).collect())
    }

    fn lock(&self) -> MutexGuard<'_, ActiveFaults> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ActiveFaults {
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

    pub(crate) fn outage(&self, endpoint: Endpoint) -> Option<Outage> {
        self.iter()
            .filter_map(Fault::outage)
            .find(|(other, _)| *other == endpoint)
            .map(|(_, outage)| outage)
    }
}
