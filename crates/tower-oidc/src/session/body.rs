//! The content of a session, as tagged fields.

use bytes::Bytes;
use relying_party::Claims;
use relying_party::claims::IdentityRanges;

use super::access_token::{AccessTokens, StoredAccessToken, Target};
use super::after_refusal::AfterRefusal;
use super::fields::{Content, FieldReader, FieldWriter, write_fields};
use super::frame::{FrameError, ResolverKey, unzigzag, zigzag};
use super::secret_names::names_no_secret;
use super::token::StoredToken;
use super::unknown_fields::{COPIED, UnknownFields};
use crate::format::codec::{Malformed, Reader, Writer, set_once};
use crate::format::time::UnixMillis;

const ID_TOKEN: u8 = 1;
const REFRESH_TOKEN: u8 = 2;
const ACCESS_TOKEN: u8 = 3;
const SCOPE: u8 = 4;
const CLAIMS: u8 = 5;
const USER_INFO: u8 = 6;
const DATA: u8 = 7;
const REFRESHED_AT: u8 = 8;
const ADDED: u8 = 9;
const FOLLOWS_REFUSAL: u8 = 10;
const AUTH_TIME: u8 = 11;
const ACR: u8 = 12;
const ID_TOKEN_HINT: u8 = 13;
pub(super) const PROVIDER_KEY: u8 = 14;
/// An instance of an earlier version keeps it, although it does not know it.
const SID: u8 = COPIED | 15;
const IDENTITY_RANGES: u8 = 17;

/// The content of a session; every part is a view into one of its two buffers.
#[derive(Clone)]
pub(crate) struct Body {
    pub(crate) identity: Identity,
    pub(crate) refresh_token: Option<StoredToken>,
    /// One for each target, in the order in which they were obtained.
    pub(crate) access_tokens: AccessTokens,
    /// The granted scopes, separated by spaces, where the provider named them.
    pub(crate) scope: Option<Bytes>,
    /// Claims that the ID token does not have, from the UserInfo response or the application: a JSON
    /// object.
    pub(crate) user_info: Option<Bytes>,
    /// The names of those that the application added, a JSON array.
    pub(crate) added: Option<Bytes>,
    /// The application's own data, as JSON.
    pub(crate) data: Option<Bytes>,
    /// When a refresh last showed that the provider still knows the user.
    pub(crate) refreshed_at: Option<UnixMillis>,
    /// The refusal that led to the sign-in.
    pub(crate) after_refusal: Option<AfterRefusal>,
    /// How the user authenticated at the sign-in in this browser. A refresh does not change it. Otherwise the
    /// holder of a copied cookie could pass a step-up by waiting until the user authenticates elsewhere.
    pub(crate) authentication: Authentication,
    /// An ID token that is only for `id_token_hint`, because the claims are not read from it.
    pub(crate) id_token_hint: Option<StoredToken>,
    /// How the application's resolver finds the provider again; `None` for a registered provider.
    pub(crate) provider_key: Option<ResolverKey>,
    /// The id of the session at the provider, UTF-8. A refresh does not change it: the session belongs to the
    /// sign-in in this browser.
    pub(crate) sid: Option<Bytes>,
    /// What a newer version of this crate stored.
    pub(crate) unknown: UnknownFields,
}

/// What the ID token of a sign-in says of the authentication (OpenID Connect Core 1.0 section 2).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Authentication {
    /// `auth_time`.
    pub(crate) time: Option<UnixMillis>,
    /// `acr`, UTF-8.
    pub(crate) acr: Option<Bytes>,
}

/// A longer `acr` is not stored, so the session satisfies no demand for one. Registered values are short names
/// or URIs.
const MAX_ACR: usize = 255;

impl Authentication {
    pub(crate) fn from_claims(claims: &Claims) -> Self {
        Self {
            time: claims.auth_time().map(UnixMillis::of),
            acr: claims
                .acr()
                .filter(|acr| acr.len() <= MAX_ACR)
                .map(|acr| Bytes::copy_from_slice(acr.as_bytes())),
        }
    }
}

/// A longer `sid` is not stored. Providers use identifiers of some 40 characters.
pub(crate) const MAX_SID: usize = 255;

/// The `sid` of a sign-in's ID token, in the form in which a session stores it; `None` if it is longer than
/// [`MAX_SID`].
pub(crate) fn sid_of(claims: &Claims) -> Option<Bytes> {
    let sid = claims.sid().filter(|sid| sid.len() <= MAX_SID)?;
    Some(Bytes::copy_from_slice(sid.as_bytes()))
}

/// Who is signed in.
#[derive(Clone)]
pub(crate) enum Identity {
    /// The whole token, for `id_token_hint`. The claims are read from it and stored nowhere else.
    IdToken(StoredToken),
    /// The claims as JSON, of a session without an ID token.
    Claims(Bytes),
}

