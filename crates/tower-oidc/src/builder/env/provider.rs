//! The provider from variables, each with or without the provider's name. Two variables for one setting are
//! an error.

use std::borrow::Cow;
use std::env::VarError;

use relying_party::Provider;

use super::environment::Environment;
use super::names;
use super::presets::{Arguments, PRESETS, Preset};
use super::value::Value;
use super::variables::{CLIENT_ID, ISSUER, OF_PROVIDER, PROVIDERS};
use crate::config_error::ConfigError;

/// The provider, its id if its variables contain a name, and the variable that gave each setting.
pub(super) struct Given {
    pub(super) id: Option<String>,
    pub(super) provider: Provider,
    pub(super) variables: Vec<(&'static str, Cow<'static, str>)>,
}

/// A variable that is set.
pub(super) struct Source {
    /// The variable without a provider's name that gives the same setting, or the one of a preset, with the
    /// preset's name.
    pub(super) unnamed: &'static str,
    pub(super) setting: &'static str,
    /// The preset of the provider whose name it contains.
    pub(super) preset: Option<&'static Preset>,
    pub(super) value: Value,
}

/// The provider; the inner error says what is missing if no variable is about a provider.
pub(super) fn read<F: Fn(&str) -> Result<String, VarError>>(
    environment: &Environment<F>,
) -> Result<Result<Given, ConfigError>, ConfigError> {
    let sources = sources(environment)?;
    if sources.is_empty() {
        return Ok(Err(no_client_id(None)));
    }
    check_one_provider(&sources)?;
    check_duplicates(&sources)?;
    let preset = sources.iter().find_map(|source| source.preset);
    let id = preset.map(|preset| preset.id.to_owned());
    let no_client_id = || no_client_id(preset);
    build(id, preset, &sources, no_client_id, || no_issuer(preset)).map(Ok)
}

/// The provider that these variables give.
pub(super) fn build(
    id: Option<String>,
    preset: Option<&'static Preset>,
    sources: &[Source],
    no_client_id: impl FnOnce() -> ConfigError,
    no_issuer: impl FnOnce() -> ConfigError,
) -> Result<Given, ConfigError> {
    let find = |unnamed: &str| sources.iter().find(|source| source.unnamed == unnamed);
    let client_id = find(CLIENT_ID).ok_or_else(no_client_id)?.value.text();
    let issuer = find(ISSUER).map(|source| &source.value);
    let provider = match (preset, issuer) {
        (Some(preset), None) => {
            let arguments = Arguments {
                preset,
                id: id.as_deref().unwrap_or(preset.id),
                client_id,
                find: &|name| find(name).map(|source| &source.value),
            };
            // If nothing says which tenant it is, the error names both ways to say it.
            let is_given = preset.arguments.iter().any(|it| find(it.name).is_some());
            if preset.with_issuer.is_some() && !is_given {
                return Err(no_issuer());
            }
            preset.provider(&arguments)?
        }
        (Some(preset), Some(issuer)) => {
            check_beside_issuer(preset, sources, issuer)?;
            let id = id.as_deref().unwrap_or(preset.id);
            let with_issuer = preset.with_issuer;
            let with_issuer = with_issuer.ok_or_else(|| refused_issuer(preset, id, issuer))?;
            with_issuer(issuer.text(), client_id)
        }
        (None, Some(issuer)) => Provider::new(issuer.text(), client_id),
        (None, None) => return Err(no_issuer()),
    };
    let of_preset = preset.map_or(&[][..], |preset| preset.settings);
    let provider = of_preset
        .iter()
        .chain(OF_PROVIDER)
        .try_fold(provider, |provider, row| match find(row.name) {
            Some(source) => (row.read)(provider, &source.value),
            None => Ok(provider),
        })?;
    Ok(Given {
        id,
        provider,
        variables: sources
            .iter()
            .map(|source| (source.setting, source.value.name().clone()))
            .collect(),
    })
}

