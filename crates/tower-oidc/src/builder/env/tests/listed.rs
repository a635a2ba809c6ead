//! The lists of variables for readers and the settings of the builders agree with the table.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use super::{COMPLETE, names};
use crate::builder::env::names::{of_provider, preset_variables};
use crate::builder::env::presets::{PRESETS, Preset};
use crate::builder::env::variables::CLIENT_SECRET;
use crate::builder::env::*;

#[test]
fn no_variable_is_listed_twice() {
    assert_eq!(names::all().count(), names().len());
}

/// Those of the table, and those of the presets with their names: the environment is not searched.
#[test]
fn only_listed_variables_are_read() {
    let asked = std::cell::RefCell::new(BTreeSet::new());
    let _ = from_environment(&Environment(|name: &str| {
        asked.borrow_mut().insert(name.to_owned());
        let found = COMPLETE.iter().find(|(variable, _)| *variable == name);
        found.map_or(Err(VarError::NotPresent), |found| Ok(found.1.to_owned()))
    }))
    .unwrap();

    let of_presets = PRESETS.iter().flat_map(preset_variables);
    let listed = names().into_iter().map(str::to_owned);
    assert_eq!(asked.into_inner(), listed.chain(of_presets).collect());
}

/// The variables in the first cells of a table, `AUTH_X_1 to AUTH_X_7` being all of them.
fn in_first_cells(lines: &str) -> BTreeSet<String> {
    let cells = lines.lines().filter_map(|line| {
        let row = line.trim_start().trim_start_matches("///").trim_start();
        row.strip_prefix("| `AUTH_")
            .map(|_| row.split('|').nth(1).unwrap())
    });
    cells
        .flat_map(|cell| {
            let named: Vec<_> = cell
                .split('`')
                .filter(|it| it.starts_with("AUTH_"))
                .collect();
            match named[..] {
                [first, last] if cell.contains("` to `") => {
                    assert_eq!(
                        (first, last),
                        ("AUTH_COOKIE_SECRET_1", "AUTH_COOKIE_SECRET_7")
                    );
                    ADDITIONAL_COOKIE_SECRETS.map(str::to_owned).to_vec()
                }
                _ => named.into_iter().map(str::to_owned).collect(),
            }
        })
        .collect()
}

#[test]
fn the_tables_for_readers_name_every_variable_and_no_other() {
    let names = names().into_iter().map(str::to_owned).collect();

    assert_eq!(
        in_first_cells(include_str!("../mod.rs")),
        names,
        "rustdoc of `from_env`"
    );
    assert_eq!(
        in_first_cells(include_str!("../../../../../../README.md")),
        names,
        "README.md"
    );
}

/// The documentation says so of the rows that name a method of `Provider`.
#[test]
fn the_rows_of_a_method_of_the_provider_are_the_variables_that_may_carry_a_name() {
    let rows = include_str!("../mod.rs").lines();
    let rows: String = rows
        .filter(|line| line.contains("[`Provider::"))
        .flat_map(|line| [line, "\n"])
        .collect();
    let mut expected: BTreeSet<_> = of_provider().map(|it| it.unnamed.to_owned()).collect();
    for named_in_the_text in ["AUTH_CLIENT_ID", CLIENT_SECRET, "AUTH_CLIENT_AUTH_METHOD"] {
        assert!(expected.remove(named_in_the_text));
    }
    let of_presets = PRESETS.iter().flat_map(Preset::variables);
    expected.extend(of_presets.map(|(name, _)| name.to_owned()));

    assert_eq!(in_first_cells(&rows), expected);
}

/// The paragraph about the form with a name shows all names, and the guide's three variables.
#[test]
fn the_texts_for_readers_name_every_preset_and_the_variables_of_the_guide() {
    let rustdoc = include_str!("../mod.rs");
    let readme = include_str!("../../../../../../README.md");
    let names = PRESETS.iter().map(|preset| preset.id.to_ascii_uppercase());
    let names = names.map(|name| format!("`{name}`"));
    let guide = [
        "AUTH_ASGARDEO_ISSUER",
        "AUTH_ASGARDEO_ID",
        "AUTH_ASGARDEO_SECRET",
    ];
    for name in names.chain(guide.map(str::to_owned)) {
        assert!(rustdoc.contains(&name), "rustdoc of `from_env`: {name}");
        assert!(readme.contains(&name), "README.md: {name}");
    }
}

/// Settings that are code of the application, or given by the constructor that a variable chooses.
const CODE_ALONE: [&str; 28] = [
    "claims_request",        // built of types
    "any_tenant",            // `*` in the variable of allowed_tenants
    "former_cookie_name_at", // `@` in the variable of former_cookie_name
    "default_user_agent",    // of the layer itself; user_agent replaces it
    "client_secret_source",
    "client_assertion_source",
    "random_source", // the layer's entropy
    "default_random_source",
    "request_lifetime", // the layer's refresh_request_lifetime sets it
    "critical_header",
    "provider",
    "provider_with_id",
    "provider_resolver",
    "provider_cache",        // of the resolver, which is code
    "origins_from_requests", // needs a resolver
    // For the providers of a resolver.
    "allow_internal_addresses",
    "default_allow_internal_addresses",
    "http_client",
    "clock",
    "entropy",
    "refresh_coordinator",
    "session_store",
    "revocation_store",
    "map_claims",
    "admission",
    "before_save",
    "on_event",
    "configure_provider",
];

/// The setters in the files of a folder: public methods from `self` to `Self`.
fn setters(folder: &str) -> BTreeSet<String> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(folder);
    let files = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path());
    let text: String = files
        .filter(|file| file.extension().is_some_and(|it| it == "rs"))
        .map(|file| fs::read_to_string(file).unwrap())
        .collect();
    let functions = text.split("\n    pub ").skip(1).filter_map(|text| {
        let (signature, _) = text.split_once('{')?;
        let (name, parameters) = signature.split_once("fn ")?.1.split_once(['(', '<'])?;
        (parameters.contains("self") && parameters.contains("-> Self")).then(|| name.to_owned())
    });
    functions.collect()
}

#[test]
fn every_setting_that_is_not_code_has_a_variable() {
    let with_variable: BTreeSet<_> = names::all().map(|(_, setting)| setting).collect();
    let layer = setters("src/builder");
    let mut provider = setters("../relying-party/src/provider");
    provider.append(&mut setters("../relying-party/src/client_auth"));
    assert!(
        layer.len() > 30 && provider.len() > 20,
        "the setters are found"
    );
    for setter in layer.iter().chain(&provider) {
        let setting = setter.strip_prefix("without_").unwrap_or(setter);
        assert!(
            with_variable.contains(setting) || CODE_ALONE.contains(&setting),
            "{setter} has no variable"
        );
    }
}
