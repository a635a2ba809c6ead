//! `CASES.md` lists every case with its meaning and its tests. The meaning is written by hand; the
//! lists of tests are generated from the comments of the integration tests and from
//! `cases/unit_tests.txt`.

mod mutants;
mod sources;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use sources::{TESTS, ids, named, order, read};
pub(crate) use sources::{crate_sources, exists, root};

/// The groups of cases and how many each has.
const GROUPS: [(char, usize); 22] = [
    ('K', 28),
    ('C', 20),
    ('S', 36),
    ('R', 14),
    ('G', 10),
    ('T', 18),
    ('J', 8),
    ('F', 11),
    ('B', 10),
    ('X', 11),
    ('H', 12),
    ('L', 11),
    ('D', 9),
    ('E', 22),
    ('W', 13),
    ('Y', 22),
    ('A', 12),
    ('O', 7),
    ('N', 16),
    ('V', 6),
    ('M', 12),
    ('P', 20),
];

const CATALOGUE: &str = "tests/CASES.md";
const UNIT_TESTS: &str = "tests/cases/unit_tests.txt";

/// The variable that makes the test of the catalogue rewrite it.
const REWRITE: &str = "REWRITE_CASES";

/// What the notes of a case without tests begin with.
const WITHOUT_TESTS: [&str; 2] = ["Waits for ", "Not tested, because "];

fn all_cases() -> Vec<String> {
    let group = |(group, count): &(char, usize)| {
        let group = *group;
        (1..=*count).map(move |number| format!("{group}-{number:02}"))
    };
    GROUPS.iter().flat_map(group).collect()
}

fn is_id(text: &str) -> bool {
    let &[group, b'-', first, second] = text.as_bytes() else {
        return false;
    };
    let is_group = GROUPS.iter().any(|(known, _)| *known == char::from(group));
    is_group && first.is_ascii_digit() && second.is_ascii_digit()
}

/// The id of the case that a line of the catalogue begins.
fn begun_case(line: &str) -> Option<(&str, &str)> {
    line.strip_prefix("- **")?.split_once("** ")
}

/// The cases of the catalogue, each with what is written of it by hand, on one line.
fn described(catalogue: &str) -> Vec<(&str, String)> {
    let mut cases: Vec<(&str, String)> = Vec::new();
    let mut is_in_case = false;
    for line in catalogue.lines() {
        if let Some((id, text)) = begun_case(line) {
            cases.push((id, text.to_owned()));
            is_in_case = true;
        } else if let (true, Some(text)) = (is_in_case, line.strip_prefix("  ")) {
            if let (false, Some((_, case))) = (text.starts_with("- "), cases.last_mut()) {
                case.push(' ');
                case.push_str(text);
            }
        } else {
            is_in_case = false;
        }
    }
    cases
}

/// The tests of each case, in the order of their packages and paths.
fn tests_of_cases() -> BTreeMap<String, BTreeSet<(usize, String)>> {
    let mut found: BTreeMap<String, BTreeSet<(usize, String)>> = BTreeMap::new();
    let mut enter = |case: &str, package: &str, path: &str| {
        let line = format!("  - {package}: `{path}`");
        let tests = found.entry(case.to_owned()).or_default();
        tests.insert((order(package), line));
    };
    for (package, tests) in TESTS.iter() {
        for test in tests {
            for case in &test.cases {
                enter(case, package, &test.path);
            }
        }
    }
    for (case, package, test) in unit_tests(&read(UNIT_TESTS)) {
        enter(case, package, test);
    }
    found
}

/// The catalogue with its lists of tests as they have to be.
fn with_lists(catalogue: &str) -> String {
    let tests = tests_of_cases();
    let mut text = String::new();
    let mut list = String::new();
    for line in catalogue.lines() {
        let is_listed = line.starts_with("  - ");
        if !line.starts_with("  ") {
            text.push_str(&list);
            list.clear();
        }
        if let Some((id, _)) = begun_case(line) {
            let lines = tests.get(id).into_iter().flatten();
            list = lines.map(|(_, line)| format!("{line}\n")).collect();
        }
        if !is_listed {
            text.push_str(line);
            text.push('\n');
        }
    }
    text + &list
}

/// Case, crate and test of each line of the list of unit tests.
fn unit_tests(list: &str) -> Vec<(&str, &str, &str)> {
    let lines = list.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let words: Vec<_> = line.split(' ').collect();
            let [case, package, test] = words[..] else {
                panic!("{UNIT_TESTS}: {line:?} is not a case, a crate and a test");
            };
            (case, package, test)
        })
        .collect()
}

#[test]
fn every_case_is_listed_once_with_its_meaning() {
    let catalogue = read(CATALOGUE);
    let cases = described(&catalogue);
    let listed: Vec<_> = cases.iter().map(|(id, _)| (*id).to_owned()).collect();
    assert_eq!(listed, all_cases());

    let tests = tests_of_cases();
    for (id, text) in cases {
        assert!(text.ends_with('.'), "{id} is not a sentence: {text}");
        let has_reason = WITHOUT_TESTS.iter().any(|note| text.contains(note));
        assert_ne!(
            tests.contains_key(id),
            has_reason,
            "{id} must have either tests, or a note that begins with one of {WITHOUT_TESTS:?}"
        );
    }
}

#[test]
fn the_lists_of_tests_are_up_to_date() {
    let catalogue = read(CATALOGUE);
    let expected = with_lists(&catalogue);
    if std::env::var_os(REWRITE).is_some() {
        fs::write(root().join(CATALOGUE), expected).unwrap();
        return;
    }
    let differing: Vec<_> = catalogue
        .lines()
        .filter(|it| !expected.contains(it))
        .collect();
    assert!(
        catalogue == expected,
        "{CATALOGUE} is out of date (no longer true: {differing:#?}). This command rewrites it:\n\
         {REWRITE}=1 cargo test -p tower-oidc-tests --test it cases::"
    );
}

#[test]
fn comments_and_the_list_of_unit_tests_name_known_cases() {
    let known: BTreeSet<_> = all_cases().into_iter().collect();
    let named: BTreeSet<_> = tests_of_cases().into_keys().collect();
    assert!(named.len() > 150, "the comments are found");
    let unknown: Vec<_> = named.difference(&known).collect();
    assert!(unknown.is_empty(), "{unknown:?} are not in {CATALOGUE}");
}

#[test]
fn every_listed_unit_test_is_the_only_one_of_its_name() {
    for (case, package, test) in unit_tests(&read(UNIT_TESTS)) {
        let found: Vec<_> = named(package, test)
            .into_iter()
            .filter(|test| test.is_unit_test)
            .map(|test| &test.path)
            .collect();
        assert!(
            found.len() == 1,
            "{UNIT_TESTS}: {case} {package} {test} is one of {found:?}; name as much of the \
             module as makes it unique"
        );
    }
}

/// An id explains nothing to somebody who has only the crate.
#[test]
fn the_sources_of_the_crates_name_no_cases() {
    let mut found = Vec::new();
    for file in crate_sources() {
        let text = fs::read_to_string(&file).unwrap();
        found.extend(ids(&text).into_iter().map(|id| (file.clone(), id)));
    }
    assert!(
        found.is_empty(),
        "write the reason instead, and name unit tests in {UNIT_TESTS}: {found:#?}"
    );
}
