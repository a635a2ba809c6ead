//! The budget of sign-ins: a fair queue, in which the networks of the clients take turns.
//!
//! Anyone can send callbacks with made-up codes, each of which costs a token request, and begin sign-ins,
//! each of which may cost a pushed authorization request. In the order of arrival, an honest sign-in
//! would wait behind all of them.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use super::limits::MAX_WAIT;
use crate::runtime;

/// Requests for sign-ins that may be sent at once.
pub(super) const MAX_IN_FLIGHT: usize = 64;

/// The same for one network, or one wider network. A quarter is left for the others, so that an honest
/// sign-in is sent at once even if the provider takes ten seconds for each request of an attacker.
pub(super) const MAX_IN_FLIGHT_OF_NETWORK: usize = 48;

/// Code exchanges and pushed authorization requests that may wait, and so the largest number of networks that wait. Each takes about two
/// kilobytes, so all of them take 4 MiB.
pub(super) const MAX_WAITING: usize = 2_048;

/// The same for one wider network: half of them, so that two busy networks can wait. When all places
/// are taken, a network with fewer requests evicts the last request of the network with the most.
pub(super) const MAX_WAITING_OF_NETWORK: usize = 1_024;

/// FollowUp sign-ins that may wait. There is one for each code exchange that the provider has just
/// accepted, and they are served first, so there are hardly more than [`MAX_IN_FLIGHT`].
const MAX_WAITING_FOLLOW_UPS: usize = 256;

/// The network of a client, and the wider one that it is part of. Both take turns: a customer of an
/// internet provider may have many networks, and must not delay all others by sending one request from
/// each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ClientNetwork {
    /// Equal to `network` if there is no wider one.
    pub(crate) wider: u128,
    pub(crate) network: u128,
}

impl ClientNetwork {
    /// Returns the network, if it is known, and the wider one, which is the network itself by default.
    pub(crate) fn of(network: Option<u128>, wider: Option<u128>) -> Option<Self> {
        let network = network?;
        Some(Self {
            wider: wider.unwrap_or(network),
            network,
        })
    }
}

/// `None` for all clients whose network is not known.
type Network = Option<ClientNetwork>;

fn wider(network: Network) -> Option<u128> {
    network.map(|network| network.wider)
}

/// Which request waits for a permit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Waiter {
    /// A request that anyone can cause: a code exchange, or a pushed authorization request.
    NewSignIn(Network),
    /// A request of a sign-in whose code the provider has accepted. It goes before all others.
    FollowUp,
}

#[derive(Default)]
pub(super) struct FairQueue(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    in_flight: usize,
    /// By wider network.
    in_flight_of: HashMap<Option<u128>, usize>,
    follow_ups: Queue,
    /// The wider networks with waiting requests; none of them is empty.
    waiting_of: HashMap<Option<u128>, Waiting>,
    /// The same wider networks; the first one is next.
    order: VecDeque<Option<u128>>,
    waiting: usize,
    next_id: u64,
}

/// The waiting requests of one wider network.
#[derive(Default)]
struct Waiting {
    /// The networks with waiting requests; none of the queues is empty.
    queues: HashMap<Network, Queue>,
    /// The same networks; the first one is next.
    order: VecDeque<Network>,
    count: usize,
}

type Queue = VecDeque<(u64, oneshot::Sender<SignInPermit>)>;

impl FairQueue {
    /// Waits for a permit. `None` if too many wait, or after ten seconds.
    pub(super) async fn permit(&self, waiter: Waiter) -> Option<SignInPermit> {
        let mut place = {
            let mut state = lock(&self.0);
            // Every request that may be sent has been sent, so none of this network waits.
            if state.may_start(waiter) {
                state.start(waiter);
                return Some(self.started(waiter));
            }
            let (id, permit) = state.wait(waiter)?;
            QueuePlace {
                state: Arc::clone(&self.0),
                waiter,
                id,
                permit,
            }
        };
        let permit = runtime::timeout(MAX_WAIT, &mut place.permit).await;
        permit?.ok()
    }

    fn started(&self, waiter: Waiter) -> SignInPermit {
        SignInPermit {
            state: Arc::clone(&self.0),
            waiter,
        }
    }
}

