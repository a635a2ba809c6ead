//! The names of the variables: without and with a provider's name, and those of other programs.

use super::presets::{PRESETS, Preset};
use super::variables::{
    ADDITIONAL_COOKIE_SECRETS, BASE_URL, CLIENT_ID, CLIENT_SECRET, COOKIE_SECRET, IGNORE, ISSUER,
    OF_LAYER, OF_PROVIDER, PREFIX, PROVIDERS, stem,
};

/// A variable of the provider, in the form without a provider's name.
#[derive(Clone, Copy)]
pub(super) struct ProviderVariable {
    pub(super) unnamed: &'static str,
    pub(super) setting: &'static str,
}

impl ProviderVariable {
    /// The part after the provider's name in the form with a name: Auth.js's short names for the client, and
    /// otherwise the part after `AUTH_`.
    fn suffix(self) -> &'static str {
        match self.unnamed {
            CLIENT_ID => "ID",
            CLIENT_SECRET => "SECRET",
            name => name.strip_prefix(PREFIX).unwrap_or(name),
        }
    }

    /// The form with the name of the provider that has this id.
    pub(super) fn named(self, id: &str) -> String {
        format!("{}_{}", stem(id), self.suffix())
    }
}

pub(super) fn of_provider() -> impl Iterator<Item = ProviderVariable> {
    [(ISSUER, "issuer"), (CLIENT_ID, "client_id")]
        .into_iter()
        .chain(OF_PROVIDER.iter().map(|it| (it.name, it.setting)))
        .map(|(unnamed, setting)| ProviderVariable { unnamed, setting })
}

/// Whether a variable of the provider gives this setting.
pub(crate) fn is_of_provider(setting: &str) -> bool {
    let mut of_presets = PRESETS.iter().flat_map(Preset::variables);
    of_provider().any(|variable| variable.setting == setting)
        || of_presets.any(|(_, it)| it == setting)
}

/// Whether a provider with this id has a preset.
#[cfg(test)]
pub(crate) fn is_preset(id: &str) -> bool {
    Preset::with_id(id).is_some()
}

/// The variables of a preset in the form with its name.
pub(super) fn preset_variables(preset: &Preset) -> impl Iterator<Item = String> {
    let own = preset.variables().map(|(name, _)| name.to_owned());
    of_provider()
        .map(|variable| variable.named(preset.id))
        .chain(own)
}

/// The variables that only some presets have, in the form for the provider with this id, with the presets. A
/// variable of several presets is returned for each.
pub(super) fn variables_of_presets(id: &str) -> impl Iterator<Item = (String, &'static Preset)> {
    PRESETS.iter().flat_map(move |preset| {
        let variables = preset.variables();
        variables.map(move |(name, _)| (preset.named(name, id), preset))
    })
}

fn of_layer() -> impl Iterator<Item = (&'static str, &'static str)> {
    [(BASE_URL, "base_url"), (COOKIE_SECRET, "cookie_secret")]
        .into_iter()
        .chain(ADDITIONAL_COOKIE_SECRETS.map(|name| (name, "additional_cookie_secret")))
        .chain(OF_LAYER.iter().map(|it| (it.name, it.setting)))
}

/// Every variable without a provider's name, and those that only a preset has. The second value is the
/// setting that the builder's errors name.
pub(crate) fn all() -> impl Iterator<Item = (&'static str, &'static str)> {
    of_provider()
        .map(|it| (it.unnamed, it.setting))
        .chain(PRESETS.iter().flat_map(Preset::variables))
        .chain(of_layer())
        .chain([(PROVIDERS, "providers"), (IGNORE, "ignore")])
}

/// The first variable, with or without a preset's name, for which `is_it` returns true.
pub(super) fn find(is_it: impl Fn(&str) -> bool) -> Option<String> {
    all()
        .map(|(name, _)| name.to_owned())
        .chain(PRESETS.iter().flat_map(preset_variables))
        .find(|name| is_it(name))
}

/// Whether Docker or Kubernetes set this variable in containers because a service is named `auth`.
pub(super) fn is_of_a_container(name: &str) -> bool {
    name == "AUTH_PORT" || name.starts_with("AUTH_PORT_") || name.starts_with("AUTH_SERVICE_")
}

/// A known variable that begins like those of a provider with this id, but belongs to another setting. With
/// that id, one variable could mean two settings.
pub(crate) fn taken_by(id: &str) -> Option<String> {
    let stem = stem(id);
    let of_container = format!("{stem}_ID");
    if is_of_a_container(&of_container) {
        return Some(of_container);
    }
    of_provider()
        .map(|it| it.unnamed)
        .chain(of_layer().map(|(name, _)| name))
        .chain([PROVIDERS, IGNORE])
        .find(|name| begins_with_words(name, &stem))
        .map(str::to_owned)
        .or_else(|| {
            let mut others = PRESETS.iter().filter(|preset| preset.id != id);
            others.find_map(|preset| begins_like(preset.id, id))
        })
}

/// A variable that could belong to either of two different ids: `AUTH_A_ADD_SCOPES` could be
/// `ADD_SCOPES` of `a`, or `SCOPES` of `a-add`.
pub(crate) fn shared_by(one: &str, other: &str) -> Option<String> {
    begins_like(one, other).or_else(|| {
        // Each may have any preset: `AUTH_A_KEY_ID` could be Apple's `KEY_ID` of `a`, or `ID` of `a-key`.
        let of_one: Vec<_> = may_have(one).collect();
        may_have(other).find(|name| of_one.contains(name))
    })
}

/// A variable of one of two different ids that begins like those of the other one.
fn begins_like(one: &str, other: &str) -> Option<String> {
    let of = |shorter: &str, longer: &str| {
        let longer = stem(longer);
        let preset = Preset::with_id(shorter);
        let of_preset = preset.into_iter().flat_map(Preset::variables);
        of_provider()
            .map(|variable| variable.named(shorter))
            .chain(of_preset.map(|(name, _)| name.to_owned()))
            .find(|name| begins_with_words(name, &longer))
    };
    // Only the longer id can begin with the shorter one.
    if one.len() < other.len() {
        of(one, other)
    } else {
        of(other, one)
    }
}

/// The variables that the provider with this id may have.
fn may_have(id: &str) -> impl Iterator<Item = String> {
    of_provider()
        .map(|variable| variable.named(id))
        .chain(variables_of_presets(id).map(|(name, _)| name))
}

fn begins_with_words(name: &str, words: &str) -> bool {
    name.strip_prefix(words)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
}
