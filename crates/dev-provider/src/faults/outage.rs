//! Faults that replace the whole response of an endpoint.

use super::Fault;
use crate::endpoint::Endpoint;

/// A response that replaces that of an endpoint.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Outage {
    Unavailable,
    TooManyRequests,
    Html,
    Redirect,
    Hangs,
    Huge,
    Empty,
    Array,
    Truncated,
    ConnectionClosed,
}

impl Fault {
    /// The endpoint whose response this fault replaces, and the response.
    pub(crate) fn outage(self) -> Option<(Endpoint, Outage)> {
        Some(match self {
            Self::DiscoveryUnavailable => (Endpoint::Discovery, Outage::Unavailable),
            Self::DiscoveryHtml => (Endpoint::Discovery, Outage::Html),
            Self::DiscoveryRedirect => (Endpoint::Discovery, Outage::Redirect),
            Self::DiscoveryHangs => (Endpoint::Discovery, Outage::Hangs),
            Self::DiscoveryHuge => (Endpoint::Discovery, Outage::Huge),
            Self::JwksRedirect => (Endpoint::Jwks, Outage::Redirect),
            Self::JwksUnavailable => (Endpoint::Jwks, Outage::Unavailable),
            Self::JwksHtml => (Endpoint::Jwks, Outage::Html),
            Self::JwksHangs => (Endpoint::Jwks, Outage::Hangs),
            Self::JwksHuge => (Endpoint::Jwks, Outage::Huge),
            Self::PushedAuthorizationUnavailable => {
                (Endpoint::PushedAuthorization, Outage::Unavailable)
            }
            Self::PushedAuthorizationHangs => (Endpoint::PushedAuthorization, Outage::Hangs),
            Self::TokenEndpointUnavailable => (Endpoint::Token, Outage::Unavailable),
            Self::TokenEndpointTooManyRequests => (Endpoint::Token, Outage::TooManyRequests),
            Self::TokenEndpointEmpty => (Endpoint::Token, Outage::Empty),
            Self::TokenEndpointArray => (Endpoint::Token, Outage::Array),
            Self::TokenEndpointTruncated => (Endpoint::Token, Outage::Truncated),
            Self::TokenEndpointHtml => (Endpoint::Token, Outage::Html),
            Self::TokenEndpointRedirect => (Endpoint::Token, Outage::Redirect),
            Self::TokenEndpointHangs => (Endpoint::Token, Outage::Hangs),
            Self::TokenEndpointHuge => (Endpoint::Token, Outage::Huge),
            Self::UserInfoUnavailable => (Endpoint::UserInfo, Outage::Unavailable),
            Self::UserInfoHtml => (Endpoint::UserInfo, Outage::Html),
            Self::UserInfoRedirect => (Endpoint::UserInfo, Outage::Redirect),
            Self::UserInfoHangs => (Endpoint::UserInfo, Outage::Hangs),
            Self::UserInfoHuge => (Endpoint::UserInfo, Outage::Huge),
            Self::IntrospectionUnavailable => (Endpoint::Introspection, Outage::Unavailable),
            Self::IntrospectionHtml => (Endpoint::Introspection, Outage::Html),
            Self::IntrospectionArray => (Endpoint::Introspection, Outage::Array),
            Self::RevocationUnavailable => (Endpoint::Revocation, Outage::Unavailable),
            Self::RevocationHangs => (Endpoint::Revocation, Outage::Hangs),
            _ => return None,
        })
    }
}
