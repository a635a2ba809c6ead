//! Replays the inputs of the fuzzer, including its findings.

use std::fs;
use std::path::PathBuf;

use tower_oidc_fuzz::{
    TARGETS, begins_an_exchange, ends_sessions, introspects, refreshes, seeds, sends_the_code,
    tokens_of, verifies,
};

fn folder(target: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../fuzz/corpus")
        .join(target)
}

fn inputs(target: &str) -> Vec<Vec<u8>> {
    let inputs = fs::read_dir(folder(target)).unwrap();
    inputs
        .map(|input| fs::read(input.unwrap().path()).unwrap())
        .collect()
}

/// L-04
#[test]
fn no_input_of_the_corpus_causes_a_panic() {
    for (name, target) in TARGETS {
        let inputs = inputs(name);
        assert!(!inputs.is_empty(), "{name} has no inputs");
        for bytes in inputs {
            target(&bytes);
            // Also every prefix of it, because the bounds of a parser are there.
            for end in 0..bytes.len() {
                target(&bytes[..end]);
            }
        }
    }
}

/// A fuzzer whose inputs never pass the first check does not reach the code after it. When a format
/// has changed, `cargo test -p tower-oidc-tests --test it -- --ignored the_seeds_are_written`
/// writes new inputs.
#[test]
fn some_inputs_of_the_corpus_pass_every_check() {
    let sessions = inputs("session");
    let tokens: Vec<_> = sessions.iter().filter_map(|it| tokens_of(it)).collect();
    assert!(tokens.contains(&1), "{tokens:?}");
    assert!(tokens.contains(&3), "{tokens:?}");

    let passes = |target: &str, passes: fn(&[u8]) -> bool| {
        let passed = inputs(target).iter().any(|input| passes(input));
        assert!(passed, "no input of {target} passes");
    };
    passes("transaction", begins_an_exchange);
    passes("callback_query", sends_the_code);
    passes("jwks", verifies);
    passes("logout_token", ends_sessions);
    passes("refresh_response", refreshes);
    passes("introspection", introspects);
}

#[test]
#[ignore = "it writes into the corpus"]
fn the_seeds_are_written() {
    for (target, name, bytes) in seeds() {
        fs::write(folder(target).join(name), bytes).unwrap();
    }
}
