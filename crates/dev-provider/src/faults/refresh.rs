//! Faults that spare the code exchange, so that a session can begin before its refreshes fail.

use super::Fault;

impl Fault {
    /// The fault that this one is when a refresh token is presented. Those that are about nothing
    /// but refreshes are themselves.
    pub(super) fn of_refreshes(self) -> Option<Self> {
        Some(match self {
            Self::RefreshUnavailable => Self::TokenEndpointUnavailable,
            Self::RefreshTooManyRequests => Self::TokenEndpointTooManyRequests,
            Self::RefreshHtml => Self::TokenEndpointHtml,
            Self::RefreshInvalidGrant => Self::TokenEndpointInvalidGrant,
            Self::RefreshMissingScope => Self::MissingScope,
            Self::RefreshNoIdToken => Self::NoIdToken,
            Self::RefreshIdTokenWrongIssuer => Self::IdTokenWrongIssuer,
            Self::RefreshIdTokenWrongSub => Self::IdTokenWrongSub,
            Self::RefreshIdTokenWrongAudience => Self::IdTokenWrongAudience,
            Self::RefreshIdTokenWrongAuthorizedParty => Self::IdTokenWrongAuthorizedParty,
            Self::RefreshIdTokenWrongNonce => Self::IdTokenWrongNonce,
            Self::RefreshIdTokenWrongAuthTime => Self::IdTokenOldAuthTime,
            Self::RefreshIdTokenExtraAudience => Self::IdTokenExtraAudience,
            Self::RefreshIdTokenWrongAtHash => Self::IdTokenWrongAtHash,
            Self::RefreshBadRequestEmpty
            | Self::RefreshInvalidRequest
            | Self::RefreshSentenceAsCode
            | Self::RefreshUnregisteredError
            | Self::RefreshErrorObject
            | Self::RefreshErrorWithStatusOk
            | Self::RefreshAccessDenied
            | Self::RefreshUnauthorizedEmpty
            | Self::RefreshUnauthorizedChallenge
            | Self::RefreshForbiddenHtml
            | Self::RefreshNotFoundHtml
            | Self::RefreshUnauthorizedClient
            | Self::RefreshUnsupportedGrantType
            | Self::RefreshInvalidScope
            | Self::RefreshRequestTimeout
            | Self::RefreshTooEarly
            | Self::RefreshServerError
            | Self::RefreshTemporarilyUnavailable
            | Self::RefreshInvalidClient
            | Self::RefreshIdTokenForScopeOnly
            | Self::RefreshIdTokenLaterAuthTime
            | Self::RefreshIdTokenFutureAuthTime
            | Self::RefreshIdTokenEarlierAuthTime
            | Self::RefreshIdTokenOld
            | Self::RefreshInteractionRequired
            | Self::RefreshForResourceInvalidGrant
            | Self::RefreshConnectionClosed
            | Self::RefreshTruncated
            | Self::RefreshNoRefreshToken
            | Self::RefreshIdTokenOriginalNonce => self,
            _ => return None,
        })
    }
}
