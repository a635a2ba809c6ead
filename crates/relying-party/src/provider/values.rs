//! The registered values of a few parameters, and lists of named ones.

use std::fmt;
use std::str::FromStr;

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
            /// The registered name.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }

        impl FromStr for $type {
            type Err = UnknownValue;

            fn from_str(name: &str) -> Result<Self, UnknownValue> {
                match name {
                    $($name => Ok(Self::$variant),)*
                    _ => Err(UnknownValue(concat!($($name, " ",)*))),
                }
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

registered_names! {
    /// How the client proves to the token endpoint who it is (OpenID Connect Core 1.0 section 9).
    ClientAuthMethod {
        /// It does not: a public client.
        None = "none",
        /// Identifier and secret in the `Authorization` header (RFC 6749 section 2.3.1).
        ClientSecretBasic = "client_secret_basic",
        /// Identifier and secret in the form.
        ClientSecretPost = "client_secret_post",
    }
}

registered_names! {
    /// What the provider should ask of the user (OpenID Connect Core 1.0 section 3.1.2.1, and
    /// Initiating User Registration 1.0 for `create`).
    Prompt {
        /// Nothing: it answers `login_required` or the like if it would have to ask.
        None = "none",
        /// To prove who they are, even if they are signed in.
        Login = "login",
        /// Consent, even if it was given before.
        Consent = "consent",
        /// Which account to use.
        SelectAccount = "select_account",
        /// To create an account.
        Create = "create",
    }
}

registered_names! {
    /// How the provider shows its pages (OpenID Connect Core 1.0 section 3.1.2.1).
    Display {
        /// A full page, which is the default.
        Page = "page",
        /// A popup window.
        Popup = "popup",
        /// A touch screen.
        Touch = "touch",
        /// A feature phone.
        Wap = "wap",
    }
}

registered_names! {
    /// What kind of token is introspected or revoked (RFC 7009 section 2.1, RFC 7662 section 2.1).
    /// With a wrong hint the provider searches longer, no more.
    TokenTypeHint {
        /// An access token.
        AccessToken = "access_token",
        /// A refresh token.
        RefreshToken = "refresh_token",
    }
}

registered_names! {
    /// An algorithm that ID tokens are signed with (RFC 7518 section 3.1, RFC 8037 section 3.1).
    ///
    /// `none` and the HMAC algorithms are not among them: the first signs nothing, and with the
    /// others everyone who knows the client secret could sign in as anybody.
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
    }
}

/// Adds a parameter, or replaces the one of this name.
pub(crate) fn set_parameter(parameters: &mut Vec<(String, String)>, name: String, value: String) {
    match parameters.iter_mut().find(|(it, _)| *it == name) {
        Some((_, before)) => *before = value,
        None => parameters.push((name, value)),
    }
}

/// A name that is not registered, or not known here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownValue(&'static str);

impl fmt::Display for UnknownValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "must be one of: {}", self.0.trim_end())
    }
}

impl std::error::Error for UnknownValue {}
