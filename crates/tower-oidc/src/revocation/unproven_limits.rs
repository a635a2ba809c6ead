//! How many entries requests may make that prove nothing, in all and for each network of clients.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::key::RevocationKey;
use crate::format::expiring_map::ExpiringMap;
use crate::format::time::UnixMillis;

/// Half of what a store has to hold for 32,768 people, and about 2 MiB here.
pub(super) const MAX_LIVE: usize = 16_384;

/// A sixteenth of all, so that one network does not use up the room of the others.
const MAX_LIVE_OF_NETWORK: usize = 1_024;

/// Each entry has one network, and as many may have lost theirs in the last minute.
const MAX_NETWORKS: usize = 2 * MAX_LIVE;

const MINUTE: Duration = Duration::from_secs(60);

/// More sign-outs than the people of one network do in a minute.
const MAX_IN_A_MINUTE: u32 = 60;

/// A page that signs out may load its frame a few times. Each request writes to the store, so they are not unlimited.
const MAX_REPEATED_IN_A_MINUTE: u32 = 240;

pub(super) struct UnprovenLimits {
    /// How long an entry lives.
    lifetime: Duration,
    state: Mutex<State>,
}

struct State {
    /// The network that each entry came from.
    live: ExpiringMap<RevocationKey, u128>,
    /// Those that have entries, or had some a minute ago.
    networks: HashMap<u128, NetworkUse>,
    /// When the other networks were last removed.
    networks_removed_at: UnixMillis,
}

struct NetworkUse {
    live: usize,
    minute_began: UnixMillis,
    in_this_minute: u32,
    repeated_in_this_minute: u32,
}

impl UnprovenLimits {
    pub(super) fn new(lifetime: Duration) -> Self {
        Self {
            lifetime,
            state: Mutex::new(State {
                live: ExpiringMap::new(MAX_LIVE),
                networks: HashMap::new(),
                networks_removed_at: UnixMillis(0),
            }),
        }
    }

    /// Whether a request from this network may make an entry now. If so, it counts as made. An entry that the network
    /// has made before takes no further room, so that a frame that is loaded again does not use up the limit.
    pub(super) fn allow(&self, key: RevocationKey, network: u128, now: UnixMillis) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.forget_ended(now);
        let made_by = state.live.get(&key, now).copied();
        if made_by.is_none() && state.live.len() >= MAX_LIVE {
            return false;
        }
        let is_new_network = !state.networks.contains_key(&network);
        if is_new_network && state.networks.len() >= MAX_NETWORKS {
            return false;
        }
        let used = state.networks.entry(network).or_insert(NetworkUse {
            live: 0,
            minute_began: now,
            in_this_minute: 0,
            repeated_in_this_minute: 0,
        });
        if !used.count(made_by == Some(network), now) {
            return false;
        }
        if let Some(before) = made_by {
            state.release(before);
        }
        state.live.insert(key, network, now, self.lifetime);
        true
    }
}

impl NetworkUse {
    /// Counts a request that makes an entry, unless there are too many. For one that repeats an entry, its earlier count
    /// among the live ones is released afterwards.
    fn count(&mut self, is_repeated: bool, now: UnixMillis) -> bool {
        if is_minute_over(self.minute_began, now) {
            self.minute_began = now;
            self.in_this_minute = 0;
            self.repeated_in_this_minute = 0;
        }
        let (count, most) = match is_repeated {
            true => (&mut self.repeated_in_this_minute, MAX_REPEATED_IN_A_MINUTE),
            false => (&mut self.in_this_minute, MAX_IN_A_MINUTE),
        };
        let has_room = is_repeated || self.live < MAX_LIVE_OF_NETWORK;
        if !has_room || *count >= most {
            return false;
        }
        *count = count.saturating_add(1);
        self.live = self.live.saturating_add(1);
        true
    }
}

impl State {
    fn forget_ended(&mut self, now: UnixMillis) {
        while let Some(network) = self.live.remove_ended(now) {
            self.release(network);
        }
        if is_minute_over(self.networks_removed_at, now) {
            self.networks_removed_at = now;
            // One whose entries others took over keeps its counts: two networks that take turns must not reset them.
            self.networks
                .retain(|_, used| used.live > 0 || !is_minute_over(used.minute_began, now));
        }
    }

    /// An entry of this network ended, or another request replaces it.
    fn release(&mut self, network: u128) {
        if let Some(used) = self.networks.get_mut(&network) {
            used.live = used.live.saturating_sub(1);
        }
    }
}