fn sources<F: Fn(&str) -> Result<String, VarError>>(
    environment: &Environment<F>,
) -> Result<Vec<Source>, ConfigError> {
    let mut sources = Vec::new();
    for variable in names::of_provider() {
        let source = |preset| {
            move |value| Source {
                unnamed: variable.unnamed,
                setting: variable.setting,
                preset,
                value,
            }
        };
        sources.extend(environment.get(variable.unnamed)?.map(source(None)));
        for preset in PRESETS {
            let named = environment.get(variable.named(preset.id))?;
            sources.extend(named.map(source(Some(preset))));
        }
    }
    for preset in PRESETS {
        sources.extend(preset_sources(environment, preset, preset.id)?);
    }
    Ok(sources)
}

/// The variables that only this preset has, with the name of the provider that has this id.
pub(super) fn preset_sources<F: Fn(&str) -> Result<String, VarError>>(
    environment: &Environment<F>,
    preset: &'static Preset,
    id: &str,
) -> Result<Vec<Source>, ConfigError> {
    let mut sources = Vec::new();
    for (unnamed, setting) in preset.variables() {
        let value = environment.get(preset.named(unnamed, id))?;
        sources.extend(value.map(|value| Source {
            unnamed,
            setting,
            preset: Some(preset),
            value,
        }));
    }
    Ok(sources)
}

/// Checks that no argument is given beside the issuer, which replaces all of them: it would have no effect.
fn check_beside_issuer(
    preset: &Preset,
    sources: &[Source],
    issuer: &Value,
) -> Result<(), ConfigError> {
    let is_argument = |it: &&Source| preset.arguments.iter().any(|arg| arg.name == it.unnamed);
    match sources.iter().find(is_argument) {
        Some(argument) if preset.with_issuer.is_some() => Err(argument.value.refused(format!(
            "is set, and so is {}, which replaces it: remove one of the two",
            issuer.name()
        ))),
        _ => Ok(()),
    }
}

fn refused_issuer(preset: &Preset, id: &str, issuer: &Value) -> ConfigError {
    let remedy = match preset.instead_of_issuer(id) {
        Some(instead) => format!("set {instead} instead"),
        None => "remove it".to_owned(),
    };
    issuer.refused(format!(
        "cannot be set, because the preset {} has its own issuer: {remedy}",
        preset.id
    ))
}

/// Checks that no two providers are named: then `AUTH_PROVIDERS` has to list them.
fn check_one_provider(sources: &[Source]) -> Result<(), ConfigError> {
    let mut named = sources
        .iter()
        .filter_map(|it| it.preset.map(|preset| (it, preset.id)));
    if let Some((one, id)) = named.next()
        && let Some((other, _)) = named.find(|(_, other)| *other != id)
    {
        return Err(one.value.refused(format!(
            "is set, and so is {} of another provider: list both in {PROVIDERS}, or remove the \
             variables of one of the two",
            other.value.name()
        )));
    }
    Ok(())
}

/// Checks that no setting has two variables, even with the same value: if one were changed later, it would be
/// unclear which one is used.
pub(super) fn check_duplicates(sources: &[Source]) -> Result<(), ConfigError> {
    let mut rest = sources;
    while let [one, later @ ..] = rest {
        rest = later;
        if let Some(other) = later.iter().find(|it| it.setting == one.setting) {
            return Err(one.value.refused(format!(
                "is set, and so is {}, which gives the same setting: remove one of the two",
                other.value.name()
            )));
        }
    }
    Ok(())
}

fn no_client_id(preset: Option<&Preset>) -> ConfigError {
    let mut client_ids = names::of_provider().filter(|it| it.unnamed == CLIENT_ID);
    let named = preset.and_then(|preset| Some(client_ids.next()?.named(preset.id)));
    let rule = match named {
        Some(named) => format!("is not set: give the client id, here or in {named}"),
        None => "is not set: give the client id".to_owned(),
    };
    ConfigError::new(CLIENT_ID, rule)
}

fn no_issuer(preset: Option<&Preset>) -> ConfigError {
    let instead = match preset {
        Some(preset) => preset.instead_of_issuer(preset.id).unwrap_or_default(),
        None => {
            let ids: Vec<_> = PRESETS.iter().map(|preset| preset.id).collect();
            format!(
                "the variables of one of the presets {}, such as AUTH_LOGTO_ENDPOINT,",
                ids.join(", ")
            )
        }
    };
    ConfigError::new(
        ISSUER,
        format!("is not set: give the issuer, or set {instead} instead"),
    )
}
