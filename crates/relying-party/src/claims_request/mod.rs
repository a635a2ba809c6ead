//! Which claims a sign-in asks for, one by one (OpenID Connect Core 1.0 section 5.5).

mod checked_part;
mod json;
mod rules;

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use serde_json::Value;

pub(crate) use self::checked_part::IdTokenValues;
pub(crate) use self::rules::check;

type Claims = BTreeMap<String, RequestedClaim>;

/// The claims that a sign-in asks for, besides those that its scopes bring (OpenID Connect Core 1.0
/// section 5.5): the parameter `claims`. Not every provider supports it.
///
/// Give it to [`Provider::claims_request`](crate::Provider::claims_request) for every sign-in, or to
/// [`AuthorizationRequest::claims_request`](crate::AuthorizationRequest::claims_request) for one. It has at
/// most 2,048 bytes as JSON, and it becomes a part of the provider's URL.
///
/// # What is checked
///
/// Providers may leave out any claim that they were asked for, so look at what you get. Three are
/// different, because the standard has an effect for them. If they are asked for in the ID token, an ID
/// token that does not show it is refused, also where a provider ignores the parameter:
///
/// | asked for in the ID token | what the ID token must show | |
/// |---|---|---|
/// | `acr`, essential | an `acr`, and one of the values if there are any | section 5.5.1.1 |
/// | `auth_time`, essential | an `auth_time` | section 2 |
/// | `sub` with values | one of these users | section 3.1.2.2 |
///
/// An `acr` that is not essential is a preference; any `acr` is accepted. A value of `sub` is a user of the
/// provider's issuer, and not of one of [`accepted_issuers`](crate::Provider::accepted_issuers), whose
/// users [`CodeExchange::expected_user`](crate::CodeExchange::expected_user) names.
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
    id_token: Claims,
    user_info: Claims,
}

impl ClaimsRequest {
    /// Asks for nothing. For one sign-in it replaces what the provider is set to ask for.
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks for a claim in the ID token. It replaces what was asked of the same claim there.
    pub fn id_token(mut self, name: impl Into<String>, claim: RequestedClaim) -> Self {
        self.id_token.insert(name.into(), claim);
        self
    }

    /// Asks for a claim in the answer of the UserInfo endpoint. It replaces what was asked of the same
    /// claim there.
    pub fn user_info(mut self, name: impl Into<String>, claim: RequestedClaim) -> Self {
        self.user_info.insert(name.into(), claim);
        self
    }

    /// Whether it asks for nothing. Then no parameter is sent.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.id_token.is_empty() && self.user_info.is_empty()
    }
}

/// How much a claim is asked for, and with which value (OpenID Connect Core 1.0 section 5.5.1).
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
    /// A value has no JSON form.
    NotJson,
}

impl RequestedClaim {
    /// The claim is welcome.
    pub const fn voluntary() -> Self {
        Self {
            is_essential: false,
            value: RequestedValue::Any,
        }
    }

    /// The application needs the claim. The provider may leave it out all the same; see [What is
    /// checked](ClaimsRequest#what-is-checked).
    pub const fn essential() -> Self {
        Self {
            is_essential: true,
            value: RequestedValue::Any,
        }
    }

    /// Asks for this value: a text, a number, `true` or `false`. It replaces earlier values.
    pub fn value(mut self, value: impl Serialize) -> Self {
        self.value =
            serde_json::to_value(value).map_or(RequestedValue::NotJson, RequestedValue::One);
        self
    }

    /// Asks for one of these values, the preferred first. It replaces earlier values.
    pub fn values(mut self, values: impl IntoIterator<Item = impl Serialize>) -> Self {
        let values: Result<_, _> = values.into_iter().map(serde_json::to_value).collect();
        self.value = values.map_or(RequestedValue::NotJson, RequestedValue::OneOf);
        self
    }

    /// The values that were asked for; empty if any will do.
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

/// Shows the names of the claims and no value, which may name a user.
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