impl Body {
    /// The fields, in both parts, of a session that was created at this time.
    pub(super) fn fields(&self, created_at: UnixMillis) -> FieldWriter {
        let json = |json: &Option<Bytes>| json.clone().map(JsonField::new);
        let (user_info, added) = (json(&self.user_info), json(&self.added));
        let identity = match &self.identity {
            Identity::IdToken(_) => None,
            Identity::Claims(claims) => Some(JsonField::new(claims.clone())),
        };
        let ranges = self.identity.ranges();
        write_fields(|writer| {
            match (&self.identity, &identity) {
                (Identity::IdToken(id_token), _) => {
                    writer.field_of(ID_TOKEN, |content| id_token.write(content));
                }
                (Identity::Claims(_), claims) => write_json(writer, CLAIMS, claims.as_ref()),
            }
            if let Some(ranges) = &ranges {
                write_ranges(writer, ranges);
            }
            self.write_tokens(created_at, writer);
            write_json(writer, USER_INFO, user_info.as_ref());
            write_json(writer, ADDED, added.as_ref());
            self.write_rest(created_at, writer);
        })
    }

    fn write_tokens(&self, created_at: UnixMillis, writer: &mut FieldWriter) {
        if let Some(refresh_token) = &self.refresh_token {
            writer.field_of(REFRESH_TOKEN, |content| refresh_token.write(content));
        }
        for token in &self.access_tokens {
            writer.field_of(ACCESS_TOKEN, |content| token.write(created_at, content));
        }
        if let Some(scope) = &self.scope {
            writer.field(SCOPE, scope);
        }
        if let Some(id_token) = &self.id_token_hint {
            writer.field_of(ID_TOKEN_HINT, |content| id_token.write(content));
        }
    }

    fn write_rest(&self, created_at: UnixMillis, writer: &mut FieldWriter) {
        if let Some(data) = &self.data {
            writer.field_outside(DATA, data);
        }
        if let Some(refreshed_at) = self.refreshed_at {
            write_seconds(writer, REFRESHED_AT, created_at, refreshed_at);
        }
        if let Some(refusal) = self.after_refusal {
            let mut content = Writer::with_capacity(8);
            refusal.write(&mut content);
            writer.field(FOLLOWS_REFUSAL, content.as_ref());
        }
        if let Some(auth_time) = self.authentication.time {
            write_seconds(writer, AUTH_TIME, created_at, auth_time);
        }
        if let Some(acr) = &self.authentication.acr {
            writer.field(ACR, acr);
        }
        if let Some(key) = &self.provider_key {
            writer.field(PROVIDER_KEY, key.as_str().as_bytes());
        }
        if let Some(sid) = &self.sid {
            writer.field(SID, sid);
        }
        self.unknown.write(writer);
    }

    /// Reads what [`fields`](Self::fields) wrote, and where `iss` and `sub` stand in the claims.
    pub(super) fn read(
        content: Content<'_>,
        created_at: UnixMillis,
    ) -> Result<(Self, Option<IdentityRanges>), FrameError> {
        let mut reader = FieldReader::new(content);
        let mut fields = Fields::default();
        while let Some((tag, content)) = reader.field()? {
            fields.read(tag, content, created_at)?;
        }
        let body = Self {
            identity: fields.identity.ok_or(Malformed)?,
            refresh_token: fields.refresh_token,
            access_tokens: fields.access_tokens,
            scope: fields.scope,
            user_info: fields.user_info,
            added: fields.added,
            data: fields.data,
            refreshed_at: fields.refreshed_at,
            after_refusal: fields.after_refusal,
            authentication: Authentication {
                time: fields.auth_time,
                acr: fields.acr,
            },
            id_token_hint: fields.id_token_hint,
            provider_key: fields.provider_key,
            sid: fields.sid,
            unknown: fields.unknown,
        };
        Ok((body, fields.ranges))
    }

    pub(crate) fn access_token(&self, target: &Target) -> Option<&StoredAccessToken> {
        self.access_tokens
            .iter()
            .find(|stored| stored.target == *target)
    }

    /// Replaces the token for the same target. The new one is the last.
    pub(crate) fn put_access_token(&mut self, token: StoredAccessToken) {
        self.access_tokens
            .retain(|stored| stored.target != token.target);
        self.access_tokens.push(token);
    }
}

/// A JSON text and the part of a field in which it is written.
struct JsonField {
    json: Bytes,
    in_block: bool,
}

impl JsonField {
    fn new(json: Bytes) -> Self {
        Self {
            in_block: names_no_secret(&json),
            json,
        }
    }
}

fn write_json(writer: &mut FieldWriter, tag: u8, field: Option<&JsonField>) {
    match field {
        Some(JsonField {
            json,
            in_block: true,
        }) => writer.field(tag, json),
        Some(JsonField {
            json,
            in_block: false,
        }) => writer.field_outside(tag, json),
        None => {}
    }
}

