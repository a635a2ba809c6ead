//! The names of the variables: without and with a provider's name, and those of other programs.

use relying_party::Provider;

use super::variables::{
    ADDITIONAL_COOKIE_SECRETS, BASE_URL, CLIENT_ID, CLIENT_SECRET, COOKIE_SECRET, IGNORE, ISSUER,
    OF_LAYER, OF_PROVIDER, PROVIDERS,
};

pub(super) const PREFIX: &str = "AUTH_";

/// A provider whose variables may contain its name. Only presets have such variables: to find other names,
/// the environment would have to be searched, and a variable of another program could become a setting.
pub(super) struct Preset {
    /// The provider's id; in capitals it is the name in variables.
    pub(super) id: &'static str,
    /// The variable for the issuer in the vendor's form, such as a tenant's name.
    pub(super) tenant: &'static str,
    pub(super) with_tenant: fn(&str, &str) -> Provider,
    pub(super) with_issuer: fn(&str, &str) -> Provider,
}

pub(super) const PRESETS: &[Preset] = &[
    Preset {
        id: "logto",
        tenant: "AUTH_LOGTO_ENDPOINT",
        with_tenant: |endpoint, id| Provider::logto(endpoint, id),
        with_issuer: |issuer, id| Provider::logto_with_issuer(issuer, id),
    },
    Preset {
        id: "asgardeo",
        tenant: "AUTH_ASGARDEO_ORG",
        with_tenant: |org, id| Provider::asgardeo(org, id),
        with_issuer: |issuer, id| Provider::asgardeo_with_issuer(issuer, id),
    },
    Preset {
        id: "genauth",
        tenant: "AUTH_GENAUTH_HOST",
        with_tenant: |host, id| Provider::genauth(host, id),
        with_issuer: |issuer, id| Provider::genauth_with_issuer(issuer, id),
    },
];

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

/// The beginning of the variables of the provider with this id, up to an underscore.
pub(super) fn stem(id: &str) -> String {
    format!("{PREFIX}{}", id.to_ascii_uppercase().replace('-', "_"))
}

pub(super) fn of_provider() -> impl Iterator<Item = ProviderVariable> {
    [(ISSUER, "issuer"), (CLIENT_ID, "client_id")]
        .into_iter()
        .chain(OF_PROVIDER.iter().map(|it| (it.name, it.setting)))
        .map(|(unnamed, setting)| ProviderVariable { unnamed, setting })
}

/// Whether a variable of the provider gives this setting.
pub(crate) fn is_of_provider(setting: &str) -> bool {
    of_provider().any(|variable| variable.setting == setting)
}

/// The variables of a preset in the form with its name, beside the one for the tenant.
pub(super) fn preset_variables(preset: &Preset) -> impl Iterator<Item = String> {
    of_provider().map(|variable| variable.named(preset.id))
}

fn of_layer() -> impl Iterator<Item = (&'static str, &'static str)> {
    [(BASE_URL, "base_url"), (COOKIE_SECRET, "cookie_secret")]
        .into_iter()
        .chain(ADDITIONAL_COOKIE_SECRETS.map(|name| (name, "additional_cookie_secret")))
        .chain(OF_LAYER.iter().map(|it| (it.name, it.setting)))
}

/// Every variable without a provider's name, and those for the tenants of presets. The second value is the
/// setting that the builder's errors name.
pub(crate) fn all() -> impl Iterator<Item = (&'static str, &'static str)> {
    of_provider()
        .map(|it| (it.unnamed, it.setting))
        .chain(PRESETS.iter().map(|it| (it.tenant, "issuer")))
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
            others.find_map(|preset| shared_by(preset.id, id))
        })
}

/// A variable that could belong to either of two different ids: `AUTH_A_ADD_SCOPES` could be
/// `ADD_SCOPES` of `a`, or `SCOPES` of `a-add`.
pub(crate) fn shared_by(one: &str, other: &str) -> Option<String> {
    let of = |shorter: &str, longer: &str| {
        let longer = stem(longer);
        let preset = PRESETS.iter().find(|preset| preset.id == shorter);
        of_provider()
            .map(|variable| variable.named(shorter))
            .chain(preset.map(|preset| preset.tenant.to_owned()))
            .find(|name| begins_with_words(name, &longer))
    };
    // Only the longer id can begin with the shorter one.
    if one.len() < other.len() {
        of(one, other)
    } else {
        of(other, one)
    }
}

fn begins_with_words(name: &str, words: &str) -> bool {
    name.strip_prefix(words)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
}
