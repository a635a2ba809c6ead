//! What a session holds, as tagged fields; unknown fields are skipped.

use std::time::SystemTime;

use bytes::Bytes;

use super::token::StoredToken;
use crate::codec::{Malformed, Reader, Writer, utf8};
use crate::time::UnixMillis;

const ID_TOKEN: u8 = 1;
const REFRESH_TOKEN: u8 = 2;
const ACCESS_TOKEN: u8 = 3;
const SCOPE: u8 = 4;
const CLAIMS: u8 = 5;

const ENTRY_TOKEN: u8 = 1;
const ENTRY_EXPIRES_AT: u8 = 2;

/// The content of a session; every part is a view into the one buffer that was opened.
#[derive(Clone)]
pub(crate) struct Body {
    pub(crate) identity: Identity,
    pub(crate) refresh_token: Option<StoredToken>,
    pub(crate) access_tokens: Vec<StoredAccessToken>,
    /// The granted scopes, separated by spaces, where the provider named them.
    pub(crate) scope: Option<Bytes>,
}

/// Who is signed in.
#[derive(Clone)]
pub(crate) enum Identity {
    /// Kept whole for `id_token_hint`; the claims are read from it and stored nowhere else.
    IdToken(StoredToken),
    /// The claims' JSON of a session that keeps no ID token.
    Claims(Bytes),
}

#[derive(Clone)]
pub(crate) struct StoredAccessToken {
    pub(crate) token: StoredToken,
    pub(crate) expires_at: Option<UnixMillis>,
}

impl Body {
    /// An upper bound of what [`write`](Self::write) appends.
    pub(crate) fn size(&self) -> usize {
        let tokens = self
            .access_tokens
            .iter()
            .map(|entry| entry.token.size().saturating_add(32))
            .chain([self.identity.size()])
            .chain(self.refresh_token.as_ref().map(StoredToken::size))
            .fold(0_usize, usize::saturating_add);
        tokens
            .saturating_add(self.scope.as_ref().map_or(0, Bytes::len))
            .saturating_add(64)
    }

    pub(crate) fn write(&self, writer: &mut Writer) {
        match &self.identity {
            Identity::IdToken(id_token) => write_token(writer, ID_TOKEN, id_token),
            Identity::Claims(claims) => writer.field(CLAIMS, claims),
        }
        if let Some(refresh_token) = &self.refresh_token {
            write_token(writer, REFRESH_TOKEN, refresh_token);
        }
        for access_token in &self.access_tokens {
            let mut entry = Writer::with_capacity(access_token.token.size().saturating_add(32));
            write_token(&mut entry, ENTRY_TOKEN, &access_token.token);
            if let Some(expires_at) = access_token.expires_at {
                let mut seconds = Writer::with_capacity(10);
                seconds.number(expires_at.seconds());
                entry.field(ENTRY_EXPIRES_AT, seconds.as_ref());
            }
            writer.field(ACCESS_TOKEN, entry.as_ref());
        }
        if let Some(scope) = &self.scope {
            writer.field(SCOPE, scope);
        }
    }

    pub(crate) fn read(bytes: Bytes) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        let mut identity = None;
        let mut refresh_token = None;
        let mut access_tokens = Vec::new();
        let mut scope = None;
        while let Some((tag, content)) = reader.field()? {
            match tag {
                ID_TOKEN => {
                    let id_token = StoredToken::read(content)?;
                    once(&mut identity, Identity::IdToken(id_token))?;
                }
                CLAIMS => once(&mut identity, Identity::Claims(content))?,
                REFRESH_TOKEN => once(&mut refresh_token, StoredToken::read(content)?)?,
                ACCESS_TOKEN => access_tokens.push(StoredAccessToken::read(content)?),
                SCOPE => {
                    utf8(&content)?;
                    once(&mut scope, content)?;
                }
                _ => {}
            }
        }
        Ok(Self {
            identity: identity.ok_or(Malformed)?,
            refresh_token,
            access_tokens,
            scope,
        })
    }
}

impl Identity {
    fn size(&self) -> usize {
        match self {
            Self::IdToken(id_token) => id_token.size(),
            Self::Claims(claims) => claims.len(),
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

impl StoredAccessToken {
    pub(crate) fn new(text: &str, expires_at: Option<SystemTime>) -> Self {
        Self {
            token: StoredToken::new(text),
            expires_at: expires_at.map(UnixMillis::of),
        }
    }

    fn read(bytes: Bytes) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        let mut token = None;
        let mut expires_at = None;
        while let Some((tag, content)) = reader.field()? {
            match tag {
                ENTRY_TOKEN => once(&mut token, StoredToken::read(content)?)?,
                ENTRY_EXPIRES_AT => {
                    let seconds = Reader::new(content).number()?;
                    once(&mut expires_at, UnixMillis::of_seconds(seconds))?;
                }
                _ => {}
            }
        }
        Ok(Self {
            token: token.ok_or(Malformed)?,
            expires_at,
        })
    }
}

fn write_token(writer: &mut Writer, tag: u8, token: &StoredToken) {
    let mut content = Writer::with_capacity(token.size());
    token.write(&mut content);
    writer.field(tag, content.as_ref());
}

/// A field that may stand once stands twice only in a session that this code did not write.
fn once<T>(place: &mut Option<T>, value: T) -> Result<(), Malformed> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(Malformed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID_TOKEN_TEXT: &str = "eyJhbGciOiJFUzM4NCJ9.eyJzdWIiOiJhbGljZSJ9.c2ln";

    fn body() -> Body {
        Body {
            identity: Identity::IdToken(StoredToken::new(ID_TOKEN_TEXT)),
            refresh_token: Some(StoredToken::new("refresh")),
            access_tokens: vec![StoredAccessToken::new("access", None)],
            scope: Some(Bytes::from_static(b"openid profile")),
        }
    }

    fn written(body: &Body) -> Vec<u8> {
        let mut writer = Writer::with_capacity(body.size());
        body.write(&mut writer);
        assert!(writer.len() <= body.size());
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
    }

    /// K-19
    #[test]
    fn an_unknown_field_is_skipped() {
        let mut bytes = written(&body());
        bytes.extend_from_slice(&[200, 3, 1, 2, 3]);

        assert!(Body::read(bytes.into()).is_ok());
    }

    /// K-19
    #[test]
    fn a_wrong_length_or_a_field_given_twice_is_refused() {
        let mut longer = written(&body());
        longer.extend_from_slice(&[200, 4, 1, 2, 3]);
        let mut twice = written(&body());
        twice.extend_from_slice(&[SCOPE, 1, b'a']);

        assert!(Body::read(longer.into()).is_err());
        assert!(Body::read(twice.into()).is_err());
        assert!(Body::read(Bytes::new()).is_err());
    }
}
