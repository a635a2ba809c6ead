//! The members of a discovery document, read one by one. A malformed member that no sign-in needs must
//! not prevent all sign-ins. For any other malformed member, the error must name it.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, DeserializeOwned, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
use url::Url;

use crate::error::{Error, ErrorKind};
use crate::json;
use crate::url_rules::parse_secure;

/// The members that are read; all others are skipped.
const NAMES: [&str; 22] = [
    "issuer",
    "authorization_endpoint",
    "token_endpoint",
    "jwks_uri",
    "userinfo_endpoint",
    "end_session_endpoint",
    "introspection_endpoint",
    "revocation_endpoint",
    "pushed_authorization_request_endpoint",
    "scopes_supported",
    "response_types_supported",
    "response_modes_supported",
    "grant_types_supported",
    "token_endpoint_auth_methods_supported",
    "token_endpoint_auth_signing_alg_values_supported",
    "code_challenge_methods_supported",
    "id_token_signing_alg_values_supported",
    "userinfo_signing_alg_values_supported",
    "claims_parameter_supported",
    "authorization_response_iss_parameter_supported",
    "require_pushed_authorization_requests",
    "require_signed_request_object",
];

/// The members of a document, and those that were ignored.
pub(super) struct MetadataMembers<'a> {
    values: BTreeMap<&'static str, MemberValue<'a>>,
    ignored: Vec<Ignored>,
}

enum MemberValue<'a> {
    Once(&'a RawValue),
    Twice,
}

/// A member that counts as absent, and what it is instead.
struct Ignored {
    member: &'static str,
    kind: &'static str,
}

/// The JSON type of a member.
pub(super) trait Kind: DeserializeOwned {
    const NAME: &'static str;
}

impl Kind for String {
    const NAME: &'static str = "a string";
}

impl Kind for bool {
    const NAME: &'static str = "a boolean";
}

impl Kind for Vec<String> {
    const NAME: &'static str = "a list of strings";
}

impl MetadataMembers<'_> {
    /// Reads a member that sign-ins need, or that defends against attacks. `None` if it is absent; an
    /// error if it is not a `T`.
    pub(super) fn strict<T: Kind>(&self, member: &'static str) -> Result<Option<T>, Error> {
        self.read(member).map_err(|kind| {
            malformed(format!(
                "`{member}` in the discovery document is {kind} instead of {}",
                T::NAME
            ))
        })
    }

    /// Returns whether the member is present, with any value; `null` is absent.
    pub(super) fn has(&self, member: &'static str) -> bool {
        !matches!(self.read::<String>(member), Ok(None))
    }

    /// Reads a string that sign-ins need.
    pub(super) fn needed(&self, member: &'static str) -> Result<String, Error> {
        self.strict(member)?
            .ok_or_else(|| malformed(format!("the discovery document has no `{member}`")))
    }

    /// Reads an optional member. It counts as absent if it is not a `T`.
    pub(super) fn optional<T: Kind>(&mut self, member: &'static str) -> Option<T> {
        match self.read(member) {
            Ok(value) => value,
            Err(kind) => {
                self.ignored.push(Ignored { member, kind });
                None
            }
        }
    }

    /// Reads an optional endpoint. It counts as absent if it must not be used.
    pub(super) fn optional_endpoint(
        &mut self,
        member: &'static str,
        may_be_http: bool,
    ) -> Option<Url> {
        let text = self.optional::<String>(member)?;
        match endpoint(&text, may_be_http) {
            Ok(url) => Some(url),
            Err(kind) => {
                self.ignored.push(Ignored { member, kind });
                None
            }
        }
    }

    /// Records that a member counts as absent because of its value.
    pub(super) fn ignore(&mut self, member: &'static str, kind: &'static str) {
        self.ignored.push(Ignored { member, kind });
    }

    /// Logs which members count as absent.
    pub(super) fn log(&self) {
        for Ignored { member, kind } in &self.ignored {
            tracing::warn!(
                member,
                kind,
                "a malformed member of the provider's discovery document is ignored; sign-ins do not need \
                 it, but features that need it will not work"
            );
        }
    }

    /// Reads a member. The error says what it is instead of a `T`. `null` is absent.
    fn read<T: Kind>(&self, member: &'static str) -> Result<Option<T>, &'static str> {
        match self.values.get(member) {
            None => Ok(None),
            Some(MemberValue::Twice) => Err("present twice"),
            Some(MemberValue::Once(value)) => {
                let json = value.get();
                serde_json::from_str(json).map_err(|_| match json::kind_of(json) {
                    "an array" => "a list of other values",
                    kind => kind,
                })
            }
        }
    }
}

/// Reads the URL of an endpoint. The error says what the text is instead.
pub(super) fn endpoint(text: &str, may_be_http: bool) -> Result<Url, &'static str> {
    if let Some(url) = parse_secure(text).filter(|url| may_be_http || url.scheme() == "https") {
        return Ok(url);
    }
    Err(match Url::parse(text) {
        _ if text.is_empty() => "an empty string",
        Err(_) => "not an absolute URL",
        Ok(url) if url.scheme() != "https" => "not an https URL",
        Ok(_) => "an https URL that is not allowed, such as one with a fragment",
    })
}

impl<'de> Deserialize<'de> for MetadataMembers<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MetadataVisitor)
    }
}

struct MetadataVisitor;

impl<'de> Visitor<'de> for MetadataVisitor {
    type Value = MetadataMembers<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<MetadataMembers<'de>, A::Error> {
        let mut values = BTreeMap::new();
        while let Some(name) = map.next_key::<String>()? {
            let Some(known) = NAMES.into_iter().find(|known| *known == name) else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            let value = map.next_value::<&RawValue>()?;
            let value = match values.contains_key(known) {
                true => MemberValue::Twice,
                false => MemberValue::Once(value),
            };
            values.insert(known, value);
        }
        Ok(MetadataMembers {
            values,
            ignored: Vec::new(),
        })
    }
}

pub(super) fn malformed(what: String) -> Error {
    Error::new(ErrorKind::Provider, "discovery.malformed", what)
}
