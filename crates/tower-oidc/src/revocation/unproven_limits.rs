//! How many entries requests may make that prove nothing, in all and for each network of clients.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::format::time::UnixMillis;

/// Half of what a store has to hold for 32,768 people, and about 1 MiB here.
pub(super) const MAX_LIVE: usize = 16_384;

/// A sixteenth of all, so that one network does not use up the room of the others.
const MAX_LIVE_OF_NETWORK: usize = 1_024;

const MINUTE: Duration = Duration::from_secs(60);

/// More sign-outs than the people of one network do in a minute.
const MAX_IN_A_MINUTE: u32 = 60;

pub(super) struct UnprovenLimits {
    /// How long an entry lives.
    lifetime: Duration,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// When each entry ends and the network that it came from, the first one to end being the first.
    live: VecDeque<(UnixMillis, u128)>,
    /// Those that have entries.
    networks: HashMap<u128, NetworkUse>,
}

struct NetworkUse {
    live: usize,
    minute_began: UnixMillis,
    in_this_minute: u32,
}

impl UnprovenLimits {
    pub(super) fn new(lifetime: Duration) -> Self {
        Self {
            lifetime,
            state: Mutex::default(),
        }
    }

    /// Whether a request from this network may make an entry now. If so, it counts as made.
    pub(super) fn allow(&self, network: u128, now: UnixMillis) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.forget_ended(now);
        if state.live.len() >= MAX_LIVE {
            return false;
        }
        let used = state.networks.entry(network).or_insert(NetworkUse {
            live: 0,
            minute_began: now,
            in_this_minute: 0,
        });
        // The difference in both directions: a clock that was set back must not block a network.
        if Duration::from_millis(now.0.abs_diff(used.minute_began.0)) >= MINUTE {
            used.minute_began = now;
            used.in_this_minute = 0;
        }
        if used.live >= MAX_LIVE_OF_NETWORK || used.in_this_minute >= MAX_IN_A_MINUTE {
            return false;
        }
        used.live = used.live.saturating_add(1);
        used.in_this_minute = used.in_this_minute.saturating_add(1);
        let end = now.plus(self.lifetime);
        state.live.push_back((end, network));
        true
    }
}

impl State {
    fn forget_ended(&mut self, now: UnixMillis) {
        while let Some((end, network)) = self.live.front().copied()
            && end <= now
        {
            self.live.pop_front();
            if let Some(used) = self.networks.get_mut(&network) {
                used.live = used.live.saturating_sub(1);
                if used.live == 0 {
                    self.networks.remove(&network);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMillis = UnixMillis(1_795_000_000_000);
    const WEEK: Duration = Duration::from_secs(7 * 86_400);

    /// How many of these requests are allowed.
    fn allowed(limits: &UnprovenLimits, network: u128, at: UnixMillis, requests: usize) -> usize {
        (0..requests).filter(|_| limits.allow(network, at)).count()
    }

    #[test]
    fn a_network_makes_sixty_entries_a_minute_and_a_thousand_in_all() {
        let limits = UnprovenLimits::new(WEEK);

        assert_eq!(allowed(&limits, 1, NOW, 100), 60);
        assert_eq!(allowed(&limits, 2, NOW, 100), 60, "another network");
        let mut made = 60;
        for minute in 1..60 {
            made += allowed(&limits, 1, NOW.plus(MINUTE * minute), 100);
        }
        assert_eq!(made, MAX_LIVE_OF_NETWORK);
        assert_eq!(allowed(&limits, 2, NOW.plus(MINUTE * 60), 1), 1);
        assert_eq!(allowed(&limits, 1, NOW.plus(WEEK), 1), 1);
    }

    #[test]
    fn all_networks_together_have_a_limit_and_leave_nothing_behind() {
        let limits = UnprovenLimits::new(WEEK);

        for network in 0..1_000 {
            allowed(&limits, network, NOW, 17);
        }
        assert_eq!(allowed(&limits, 5_000, NOW, 1), 0);
        assert_eq!(limits.state.lock().unwrap().live.len(), MAX_LIVE);

        assert!(limits.allow(5_000, NOW.plus(WEEK)));
        let state = limits.state.lock().unwrap();
        assert_eq!((state.live.len(), state.networks.len()), (1, 1));
    }

    #[test]
    fn a_clock_that_was_set_back_blocks_no_network() {
        let limits = UnprovenLimits::new(WEEK);
        allowed(&limits, 1, NOW, 60);

        assert!(limits.allow(1, UnixMillis(NOW.0 - 3_600_000)));
    }
}
