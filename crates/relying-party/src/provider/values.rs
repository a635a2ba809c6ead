//! Types for the registered values of parameters.

use std::fmt;

use crate::crypto::HashFunction;

/// Defines an enum whose variants are registered names.
macro_rules! registered_names {
    ($(#[$doc:meta])* $type:ident { $($(#[$variant_doc:meta])* $variant:ident = $name:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $type {
            $($(#[$variant_doc])* $variant,)*
        }

        impl $type {
            /// Returns the registered name.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }

        impl ::std::str::FromStr for $type {
            type Err = $crate::provider::UnknownValue;

            fn from_str(name: &str) -> Result<Self, Self::Err> {
                match name {
                    $($name => Ok(Self::$variant),)*
                    _ => Err($crate::provider::UnknownValue::new(concat!($($name, " ",)*))),
                }
            }
        }

        impl ::std::fmt::Display for $type {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

pub(crate) use registered_names;

registered_names! {
    /// What the provider should ask the user to do (OpenID Connect Core 1.0 section 3.1.2.1, and
    /// Initiating User Registration 1.0 for `create`).
    Prompt {
        /// Nothing: if the provider would have to ask, it responds with an error such as
        /// `login_required`.
        None = "none",
        /// Authenticate, even if the user is signed in at the provider.
        Login = "login",
        /// Consent, even if the user has consented before.
        Consent = "consent",
        /// Select an account.
        SelectAccount = "select_account",
        /// Create an account.
        Create = "create",
    }
}

registered_names! {
    /// How the provider shows its pages (OpenID Connect Core 1.0 section 3.1.2.1).
    Display {
        /// As a full page, which is the default.
        Page = "page",
        /// In a popup window.
        Popup = "popup",
        /// For a touch screen.
        Touch = "touch",
        /// For a feature phone.
        Wap = "wap",
    }
}

registered_names! {
    /// How the provider returns the authorization response (OAuth 2.0 Multiple Response Type Encoding
    /// Practices section 2.1, OAuth 2.0 Form Post Response Mode section 2).
    ResponseMode {
        /// In the query of the redirect URI, which is the default.
        Query = "query",
        /// As a form that the browser posts to the redirect URI.
        FormPost = "form_post",
    }
}

registered_names! {
    /// The type of the token that is introspected or revoked (RFC 7009 section 2.1, RFC 7662 section
    /// 2.1). It only helps the provider to find the token: with a wrong hint the request still
    /// succeeds.
    TokenTypeHint {
        /// The token is an access token.
        AccessToken = "access_token",
        /// The token is a refresh token.
        RefreshToken = "refresh_token",
    }
}

registered_names! {
    /// A signature algorithm of ID tokens (RFC 7518 section 3.1, RFC 8037 section 3.1).
    ///
    /// `none`, which is no signature, is not supported. The HMAC algorithms (`HS256` and others) are
    /// accepted only if [`Provider::algorithms`](crate::Provider::algorithms) lists them.
    SigningAlgorithm {
        /// RSASSA-PKCS1-v1_5 with SHA-256.
        Rs256 = "RS256",
        /// RSASSA-PKCS1-v1_5 with SHA-384.
        Rs384 = "RS384",
        /// RSASSA-PKCS1-v1_5 with SHA-512.
        Rs512 = "RS512",
        /// RSASSA-PSS with SHA-256.
        Ps256 = "PS256",
        /// RSASSA-PSS with SHA-384.
        Ps384 = "PS384",
        /// RSASSA-PSS with SHA-512.
        Ps512 = "PS512",
        /// ECDSA with P-256 and SHA-256.
        Es256 = "ES256",
        /// ECDSA with P-384 and SHA-384.
        Es384 = "ES384",
        /// EdDSA with Ed25519.
        EdDsa = "EdDSA",
        /// HMAC with SHA-256 and the client secret, of at least 32 bytes. Anyone who knows the secret
        /// can sign.
        Hs256 = "HS256",
        /// HMAC with SHA-384 and the client secret, of at least 48 bytes. Anyone who knows the secret
        /// can sign.
        Hs384 = "HS384",
        /// HMAC with SHA-512 and the client secret, of at least 64 bytes. Anyone who knows the secret
        /// can sign.
        Hs512 = "HS512",
    }
}

impl SigningAlgorithm {
    /// Returns the hash function of the signature (RFC 7518 section 3.1). That of EdDSA with Ed25519 is
    /// SHA-512 (RFC 8032 section 5.1).
    pub(crate) fn hash(self) -> HashFunction {
        match self {
            Self::Hs256 | Self::Rs256 | Self::Ps256 | Self::Es256 => HashFunction::Sha256,
            Self::Hs384 | Self::Rs384 | Self::Ps384 | Self::Es384 => HashFunction::Sha384,
            Self::Hs512 | Self::Rs512 | Self::Ps512 | Self::EdDsa => HashFunction::Sha512,
        }
    }

    /// Returns the least number of bytes of the secret if this is an HMAC (RFC 7518 section 3.2).
    pub(crate) fn min_secret_bytes(self) -> Option<usize> {
        match self {
            Self::Hs256 => Some(32),
            Self::Hs384 => Some(48),
            Self::Hs512 => Some(64),
            _ => None,
        }
    }

    /// Returns whether this is an HMAC, whose key is the client secret.
    pub(crate) fn is_hmac(self) -> bool {
        self.min_secret_bytes().is_some()
    }
}

/// The name is not registered, or not supported by this crate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownValue(&'static str);

impl UnknownValue {
    /// `known` are the registered names, each followed by a space.
    pub(crate) fn new(known: &'static str) -> Self {
        Self(known)
    }
}

impl fmt::Display for UnknownValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "must be one of: {}", self.0.trim_end())
    }
}

impl std::error::Error for UnknownValue {}
