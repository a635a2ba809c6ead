//! The limits of queries that anyone can write.

use url::form_urlencoded::{self, Parse};

/// A browser sends longer ones, but no page that means well makes them.
pub(super) const MAX_LENGTH: usize = 16 * 1024;
pub(super) const MAX_PARAMETERS: usize = 32;

/// The query is too long, has too many parameters, or has one twice that may be there once; or the value of
/// a parameter that is passed on is too long, or has control characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct InvalidQuery;

/// The parameters of a query.
pub(super) fn parameters(query: &str) -> Result<Parse<'_>, InvalidQuery> {
    let parameters = form_urlencoded::parse(query.as_bytes());
    let is_too_many = || parameters.into_iter().nth(MAX_PARAMETERS).is_some();
    if query.len() > MAX_LENGTH || is_too_many() {
        return Err(InvalidQuery);
    }
    Ok(parameters)
}
