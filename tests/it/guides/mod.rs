//! `GUIDES.md` names what the vendors' guides offer, our equivalent, and the test that shows it.
//! Each guide has a file of tests here, whose first test follows its steps.

mod asgardeo_authjs;
mod genauth_logout;
mod logto_app_router;
mod logto_connector;
mod logto_console;
mod sample;
mod sdks;

use std::collections::BTreeMap;
use std::fs;

use axum::Router;
use tower_oidc_tests::app::ORIGIN;
use tower_oidc_tests::{App, Browser, TestServer};

use crate::cases::{exists, root};

/// The features that a row may wait for.
const TO_COME: [&str; 4] = [
    "client authentication by JWT",
    "sign-out by form",
    "back-channel logout",
    "custom grants",
];

/// Where a name of a guide has its row: under a heading that begins like this, or in [`SAMPLES`].
const SECTIONS: [(&str, &str); 5] = [
    ("asgardeo-authjs", "Asgardeo with Auth.js"),
    ("genauth-logout", "GenAuth"),
    ("logto-authjs-oidc-connector", "Logto's OIDC connector"),
    ("logto-next-app-router", "Logto: "),
    ("logto-next-console", "Logto: "),
];

const SAMPLES: &str = "The samples' own code";

#[test]
fn every_name_in_the_guides_has_a_row_and_every_named_test_exists() {
    let table = fs::read_to_string(root().join("tests/GUIDES.md")).unwrap();
    for list in ["guide_names.txt", "sdk_names.txt"] {
        let names = fs::read_to_string(root().join("tests/fixtures").join(list)).unwrap();
        assert!(names.lines().count() > 50, "{list} is whole");
        assert_eq!(faults(&table, &names), [""; 0], "{list}");
    }
}

#[test]
fn a_name_without_a_row_and_a_row_without_a_test_are_faults() {
    let test = "tests: guides::a_name_without_a_row_and_a_row_without_a_test_are_faults";
    let table = |row: &str| {
        format!(
            "text `outside`\n\n## GenAuth\n\n| name | there | ours | shown by |\n|---|---|---|---|\n{row}\n"
        )
    };
    for (row, names, fault) in [
        (
            format!("| `a`, `b` | x | y | {test} |"),
            "# c\na\tgenauth-logout\nb\n",
            "",
        ),
        (
            format!("| `a` | x | y | {test} |"),
            "a\tgenauth-logout asgardeo-authjs",
            "a has no row for asgardeo-authjs",
        ),
        (
            format!("| `a` of b | x | y | {test} |"),
            "b",
            "b has no row",
        ),
        (format!("| `a` | x | `b` | {test} |"), "b", "b has no row"),
        (
            format!("| `a` | x | y | {test} |"),
            "outside",
            "outside has no row",
        ),
        (format!("| `a.b` | x | y | {test} |"), "a", "a has no row"),
        (format!("| `a` | x | y | {test}<br>{test} |"), "a", ""),
        (
            "| `a` | x | y | tests: guides::no_test |".into(),
            "a",
            "`a`: there is no test tests: guides::no_test",
        ),
        (
            "| `a` | x | y | by hand |".into(),
            "a",
            "`a`: \"by hand\" names no package",
        ),
        (
            "| `a` | x | y | — |".into(),
            "a",
            "`a`: \"—\" names no package",
        ),
        ("| `a` | x | not ours, because z | — |".into(), "a", ""),
        ("| `a` | x | y | waits for custom grants |".into(), "a", ""),
        (
            "| `a` | x | y | waits for better times |".into(),
            "a",
            "`a` waits for better times",
        ),
        (format!("| `a` | x |  | {test} |"), "a", "`a` says nothing"),
        (format!("| `a` | x | {test} |"), "a", "| `a` | x | "),
    ] {
        let faults = faults(&table(&row), names);
        match fault {
            "" => assert_eq!(faults, [""; 0], "{row}"),
            fault => assert!(faults[0].starts_with(fault), "{row}: {faults:?}"),
        }
    }
}

/// The faults of a table of names, and the names of a list that it lacks. A line of the list is a
/// name, or a name, a tab, and the guides that use it; the name must be in a section of each guide.
fn faults(table: &str, names: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let mut sections_of: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut section = "";
    for line in table.lines() {
        section = line.strip_prefix("## ").unwrap_or(section);
        let Some(row) = line.strip_prefix("| ").and_then(|it| it.strip_suffix(" |")) else {
            continue;
        };
        let cells: Vec<_> = row.split(" | ").collect();
        let [name, there, ours, shown_by] = cells[..] else {
            faults.push(format!("{line} has not four cells"));
            continue;
        };
        if name == "name" {
            continue;
        }
        // Words in code style are names; the other words explain them.
        for name in name.split('`').skip(1).step_by(2) {
            sections_of.entry(name).or_default().push(section);
        }
        if [there, ours].iter().any(|cell| cell.trim().is_empty()) {
            faults.push(format!("{name} says nothing"));
        } else if let Some(feature) = shown_by.strip_prefix("waits for ") {
            if !TO_COME.contains(&feature) {
                faults.push(format!("{name} waits for {feature}"));
            }
        } else if !ours.starts_with("not ours, because ") {
            faults.extend(unknown_tests(name, shown_by));
        }
    }
    let names = names.lines().filter(|line| !line.starts_with('#'));
    for line in names {
        let (name, guides) = line.split_once('\t').unwrap_or((line, ""));
        let Some(sections) = sections_of.get(name) else {
            faults.push(format!("{name} has no row"));
            continue;
        };
        for guide in guides.split_whitespace() {
            if !sections.iter().any(|section| is_about(section, guide)) {
                faults.push(format!("{name} has no row for {guide}"));
            }
        }
    }
    faults
}

/// Whether a section is about a guide.
fn is_about(section: &str, guide: &str) -> bool {
    let named = SECTIONS.iter().find(|(it, _)| *it == guide);
    section == SAMPLES || named.is_some_and(|(_, heading)| section.starts_with(heading))
}

/// The faults of the tests of a row.
fn unknown_tests(name: &str, shown_by: &str) -> Vec<String> {
    let fault = |test: &str| match test.split_once(": ") {
        None => Some(format!("{name}: {test:?} names no package")),
        Some((package, path)) if exists(package, path) => None,
        Some(_) => Some(format!("{name}: there is no test {test}")),
    };
    shown_by.split("<br>").filter_map(fault).collect()
}

/// Serves this router instead of the application's usual one.
async fn serve(app: &App, browser: &Browser, router: Router) -> TestServer {
    let server = TestServer::start(router.layer(app.auth.clone())).await;
    browser.map(ORIGIN, server.address());
    server
}