/// The fields that were read so far.
#[derive(Default)]
struct Fields {
    identity: Option<Identity>,
    refresh_token: Option<StoredToken>,
    access_tokens: AccessTokens,
    scope: Option<Bytes>,
    user_info: Option<Bytes>,
    added: Option<Bytes>,
    data: Option<Bytes>,
    refreshed_at: Option<UnixMillis>,
    after_refusal: Option<AfterRefusal>,
    auth_time: Option<UnixMillis>,
    acr: Option<Bytes>,
    id_token_hint: Option<StoredToken>,
    provider_key: Option<ResolverKey>,
    sid: Option<Bytes>,
    ranges: Option<IdentityRanges>,
    unknown: UnknownFields,
}

impl Fields {
    fn read(
        &mut self,
        tag: u8,
        content: Content<'_>,
        created_at: UnixMillis,
    ) -> Result<(), FrameError> {
        let known = match tag {
            ID_TOKEN => {
                let id_token = StoredToken::read(content)?;
                set_once(&mut self.identity, Identity::IdToken(id_token))
            }
            CLAIMS => set_once(&mut self.identity, Identity::Claims(content.in_one_part()?)),
            REFRESH_TOKEN => set_once(&mut self.refresh_token, StoredToken::read(content)?),
            ACCESS_TOKEN => {
                let token = StoredAccessToken::read(content, created_at)?;
                self.access_tokens.extend(token);
                Ok(())
            }
            SCOPE => set_once(&mut self.scope, content.text()?),
            USER_INFO => set_once(&mut self.user_info, content.in_one_part()?),
            ADDED => set_once(&mut self.added, content.in_one_part()?),
            DATA => set_once(&mut self.data, content.in_one_part()?),
            REFRESHED_AT => set_once(&mut self.refreshed_at, read_seconds(content, created_at)?),
            FOLLOWS_REFUSAL => {
                let refusal = AfterRefusal::read(content.in_block()?);
                set_once(&mut self.after_refusal, refusal)
            }
            AUTH_TIME => set_once(&mut self.auth_time, read_seconds(content, created_at)?),
            ACR => set_once(&mut self.acr, content.text()?),
            ID_TOKEN_HINT => set_once(&mut self.id_token_hint, StoredToken::read(content)?),
            PROVIDER_KEY => {
                let key = ResolverKey::read(content.in_block()?)?;
                set_once(&mut self.provider_key, key)
            }
            SID => set_once(&mut self.sid, content.text()?),
            IDENTITY_RANGES => set_once(&mut self.ranges, read_ranges(content)?),
            _ => return Ok(self.unknown.read(tag, content)?),
        };
        Ok(known?)
    }
}

impl Identity {
    /// The claims without the ID token; `None` if there is no ID token.
    pub(crate) fn without_token(&self) -> Option<Self> {
        match self {
            Self::IdToken(id_token) => id_token.payload().cloned().map(Self::Claims),
            Self::Claims(_) => None,
        }
    }

    /// The claims' JSON.
    pub(crate) fn claims(&self) -> Option<&Bytes> {
        match self {
            Self::IdToken(id_token) => id_token.payload(),
            Self::Claims(claims) => Some(claims),
        }
    }

    /// Where `iss` and `sub` stand in the claims' JSON.
    fn ranges(&self) -> Option<IdentityRanges> {
        IdentityRanges::find(self.claims()?)
    }
}

fn write_ranges(writer: &mut FieldWriter, ranges: &IdentityRanges) {
    writer.field_of(IDENTITY_RANGES, |content| {
        for range in [ranges.iss(), ranges.sub()] {
            content.count(range.start);
            content.count(range.len());
        }
    });
}

fn read_ranges(content: Content<'_>) -> Result<IdentityRanges, Malformed> {
    let mut reader = Reader::new(content.in_block()?);
    let mut range = || {
        let (start, length) = (reader.count()?, reader.count()?);
        let end = start.checked_add(length).ok_or(Malformed)?;
        Ok(start..end)
    };
    Ok(IdentityRanges::new(range()?, range()?))
}

/// Writes a time as its difference from that of the sign-in, which it is near.
fn write_seconds(writer: &mut FieldWriter, tag: u8, created_at: UnixMillis, time: UnixMillis) {
    let difference = zigzag(created_at.seconds(), time.seconds());
    writer.field_of(tag, |content| content.number(difference));
}

fn read_seconds(content: Content<'_>, created_at: UnixMillis) -> Result<UnixMillis, Malformed> {
    let difference = Reader::new(content.in_block()?).number()?;
    let seconds = unzigzag(created_at.seconds(), difference);
    Ok(UnixMillis::from_seconds(seconds))
}

#[cfg(test)]
mod tests;
