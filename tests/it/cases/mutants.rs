//! `tests/mutants` has a file for each defence that `.ci/mutants` removes, to see that tests fail
//! without it. The script checks that each still applies.

use std::collections::BTreeSet;
use std::fs;

use super::{GROUPS, all_cases, exists, root};

/// Groups whose features are still to come.
const LATER: [char; 1] = ['B'];

#[test]
fn every_removed_defence_names_its_cases_and_tests_that_exist() {
    let known: BTreeSet<_> = all_cases().into_iter().collect();
    let mut groups = BTreeSet::new();
    for entry in fs::read_dir(root().join("tests/mutants")).unwrap() {
        let path = entry.unwrap().path();
        if path
            .extension()
            .is_none_or(|extension| extension != "mutant")
        {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let (head, _) = text.split_once("@@ find\n").expect("a text to find");
        let fields = |name: &'static str| {
            let lines = head.lines().filter_map(move |line| line.strip_prefix(name));
            lines.collect::<Vec<_>>()
        };
        let (cases, tests) = (fields("case: "), fields("test: "));
        assert!(!cases.is_empty() && !tests.is_empty(), "{path:?}");
        for case in cases {
            assert!(known.contains(case), "{path:?}: there is no case {case}");
            groups.extend(case.chars().next());
        }
        for test in tests {
            let (package, test) = test.split_once(' ').expect("a package and a test");
            assert!(
                exists(package, test),
                "{path:?}: {package} has no test {test}"
            );
        }
    }
    for (group, _) in GROUPS {
        assert!(
            groups.contains(&group) || LATER.contains(&group),
            "no defence of the group {group} is removed"
        );
    }
}
