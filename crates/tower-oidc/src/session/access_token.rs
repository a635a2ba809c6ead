//! The access tokens of a session, each for one target.

use std::fmt;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use smallvec::SmallVec;

use super::fields::{Content, FieldReader, FieldWriter, REST};
use super::frame::{unzigzag, zigzag};
use super::token::StoredToken;
use super::unknown_fields::{UnknownCritical, UnknownFields};
use crate::format::codec::{Malformed, Reader, set_once, utf8};
use crate::format::time::UnixMillis;

/// Always the last field, so that its lengths need not be written.
const TOKEN: u8 = REST;
const EXPIRES_AT: u8 = 2;
const RESOURCE: u8 = 3;
const ORGANIZATION: u8 = 4;
const SCOPE: u8 = 5;

/// What an access token is for. Two requests for the same target share a token; no others do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Target {
    /// RFC 8707 section 2.
    pub(crate) resource: Option<String>,
    /// Logto's `organization_id`.
    pub(crate) organization: Option<String>,
}

/// The tokens of a session. Most sessions have one, for which nothing is allocated.
pub(crate) type AccessTokens = SmallVec<[StoredAccessToken; 1]>;

#[derive(Clone)]
pub(crate) struct StoredAccessToken {
    pub(crate) target: Target,
    pub(crate) token: StoredToken,
    pub(crate) expires_at: Option<UnixMillis>,
    /// How long it was valid when it was received; `None` if the provider named no expiry.
    pub(super) life: Option<Duration>,
    /// The scopes that were granted for it, separated by spaces, if they are known.
    pub(crate) scope: Option<Bytes>,
    /// What a newer version of this crate stored with it.
    pub(super) unknown: UnknownFields,
}

impl Target {
    /// The token that the sign-in brought: for UserInfo, and for the provider's default resource.
    pub(crate) const DEFAULT: Self = Self {
        resource: None,
        organization: None,
    };

    pub(crate) fn is_default(&self) -> bool {
        *self == Self::DEFAULT
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.resource, &self.organization) {
            (None, None) => f.write_str("the default"),
            (Some(resource), None) => f.write_str(resource),
            (None, Some(organization)) => write!(f, "organization {organization}"),
            (Some(resource), Some(organization)) => {
                write!(f, "{resource} in organization {organization}")
            }
        }
    }
}

impl StoredAccessToken {
    pub(crate) fn new(target: Target, text: &str, expires_at: Option<SystemTime>) -> Self {
        Self {
            target,
            token: StoredToken::new(text),
            expires_at: expires_at.map(UnixMillis::of),
            life: None,
            scope: None,
            unknown: UnknownFields::default(),
        }
    }

    /// The same, received at `now`.
    pub(crate) fn received_at(mut self, now: UnixMillis) -> Self {
        let life = self.expires_at.map(|expires_at| expires_at.since(now));
        self.life = life.map(|life| Duration::from_secs(life.as_secs()));
        self
    }

    /// Whether it is valid at `now` and for `leeway` longer, or for half of its life if that is shorter:
    /// otherwise a token whose life is shorter than the leeway would be refreshed at every use. A token
    /// without an expiry is valid until it is refused.
    pub(crate) fn is_alive(&self, now: UnixMillis, leeway: Duration) -> bool {
        let half_life = self.life.and_then(|life| life.checked_div(2));
        let leeway = half_life.map_or(leeway, |half_life| leeway.min(half_life));
        self.expires_at
            .is_none_or(|expires_at| now.plus(leeway) < expires_at)
    }

    /// Writes the fields of a token of a session that was created at this time.
    pub(super) fn write(&self, created_at: UnixMillis, writer: &mut FieldWriter) {
        if let Some(expires_at) = self.expires_at {
            writer.field_of(EXPIRES_AT, |content| {
                content.number(zigzag(created_at.seconds(), expires_at.seconds()));
                if let Some(life) = self.life {
                    content.number(life.as_secs());
                }
            });
        }
        if let Some(resource) = &self.target.resource {
            writer.field(RESOURCE, resource.as_bytes());
        }
        if let Some(organization) = &self.target.organization {
            writer.field(ORGANIZATION, organization.as_bytes());
        }
        if let Some(scope) = &self.scope {
            writer.field(SCOPE, scope);
        }
        self.unknown.write(writer);
        writer.rest_of(|content| self.token.write(content));
    }

