//! What a sign-in can ask of Logto beyond OpenID Connect: its [authentication
//! parameters](https://docs.logto.io/end-user-flows/authentication-parameters).
//!
//! [`SignIn`] has a setter for each. Other providers ignore them.
//!
//! A link to the page on which users register, as `/logto/sign-up` of `@logto/express`, is a handler of
//! two lines:
//!
//! ```
//! use tower_oidc::logto::FirstScreen;
//! use tower_oidc::{AuthContext, SignIn};
//!
//! async fn sign_up(auth: AuthContext) -> SignIn {
//!     auth.sign_in().first_screen(FirstScreen::Register).return_to("/welcome")
//! }
//! ```

use std::fmt;

use crate::context::sign_in::SignIn;

/// The page that Logto shows first (Logto's parameter `first_screen`, `firstScreen` in its libraries).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FirstScreen {
    /// The page to sign in, which is Logto's default.
    SignIn,
    /// The page to register.
    Register,
    /// The page to set a new password.
    ResetPassword,
    /// A page to sign in with one of [`identifiers`](SignIn::identifiers) alone.
    IdentifierSignIn,
    /// A page to register with one of [`identifiers`](SignIn::identifiers) alone.
    IdentifierRegister,
    /// The page for single sign-on with a company's provider, which asks for an email address.
    SingleSignOn,
}

impl FirstScreen {
    /// The value of the parameter.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::Register => "register",
            Self::ResetPassword => "reset_password",
            Self::IdentifierSignIn => "identifier:sign_in",
            Self::IdentifierRegister => "identifier:register",
            Self::SingleSignOn => "single_sign_on",
        }
    }
}

/// What users sign in with at Logto (one value of Logto's parameter `identifier`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Identifier {
    /// An email address.
    Email,
    /// A telephone number.
    Phone,
    /// A user name.
    Username,
}

impl Identifier {
    /// The value of the parameter.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Username => "username",
        }
    }
}

/// The provider behind Logto that the user is sent to at once, without a page of Logto (Logto's
/// parameter `direct_sign_in`, `directSignIn` in its libraries).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DirectSignIn {
    /// A social connector, by the name of its identity provider, such as `google`.
    Social(String),
    /// A connector for single sign-on with a company's provider, by its id.
    Sso(String),
}

/// The value of the parameter.
impl fmt::Display for DirectSignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Social(target) => write!(f, "social:{target}"),
            Self::Sso(target) => write!(f, "sso:{target}"),
        }
    }
}

/// Logto's own parameters.
impl SignIn {
    /// The page that Logto shows first; by default the page to sign in. See
    /// [First screen parameters](https://docs.logto.io/end-user-flows/authentication-parameters/first-screen).
    ///
    /// It also replaces `interactionMode` of older libraries of Logto.
    pub fn first_screen(self, first_screen: FirstScreen) -> Self {
        self.extra_parameter("first_screen", first_screen.as_str())
    }

    /// What users may sign in or register with, on the pages [`FirstScreen::IdentifierSignIn`],
    /// [`FirstScreen::IdentifierRegister`] and [`FirstScreen::ResetPassword`] alone; by default all that
    /// Logto's console allows, as with an empty list. See
    /// [First screen parameters](https://docs.logto.io/end-user-flows/authentication-parameters/first-screen).
    ///
    /// ```
    /// use tower_oidc::logto::{FirstScreen, Identifier};
    /// use tower_oidc::{AuthContext, SignIn};
    ///
    /// fn register_by_email(auth: &AuthContext) -> SignIn {
    ///     let sign_in = auth.sign_in().first_screen(FirstScreen::IdentifierRegister);
    ///     sign_in.identifiers([Identifier::Email])
    /// }
    /// ```
    pub fn identifiers(self, identifiers: impl IntoIterator<Item = Identifier>) -> Self {
        let names: Vec<_> = identifiers.into_iter().map(Identifier::as_str).collect();
        if names.is_empty() {
            return self;
        }
        self.extra_parameter("identifier", names.join(" "))
    }

    /// Sends the user to a provider behind Logto at once; by default they choose on Logto's page. Logto
    /// shows that page if it does not know the target. See
    /// [Direct sign-in](https://docs.logto.io/end-user-flows/authentication-parameters/direct-sign-in).
    ///
    /// ```
    /// use tower_oidc::logto::DirectSignIn;
    /// use tower_oidc::{AuthContext, SignIn};
    ///
    /// fn with_google(auth: &AuthContext) -> SignIn {
    ///     auth.sign_in().direct_sign_in(DirectSignIn::Social("google".to_owned()))
    /// }
    /// ```
    pub fn direct_sign_in(self, provider: DirectSignIn) -> Self {
        self.extra_parameter("direct_sign_in", provider.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_values_are_those_that_logto_documents() {
        let screens = [
            FirstScreen::SignIn,
            FirstScreen::Register,
            FirstScreen::ResetPassword,
            FirstScreen::IdentifierSignIn,
            FirstScreen::IdentifierRegister,
            FirstScreen::SingleSignOn,
        ];
        assert_eq!(
            screens.map(FirstScreen::as_str),
            [
                "sign_in",
                "register",
                "reset_password",
                "identifier:sign_in",
                "identifier:register",
                "single_sign_on",
            ]
        );
        let identifiers = [Identifier::Email, Identifier::Phone, Identifier::Username];
        assert_eq!(
            identifiers.map(Identifier::as_str),
            ["email", "phone", "username"]
        );
        let google = DirectSignIn::Social("google".to_owned());
        assert_eq!(google.to_string(), "social:google");
        let company = DirectSignIn::Sso("a1b2".to_owned());
        assert_eq!(company.to_string(), "sso:a1b2");
    }
}
