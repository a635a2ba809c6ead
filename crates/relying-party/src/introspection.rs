//! The introspection endpoint.

use std::fmt;
use std::time::SystemTime;

use bytes::Bytes;
use http::Response;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize, Serializer};
use url::Url;

use crate::claims::{InvalidClaims, JsonObject, NumericDate, OneOrMany, ScopeText, lenient};
use crate::client_auth::{AuthenticatedClient, post_authenticated};
use crate::error::Error;
use crate::fetch::Step;
use crate::http_client::HttpClient;
use crate::json::{self, ObjectError};
use crate::oauth_error;
use crate::provider::TokenTypeHint;

/// The state of a token, as the provider reports it (RFC 7662 section 2.2).
///
/// If the token is not active, nothing else of the response is kept. Read members without an accessor
/// with [`get`](Self::get). It serializes to the JSON of the response. `Debug` shows the names of the
/// members only.
#[derive(Clone)]
pub struct Introspection {
    active: bool,
    json: JsonObject,
    members: IntrospectionMembers,
}

/// The members that RFC 7662 defines. If one has the wrong type, the response is malformed, except for
/// members that are only informative.
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
    /// Returns whether the token is active: it was issued by this provider, is neither expired nor
    /// revoked, and this client may use the response.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.active
    }

    /// Returns the scopes of the token.
    pub fn scopes(&self) -> impl Iterator<Item = &str> {
        let scope = self.members.scope.as_ref().map_or("", |it| it.0.as_str());
        scope.split_ascii_whitespace()
    }

    /// Returns the client that the token was issued to.
    #[must_use]
    pub fn client_id(&self) -> Option<&str> {
        self.members.client_id.as_deref()
    }

    /// Returns a name of the user who authorized the token, for display.
    #[must_use]
    pub fn username(&self) -> Option<&str> {
        self.members.username.as_deref()
    }

    /// Returns the type of the token, such as `Bearer` (RFC 6749 section 5.1).
    #[must_use]
    pub fn token_type(&self) -> Option<&str> {
        self.members.token_type.as_deref()
    }

    /// Returns when the token expires.
    #[must_use]
    pub fn exp(&self) -> Option<SystemTime> {
        self.members.exp.and_then(NumericDate::to_system_time)
    }

    /// Returns when the token was issued.
    #[must_use]
    pub fn iat(&self) -> Option<SystemTime> {
        self.members.iat.and_then(NumericDate::to_system_time)
    }

    /// Returns the time before which the token is not valid.
    #[must_use]
    pub fn nbf(&self) -> Option<SystemTime> {
        self.members.nbf.and_then(NumericDate::to_system_time)
    }

    /// Returns the user who authorized the token, or the client if there is no user.
    #[must_use]
    pub fn sub(&self) -> Option<&str> {
        self.members.sub.as_deref()
    }

    /// Returns the audiences of the token.
    pub fn aud(&self) -> impl Iterator<Item = &str> {
        let aud = self.members.aud.iter();
        aud.flat_map(|aud| aud.0.iter().map(String::as_str))
    }

    /// Returns the issuer of the token.
    #[must_use]
    pub fn iss(&self) -> Option<&str> {
        self.members.iss.as_deref()
    }

    /// Returns the identifier of the token.
    #[must_use]
    pub fn jti(&self) -> Option<&str> {
        self.members.jti.as_deref()
    }

    /// Returns the member `name`. `None` if it is absent, `null` or not a `T`.
    #[must_use]
    pub fn get<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        self.json.get(name)
    }

    /// Reads all members as a type of the application.
    ///
    /// # Errors
    ///
    /// The members do not fit the type.
    pub fn deserialize<T: DeserializeOwned>(&self) -> Result<T, InvalidClaims> {
        self.json.deserialize()
    }

    fn parse(response: &Response<Bytes>) -> Result<Self, Error> {
        if let Some(error) = oauth_error::endpoint_error(Step::INTROSPECTION, response) {
            return Err(error);
        }
        if !response.status().is_success() {
            return Err(Step::INTROSPECTION.unsuccessful(response));
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
    client: AuthenticatedClient<'_>,
    token: &str,
    hint: TokenTypeHint,
) -> Result<Introspection, Error> {
    let parameters = [("token", token), ("token_type_hint", hint.as_str())];
    let step = Step::INTROSPECTION;
    let answer = post_authenticated(http, step, endpoint, client, &parameters).await?;
    let response = &answer.response;
    Introspection::parse(response).map_err(|error| {
        let sent = answer.sent_secrets(&parameters);
        oauth_error::with_provider_message(error, endpoint, response, &sent).after_sending()
    })
}
