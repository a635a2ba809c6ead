//! The token endpoint.

mod code;
mod refresh;
mod request;
mod response;
mod token_set;

pub(crate) use self::code::exchange;
pub use self::code::{CodeExchange, SignInTokens};
pub(crate) use self::refresh::refresh;
pub use self::refresh::{RefreshError, RefreshRequest, RefreshedTokens};
pub(crate) use self::response::bearer;
pub use self::token_set::TokenSet;
