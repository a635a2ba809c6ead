//! The behaviour of the crate through its public API. The ids above tests are those of
//! `tests/CASES.md`.

#![cfg(test)]
#![expect(
    clippy::arithmetic_side_effects,
    reason = "a test that overflows fails"
)]

mod attributes;
mod chunks;
mod commitment;
mod cookie_sets;
#[cfg(feature = "testing")]
mod counters;
mod debug;
mod format;
mod hedged_random;
mod hostile_requests;
mod kept_fields;
mod remove_cookies;
mod seals;
mod secrets;
mod support;
mod vectors;
mod writes;
mod wycheproof;
