//! Which method is used: the one that is set, or the first of the table whose credential is configured
//! and which the provider supports.

use super::client::SupportedAuth;
use super::method::{Method, listed_text};
use super::table::METHODS;
use crate::config_error::ConfigError;
use crate::credentials::ClientAuthMethod;
use crate::provider::Provider;

/// Checks the credentials of the client, and that there is one for the method that is set.
pub(crate) fn check(provider: &Provider) -> Result<(), ConfigError> {
    for (name, method) in METHODS {
        let is_set = provider.client_auth_method == Some(*name);
        // A credential that is present, but that this method cannot use, has its own error.
        method.check(provider, is_set)?;
        let needed = method.credentials().first();
        if let Some(credential) = needed.filter(|_| is_set && !method.is_configured(provider)) {
            return Err(ConfigError::new(
                credential,
                "is required by this client authentication method",
                "set it, or set another method; `none` is for a client without credentials",
            ));
        }
    }
    check_combination(provider)
}

fn check_combination(provider: &Provider) -> Result<(), ConfigError> {
    let credentials = &provider.credentials;
    if credentials.assertion_source.is_some() && credentials.has_keys() {
        return Err(ConfigError::new(
            "client_private_keys",
            "cannot be combined with a source of assertions",
            "remove the keys, or `client_assertion_source` and `client_assertion_file`",
        ));
    }
    Ok(())
}

/// Chooses the method. The error names the member of the metadata that prevents it, and what to change.
///
/// A method that is set is used whatever the metadata list.
pub(super) fn select(
    provider: &Provider,
    supported: SupportedAuth<'_>,
) -> Result<&'static dyn Method, String> {
    if let Some(set) = provider.client_auth_method {
        let (_, method) = find(|name, _| name == set)?;
        method.check_algorithms(provider, supported.algorithms)?;
        return Ok(method);
    }
    let (first, method) = find(|_, method| method.is_configured(provider))?;
    let Some(listed) = supported.methods else {
        // OpenID Connect Discovery 1.0 section 3: absent means client_secret_basic, which is the first
        // of those with a secret. A private key has no other use than the first method of the table.
        method.check_algorithms(provider, supported.algorithms)?;
        return Ok(method);
    };
    let lists = |name: ClientAuthMethod| listed.iter().any(|it| it == name.as_str());
    if first == ClientAuthMethod::None {
        // Many providers do not list `none`, because they list what clients with a secret may use.
        let any = [
            ClientAuthMethod::None,
            ClientAuthMethod::ClientSecretBasic,
            ClientAuthMethod::ClientSecretPost,
        ];
        return match any.into_iter().any(lists) {
            true => Ok(method),
            false => Err(unsupported(provider, listed)),
        };
    }
    let usable = METHODS
        .iter()
        .filter(|(name, method)| lists(*name) && method.is_configured(provider));
    let mut refused = None;
    for (_, method) in usable {
        match method.check_algorithms(provider, supported.algorithms) {
            Ok(()) => return Ok(*method),
            Err(why) => refused = refused.or(Some(why)),
        }
    }
    Err(refused.unwrap_or_else(|| unsupported(provider, listed)))
}

/// Returns why no method can be used, and what to change. `None` if one can be.
pub(crate) fn unmet_requirement(
    provider: &Provider,
    supported: SupportedAuth<'_>,
) -> Option<String> {
    select(provider, supported).err()
}

fn find(
    is_it: impl Fn(ClientAuthMethod, &dyn Method) -> bool,
) -> Result<(ClientAuthMethod, &'static dyn Method), String> {
    let mut rows = METHODS.iter();
    rows.find(|(name, method)| is_it(*name, *method))
        .copied()
        .ok_or_else(|| "the client authentication method is not known".to_owned())
}

fn unsupported(provider: &Provider, listed: &[String]) -> String {
    let possible = METHODS
        .iter()
        .filter(|(_, method)| method.is_configured(provider));
    let possible: Vec<String> = possible.map(|(name, _)| format!("`{name}`")).collect();
    let mut credentials: Vec<String> = METHODS
        .iter()
        .filter(|(name, _)| listed.iter().any(|it| it == name.as_str()))
        .flat_map(|(_, method)| method.credentials())
        .map(|setter| format!("`{setter}`"))
        .collect();
    credentials.sort_unstable();
    credentials.dedup();
    let give = match credentials.is_empty() {
        true => String::new(),
        false => format!(
            "give the credential of one of them ({}), or ",
            credentials.join(", ")
        ),
    };
    format!(
        "`token_endpoint_auth_methods_supported` lists {}, and with its credentials this client can use \
         {}; {give}allow one of these for this client at the provider, and set `client_auth_method` if \
         it is not listed then",
        listed_text(listed),
        possible.join(", ")
    )
}
