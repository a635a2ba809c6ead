//! Variables that look like settings but are unknown: probably misspelt, or another program's.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use super::names;
use super::presets::PRESETS;
use super::value::Value;
use super::variables::{PREFIX, stem};
use crate::config_error::ConfigError;

/// How many names one warning lists.
const LISTED: usize = 20;

/// How many characters of a name are shown.
const LONGEST: usize = 64;

/// What `AUTH_IGNORE` lists: names, and beginnings of names.
#[derive(Default)]
pub(super) struct Ignored(Vec<Pattern>);

struct Pattern {
    text: String,
    is_beginning: bool,
}

impl Pattern {
    fn fits(&self, name: &str) -> bool {
        if self.is_beginning {
            name.starts_with(&self.text)
        } else {
            name == self.text
        }
    }
}

impl Ignored {
    pub(super) fn parse(value: &Value) -> Result<Self, ConfigError> {
        let pattern = |item: &str| {
            let beginning = item.strip_suffix('*');
            let pattern = Pattern {
                text: beginning.unwrap_or(item).to_owned(),
                is_beginning: beginning.is_some(),
            };
            if !pattern.text.starts_with(PREFIX) || pattern.text.contains('*') {
                return Err(value.refused(
                    "must be a list of names that begin with AUTH_; a * is allowed only at the end of a name",
                ));
            }
            match names::find(|name| pattern.fits(name)) {
                Some(read) => Err(value.refused(format!(
                    "must not match {read}, which is a setting: list only variables of other programs"
                ))),
                None => Ok(pattern),
            }
        };
        let patterns: Result<_, _> = value.list().map(pattern).collect();
        patterns.map(Self)
    }

    fn fits(&self, name: &str) -> bool {
        self.0.iter().any(|pattern| pattern.fits(name))
    }
}

/// Warns of unknown names, once for each name while the program runs.
pub(super) fn warn(names: impl Iterator<Item = String>, ignored: &Ignored) {
    static REPORTED: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

    // Writing the log may run code of the application, so the lock is released before.
    let warning = {
        let mut reported = REPORTED.lock().unwrap_or_else(PoisonError::into_inner);
        warning(names, ignored, &mut reported)
    };
    if let Some(warning) = warning {
        tracing::warn!("{warning}");
    }
}

/// Returns the warning; `None` if every unknown name was `reported` before. It never reads values.
pub(super) fn warning(
    names: impl Iterator<Item = String>,
    ignored: &Ignored,
    reported: &mut BTreeSet<String>,
) -> Option<String> {
    let new: BTreeSet<_> = unknown(names, ignored)
        .filter(|name| reported.insert(name.clone()))
        .collect();
    if new.is_empty() {
        return None;
    }
    let listed: Vec<_> = new.iter().take(LISTED).map(String::as_str).collect();
    let mut text = format!(
        "unknown variables that begin with AUTH_ are ignored: {}",
        listed.join(", ")
    );
    match new.len().saturating_sub(LISTED) {
        0 => {}
        more => text.push_str(&format!(" and {more} more")),
    }
    text.push_str(
        "; the documentation of `from_env` lists the known variables; name those of other programs in \
         AUTH_IGNORE",
    );
    let hints: BTreeSet<_> = listed.iter().filter_map(|name| hint(name)).collect();
    for hint in hints {
        text.push_str("; ");
        text.push_str(&hint);
    }
    Some(text)
}

/// The unknown names, escaped and cut for the log.
fn unknown(names: impl Iterator<Item = String>, ignored: &Ignored) -> impl Iterator<Item = String> {
    names
        .filter(|name| name.starts_with(PREFIX))
        .filter(|name| !names::is_of_a_container(name) && !ignored.fits(name))
        .filter(|name| names::find(|known| known == name).is_none())
        .map(|name| name.escape_default().take(LONGEST).collect())
}

/// What was probably meant. The first three are variables of Auth.js.
fn hint(name: &str) -> Option<String> {
    match name {
        "AUTH_SECRET" => {
            return Some("AUTH_SECRET: the cookie secret is AUTH_COOKIE_SECRET".into());
        }
        "AUTH_URL" => return Some("AUTH_URL: the origin is AUTH_BASE_URL".into()),
        "AUTH_TRUST_HOST" => {
            return Some(
                "AUTH_TRUST_HOST: not needed, because AUTH_BASE_URL alone sets the origin".into(),
            );
        }
        _ => {}
    }
    for preset in PRESETS {
        let stem = stem(preset.id);
        let rest = name.strip_prefix(&stem);
        if let Some(short @ ("ID" | "SECRET")) = rest.and_then(|it| it.strip_prefix("_CLIENT_")) {
            return Some(format!("{name}: it is called {stem}_{short}"));
        }
    }
    let of_provider = ["_ISSUER", "_ID", "_SECRET"];
    of_provider.iter().any(|end| name.ends_with(end)).then(|| {
        let ids: Vec<_> = PRESETS.iter().map(|preset| stem(preset.id)).collect();
        format!(
            "of the variables with a provider's name, only those that begin with {}_ are known",
            ids.join("_, ")
        )
    })
}
