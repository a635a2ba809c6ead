//! See [`tower_oidc_fuzz::introspection`].
#![no_main]
#![allow(unsafe_code, reason = "the macro exports a symbol")]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tower_oidc_fuzz::introspection(data));