    /// Reads what [`write`](Self::write) wrote; `None` if a newer version of this crate wrote it and this one
    /// must not use it.
    pub(super) fn read(
        content: Content<'_>,
        created_at: UnixMillis,
    ) -> Result<Option<Self>, Malformed> {
        let mut reader = FieldReader::new(content);
        let mut token = None;
        let mut expires_at = None;
        let mut resource = None;
        let mut organization = None;
        let mut scope = None;
        let mut life = None;
        let mut unknown = UnknownFields::default();
        while let Some((tag, content)) = reader.field()? {
            match tag {
                TOKEN => set_once(&mut token, StoredToken::read(content)?)?,
                EXPIRES_AT => {
                    let mut numbers = Reader::new(content.in_block()?);
                    let seconds = unzigzag(created_at.seconds(), numbers.number()?);
                    set_once(&mut expires_at, UnixMillis::from_seconds(seconds))?;
                    if !numbers.is_empty() {
                        life = Some(Duration::from_secs(numbers.number()?));
                    }
                }
                RESOURCE => set_once(&mut resource, utf8(content.in_block()?)?.to_owned())?,
                ORGANIZATION => set_once(&mut organization, utf8(content.in_block()?)?.to_owned())?,
                SCOPE => set_once(&mut scope, content.text()?)?,
                _ => match unknown.read(tag, content) {
                    Ok(()) => {}
                    Err(UnknownCritical) => return Ok(None),
                },
            }
        }
        Ok(Some(Self {
            target: Target {
                resource,
                organization,
            },
            token: token.ok_or(Malformed)?,
            expires_at,
            life,
            scope,
            unknown,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::super::fields::{Buffers, measure_fields, write_fields};
    use super::*;

    const CREATED_AT: UnixMillis = UnixMillis(1_795_000_000_123);

    fn read(written: &FieldWriter) -> Option<StoredAccessToken> {
        let buffers = Buffers::written(written);
        StoredAccessToken::read(Content::all_of(&buffers), CREATED_AT).unwrap()
    }

    fn target(resource: Option<&str>, organization: Option<&str>) -> Target {
        Target {
            resource: resource.map(str::to_owned),
            organization: organization.map(str::to_owned),
        }
    }

    #[test]
    fn a_token_comes_back_with_its_target_expiry_and_scope() {
        for target in [
            Target::DEFAULT,
            target(Some("https://api.example"), None),
            target(None, Some("acme")),
            target(Some("https://api.example"), Some("acme")),
        ] {
            let expires_at = UnixMillis::from_seconds(1_795_000_000);
            let mut stored =
                StoredAccessToken::new(target.clone(), "text", Some(expires_at.to_system_time()))
                    .received_at(UnixMillis::from_seconds(1_794_999_000));
            stored.scope = Some(Bytes::from_static(b"read write"));

            let read = read(&write_fields(|writer| stored.write(CREATED_AT, writer))).unwrap();

            assert_eq!(read.target, target);
            assert_eq!(read.token.text().as_str(), "text");
            assert_eq!(read.expires_at, Some(expires_at));
            assert_eq!(read.life, Some(Duration::from_secs(1000)));
            assert_eq!(read.scope.as_deref(), Some(&b"read write"[..]));
        }
    }

    /// The default token with another field, read and written again; `None` if it must not be used.
    fn with_field(tag: u8) -> Option<Vec<u8>> {
        let token = StoredAccessToken::new(Target::DEFAULT, "text", None);
        let known = measure_fields(|writer| token.write(CREATED_AT, writer)).block;
        let read = read(&write_fields(|writer| {
            writer.field(tag, &[7]);
            token.write(CREATED_AT, writer);
        }))?;
        let again = write_fields(|writer| read.write(CREATED_AT, writer));
        let unknown = again.block().len().saturating_sub(known);
        Some(again.block()[..unknown].to_vec())
    }

    #[test]
    fn two_bits_of_an_unknown_tag_say_what_becomes_of_it_and_of_the_token() {
        assert_eq!(with_field(31), Some(vec![]));
        assert_eq!(with_field(64), Some(vec![64, 1, 7]));
        assert_eq!(with_field(95), Some(vec![95, 1, 7]));
        assert_eq!(with_field(128), None);
        assert_eq!(with_field(223), None);
    }

    #[test]
    fn a_token_is_alive_until_its_expiry_less_the_leeway_or_half_of_its_life() {
        let at = |seconds| UnixMillis::from_seconds(seconds);
        let token = StoredAccessToken::new(Target::DEFAULT, "t", Some(at(100).to_system_time()));
        let leeway = Duration::from_secs(10);

        assert!(token.is_alive(at(89), leeway));
        assert!(!token.is_alive(at(90), leeway));
        assert!(token.is_alive(at(99), Duration::ZERO));
        assert!(!token.is_alive(at(100), Duration::ZERO));
        // At most half of its life: fifty seconds here.
        let received = token.received_at(at(0));
        let long = Duration::from_secs(3600);
        assert!(received.is_alive(at(49), long));
        assert!(!received.is_alive(at(50), long));
        assert!(received.is_alive(at(89), leeway));
        assert!(!received.is_alive(at(90), leeway));
        let unlimited = StoredAccessToken::new(Target::DEFAULT, "t", None);
        assert!(unlimited.is_alive(UnixMillis(u64::MAX), leeway));
    }
}
