//! The content of a session, as tagged fields.

use bytes::Bytes;
use relying_party::Claims;

use super::access_token::{StoredAccessToken, Target};
use super::frame::{FrameError, ResolverKey};
use super::token::StoredToken;
use super::unknown_fields::{COPIED, UnknownFields};
use crate::format::codec::{Malformed, Reader, Writer, set_once, utf8};
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

/// The content of a session; every part is a view into the one buffer that was opened.
#[derive(Clone)]
pub(crate) struct Body {
    pub(crate) identity: Identity,
    pub(crate) refresh_token: Option<StoredToken>,
    /// One for each target, in the order in which they were obtained.
    pub(crate) access_tokens: Vec<StoredAccessToken>,
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
    /// Whether a refusal led to the sign-in.
    pub(crate) after_refusal: bool,
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
    pub(crate) fn write(&self, writer: &mut Writer) {
        match &self.identity {
            Identity::IdToken(id_token) => writer.field_of(ID_TOKEN, |it| id_token.write(it)),
            Identity::Claims(claims) => writer.field(CLAIMS, claims),
        }
        if let Some(refresh_token) = &self.refresh_token {
            writer.field_of(REFRESH_TOKEN, |content| refresh_token.write(content));
        }
        for access_token in &self.access_tokens {
            write_access_token(writer, access_token);
        }
        if let Some(scope) = &self.scope {
            writer.field(SCOPE, scope);
        }
        if let Some(user_info) = &self.user_info {
            writer.field(USER_INFO, user_info);
        }
        if let Some(added) = &self.added {
            writer.field(ADDED, added);
        }
        if let Some(data) = &self.data {
            writer.field(DATA, data);
        }
        if let Some(refreshed_at) = self.refreshed_at {
            write_seconds(writer, REFRESHED_AT, refreshed_at);
        }
        if self.after_refusal {
            writer.field(FOLLOWS_REFUSAL, &[]);
        }
        if let Some(auth_time) = self.authentication.time {
            write_seconds(writer, AUTH_TIME, auth_time);
        }
        if let Some(acr) = &self.authentication.acr {
            writer.field(ACR, acr);
        }
        if let Some(id_token) = &self.id_token_hint {
            writer.field_of(ID_TOKEN_HINT, |content| id_token.write(content));
        }
        if let Some(key) = &self.provider_key {
            writer.field(PROVIDER_KEY, key.as_str().as_bytes());
        }
        if let Some(sid) = &self.sid {
            writer.field(SID, sid);
        }
        self.unknown.write(writer);
    }