/// In both directions: a clock that was set back must not block a network.
fn is_minute_over(began: UnixMillis, now: UnixMillis) -> bool {
    Duration::from_millis(now.0.abs_diff(began.0)) >= MINUTE
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMillis = UnixMillis(1_795_000_000_000);
    const WEEK: Duration = Duration::from_secs(7 * 86_400);

    fn key(sid: &str) -> RevocationKey {
        RevocationKey::for_front_channel("https://id.example", sid)
    }

    /// How many of these requests are allowed, each for another session.
    fn allowed(limits: &UnprovenLimits, network: u128, at: UnixMillis, requests: usize) -> usize {
        let sid = |number| key(&format!("{network} {} {number}", at.0));
        let is_allowed = |&number: &usize| limits.allow(sid(number), network, at);
        (0..requests).filter(is_allowed).count()
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

        assert!(limits.allow(key("sid"), 5_000, NOW.plus(WEEK)));
        let state = limits.state.lock().unwrap();
        assert_eq!((state.live.len(), state.networks.len()), (1, 1));
    }

    #[test]
    fn a_clock_that_was_set_back_blocks_no_network() {
        let limits = UnprovenLimits::new(WEEK);
        allowed(&limits, 1, NOW, 60);

        assert!(limits.allow(key("sid"), 1, UnixMillis(NOW.0 - 3_600_000)));
    }

    #[test]
    fn a_repeated_entry_takes_no_room_of_others_and_is_limited_for_itself() {
        let limits = UnprovenLimits::new(WEEK);
        let repeated = |minute: u32| {
            let at = NOW.plus(MINUTE * minute);
            let is_allowed = |_: &usize| limits.allow(key("sid"), 1, at);
            (0..300).filter(is_allowed).count()
        };

        assert_eq!(repeated(0), 241, "the first request is no repetition");
        for minute in 1..10 {
            assert_eq!(repeated(minute), 240);
        }
        assert_eq!(limits.state.lock().unwrap().networks[&1].live, 1);
        assert_eq!(allowed(&limits, 1, NOW.plus(MINUTE * 10), 100), 60);
    }

    /// The entry lives as long as the last request for it says.
    #[test]
    fn a_repeated_entry_counts_for_as_long_as_the_last_request_makes_it_live() {
        let limits = UnprovenLimits::new(WEEK);
        limits.allow(key("sid"), 1, NOW);
        limits.allow(key("sid"), 1, NOW.plus(WEEK / 2));

        assert_eq!(allowed(&limits, 2, NOW.plus(WEEK), 1), 1);
        assert!(limits.state.lock().unwrap().networks.contains_key(&1));
        assert_eq!(allowed(&limits, 2, NOW.plus(WEEK + WEEK / 2), 1), 1);
        assert!(!limits.state.lock().unwrap().networks.contains_key(&1));
    }

    #[test]
    fn an_entry_that_another_network_repeats_counts_for_that_one() {
        let limits = UnprovenLimits::new(WEEK);
        limits.allow(key("sid"), 1, NOW);
        assert_eq!(allowed(&limits, 2, NOW, 60), 60);

        assert!(!limits.allow(key("sid"), 2, NOW), "60 in this minute");
        assert!(limits.allow(key("sid"), 2, NOW.plus(MINUTE)));

        let state = limits.state.lock().unwrap();
        assert_eq!((state.live.len(), state.networks[&2].live), (61, 61));
        assert_eq!(state.networks.get(&1).map_or(0, |it| it.live), 0);
    }

    /// Whoever has two addresses: 60 requests of each that take the entry over, and 240 that repeat the last one.
    #[test]
    fn networks_that_take_turns_with_one_entry_keep_their_limits() {
        let limits = UnprovenLimits::new(WEEK);
        let turns = (0..1_000).filter(|turn| limits.allow(key("same"), turn % 2, NOW));
        assert_eq!(turns.count(), 360);

        let later = NOW.plus(MINUTE);
        let turns = (0..1_000).filter(|turn| limits.allow(key("same"), turn % 2, later));
        assert_eq!(turns.count(), 360);
    }

    #[test]
    fn networks_without_entries_are_forgotten_after_a_minute() {
        let limits = UnprovenLimits::new(WEEK);
        for network in 0..1_000 {
            assert!(limits.allow(key("same"), network, NOW));
        }

        assert!(limits.allow(key("same"), 1_000, NOW.plus(MINUTE)));

        assert_eq!(limits.state.lock().unwrap().networks.len(), 2);
    }
}
