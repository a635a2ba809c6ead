//! The names of the variables: without a provider's name, with one, and those of other programs.

use relying_party::Provider;

use super::variables::{
    ADDITIONAL_COOKIE_SECRETS, BASE_URL, CLIENT_ID, CLIENT_SECRET, COOKIE_SECRET, IGNORE, ISSUER,
    OF_LAYER, OF_PROVIDER,
};

pub(super) const PREFIX: &str = "AUTH_";

/// A provider whose variables may carry its name. Others are not read: to find their names the
/// environment would have to be searched, and a variable of another program would become a setting.
pub(super) struct Preset {
    /// The provider's id, whose capitals are its name in variables.
    pub(super) id: &'static str,
    /// The variable that says the issuer in the vendor's words.
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
    /// What follows the provider's name in the other form: Auth.js's short names for the client, and
    /// otherwise what follows `AUTH_` here.
    fn suffix(self) -> &'static str {
        match self.unnamed {
            CLIENT_ID => "ID",
            CLIENT_SECRET => "SECRET",
            name => name.strip_prefix(PREFIX).unwrap_or(name),
        }
    }

    /// The form with the name of the provider of this id.
    pub(super) fn named(self, id: &str) -> String {
        format!("{}_{}", stem(id), self.suffix())
    }
}

/// What begins the variables of the provider of this id, up to an underscore.
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
pub(super) fn of_preset(preset: &Preset) -> impl Iterator<Item = String> {
    of_provider().map(|variable| variable.named(preset.id))
}

fn of_layer() -> impl Iterator<Item = (&'static str, &'static str)> {
    [(BASE_URL, "base_url"), (COOKIE_SECRET, "cookie_secret")]
        .into_iter()
        .chain(ADDITIONAL_COOKIE_SECRETS.map(|name| (name, "additional_cookie_secret")))
        .chain(OF_LAYER.iter().map(|it| (it.name, it.setting)))
}

/// Every variable without a provider's name, and those for the tenants of presets, with the setting
/// that the builder's errors name.
pub(crate) fn all() -> impl Iterator<Item = (&'static str, &'static str)> {
    of_provider()
        .map(|it| (it.unnamed, it.setting))
        .chain(PRESETS.iter().map(|it| (it.tenant, "issuer")))
        .chain(of_layer())
        .chain([(IGNORE, "ignore")])
}

/// The variable without a provider's name, or of the presets with theirs, for which `is_it` holds.
pub(super) fn find(is_it: impl Fn(&str) -> bool) -> Option<String> {
    all()
        .map(|(name, _)| name.to_owned())
        .chain(PRESETS.iter().flat_map(of_preset))
        .find(|name| is_it(name))
}

/// Whether Docker and Kubernetes set this variable in every container beside a service of the name
/// `auth`.
pub(super) fn is_of_a_container(name: &str) -> bool {
    name == "AUTH_PORT" || name.starts_with("AUTH_PORT_") || name.starts_with("AUTH_SERVICE_")
}

/// A variable that begins as those of a provider with this id do, and is none of them: with that id one
/// variable could be for two settings.
pub(crate) fn taken_by(id: &str) -> Option<String> {
    let stem = stem(id);
    let of_container = format!("{stem}_ID");
    if is_of_a_container(&of_container) {
        return Some(of_container);
    }
    of_provider()
        .map(|it| it.unnamed)
        .chain(of_layer().map(|(name, _)| name))
        .chain([IGNORE])
        .find(|name| begins_with_words(name, &stem))
        .map(str::to_owned)
        .or_else(|| {
            let mut others = PRESETS.iter().filter(|preset| preset.id != id);
            others.find_map(|preset| shared_by(preset.id, id))
        })
}

/// The variable of one of two different ids that could be the other's: `AUTH_A_ADD_SCOPES` is
/// `ADD_SCOPES` of `a`, and `SCOPES` of `a-add`.
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
