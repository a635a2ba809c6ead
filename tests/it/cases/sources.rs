//! The test functions of the packages, and the cases that the comments above them name.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use super::is_id;

/// The packages in the order of the catalogue, each with its folders of tests.
const PACKAGES: [(&str, &[&str]); 8] = [
    (
        "sealed-cookie",
        &["crates/sealed-cookie/src", "crates/sealed-cookie/tests/it"],
    ),
    ("relying-party", &["crates/relying-party/src"]),
    ("tower-oidc", &["crates/tower-oidc/src"]),
    ("tower-oidc-stores", &["crates/tower-oidc-stores/src"]),
    ("tower-oidc-redis", &["crates/tower-oidc-redis/src"]),
    (
        "dev-provider",
        &["crates/dev-provider/src", "crates/dev-provider/tests/it"],
    ),
    ("tests", &["tests/it"]),
    ("demo", &["examples/demo/src"]),
];

/// A test function.
pub(super) struct Test {
    /// Its path in its package, such as `sign_out::a_sign_out_deletes_every_cookie`.
    pub(super) path: String,
    /// The cases that its comment names.
    pub(super) cases: BTreeSet<String>,
    /// Whether it is a unit test of a crate, whose comment names no case.
    pub(super) is_unit_test: bool,
}

/// The tests of each package.
pub(super) static TESTS: LazyLock<BTreeMap<&str, Vec<Test>>> = LazyLock::new(|| {
    let package = |(package, folders): &(&'static str, &[&str])| {
        let mut tests = Vec::new();
        for folder in *folders {
            collect(
                &root().join(folder),
                "",
                is_crate_source(folder),
                &mut tests,
            );
        }
        (*package, tests)
    };
    PACKAGES.iter().map(package).collect()
});

fn is_crate_source(folder: &str) -> bool {
    folder.starts_with("crates/") && folder.ends_with("/src")
}

/// The place of a package in the catalogue's lists.
pub(super) fn order(package: &str) -> usize {
    let place = PACKAGES.iter().position(|(name, _)| *name == package);
    place.expect(package)
}

/// The tests of a package with this path, or with a path that ends in it.
pub(super) fn named(package: &str, path: &str) -> Vec<&'static Test> {
    let suffix = format!("::{path}");
    let tests = TESTS.get(package).into_iter().flatten();
    tests
        .filter(|test| test.path == path || test.path.ends_with(&suffix))
        .collect()
}

/// Whether a package has a test function of this path. A unit test of a crate may be named by the
/// last part of its path.
pub(crate) fn exists(package: &str, path: &str) -> bool {
    let found = named(package, path);
    found
        .iter()
        .any(|test| test.is_unit_test || test.path == path)
}

/// Goes through a folder's files; `module` is what the path of a test in it begins with.
fn collect(folder: &Path, module: &str, is_unit_test: bool, found: &mut Vec<Test>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        if path.is_dir() {
            collect(&path, &format!("{module}{name}::"), is_unit_test, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let module = match name {
                "mod" | "lib" | "main" => module.to_owned(),
                name => format!("{module}{name}::"),
            };
            let text = fs::read_to_string(&path).unwrap();
            collect_file(&text, &module, is_unit_test, found);
        }
    }
}

fn collect_file(text: &str, module: &str, is_unit_test: bool, found: &mut Vec<Test>) {
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
                found.push(Test {
                    path: format!("{module}{name}"),
                    cases: ids(&comment),
                    is_unit_test,
                });
            }
            comment.clear();
            is_test = false;
        }
    }
}

/// The ids of cases in a text.
pub(super) fn ids(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
    words.filter(|it| is_id(it)).map(str::to_owned).collect()
}

/// The Rust files below the `src` folders of the crates.
pub(crate) fn crate_sources() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for (_, folders) in PACKAGES {
        for folder in folders.iter().filter(|folder| is_crate_source(folder)) {
            files(&root().join(folder), &mut found);
        }
    }
    found
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

pub(super) fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
