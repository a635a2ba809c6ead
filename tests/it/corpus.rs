//! Replays the fuzzer's inputs, findings among them.

use std::fs;
use std::path::Path;

use tower_oidc_fuzz::TARGETS;

#[test]
fn every_input_of_the_corpus_is_survived() {
    for (name, target) in TARGETS {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../fuzz/corpus")
            .join(name);
        let inputs = fs::read_dir(&folder).unwrap().collect::<Vec<_>>();
        assert!(!inputs.is_empty(), "{name} has no inputs");
        for input in inputs {
            let bytes = fs::read(input.unwrap().path()).unwrap();
            target(&bytes);
            // Every beginning of it too: a parser's bounds lie there.
            for end in 0..bytes.len() {
                target(&bytes[..end]);
            }
        }
    }
}
