//! Which access tokens the layer's own route gives to the application's scripts.

use std::sync::Arc;

use relying_party::Provider;

use crate::config_error::ConfigError;
use crate::session::access_token::Target;

/// The entry that means the access token of the sign-in. No resource has this name: they are absolute
/// URIs (RFC 8707 section 2).
const DEFAULT: &str = "default";

/// The list's name in errors; it has an environment variable beside that of the path.
pub(crate) const RESOURCES: &str = "access_token_resources";

/// The targets whose tokens scripts may have; none where the route is off.
#[derive(Clone, Debug)]
pub(crate) struct ScriptTokens(Arc<[Target]>);

impl ScriptTokens {
    /// Checks the list as a whole: each entry must be a resource of one of the providers, unless a resolver may
    /// find others.
    pub(crate) fn check<'a>(
        has_path: bool,
        resources: &[String],
        has_resolver: bool,
        providers: impl Iterator<Item = &'a Provider> + Clone,
    ) -> Result<(), ConfigError> {
        let error = |rule| Err(ConfigError::new(RESOURCES, rule));
        let is_known = |name: &String| {
            providers
                .clone()
                .any(|provider| target(name, provider).is_some())
        };
        match has_path {
            false if !resources.is_empty() => error(
                "the list of resources has no effect without a path; set access_token_path \
                 (AUTH_ACCESS_TOKEN_PATH), or remove the list",
            ),
            true if resources.is_empty() => error(
                "must list what scripts may have: resources of the provider, or `default` for the \
                 access token of the sign-in; without any, remove the path",
            ),
            _ if !has_resolver && !resources.iter().all(is_known) => error(
                "must list resources that the provider is configured with; add them with \
                 Provider::resources (AUTH_RESOURCES), or remove them from the list",
            ),
            _ => Ok(()),
        }
    }

    /// Those of the list that this provider has tokens for.
    pub(crate) fn of(provider: &Provider, resources: &[String]) -> Self {
        Self(
            resources
                .iter()
                .filter_map(|name| target(name, provider))
                .collect(),
        )
    }

    pub(crate) fn contains(&self, target: &Target) -> bool {
        self.0.contains(target)
    }
}

fn target(name: &str, provider: &Provider) -> Option<Target> {
    if name == DEFAULT {
        return Some(Target::DEFAULT);
    }
    let is_configured = provider.resource_indicators().any(|known| known == name);
    is_configured.then(|| Target {
        resource: Some(name.to_owned()),
        organization: None,
    })
}
