//! The introspection endpoint.

use std::fmt;
use std::time::SystemTime;

use bytes::Bytes;
use http::Response;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize, Serializer};
use url::Url;

use crate::claims::{InvalidClaims, JsonObject, NumericDate, OneOrMany, ScopeText, lenient};
use crate::client_auth::{self, post_authenticated};
use crate::error::Error;
use crate::fetch::Step;
use crate::http_client::HttpClient;
use crate::json::{self, ObjectError};
use crate::metadata::Metadata;
use crate::oauth_error;
use crate::provider::{Provider, TokenTypeHint};

/// What the provider says about a token at this moment (RFC 7662 section 2.2).
///
/// Of a token that is not active nothing else is kept, whatever the provider sent. IntrospectionMembers that have
/// no accessor are read with [`get`](Self::get). `Debug` shows the members' names only.
#[derive(Clone)]
pub struct Introspection {
    active: bool,
    json: JsonObject,
    members: IntrospectionMembers,
}

/// The members that RFC 7662 names. One of the wrong type makes the response malformed, except those
/// that only describe.
#[derive(Clone, Default, Deserialize)]
struct IntrospectionMembers {
    scope: Option<ScopeText>,
    client_id: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    username: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    token_type: Option<String>,
    exp: Option<NumericDate>,
    iat: Option<NumericDate>,
    nbf: Option<NumericDate>,
    sub: Option<String>,
    aud: Option<OneOrMany>,
    iss: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    jti: Option<String>,
}

#[derive(Deserialize)]
struct Active {
    active: bool,
}

impl Introspection {
    /// Whether the token may be used now: it was issued by this provider, is neither expired nor
    /// revoked, and this client may know about it.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.active
    }

    /// The scopes of the token, as the provider lists them.
    pub fn scopes(&self) -> impl Iterator<Item = &str> {
        let scope = self.members.scope.as_ref().map_or("", |it| it.0.as_str());
        scope.split_ascii_whitespace()
    }

    /// The client that the token was issued to.
    #[must_use]
    pub fn client_id(&self) -> Option<&str> {
        self.members.client_id.as_deref()
    }

    /// A name of the user who authorized the token, for display.
    #[must_use]
    pub fn username(&self) -> Option<&str> {
        self.members.username.as_deref()
    }

    /// How the token is used, such as `Bearer` (RFC 6749 section 5.1).
    #[must_use]
    pub fn token_type(&self) -> Option<&str> {
        self.members.token_type.as_deref()
    }

    /// When the token expires.
    #[must_use]
    pub fn exp(&self) -> Option<SystemTime> {
        self.members.exp.and_then(NumericDate::to_system_time)
    }

    /// When the token was issued.
    #[must_use]
    pub fn iat(&self) -> Option<SystemTime> {
        self.members.iat.and_then(NumericDate::to_system_time)
    }

    /// When the token begins to be valid.
    #[must_use]
    pub fn nbf(&self) -> Option<SystemTime> {
        self.members.nbf.and_then(NumericDate::to_system_time)
    }

    /// The user who authorized the token; the client itself, if there was none.
    #[must_use]
    pub fn sub(&self) -> Option<&str> {
        self.members.sub.as_deref()
    }

    /// Whom the token is for.
    pub fn aud(&self) -> impl Iterator<Item = &str> {
        let aud = self.members.aud.iter();
        aud.flat_map(|aud| aud.0.iter().map(String::as_str))
    }

    /// Who issued the token.
    #[must_use]
    pub fn iss(&self) -> Option<&str> {
        self.members.iss.as_deref()
    }

    /// The token's identifier.
    #[must_use]
    pub fn jti(&self) -> Option<&str> {
        self.members.jti.as_deref()
    }

    /// The member `name`, or `None` if it is absent, `null` or not a `T`.
    #[must_use]
    pub fn get<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        self.json.get(name)
    }

    /// All members as a type of the application's own.
    ///
    /// # Errors
    ///
    /// They do not fit the type.
    pub fn deserialize<T: DeserializeOwned>(&self) -> Result<T, InvalidClaims> {
        self.json.deserialize()
    }

    fn parse(response: &Response<Bytes>) -> Result<Self, Error> {
        if let Some(error) = oauth_error::endpoint_error(Step::INTROSPECTION, response) {
            return Err(error);
        }
        if !response.status().is_success() {
            return Err(Step::INTROSPECTION.refused(response));
        }
        Self::from_json(response.body().clone()).map_err(|why| {
            Step::INTROSPECTION
                .malformed(format!("the introspection response cannot be used: {why}"))
        })
    }

    fn from_json(json: Bytes) -> Result<Self, InvalidClaims> {
        let json = JsonObject::new(json)?;
        let unusable = |why: ObjectError| InvalidClaims::new(why.to_string());
        let Active { active } = json::object_from_str(json.as_str()).map_err(unusable)?;
        if active {
            let members = json::object_from_str(json.as_str()).map_err(unusable)?;
            return Ok(Self {
                active,
                json,
                members,
            });
        }
        Ok(Self {
            active,
            json: JsonObject::new(Bytes::from_static(br#"{"active":false}"#))?,
            members: IntrospectionMembers::default(),
        })
    }
}

/// Writes the JSON as the provider sent it. It needs a serializer of `serde_json`.
impl Serialize for Introspection {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.json.serialize(serializer)
    }
}

impl fmt::Debug for Introspection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.json.debug_names("Introspection", f)
    }
}

/// Asks the introspection endpoint about a token (RFC 7662 section 2.1).
pub(crate) async fn introspect(
    http: &dyn HttpClient,
    endpoint: &Url,
    provider: &Provider,
    metadata: &Metadata,
    token: &str,
    hint: TokenTypeHint,
) -> Result<Introspection, Error> {
    let parameters = [("token", token), ("token_type_hint", hint.as_str())];
    let step = Step::INTROSPECTION;
    let response =
        post_authenticated(http, step, endpoint, provider, metadata, &parameters).await?;
    Introspection::parse(&response).map_err(|error| {
        let sent = client_auth::sent_secrets(provider, &parameters);
        oauth_error::with_provider_message(error, endpoint, &response, &sent).after_sending()
    })
}