/// The permit to send a request. When it is dropped, the next request is sent.
pub(crate) struct SignInPermit {
    state: Arc<Mutex<State>>,
    waiter: Waiter,
}

impl Drop for SignInPermit {
    fn drop(&mut self) {
        let mut started = Vec::new();
        let mut state = lock(&self.state);
        state.end(self.waiter);
        while let Some((waiter, sender)) = state.next() {
            state.start(waiter);
            started.push((waiter, sender));
        }
        drop(state);
        for (waiter, sender) in started {
            // If the waiter has just left, the permit is dropped here, and so passed on.
            let _ = sender.send(Self {
                state: Arc::clone(&self.state),
                waiter,
            });
        }
    }
}

impl fmt::Debug for SignInPermit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignInPermit").finish_non_exhaustive()
    }
}

/// A place in a queue, which is freed when it is dropped.
struct QueuePlace {
    state: Arc<Mutex<State>>,
    waiter: Waiter,
    id: u64,
    permit: oneshot::Receiver<SignInPermit>,
}

impl Drop for QueuePlace {
    fn drop(&mut self) {
        lock(&self.state).remove(self.waiter, self.id);
    }
}

impl State {
    fn may_start(&self, waiter: Waiter) -> bool {
        let network_may = match waiter {
            Waiter::FollowUp => true,
            Waiter::NewSignIn(network) => self
                .in_flight_of
                .get(&wider(network))
                .is_none_or(|count| *count < MAX_IN_FLIGHT_OF_NETWORK),
        };
        network_may && self.in_flight < MAX_IN_FLIGHT
    }

    fn start(&mut self, waiter: Waiter) {
        self.in_flight = self.in_flight.saturating_add(1);
        if let Waiter::NewSignIn(network) = waiter {
            let count = self.in_flight_of.entry(wider(network)).or_default();
            *count = count.saturating_add(1);
        }
    }

    fn end(&mut self, waiter: Waiter) {
        self.in_flight = self.in_flight.saturating_sub(1);
        if let Waiter::NewSignIn(network) = waiter
            && let Some(count) = self.in_flight_of.get_mut(&wider(network))
        {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.in_flight_of.remove(&wider(network));
            }
        }
    }

    /// Takes a place. `None` if there is none.
    fn wait(&mut self, waiter: Waiter) -> Option<(u64, oneshot::Receiver<SignInPermit>)> {
        let network = match waiter {
            Waiter::FollowUp => {
                let has_room = self.follow_ups.len() < MAX_WAITING_FOLLOW_UPS;
                return has_room.then(|| enqueue(&mut self.follow_ups, &mut self.next_id));
            }
            Waiter::NewSignIn(network) => network,
        };
        let wider = wider(network);
        let (count, own) = self.waiting_of.get(&wider).map_or((0, 0), |waiting| {
            (waiting.count, waiting.length_of(network))
        });
        if count >= MAX_WAITING_OF_NETWORK {
            self.evict_in(wider, own)?;
        } else if self.waiting >= MAX_WAITING {
            self.evict_for(wider, count, own)?;
        }
        if !self.waiting_of.contains_key(&wider) {
            self.order.push_back(wider);
        }
        self.waiting = self.waiting.saturating_add(1);
        let queue = self.waiting_of.entry(wider).or_default().queue(network);
        Some(enqueue(queue, &mut self.next_id))
    }

    /// Evicts the last request of the wider network with the most waiting requests, if those are more
    /// than the `count` of `wider` with the new one. Otherwise a request inside `wider` is evicted, if
    /// any.
    fn evict_for(&mut self, wider: Option<u128>, count: usize, own: usize) -> Option<()> {
        let longest = self.waiting_of.iter().max_by_key(|(_, it)| it.count);
        let (&longest, waiting) = longest?;
        if waiting.count <= count.saturating_add(1) {
            return self.evict_in(wider, own);
        }
        self.evict_in(longest, 0)
            // Each network there has one request, so the newest one is evicted.
            .or_else(|| self.evict_last_of(longest))
    }

    /// Evicts the last request of the network inside `wider` with the most waiting requests, if those
    /// are more than `own` with the new one.
    fn evict_in(&mut self, wider: Option<u128>, own: usize) -> Option<()> {
        let (&longest, queue) = self.waiting_of.get(&wider)?.longest()?;
        if queue.len() <= own.saturating_add(1) {
            return None;
        }
        let id = queue.back()?.0;
        self.remove(Waiter::NewSignIn(longest), id);
        Some(())
    }

    /// Evicts the last request of the last network of `wider`.
    fn evict_last_of(&mut self, wider: Option<u128>) -> Option<()> {
        let waiting = self.waiting_of.get(&wider)?;
        let last = *waiting.order.back()?;
        let id = waiting.queues.get(&last)?.back()?.0;
        self.remove(Waiter::NewSignIn(last), id);
        Some(())
    }

    /// Takes the next request that may be sent out of its queue.
    fn next(&mut self) -> Option<(Waiter, oneshot::Sender<SignInPermit>)> {
        if self.in_flight >= MAX_IN_FLIGHT {
            return None;
        }
        if let Some((_, sender)) = self.follow_ups.pop_front() {
            return Some((Waiter::FollowUp, sender));
        }
        let may_start = |wider: &Option<u128>| {
            let count = self.in_flight_of.get(wider);
            count.is_none_or(|count| *count < MAX_IN_FLIGHT_OF_NETWORK)
        };
        let position = self.order.iter().position(may_start)?;
        let wider = self.order.remove(position)?;
        let waiting = self.waiting_of.get_mut(&wider)?;
        let (network, sender) = waiting.next()?;
        self.waiting = self.waiting.saturating_sub(1);
        if waiting.count == 0 {
            self.waiting_of.remove(&wider);
        } else {
            self.order.push_back(wider);
        }
        Some((Waiter::NewSignIn(network), sender))
    }

    /// Frees a place, if it still exists.
    fn remove(&mut self, waiter: Waiter, id: u64) {
        let network = match waiter {
            Waiter::FollowUp => {
                self.follow_ups.retain(|(other, _)| *other != id);
                return;
            }
            Waiter::NewSignIn(network) => network,
        };
        let wider = wider(network);
        let Some(waiting) = self.waiting_of.get_mut(&wider) else {
            return;
        };
        if !waiting.remove(network, id) {
            return;
        }
        self.waiting = self.waiting.saturating_sub(1);
        if waiting.count == 0 {
            self.waiting_of.remove(&wider);
            self.order.retain(|other| *other != wider);
        }
    }
}

