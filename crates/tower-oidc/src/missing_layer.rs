//! What to say where an `AuthContext` should be and is not.

pub(crate) const MESSAGE: &str = "the request has no AuthContext: put tower_oidc::AuthLayer around \
the router, outside of every route, guard and extractor that needs it";
