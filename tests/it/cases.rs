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
    ('N', 16),
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
        if state == "not tested" {
            assert!(shown_by.starts_with("because "), "{id} gives no reason");
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

#[test]
fn every_group_names_a_defence_and_the_test_that_missed_it() {
    // Their features are to come; what they name is checked all the same.
    let later = ['F', 'B'];
    let list = fs::read_to_string(root().join("tests/CASES.md")).unwrap();
    for part in list.split("\n## ").skip(1) {
        let group = part.chars().next().unwrap();
        let removed: Vec<_> = part
            .lines()
            .filter_map(|line| line.strip_prefix("- removed: "))
            .collect();
        assert!(
            !removed.is_empty() || later.contains(&group),
            "{group} names none"
        );

        for line in removed {
            let (what, test) = line.split_once(" → ").expect(line);
            let file = what.split('`').nth(1).expect(line);
            assert!(root().join(file).is_file(), "there is no file {file}");
            let (package, path) = test.split_once(": ").expect(line);
            assert!(exists(package, path), "there is no test {test}");
            assert!(what.contains(&format!("({group}-")), "{line}");
        }
    }
}

/// Whether a package has a test function of this path, in the file of its module.
pub(crate) fn exists(package: &str, path: &str) -> bool {
    let folders = match package {
        "tests" => vec![root().join("tests/it")],
        "demo" => vec![root().join("examples/demo/src")],
        package => {
            let package = root().join("crates").join(package);
            vec![package.join("src"), package.join("tests/it")]
        }
    };
    let (module, name) = path.rsplit_once("::").expect(path);
    // Unit tests are in a module of their own at the end of a file, or in files of their own.
    let modules = [Some(module), module.strip_suffix("::tests")];
    let function = format!("fn {name}(");
    folders.iter().any(|folder| {
        modules.iter().flatten().any(|module| {
            let module = folder.join(module.replace("::", "/"));
            [module.with_extension("rs"), module.join("mod.rs")]
                .iter()
                .any(|file| fs::read_to_string(file).is_ok_and(|text| text.contains(&function)))
        })
    })
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
