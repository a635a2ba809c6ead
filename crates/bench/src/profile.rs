//! `profile`: where the instructions of a request go, by what the functions belong to.

use std::collections::HashMap;
use std::{env, fs, process};

use crate::arguments::Arguments;
use crate::cookies::requests::{BARE, Variant};
use crate::cookies::{Case, Selected};
use crate::measure::{callgrind, instructions};
use crate::table::{Table, rounded};

/// The requests that are shown.
const REQUESTS: [&str; 3] = ["not looked at", "sub", "all claims"];

/// What a function belongs to, by a part of its name; the first that fits. Functions that the compiler made a part
/// of another one count there.
const PARTS: [(&str, &[&str]); 10] = [
    ("digest of the request's head", &["head_digest"]),
    ("search for bytes", &["memchr", "memrchr"]),
    (
        "key derivation (HKDF, SHA-256)",
        &["sha2", "hmac", "hkdf", "digest"],
    ),
    (
        "AES-256-GCM",
        &[
            "aes",
            "ghash",
            "polyval",
            "ctr::",
            "universal_hash",
            "cipher",
            "gcm",
        ],
    ),
    ("base64url", &["base64", "vsimd"]),
    ("unpacking of the session", &["session::block"]),
    ("JSON", &["serde", "json"]),
    (
        "memory: allocate, copy, wipe",
        &[
            "malloc", "free", "realloc", "calloc", "mem", "zeroize", "alloc::", "_int_",
        ],
    ),
    (
        "sealed-cookie and tower-oidc",
        &["sealed_cookie", "tower_oidc", "relying_party"],
    ),
    ("HTTP types", &["http", "bytes"]),
];
const REST: &str = "the rest";

pub(crate) fn run(arguments: &Arguments) -> Result<String, String> {
    let table = measure(arguments)?;
    Ok(if arguments.has("--json") {
        format!("{:#}\n", table.json())
    } else {
        table.markdown()
    })
}

/// A row for each part, with the instructions of each request beyond those of the handler alone.
pub(crate) fn measure(arguments: &Arguments) -> Result<Table, String> {
    let case = Case {
        session: Selected::by(arguments)?,
        variant: Variant::PLAIN,
    };
    let bare = parts(arguments, &case, BARE)?;
    let mut columns = Vec::new();
    for request in REQUESTS {
        let mut parts = parts(arguments, &case, request)?;
        for (part, cost) in &bare {
            *parts.entry(part).or_default() -= cost;
        }
        columns.push((request, parts));
    }
    let mut table = Table::default();
    for part in PARTS.iter().map(|(part, _)| *part).chain([REST]) {
        let mut row = vec![("part", part.into())];
        let columns = columns.iter();
        row.extend(columns.map(|(request, parts)| (*request, cost(parts.get(part)))));
        table.push(row);
    }
    let mut sum = vec![("part", "all".into())];
    let columns = columns.iter();
    sum.extend(columns.map(|(request, parts)| (*request, cost(Some(&parts.values().sum())))));
    table.push(sum);
    Ok(table)
}

fn cost(cost: Option<&f64>) -> serde_json::Value {
    rounded(cost.copied().unwrap_or_default(), 0)
}

/// The instructions of one repetition, by part.
fn parts(
    arguments: &Arguments,
    case: &Case,
    request: &str,
) -> Result<HashMap<&'static str, f64>, String> {
    let file = env::temp_dir().join(format!("tower-oidc-bench.{}", process::id()));
    instructions::profile(&case.repeat(arguments, request), &file)?;
    let text = fs::read_to_string(&file).map_err(|error| error.to_string())?;
    fs::remove_file(&file).map_err(|error| error.to_string())?;
    let mut parts = HashMap::new();
    for (function, cost) in callgrind::by_function(&text) {
        *parts.entry(part(&function)).or_default() +=
            cost as f64 / instructions::REPETITIONS as f64;
    }
    Ok(parts)
}

fn part(function: &str) -> &'static str {
    let fits = |names: &[&str]| names.iter().any(|name| function.contains(name));
    let found = PARTS.iter().find(|(_, names)| fits(names));
    found.map_or(REST, |(part, _)| part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_belongs_to_what_its_name_says() {
        for (function, expected) in [
            (
                "sha2::sha256::compress256",
                "key derivation (HKDF, SHA-256)",
            ),
            (
                "tower_oidc::web::head_digest::HeadHasher::field",
                "digest of the request's head",
            ),
            (
                "<polyval::Polyval as universal_hash::UniversalHash>::update",
                "AES-256-GCM",
            ),
            (
                "__memcpy_avx_unaligned_erms",
                "memory: allocate, copy, wipe",
            ),
            (
                "tower_oidc::session::frame::Frame::decode",
                "sealed-cookie and tower-oidc",
            ),
        ] {
            assert_eq!(part(function), expected);
        }
        assert_eq!(part("main"), REST);
    }
}
