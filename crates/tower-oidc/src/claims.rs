//! What providers say about users: the claims to request, and the types that
//! [`Claims`](crate::Claims) are read as.

#[doc(inline)]
pub use relying_party::claims::{
    Address, InvalidClaims, JsonText, Organization, StandardClaims, UnverifiedClaims, UserProfile,
};
#[doc(inline)]
pub use relying_party::{ClaimsRequest, RequestedClaim};
