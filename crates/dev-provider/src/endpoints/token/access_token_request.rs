//! What an access token is requested for: a resource (RFC 8707), an organization as with Logto, or
//! the userinfo endpoint.

use super::super::OAuthError;
use crate::{
    parameters::Parameters,
    state::State,
    store::Grant,
    users::{self, ORGANIZATIONS},
};

pub(super) struct AccessTokenRequest {
    /// `None` for the userinfo endpoint.
    pub(super) audience: Option<String>,
    pub(super) organization_id: Option<String>,
    pub(super) scope: Vec<String>,
}

impl AccessTokenRequest {
    /// Reads the parameters of a code exchange.
    pub(super) fn from_code(
        state: &State,
        grant: &Grant,
        parameters: &Parameters,
    ) -> Result<Self, OAuthError> {
        let resource = resource(state, grant, parameters)?;
        Ok(Self {
            scope: scope_at(state, resource, grant.scope.clone()),
            audience: resource.map(str::to_owned),
            organization_id: None,
        })
    }

    /// Reads the parameters of a refresh. It may also request an organization, and a narrower scope
    /// (RFC 6749 section 6).
    pub(super) fn from_refresh(
        state: &State,
        grant: &Grant,
        parameters: &Parameters,
    ) -> Result<Self, OAuthError> {
        let resource = resource(state, grant, parameters)?;
        let scope: Vec<String> = match parameters.get("scope") {
            None => grant.scope.clone(),
            Some(scope) => scope.split(' ').map(str::to_owned).collect(),
        };
        if !scope.iter().all(|name| grant.includes(name)) {
            return Err(OAuthError::INVALID_SCOPE);
        }
        let organization_id = parameters.get("organization_id");
        if let Some(id) = organization_id {
            check_membership(state, grant, id)?;
        }
        Ok(Self {
            scope: match (resource, organization_id) {
                // The provider does not have scopes of organizations.
                (None, Some(_)) => Vec::new(),
                _ => scope_at(state, resource, scope),
            },
            audience: resource
                .map(str::to_owned)
                .or_else(|| organization_id.map(|id| format!("urn:logto:organization:{id}"))),
            organization_id: organization_id.map(str::to_owned),
        })
    }
}

/// The requested resource, which must be one of those in the authorization request (RFC 8707
/// section 2.2). Logto's resource for organizations is not a resource here.
fn resource<'a>(
    state: &State,
    grant: &Grant,
    parameters: &'a Parameters,
) -> Result<Option<&'a str>, OAuthError> {
    let mut resources = parameters.all("resource");
    let is_granted = |indicator: &str| {
        let mut named = grant.resources.iter();
        named.any(|named| named == indicator) && state.resource(indicator).is_some()
    };
    match (resources.next(), resources.next()) {
        (None, _) => Ok(None),
        (Some(resource), None) if is_granted(resource) => Ok(Some(resource)),
        _ => Err(OAuthError::INVALID_TARGET),
    }
}

/// The scopes that the resource, or the userinfo endpoint, supports.
fn scope_at(state: &State, resource: Option<&str>, mut scope: Vec<String>) -> Vec<String> {
    let resource = resource.map(|indicator| state.resource(indicator));
    scope.retain(|name| match resource {
        None => users::SCOPES.contains(&name.as_str()),
        Some(resource) => resource.is_some_and(|resource| resource.has_scope(name)),
    });
    scope
}

fn check_membership(state: &State, grant: &Grant, organization_id: &str) -> Result<(), OAuthError> {
    if !grant.includes(ORGANIZATIONS) {
        return Err(OAuthError::INVALID_SCOPE);
    }
    state
        .user(&grant.username)
        .filter(|user| user.is_member_of(organization_id))
        .map(|_| ())
        .ok_or(OAuthError::ACCESS_DENIED)
}
