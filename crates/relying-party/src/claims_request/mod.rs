//! Requests for single claims (OpenID Connect Core 1.0 section 5.5).

mod checked_part;
mod json;
mod rules;

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use serde_json::Value;

pub(crate) use self::checked_part::IdTokenValues;
pub(crate) use self::rules::check;

type RequestedClaims = BTreeMap<String, RequestedClaim>;

/// The single claims that a sign-in requests, in addition to those of its scopes (OpenID Connect Core
/// 1.0 section 5.5): the parameter `claims`. Not every provider supports it.
///
/// Pass it to [`Provider::claims_request`](crate::Provider::claims_request) for every sign-in, or to
/// [`AuthorizationRequest::claims_request`](crate::AuthorizationRequest::claims_request) for one. It
/// becomes a part of the authorization URL, and has at most 2,048 bytes as JSON.
///
/// # What is checked
///
/// Providers may omit any requested claim, so check the claims that you receive. For three claims the
/// standard defines an effect. If they are requested in the ID token, an ID token that does not satisfy
/// the request is refused, even if the provider ignores the parameter:
///
/// | requested in the ID token | what the ID token must have | section |
/// |---|---|---|
/// | `acr`, essential | an `acr`, and one of the values if there are any | 5.5.1.1 |
/// | `auth_time`, essential | an `auth_time` | 2 |
/// | `sub` with values | one of these users | 3.1.2.2 |
///
/// An `acr` that is not essential is a preference, and any `acr` is accepted. A value of `sub` is a
/// user of the provider's issuer, and not of one of the
/// [`accepted_issuers`](crate::Provider::accepted_issuers). To require a user of those, use
/// [`CodeExchange::expected_user`](crate::CodeExchange::expected_user).
///
/// ```
/// use relying_party::{ClaimsRequest, Provider, RequestedClaim};
///
/// let claims = ClaimsRequest::new()
///     .id_token("acr", RequestedClaim::essential().values(["phr", "phrh"]))
///     .user_info("picture", RequestedClaim::voluntary());
/// assert_eq!(
///     claims.to_json(),
///     r#"{"id_token":{"acr":{"essential":true,"values":["phr","phrh"]}},"userinfo":{"picture":null}}"#
/// );
/// let provider = Provider::new("https://op.example", "client-id").claims_request(claims);
/// ```
#[derive(Clone, Default, PartialEq)]
#[must_use = "a claims request does nothing until it is given to a provider or a request"]
pub struct ClaimsRequest {
    id_token: RequestedClaims,
    user_info: RequestedClaims,
}

impl ClaimsRequest {
    /// Creates a request for no claims. For one sign-in, it turns off the claims request of the
    /// provider's settings.
    pub fn new() -> Self {
        Self::default()
    }

    /// Requests a claim in the ID token. It replaces an earlier request for the same claim there.
    pub fn id_token(mut self, name: impl Into<String>, claim: RequestedClaim) -> Self {
        self.id_token.insert(name.into(), claim);
        self
    }

    /// Requests a claim in the response of the UserInfo endpoint. It replaces an earlier request for
    /// the same claim there.
    pub fn user_info(mut self, name: impl Into<String>, claim: RequestedClaim) -> Self {
        self.user_info.insert(name.into(), claim);
        self
    }

    /// Returns whether no claims are requested, so that the parameter is not sent.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.id_token.is_empty() && self.user_info.is_empty()
    }
}

/// The request for one claim: whether it is essential, and its values (OpenID Connect Core 1.0 section
/// 5.5.1).
#[derive(Clone, PartialEq)]
#[must_use = "it does nothing until it is given to a `ClaimsRequest`"]
pub struct RequestedClaim {
    is_essential: bool,
    value: RequestedValue,
}

#[derive(Clone, PartialEq)]
enum RequestedValue {
    Any,
    One(Value),
    OneOf(Vec<Value>),
    /// A value cannot be written as JSON.
    NotJson,
}

impl RequestedClaim {
    /// Requests a claim that the application does not need.
    pub const fn voluntary() -> Self {
        Self {
            is_essential: false,
            value: RequestedValue::Any,
        }
    }

    /// Requests a claim that the application needs. The provider may still omit it; see [What is
    /// checked](ClaimsRequest#what-is-checked).
    pub const fn essential() -> Self {
        Self {
            is_essential: true,
            value: RequestedValue::Any,
        }
    }

    /// Requests this value: a string, a number, `true` or `false`. It replaces earlier values.
    pub fn value(mut self, value: impl Serialize) -> Self {
        self.value =
            serde_json::to_value(value).map_or(RequestedValue::NotJson, RequestedValue::One);
        self
    }

    /// Requests one of these values, the preferred one first. It replaces earlier values.
    pub fn values(mut self, values: impl IntoIterator<Item = impl Serialize>) -> Self {
        let values: Result<_, _> = values.into_iter().map(serde_json::to_value).collect();
        self.value = values.map_or(RequestedValue::NotJson, RequestedValue::OneOf);
        self
    }

    /// Returns the requested values; empty if any value is accepted.
    fn requested_values(&self) -> &[Value] {
        match &self.value {
            RequestedValue::One(value) => std::slice::from_ref(value),
            RequestedValue::OneOf(values) => values,
            RequestedValue::Any | RequestedValue::NotJson => &[],
        }
    }

    fn has_values(&self) -> bool {
        !matches!(self.value, RequestedValue::Any)
    }
}

/// Shows the names of the claims without their values, which may identify a user.
impl fmt::Debug for ClaimsRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClaimsRequest")
            .field("id_token", &self.id_token)
            .field("user_info", &self.user_info)
            .finish()
    }
}

impl fmt::Debug for RequestedClaim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestedClaim")
            .field("is_essential", &self.is_essential)
            .field("values", &self.requested_values().len())
            .finish()
    }
}
