//! What a guard demands and a session does not have.

use std::borrow::Cow;
use std::time::Duration;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Missing {
    /// These scopes, separated by spaces.
    Scope(Cow<'static, str>),
    /// One of these values of `acr`, separated by spaces.
    Acr(Cow<'static, str>),
    MaxAge(Duration),
    Organization(Cow<'static, str>),
    Role(Cow<'static, str>),
    /// What a function of the application demands.
    Other,
}
