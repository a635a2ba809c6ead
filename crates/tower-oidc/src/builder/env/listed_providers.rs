//! Several providers from variables: `AUTH_PROVIDERS` lists their ids, and the variables of each contain its
//! name.

use std::env::VarError;

use super::environment::Environment;
use super::names;
use super::presets::{PRESETS, Preset};
use super::provider::{Given, Source, build, check_duplicates, preset_sources};
use super::variables::{CLIENT_ID, ISSUER, PROVIDERS, stem};
use crate::builder::provider_key::ProviderKey;
use crate::config_error::ConfigError;

/// The ids in `AUTH_PROVIDERS`; `None` if it is not set.
pub(super) fn ids<F: Fn(&str) -> Result<String, VarError>>(
    environment: &Environment<F>,
) -> Result<Option<Vec<ProviderKey>>, ConfigError> {
    let Some(list) = environment.get(PROVIDERS)? else {
        return Ok(None);
    };
    let mut ids: Vec<ProviderKey> = Vec::new();
    for id in list.list() {
        let id = ProviderKey::parse(id).map_err(|error| error.named(PROVIDERS))?;
        let beside = ids.iter().try_for_each(|other| other.check_beside(&id));
        beside.map_err(|error| error.named(PROVIDERS))?;
        ids.push(id);
    }
    if ids.is_empty() {
        return Err(list.refused("must list the ids of providers, such as `logto google`"));
    }
    Ok(Some(ids))
}

/// The variables of the provider with this id.
pub(super) fn variables(id: &ProviderKey) -> impl Iterator<Item = String> {
    let of_presets = names::variables_of_presets(id.as_str()).map(|(name, _)| name);
    names::of_provider()
        .map(|variable| variable.named(id.as_str()))
        .chain(of_presets)
        .chain([preset_variable(id)])
}

/// Reads the variables of each provider.
pub(super) fn read<F: Fn(&str) -> Result<String, VarError>>(
    environment: &Environment<F>,
    ids: &[ProviderKey],
) -> Result<Vec<Given>, ConfigError> {
    check_others(environment, ids)?;
    ids.iter().map(|id| provider(environment, id)).collect()
}

fn provider<F: Fn(&str) -> Result<String, VarError>>(
    environment: &Environment<F>,
    id: &ProviderKey,
) -> Result<Given, ConfigError> {
    let preset = preset(environment, id)?;
    let mut sources = Vec::new();
    for variable in names::of_provider() {
        let named = environment.get(variable.named(id.as_str()))?;
        sources.extend(named.map(|value| Source {
            unnamed: variable.unnamed,
            setting: variable.setting,
            preset,
            value,
        }));
    }
    if let Some(preset) = preset {
        sources.extend(preset_sources(environment, preset, id.as_str())?);
    }
    check_of_other_presets(environment, id, preset)?;
    check_duplicates(&sources)?;
    let missing = |unnamed: &str, rule: String| {
        let named = names::of_provider().find(|it| it.unnamed == unnamed);
        let named = named.map_or_else(String::new, |it| it.named(id.as_str()));
        ConfigError::new(named, rule)
    };
    build(
        Some(id.as_str().to_owned()),
        preset,
        &sources,
        || {
            missing(
                CLIENT_ID,
                format!("is not set: give the client id at `{id}`"),
            )
        },
        || {
            let instead = preset.and_then(|preset| preset.instead_of_issuer(id.as_str()));
            let instead = instead.map_or_else(String::new, |it| format!(", or set {it} instead"));
            missing(
                ISSUER,
                format!("is not set: give the issuer of `{id}`{instead}"),
            )
        },
    )
}

/// The preset that `AUTH_{NAME}_PRESET` names, or else the one whose name is the id.
fn preset<F: Fn(&str) -> Result<String, VarError>>(
    environment: &Environment<F>,
    id: &ProviderKey,
) -> Result<Option<&'static Preset>, ConfigError> {
    match environment.get(preset_variable(id))? {
        None => Ok(Preset::with_id(id.as_str())),
        Some(value) => match Preset::with_id(value.text()) {
            Some(preset) => Ok(Some(preset)),
            None => {
                let known: Vec<_> = PRESETS.iter().map(|preset| preset.id).collect();
                Err(value.refused(format!("must be one of {}", known.join(", "))))
            }
        },
    }
}

/// Checks that no variable is set that only other presets have: it would have no effect.
fn check_of_other_presets<F: Fn(&str) -> Result<String, VarError>>(
    environment: &Environment<F>,
    id: &ProviderKey,
    preset: Option<&'static Preset>,
) -> Result<(), ConfigError> {
    let has = |preset: &Preset, name: &str| {
        let mut variables = preset.variables();
        variables.any(|(it, _)| preset.named(it, id.as_str()) == name)
    };
    for (name, _) in names::variables_of_presets(id.as_str()) {
        if preset.is_some_and(|preset| has(preset, &name)) {
            continue;
        }
        let Some(value) = environment.get(name.clone())? else {
            continue;
        };
        let others = PRESETS.iter().filter(|preset| has(preset, &name));
        let others: Vec<_> = others.map(|preset| preset.id).collect();
        let chosen = match preset {
            Some(preset) => format!("has the preset {}", preset.id),
            None => "has no preset".to_owned(),
        };
        return Err(value.refused(format!(
            "is for the preset {}, and `{id}` {chosen}: remove it, or set {} to the preset that you mean",
            others.join(" or "),
            preset_variable(id)
        )));
    }
    Ok(())
}

/// Checks that no variable is set whose provider is unclear, or not listed.
fn check_others<F: Fn(&str) -> Result<String, VarError>>(
    environment: &Environment<F>,
    ids: &[ProviderKey],
) -> Result<(), ConfigError> {
    for variable in names::of_provider() {
        if let Some(value) = environment.get(variable.unnamed)? {
            let examples: Vec<_> = ids.iter().map(|id| variable.named(id.as_str())).collect();
            return Err(value.refused(format!(
                "does not say which of the providers in {PROVIDERS} it is for: set {} instead",
                examples.join(" or ")
            )));
        }
    }
    let others = PRESETS
        .iter()
        .filter(|preset| ids.iter().all(|id| id.as_str() != preset.id));
    for preset in others {
        for name in names::preset_variables(preset) {
            if let Some(value) = environment.get(name)? {
                return Err(value.refused(format!(
                    "is for the provider `{}`, which {PROVIDERS} does not list: add it there, or remove \
                     the variable",
                    preset.id
                )));
            }
        }
    }
    Ok(())
}

fn preset_variable(id: &ProviderKey) -> String {
    format!("{}_PRESET", stem(id.as_str()))
}
