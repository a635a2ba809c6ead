//! The budget of sign-ins, in which the networks of the clients take turns.
//!
//! Anybody can send callbacks with made-up codes, each of which costs a token request. In order of
//! arrival they would make an honest sign-in wait behind all of them.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use super::MAX_WAIT;

/// Requests for sign-ins that may be sent at once.
pub(super) const MAX_IN_FLIGHT: usize = 64;

/// Of one network: a quarter is left for the others, so that an honest sign-in is sent at once although
/// the provider holds all requests of an attacker for ten seconds.
pub(super) const MAX_IN_FLIGHT_OF_NETWORK: usize = 48;

/// Code exchanges that may wait, and with it the number of networks that wait. Each takes some two
/// kilobytes, so 4 MiB.
pub(super) const MAX_WAITING: usize = 2_048;

/// Of one network: half of them, so that two crowds can wait. If all wait, a network with fewer
/// makes the one with the most give up its last place.
pub(super) const MAX_WAITING_OF_NETWORK: usize = 1_024;

/// Continued sign-ins that may wait. There is one for each code exchange that the provider has just
/// accepted, and they are served first, so there are hardly more than [`MAX_IN_FLIGHT`].
const MAX_WAITING_CONTINUED: usize = 256;

/// `None` for all clients whose network is not known.
type Network = Option<u128>;

/// Who waits for a turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Waiter {
    CodeExchange(Network),
    /// A sign-in whose code the provider has accepted. It goes before all others.
    Continued,
}

#[derive(Default)]
pub(super) struct SignInTurns(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    in_flight: usize,
    in_flight_of: HashMap<Network, usize>,
    continued: Queue,
    /// The networks that wait; none of the queues is empty.
    queues: HashMap<Network, Queue>,
    /// The same networks; the first one has the next turn.
    order: VecDeque<Network>,
    waiting: usize,
    next_id: u64,
}

type Queue = VecDeque<(u64, oneshot::Sender<SignInTurn>)>;

impl SignInTurns {
    /// A turn; `None` if too many wait, or it did not come in time.
    pub(super) async fn turn(&self, waiter: Waiter) -> Option<SignInTurn> {
        let mut place = {
            let mut state = lock(&self.0);
            // Whoever may be sent has been sent, so nobody of this network waits.
            if state.may_start(waiter) {
                state.start(waiter);
                return Some(self.begun(waiter));
            }
            let (id, turn) = state.wait(waiter)?;
            Place {
                state: Arc::clone(&self.0),
                waiter,
                id,
                turn,
            }
        };
        let turn = tokio::time::timeout(MAX_WAIT, &mut place.turn).await;
        turn.ok()?.ok()
    }

    fn begun(&self, waiter: Waiter) -> SignInTurn {
        SignInTurn {
            state: Arc::clone(&self.0),
            waiter,
        }
    }
}

/// A request that may be sent. Dropped, it lets the next one be sent.
pub(crate) struct SignInTurn {
    state: Arc<Mutex<State>>,
    waiter: Waiter,
}

impl Drop for SignInTurn {
    fn drop(&mut self) {
        let mut begun = Vec::new();
        let mut state = lock(&self.state);
        state.end(self.waiter);
        while let Some((waiter, sender)) = state.next() {
            state.start(waiter);
            begun.push((waiter, sender));
        }
        drop(state);
        for (waiter, sender) in begun {
            // One whose waiter has just left is dropped here, and so is passed on.
            let _ = sender.send(Self {
                state: Arc::clone(&self.state),
                waiter,
            });
        }
    }
}

impl fmt::Debug for SignInTurn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignInTurn").finish_non_exhaustive()
    }
}

/// A place in a queue, which is free again when it is dropped.
struct Place {
    state: Arc<Mutex<State>>,
    waiter: Waiter,
    id: u64,
    turn: oneshot::Receiver<SignInTurn>,
}

impl Drop for Place {
    fn drop(&mut self) {
        lock(&self.state).leave(self.waiter, self.id);
    }
}

