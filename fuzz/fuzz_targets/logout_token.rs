//! See [`tower_oidc_fuzz::logout_token`].
#![no_main]
#![allow(unsafe_code, reason = "the macro exports a symbol")]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tower_oidc_fuzz::logout_token(data));
