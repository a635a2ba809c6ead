//! The tokens of a session as the application gets them.

use std::fmt;
use std::time::SystemTime;

use bytes::Bytes;
use relying_party::claims::{UnverifiedClaims, decode_jwt_unverified};
use zeroize::Zeroizing;

use super::Session;
use super::access_token::Target;
use super::frame::ProviderRef;
use crate::format::codec::utf8;
use crate::format::time::UnixMillis;

/// A secret text. Its memory is wiped when it is dropped, and `Debug` does not show it.
macro_rules! token {
    ($(#[$docs:meta])* $name:ident { $($field:ident: $type:ty),* }) => {
        $(#[$docs])*
        #[derive(Clone)]
        pub struct $name {
            text: Zeroizing<String>,
            $($field: $type,)*
        }

        impl $name {
            /// The token's text, to be sent and never logged.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.text
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "([redacted])"))
            }
        }
    };
}

token! {
    /// The ID token of the sign-in: a signed JWT that was verified then.
    IdToken {}
}

token! {
    /// An access token, opaque to this application (OpenID Connect Core 1.0 section 3.1.3.3).
    AccessToken {
        provider: ProviderRef,
        expires_at: Option<UnixMillis>,
        scope: Option<Bytes>,
        persisted: bool
    }
}

impl IdToken {
    pub(crate) const fn new(text: Zeroizing<String>) -> Self {
        Self { text }
    }
}

impl AccessToken {
    /// The provider of the session that the token is from: no other may get it.
    pub(crate) const fn provider(&self) -> &ProviderRef {
        &self.provider
    }

    /// Whether the user's next request brings this token. `false` for one that was refreshed after
    /// the response's head was sent, when no cookie can be written any more: this instance then
    /// keeps it in memory until a response carries it. `false` also for one that there is no room for in
    /// the cookies (this instance keeps the default access token in memory until it expires, and the others do not
    /// have it), and for one that was refreshed in a request for a WebSocket or another upgrade, whose response sets
    /// no cookie.
    #[must_use]
    pub const fn is_persisted(&self) -> bool {
        self.persisted
    }

    /// The scopes of this token: as the provider said, or else as the token itself says, if it is a
    /// JWT (RFC 9068 section 2.2.3), or else those that the sign-in asked for, which is what the
    /// provider's silence means (RFC 6749 section 5.1). `None` for a token of an organization that
    /// says none.
    #[must_use]
    pub fn scopes(&self) -> Option<Vec<String>> {
        match &self.scope {
            Some(scope) => Some(words(scope)),
            None => self.unverified_claims().map(|claims| claims.scopes()),
        }
    }

    /// What the token says if it is a JWT; `None` if it is opaque. Its signature is **not** checked:
    /// it is for the resource to read, and here for display and debugging alone.
    #[must_use]
    pub fn unverified_claims(&self) -> Option<UnverifiedClaims> {
        decode_jwt_unverified(&self.text)
    }

    /// When the provider said that the token expires, in whole seconds; `None` if it did not say.
    #[must_use]
    pub fn expires_at(&self) -> Option<SystemTime> {
        self.expires_at.map(UnixMillis::to_system_time)
    }
}

impl Session {
    /// The access token for a target, as the session has it.
    pub(crate) fn access_token(&self, target: &Target, persisted: bool) -> Option<AccessToken> {
        let stored = self.body.access_token(target)?;
        let scope = match target.is_default() {
            true => &self.body.scope,
            false => &stored.scope,
        };
        Some(AccessToken {
            text: stored.token.text(),
            provider: self.provider(),
            expires_at: stored.expires_at,
            scope: scope.clone(),
            persisted,
        })
    }

    pub(crate) fn scopes(&self) -> Option<Vec<String>> {
        match &self.body.scope {
            Some(scope) => Some(words(scope)),
            None => self.access_token(&Target::DEFAULT, true)?.scopes(),
        }
    }
}

fn words(text: &Bytes) -> Vec<String> {
    let words = utf8(text).unwrap_or_default().split_ascii_whitespace();
    words.map(str::to_owned).collect()
}
