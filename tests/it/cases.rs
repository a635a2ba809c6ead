//! `CASES.md` lists every case, and what it names exists.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The groups of cases and how many each has.
const GROUPS: [(char, usize); 15] = [
    ('K', 24),
    ('C', 20),
    ('S', 32),
    ('R', 14),
    ('G', 10),
    ('T', 18),
    ('J', 7),
    ('F', 11),
    ('B', 10),
    ('X', 11),
    ('H', 12),
    ('L', 11),
    ('D', 9),
    ('E', 11),
    ('N', 15),
];

#[test]
fn every_case_is_listed_once_and_every_test_that_is_named_exists() {
    let list = fs::read_to_string(root().join("tests/CASES.md")).unwrap();
    let rows: Vec<Vec<&str>> = list
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"))
        .map(|line| line.split(" | ").collect())
        .filter(|row: &Vec<&str>| row[0].len() == 4 && row[0].as_bytes()[1] == b'-')
        .collect();

    let listed: Vec<String> = rows.iter().map(|row| row[0].to_owned()).collect();
    let expected: BTreeSet<String> = GROUPS
        .iter()
        .flat_map(|(group, count)| (1..=*count).map(move |number| format!("{group}-{number:02}")))
        .collect();
    assert_eq!(
        listed.len(),
        expected.len(),
        "a case is listed twice, or not at all"
    );
    assert_eq!(listed.iter().cloned().collect::<BTreeSet<_>>(), expected);

    for row in rows {
        let [id, state, shown_by] = row[..] else {
            panic!("{row:?} has not three cells");
        };
        assert!(!shown_by.is_empty(), "{id} names nothing");
        if state == "waits" {
            continue;
        }
        // "shown", or "shown" with the part that waits for another feature.
        assert!(state.starts_with("shown"), "{id} is {state}");
        let mut package = "";
        for test in shown_by.split("<br>") {
            let path = match test.split_once(": ") {
                Some((named, path)) => {
                    package = named;
                    path
                }
                None => test,
            };
            assert!(exists(package, path), "{id}: there is no test {test}");
        }
    }
}

/// Whether a package has a test function of this path.
fn exists(package: &str, path: &str) -> bool {
    let folder = match package {
        "tests" => root().join("tests"),
        package => root().join("crates").join(package),
    };
    let function = format!("fn {}(", path.rsplit("::").next().unwrap());
    sources(&folder)
        .iter()
        .any(|source| fs::read_to_string(source).unwrap().contains(&function))
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    // Packages of others, and many.
    let foreign = ["node_modules", ".venv"];
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            if !foreign.iter().any(|name| path.ends_with(name)) {
                found.extend(sources(&path));
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
