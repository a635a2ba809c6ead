//! `CASES.md` lists every case, what it names exists, and its rows and the comments of the tests name
//! each other.

use std::collections::{BTreeMap, BTreeSet};
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
    let rows = rows(&list);

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
        for (package, path) in named(shown_by) {
            assert!(exists(package, path), "{id}: there is no test {path}");
        }
    }
}

/// The cells of the rows, the case's id first.
fn rows(list: &str) -> Vec<Vec<&str>> {
    list.lines()
        .filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"))
        .map(|line| line.split(" | ").collect())
        .filter(|row: &Vec<&str>| is_id(row[0]))
        .collect()
}

fn is_id(text: &str) -> bool {
    let &[group, b'-', first, second] = text.as_bytes() else {
        return false;
    };
    let is_group = GROUPS.iter().any(|(known, _)| *known == char::from(group));
    is_group && first.is_ascii_digit() && second.is_ascii_digit()
}

/// The tests that a cell names, each by its package, which is that of the one before if left out.
fn named(cell: &str) -> Vec<(&str, &str)> {
    let mut package = "";
    let test = |test| match str::split_once(test, ": ") {
        Some((named, path)) => {
            package = named;
            (package, path)
        }
        None => (package, test),
    };
    cell.split("<br>").map(test).collect()
}

#[test]
fn the_comment_of_a_test_names_the_cases_whose_rows_name_the_test() {
    let list = fs::read_to_string(root().join("tests/CASES.md")).unwrap();
    let mut in_rows: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in rows(&list) {
        if row[1].starts_with("shown") {
            for (package, path) in named(row[2]) {
                let cases = in_rows.entry(format!("{package}: {path}")).or_default();
                cases.insert(row[0].to_owned());
            }
        }
    }
    let in_comments = cases_in_comments();
    assert!(in_comments.len() > 300, "the comments are found");

    let mut differences = Vec::new();
    for test in in_rows
        .keys()
        .chain(in_comments.keys())
        .collect::<BTreeSet<_>>()
    {
        let rows = in_rows.get(test).cloned().unwrap_or_default();
        let comment = in_comments.get(test).cloned().unwrap_or_default();
        for case in rows.difference(&comment) {
            differences.push(format!(
                "{case}: its row names {test}, whose comment does not name it"
            ));
        }
        for case in comment.difference(&rows) {
            differences.push(format!(
                "{case}: the comment of {test} names it, and its row not the test"
            ));
        }
    }
    assert!(differences.is_empty(), "{differences:#?}");
}

/// The cases of tests, by package and path of the test: from the comments above integration tests,
/// and for unit tests from a list, so that the product's sources need no ids.
fn cases_in_comments() -> BTreeMap<String, BTreeSet<String>> {
    let mut found = BTreeMap::new();
    for package in ["sealed-cookie", "dev-provider"] {
        let folder = root().join("crates").join(package).join("tests/it");
        collect(&folder, &format!("{package}: "), &mut found);
    }
    collect(&root().join("tests/it"), "tests: ", &mut found);
    collect(&root().join("examples/demo/src"), "demo: ", &mut found);
    for (case, package, test) in unit_tests(&read("tests/cases/unit_tests.txt")) {
        let cases: &mut BTreeSet<_> = found.entry(format!("{package}: {test}")).or_default();
        cases.insert(case.to_owned());
    }
    found
}

/// Case, crate and test of each line of the list of unit tests.
fn unit_tests(list: &str) -> Vec<(&str, &str, &str)> {
    list.lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            let [case, package, test] = line.split(' ').collect::<Vec<_>>()[..] else {
                panic!("{line:?} is not a case, a crate and a test");
            };
            (case, package, test)
        })
        .collect()
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

#[test]
fn every_unit_test_of_the_list_is_the_only_one_of_its_name() {
    for (case, package, test) in unit_tests(&read("tests/cases/unit_tests.txt")) {
        assert!(is_id(case), "{case} is no case");
        let mut found = Vec::new();
        let folder = root().join("crates").join(package).join("src");
        collect_paths(&folder, "", &mut found);
        found.retain(|path| path.ends_with(&format!("::{test}")));
        assert!(
            found.len() == 1,
            "{case} {package} {test}: give as much of the module as makes it one of {found:?}"
        );
    }
}

/// The paths of the test functions below a folder, each after `::`.
fn collect_paths(folder: &Path, module: &str, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        if path.is_dir() {
            collect_paths(&path, &format!("{module}::{name}"), found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let mut module = match name {
                "mod" | "lib" | "main" => module.to_owned(),
                name => format!("{module}::{name}"),
            };
            let mut is_test = false;
            for line in fs::read_to_string(&path).unwrap().lines() {
                let code = line.trim();
                if line == "mod tests {" {
                    module.push_str("::tests");
                }
                if code.starts_with("#[test]") || code.starts_with("#[tokio::test") {
                    is_test = true;
                } else if let (true, Some((_, rest))) = (is_test, code.split_once("fn ")) {
                    let name = rest.split('(').next().unwrap();
                    found.push(format!("{module}::{name}"));
                    is_test = false;
                }
            }
        }
    }
}

/// Goes through a folder's files; `module` is what the path of a test in it begins with.
fn collect(folder: &Path, module: &str, found: &mut BTreeMap<String, BTreeSet<String>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        if path.is_dir() {
            collect(&path, &format!("{module}{name}::"), found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let module = match name {
                "mod" | "lib" | "main" => module.to_owned(),
                name => format!("{module}{name}::"),
            };
            collect_file(&fs::read_to_string(&path).unwrap(), &module, found);
        }
    }
}

fn collect_file(text: &str, module: &str, found: &mut BTreeMap<String, BTreeSet<String>>) {
    let mut module = module.to_owned();
    let mut comment = String::new();
    let mut is_test = false;
    for line in text.lines() {
        let code = line.trim();
        if line == "mod tests {" {
            module.push_str("tests::");
        }
        if let Some(text) = code.strip_prefix("///") {
            comment.push_str(text);
            comment.push(' ');
        } else if code.starts_with("#[test]") || code.starts_with("#[tokio::test") {
            is_test = true;
        } else if !code.starts_with("#[") && (!is_test || code.contains("fn ")) {
            let name = code
                .split_once("fn ")
                .and_then(|(_, rest)| rest.split_once('('));
            if let (true, Some((name, _))) = (is_test, name) {
                let words = comment.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
                let cases: BTreeSet<_> = words.filter(|it| is_id(it)).map(str::to_owned).collect();
                if !cases.is_empty() {
                    found.insert(format!("{module}{name}"), cases);
                }
            }
            comment.clear();
            is_test = false;
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
            let (package, path) = test.split_once(": ").expect(line);
            assert!(exists(package, path), "there is no test {test}");
            assert!(what.contains(&format!("({group}-")), "{line}");
        }
    }
}

/// Whether a package has a test function of this path, in the file of its module. A unit test of a
/// crate is named without its module.
pub(crate) fn exists(package: &str, path: &str) -> bool {
    let list = read("tests/cases/unit_tests.txt");
    if unit_tests(&list)
        .iter()
        .any(|unit| (unit.1, unit.2) == (package, path))
    {
        return true;
    }
    let folders = match package {
        "tests" => vec![root().join("tests/it")],
        "demo" => vec![root().join("examples/demo/src")],
        package => {
            let package = root().join("crates").join(package);
            vec![package.join("src"), package.join("tests/it")]
        }
    };
    let Some((module, name)) = path.rsplit_once("::") else {
        return false;
    };
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
