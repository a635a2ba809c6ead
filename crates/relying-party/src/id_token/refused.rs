//! The error for an ID token that is refused.

use std::borrow::Cow;

use crate::error::{Error, ErrorKind};

pub(super) fn refused(code: &'static str, what: impl Into<Cow<'static, str>>) -> Error {
    Error::new(ErrorKind::Response, code, what)
}