impl State {
    fn may_start(&self, waiter: Waiter) -> bool {
        let network_may = match waiter {
            Waiter::Continued => true,
            Waiter::CodeExchange(network) => self
                .in_flight_of
                .get(&network)
                .is_none_or(|count| *count < MAX_IN_FLIGHT_OF_NETWORK),
        };
        network_may && self.in_flight < MAX_IN_FLIGHT
    }

    fn start(&mut self, waiter: Waiter) {
        self.in_flight = self.in_flight.saturating_add(1);
        if let Waiter::CodeExchange(network) = waiter {
            let count = self.in_flight_of.entry(network).or_default();
            *count = count.saturating_add(1);
        }
    }

    fn end(&mut self, waiter: Waiter) {
        self.in_flight = self.in_flight.saturating_sub(1);
        if let Waiter::CodeExchange(network) = waiter
            && let Some(count) = self.in_flight_of.get_mut(&network)
        {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.in_flight_of.remove(&network);
            }
        }
    }

    /// Takes a place; `None` if there is none.
    fn wait(&mut self, waiter: Waiter) -> Option<(u64, oneshot::Receiver<SignInTurn>)> {
        let network = match waiter {
            Waiter::Continued => {
                let has_room = self.continued.len() < MAX_WAITING_CONTINUED;
                return has_room.then(|| enqueue(&mut self.continued, &mut self.next_id));
            }
            Waiter::CodeExchange(network) => network,
        };
        let own = self.queues.get(&network).map_or(0, VecDeque::len);
        if own >= MAX_WAITING_OF_NETWORK {
            return None;
        }
        if self.waiting >= MAX_WAITING {
            self.make_room(own)?;
        }
        let queue = self.queues.entry(network).or_default();
        if queue.is_empty() {
            self.order.push_back(network);
        }
        self.waiting = self.waiting.saturating_add(1);
        Some(enqueue(queue, &mut self.next_id))
    }

    /// Refuses the last one of the network of which the most wait, unless that is no more than the
    /// `own` of who needs the room and itself.
    fn make_room(&mut self, own: usize) -> Option<()> {
        let (&longest, queue) = self.queues.iter().max_by_key(|(_, queue)| queue.len())?;
        if queue.len() <= own.saturating_add(1) {
            return None;
        }
        let id = queue.back()?.0;
        self.leave(Waiter::CodeExchange(longest), id);
        Some(())
    }

    /// The next one that may be sent, taken out of its queue.
    fn next(&mut self) -> Option<(Waiter, oneshot::Sender<SignInTurn>)> {
        if self.in_flight >= MAX_IN_FLIGHT {
            return None;
        }
        if let Some((_, sender)) = self.continued.pop_front() {
            return Some((Waiter::Continued, sender));
        }
        let may_start = |network: &Network| self.may_start(Waiter::CodeExchange(*network));
        let position = self.order.iter().position(may_start)?;
        let network = self.order.remove(position)?;
        let queue = self.queues.get_mut(&network)?;
        let (_, sender) = queue.pop_front()?;
        self.waiting = self.waiting.saturating_sub(1);
        if queue.is_empty() {
            self.queues.remove(&network);
        } else {
            self.order.push_back(network);
        }
        Some((Waiter::CodeExchange(network), sender))
    }

    /// Gives up a place, if it is still there.
    fn leave(&mut self, waiter: Waiter, id: u64) {
        let network = match waiter {
            Waiter::Continued => {
                self.continued.retain(|(other, _)| *other != id);
                return;
            }
            Waiter::CodeExchange(network) => network,
        };
        let Some(queue) = self.queues.get_mut(&network) else {
            return;
        };
        // The ids of a queue grow.
        let Ok(position) = queue.binary_search_by_key(&id, |(id, _)| *id) else {
            return;
        };
        queue.remove(position);
        self.waiting = self.waiting.saturating_sub(1);
        if queue.is_empty() {
            self.queues.remove(&network);
            self.order.retain(|other| *other != network);
        }
    }
}

fn enqueue(queue: &mut Queue, next_id: &mut u64) -> (u64, oneshot::Receiver<SignInTurn>) {
    let id = *next_id;
    *next_id = next_id.wrapping_add(1);
    let (sender, receiver) = oneshot::channel();
    queue.push_back((id, sender));
    (id, receiver)
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    // Nothing panics while the lock is held, and every state is a valid one.
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
