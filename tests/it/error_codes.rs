//! The codes of errors and of events: the documents list all of them, so that dashboards and alarms need
//! not guess.

use std::collections::BTreeSet;
use std::fs;

use super::cases::{crate_sources, root};

/// The text of a source file without comments and without its tests.
fn code_of(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod").next().unwrap();
    let lines = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

/// Every second part of a text that is split at `quote`.
fn quoted(text: &str, quote: char) -> impl Iterator<Item = &str> {
    text.split(quote).skip(1).step_by(2)
}

/// Whether a text has the form of a code, such as `token.invalid_grant`.
fn is_code(text: &str) -> bool {
    let is_word = |word: &str| {
        !word.is_empty()
            && word
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
    };
    text.split_once('.')
        .is_some_and(|(step, failure)| is_word(step) && is_word(failure))
}

/// The comment right above the line `end`.
fn comment_above<'a>(text: &'a str, end: &str) -> Vec<&'a str> {
    let (above, _) = text.split_once(end).unwrap();
    let lines = above.trim_end().rsplit('\n').map(str::trim);
    let mut comment: Vec<_> = lines
        .skip_while(|line| line.starts_with("#["))
        .map_while(|line| line.strip_prefix("///"))
        .collect();
    comment.reverse();
    comment
}

/// The codes of a list whose items are steps, a colon, and failures.
fn listed_codes(comment: &[&str]) -> BTreeSet<String> {
    let list: String = comment
        .iter()
        .skip_while(|line| !line.starts_with(" - "))
        .copied()
        .collect();
    let mut codes = BTreeSet::new();
    for item in list.split(" - ").skip(1) {
        let (steps, failures) = item.split_once(':').unwrap();
        for step in quoted(steps, '`') {
            codes.extend(quoted(failures, '`').map(|failure| format!("{step}.{failure}")));
        }
    }
    codes
}

/// The codes in the sources of relying-party: literals, and those that its two macros put together.
fn codes_of_relying_party() -> BTreeSet<String> {
    const OTHER_NAMES: [&str; 5] = [
        "asgardeo.io",
        "home.arpa",
        "form_post.jwt",
        "fragment.jwt",
        "query.jwt",
    ];
    let mut codes = BTreeSet::new();
    for path in crate_sources() {
        let name = path.to_str().unwrap();
        match name.split_once("/crates/relying-party/src/") {
            Some((_, name)) if !name.contains("tests") => {}
            _ => continue,
        }
        let code = code_of(&fs::read_to_string(&path).unwrap());
        // Some sources have quotes as characters, so that counting them would not find the literals.
        let literals = code
            .split('"')
            .filter(|it| is_code(it) && !OTHER_NAMES.contains(it));
        codes.extend(literals.map(str::to_owned));
        for step in code.split("step!(\"").skip(1) {
            let step = step.split('"').next().unwrap();
            let failures = code.split("concat!($name, \".").skip(1);
            codes.extend(failures.map(|it| format!("{step}.{}", it.split('"').next().unwrap())));
        }
        if let Some((_, table)) = code.split_once("codes! {") {
            for line in table.lines().take_while(|line| *line != "};") {
                let word = line.split_whitespace().nth(1).unwrap_or_default();
                if let Some(name) = word.strip_prefix('"').and_then(|it| it.strip_suffix("\":")) {
                    codes.insert(format!("authorization.{name}"));
                    codes.insert(format!("par.{name}"));
                }
            }
        }
    }
    codes
}

#[test]
fn the_documents_list_every_code_of_an_error() {
    let text = read("crates/relying-party/src/error.rs");
    let listed = listed_codes(&comment_above(&text, "    pub fn code("));

    let used = codes_of_relying_party();

    assert!(used.contains("par.access_denied") && used.contains("jwks.status"));
    assert_eq!(listed, used);
}

/// The other codes that the layer has are only logged.
#[test]
fn the_documents_list_every_reason_of_an_event_that_is_only_a_text() {
    let text = read("crates/tower-oidc/src/event.rs");
    let of_error = comment_above(&text, "    Error(&'static str)").join("");
    let of_parts = comment_above(&text, "    Dropped(&'static str)").join("");

    let endpoint = code_of(&read("crates/tower-oidc/src/provider/token_endpoint.rs"));
    let own: Vec<_> = endpoint
        .split("code: \"")
        .skip(1)
        .map(|it| it.split('"').next().unwrap())
        .collect();
    assert_eq!(own, ["revocation.other_provider", "refresh.not_sent"]);
    assert!(
        of_error.contains("`revocation.other_provider`"),
        "{of_error}"
    );

    let shrink = code_of(&read("crates/tower-oidc/src/session/shrink.rs"));
    let (_, drop_parts) = shrink.split_once("impl Steps {").unwrap();
    let parts: BTreeSet<_> = quoted(drop_parts, '"').collect();
    assert!(parts.contains("user_info"));
    assert_eq!(quoted(&of_parts, '`').collect::<BTreeSet<_>>(), parts);
}