impl Waiting {
    fn length_of(&self, network: Network) -> usize {
        self.queues.get(&network).map_or(0, VecDeque::len)
    }

    fn longest(&self) -> Option<(&Network, &Queue)> {
        self.queues.iter().max_by_key(|(_, queue)| queue.len())
    }

    /// Returns the queue of a network, to add one request.
    fn queue(&mut self, network: Network) -> &mut Queue {
        self.count = self.count.saturating_add(1);
        let queue = self.queues.entry(network).or_default();
        if queue.is_empty() {
            self.order.push_back(network);
        }
        queue
    }

    /// Takes the next request, of the network that is next.
    fn next(&mut self) -> Option<(Network, oneshot::Sender<SignInPermit>)> {
        let network = self.order.pop_front()?;
        let queue = self.queues.get_mut(&network)?;
        let (_, sender) = queue.pop_front()?;
        self.count = self.count.saturating_sub(1);
        if queue.is_empty() {
            self.queues.remove(&network);
        } else {
            self.order.push_back(network);
        }
        Some((network, sender))
    }

    /// Frees a place. `false` if it no longer exists.
    fn remove(&mut self, network: Network, id: u64) -> bool {
        let Some(queue) = self.queues.get_mut(&network) else {
            return false;
        };
        // The ids of a queue are in ascending order.
        let Ok(position) = queue.binary_search_by_key(&id, |(id, _)| *id) else {
            return false;
        };
        queue.remove(position);
        self.count = self.count.saturating_sub(1);
        if queue.is_empty() {
            self.queues.remove(&network);
            self.order.retain(|other| *other != network);
        }
        true
    }
}

fn enqueue(queue: &mut Queue, next_id: &mut u64) -> (u64, oneshot::Receiver<SignInPermit>) {
    let id = *next_id;
    *next_id = next_id.wrapping_add(1);
    let (sender, receiver) = oneshot::channel();
    queue.push_back((id, sender));
    (id, receiver)
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    // Nothing panics while the lock is held, and every state is valid.
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
