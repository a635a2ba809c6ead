//! Faults that do not affect the code exchange, so that a session can start before its refreshes
//! fail.

use super::Fault;

impl Fault {
    /// For a fault that only affects refreshes: the general fault that it stands for, or itself.
    pub(super) fn on_refresh(self) -> Option<Self> {
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