    pub(crate) fn read(bytes: Bytes) -> Result<Self, FrameError> {
        let mut reader = Reader::new(bytes);
        let mut fields = Fields::default();
        while let Some((tag, content)) = reader.field()? {
            fields.read(tag, content)?;
        }
        Ok(Self {
            identity: fields.identity.ok_or(Malformed)?,
            refresh_token: fields.refresh_token,
            access_tokens: fields.access_tokens,
            scope: fields.scope,
            user_info: fields.user_info,
            added: fields.added,
            data: fields.data,
            refreshed_at: fields.refreshed_at,
            after_refusal: fields.after_refusal.is_some(),
            authentication: Authentication {
                time: fields.auth_time,
                acr: fields.acr,
            },
            id_token_hint: fields.id_token_hint,
            provider_key: fields.provider_key,
            sid: fields.sid,
            unknown: fields.unknown,
        })
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

/// Writes one of the body's access tokens.
pub(super) fn write_access_token(writer: &mut Writer, token: &StoredAccessToken) {
    writer.field_of(ACCESS_TOKEN, |content| token.write(content));
}

/// The fields that were read so far.
#[derive(Default)]
struct Fields {
    identity: Option<Identity>,
    refresh_token: Option<StoredToken>,
    access_tokens: Vec<StoredAccessToken>,
    scope: Option<Bytes>,
    user_info: Option<Bytes>,
    added: Option<Bytes>,
    data: Option<Bytes>,
    refreshed_at: Option<UnixMillis>,
    after_refusal: Option<()>,
    auth_time: Option<UnixMillis>,
    acr: Option<Bytes>,
    id_token_hint: Option<StoredToken>,
    provider_key: Option<ResolverKey>,
    sid: Option<Bytes>,
    unknown: UnknownFields,
}

impl Fields {
    fn read(&mut self, tag: u8, content: Bytes) -> Result<(), FrameError> {
        let known = match tag {
            ID_TOKEN => {
                let id_token = StoredToken::read(content)?;
                set_once(&mut self.identity, Identity::IdToken(id_token))
            }
            CLAIMS => set_once(&mut self.identity, Identity::Claims(content)),
            REFRESH_TOKEN => set_once(&mut self.refresh_token, StoredToken::read(content)?),
            ACCESS_TOKEN => {
                self.access_tokens.extend(StoredAccessToken::read(content)?);
                Ok(())
            }
            SCOPE => {
                utf8(&content)?;
                set_once(&mut self.scope, content)
            }
            USER_INFO => set_once(&mut self.user_info, content),
            ADDED => set_once(&mut self.added, content),
            DATA => set_once(&mut self.data, content),
            REFRESHED_AT => set_once(&mut self.refreshed_at, read_seconds(content)?),
            FOLLOWS_REFUSAL => set_once(&mut self.after_refusal, ()),
            AUTH_TIME => set_once(&mut self.auth_time, read_seconds(content)?),
            ACR => {
                utf8(&content)?;
                set_once(&mut self.acr, content)
            }
            ID_TOKEN_HINT => set_once(&mut self.id_token_hint, StoredToken::read(content)?),
            PROVIDER_KEY => set_once(&mut self.provider_key, ResolverKey::read(&content)?),
            SID => {
                utf8(&content)?;
                set_once(&mut self.sid, content)
            }
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
}

fn write_seconds(writer: &mut Writer, tag: u8, time: UnixMillis) {
    writer.field_of(tag, |content| content.number(time.seconds()));
}

fn read_seconds(content: Bytes) -> Result<UnixMillis, Malformed> {
    Reader::new(content).number().map(UnixMillis::from_seconds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::codec::measure;

    const ID_TOKEN_TEXT: &str = "eyJhbGciOiJFUzM4NCJ9.eyJzdWIiOiJhbGljZSJ9.c2ln";

    fn body() -> Body {
        Body {
            identity: Identity::IdToken(StoredToken::new(ID_TOKEN_TEXT)),
            refresh_token: Some(StoredToken::new("refresh")),
            access_tokens: vec![StoredAccessToken::new(Target::DEFAULT, "access", None)],
            scope: Some(Bytes::from_static(b"openid profile")),
            user_info: Some(Bytes::from_static(br#"{"nickname":"al"}"#)),
            added: Some(Bytes::from_static(br#"["nickname"]"#)),
            data: Some(Bytes::from_static(b"[1]")),
            refreshed_at: Some(UnixMillis::from_seconds(1_795_000_000)),
            after_refusal: true,
            authentication: Authentication {
                time: Some(UnixMillis::from_seconds(1_794_999_000)),
                acr: Some(Bytes::from_static(b"gold")),
            },
            id_token_hint: Some(StoredToken::new("hint")),
            provider_key: ResolverKey::parse("acme"),
            sid: Some(Bytes::from_static(b"at the provider")),
            unknown: UnknownFields::default(),
        }
    }

    fn written(body: &Body) -> Vec<u8> {
        let length = measure(|writer| body.write(writer));
        let mut writer = Writer::with_capacity(length);
        body.write(&mut writer);
        assert_eq!(writer.len(), length);
        writer.as_ref().to_vec()
    }

    #[test]
    fn a_body_comes_back_whole() {
        let read = Body::read(written(&body()).into()).unwrap();

        let Identity::IdToken(id_token) = &read.identity else {
            panic!("the ID token was stored");
        };
        assert_eq!(id_token.text().as_str(), ID_TOKEN_TEXT);
        assert_eq!(read.identity.claims().unwrap(), r#"{"sub":"alice"}"#);
        assert_eq!(read.refresh_token.unwrap().text().as_str(), "refresh");
        assert_eq!(read.access_tokens[0].token.text().as_str(), "access");
        assert_eq!(read.scope.as_deref(), Some(&b"openid profile"[..]));
        assert_eq!(read.user_info.unwrap(), r#"{"nickname":"al"}"#);
        assert_eq!(read.data.unwrap(), "[1]");
        assert_eq!(read.refreshed_at, body().refreshed_at);
        assert!(read.after_refusal);
        assert_eq!(read.authentication, body().authentication);
        assert_eq!(read.id_token_hint.unwrap().text().as_str(), "hint");
        assert_eq!(read.provider_key, body().provider_key);
        assert_eq!(read.sid, body().sid);
    }

    #[test]
    fn an_acr_of_unusual_length_is_not_kept() {
        for (length, is_kept) in [(255, true), (256, false)] {
            let acr = "a".repeat(length);
            let json = format!(r#"{{"sub":"alice","auth_time":7,"acr":"{acr}"}}"#);
            let claims = Claims::from_json(json.into()).unwrap();

            let authentication = Authentication::from_claims(&claims);

            assert_eq!(authentication.time, Some(UnixMillis::from_seconds(7)));
            assert_eq!(authentication.acr.is_some(), is_kept, "{length}");
        }
    }

    #[test]
    fn a_newer_token_replaces_the_one_for_the_same_target() {
        let mut body = body();
        let api = Target {
            resource: Some("https://api.example".to_owned()),
            organization: None,
        };
        body.put_access_token(StoredAccessToken::new(api.clone(), "first", None));
        body.put_access_token(StoredAccessToken::new(api.clone(), "second", None));

        assert_eq!(body.access_tokens.len(), 2);
        let text = |target| body.access_token(target).unwrap().token.text().to_string();
        assert_eq!(text(&api), "second");
        assert_eq!(text(&Target::DEFAULT), "access");
    }

    #[test]
    fn without_a_refusal_its_mark_takes_no_bytes() {
        let mut unmarked = body();
        unmarked.after_refusal = false;

        assert!(!Body::read(written(&unmarked).into()).unwrap().after_refusal);
        assert_eq!(written(&body()).len(), written(&unmarked).len() + 2);
    }

    /// What becomes of a field with this tag and content behind the known ones: the error, or the content that
    /// is there when the session is written again.
    fn rewritten(tag: u8, content: &[u8]) -> Result<Vec<u8>, FrameError> {
        let mut writer = Writer::with_capacity(8192);
        body().write(&mut writer);
        let known = writer.len();
        writer.field(tag, content);
        let read = Body::read(writer.as_ref().to_vec().into())?;
        Ok(written(&read).split_off(known))
    }

    #[test]
    fn two_bits_of_an_unknown_tag_say_what_becomes_of_its_field() {
        let kept = |tag| Ok(vec![tag, 3, 1, 2, 3]);
        for (tag, expected) in [
            (15, Ok(vec![])),
            (COPIED - 1, Ok(vec![])),
            (COPIED, kept(COPIED)),
            (COPIED | 1, kept(COPIED | 1)),
            (0x7f, kept(0x7f)),
            (0x80, Err(FrameError::UnknownCriticalField)),
            (200, Err(FrameError::UnknownCriticalField)),
            (0xff, Err(FrameError::UnknownCriticalField)),
        ] {
            assert_eq!(rewritten(tag, &[1, 2, 3]), expected, "{tag}");
        }
    }

    #[test]
    fn a_token_with_an_unknown_critical_field_is_dropped_alone() {
        let mut tokens = Writer::with_capacity(64);
        let other = Target {
            resource: Some("https://api.example".to_owned()),
            organization: None,
        };
        StoredAccessToken::new(other, "bound", None).write(&mut tokens);
        tokens.field(0x81, &[]);
        let mut bytes = written(&body());
        let mut more = Writer::with_capacity(64);
        more.field(ACCESS_TOKEN, tokens.as_ref());
        bytes.extend_from_slice(more.as_ref());

        let read = Body::read(bytes.into()).unwrap();

        assert_eq!(read.access_tokens.len(), 1);
        assert_eq!(read.access_tokens[0].token.text().as_str(), "access");
    }

    #[test]
    fn unknown_fields_are_copied_up_to_the_size_of_a_cookie() {
        let copied = |length| rewritten(COPIED, &vec![1; length]).unwrap().len();

        assert_eq!(copied(4093), 4096);
        assert_eq!(copied(4094), 0);
    }

    #[test]
    fn a_sid_of_unusual_length_is_not_kept() {
        for (length, is_kept) in [(0, true), (255, true), (256, false)] {
            let sid = "s".repeat(length);
            let json = format!(r#"{{"sub":"alice","sid":"{sid}"}}"#);
            let claims = Claims::from_json(json.into()).unwrap();

            assert_eq!(sid_of(&claims).is_some(), is_kept, "{length}");
        }
    }

    #[test]
    fn a_wrong_length_or_a_field_given_twice_is_refused() {
        let mut longer = written(&body());
        longer.extend_from_slice(&[20, 4, 1, 2, 3]);
        let mut twice = written(&body());
        twice.extend_from_slice(&[SCOPE, 1, b'a']);

        assert!(Body::read(longer.into()).is_err());
        assert!(Body::read(twice.into()).is_err());
        assert!(Body::read(Bytes::new()).is_err());
    }
}
