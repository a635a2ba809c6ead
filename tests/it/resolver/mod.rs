//! Providers that a resolver finds at request time, one for each tenant.

mod cache;
mod configuration;
mod conflicts;
mod hosts;
mod keys;
mod misbehaviour;
mod mix_up;
mod script_tokens;
mod sign_in;
