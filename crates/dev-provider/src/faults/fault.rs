//! The names of the misbehaviours.

use std::{error::Error, fmt, str::FromStr};

/// Keeps the enum and the list of its variants together.
macro_rules! faults {
    (
        $(#[$attribute:meta])*
        pub enum Fault { $($(#[$documentation:meta])* $name:ident,)* }
    ) => {
        $(#[$attribute])*
        pub enum Fault { $($(#[$documentation])* $name,)* }

        impl Fault {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];
        }
    };
}

faults! {
    /// A misbehaviour of the provider, in force from [`add_fault`] until [`clear_faults`].
    ///
    /// Several may be in force at a time. Section numbers without a title are those of OpenID Connect
    /// Core 1.0.
    ///
    /// [`add_fault`]: crate::DevProvider::add_fault
    /// [`clear_faults`]: crate::DevProvider::clear_faults
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
    #[non_exhaustive]
    pub enum Fault {
        /// The metadata is answered with 503.
        DiscoveryUnavailable,
        /// The metadata is an HTML page with status 200.
        DiscoveryHtml,
        /// The metadata is elsewhere: a redirect, which a client must not follow.
        DiscoveryRedirect,
        /// The metadata never comes.
        DiscoveryHangs,
        /// The metadata is 2 MiB long.
        DiscoveryHuge,
        /// The metadata names another issuer (Discovery 1.0, section 4.3).
        DiscoveryIssuerMismatch,
        /// The metadata has no `jwks_uri`.
        DiscoveryMissingJwksUri,
        /// The metadata names a token endpoint on another host, by plain HTTP.
        DiscoveryForeignTokenEndpoint,
        /// Members of the metadata that no sign-in needs are odd: an empty `end_session_endpoint`, others
        /// that are no https URL, a string for a list.
        DiscoveryOddMembers,
        /// `authorization_response_iss_parameter_supported` is a string in the metadata (RFC 9207,
        /// section 3).
        DiscoveryOddDefence,
        /// The metadata demands pushed authorization requests (RFC 9126, section 5).
        DiscoveryRequiresPushedRequests,
        /// The metadata demands signed request objects (RFC 9101, section 10.5).
        DiscoveryRequiresSignedRequests,
        /// The metadata lists `form_post` as the only response mode.
        DiscoveryOnlyFormPost,
        /// The metadata lists the implicit flow alone.
        DiscoveryOnlyImplicitFlow,
        /// The metadata lists `private_key_jwt` as the only client authentication, as FAPI 2.0 has it.
        DiscoveryOnlyPrivateKeyJwt,
        /// The metadata lists `plain` as the only method of PKCE (RFC 7636, section 4.2).
        DiscoveryOnlyPlainPkce,
        /// The metadata lists HS256 as the only algorithm of ID tokens.
        DiscoveryOnlyHs256,

        /// The JWK Set is answered with 503.
        JwksUnavailable,
        /// The JWK Set is an HTML page with status 200.
        JwksHtml,
        /// The JWK Set is elsewhere: a redirect.
        JwksRedirect,
        /// The JWK Set never comes.
        JwksHangs,
        /// The JWK Set is 2 MiB long.
        JwksHuge,
        /// The JWK Set has no keys.
        JwksEmpty,
        /// The JWK Set is an empty object, as of a provider that signs with client secrets alone.
        JwksEmptyObject,
        /// The JWK Set has a symmetric key and one for ES512 alone.
        JwksOnlyUnusualKeys,
        /// Unusable keys precede the good ones in the JWK Set: one of an unknown type, a symmetric
        /// one, one for encryption, a short RSA key, one whose point is not on the curve.
        JwksBadKeysAmongGood,
        /// All keys have the `kid` of the ES384 key, which comes last.
        JwksDuplicateKid,
        /// The JWK Set is a copy that is two seconds old: for two seconds after a rotation it has the
        /// keys of before.
        JwksOutdatedCopy,
        /// The JWK Set has moved: the metadata name `/moved/jwks`, and the address of before answers
        /// 404.
        JwksMoved,

        /// The authorization response carries another issuer in `iss` (RFC 9207, section 2.4).
        WrongIssParameter,
        /// The authorization response carries no `iss` though the metadata promises it.
        MissingIssParameter,
        /// The authorization response carries another `state` than the request.
        WrongState,
        /// Every authorization request ends with `error=server_error`.
        AuthorizationServerError,
        /// Every authorization request ends with `error=temporarily_unavailable`.
        AuthorizationTemporarilyUnavailable,
        /// Every authorization request ends with `error=invalid_request`, and the description repeats
        /// the request with its state and nonce.
        AuthorizationErrorRepeatsRequest,

        /// The token endpoint answers 503 with `Retry-After`.
        TokenEndpointUnavailable,
        /// The token endpoint answers 429 with `Retry-After`.
        TokenEndpointTooManyRequests,
        /// The token endpoint answers an HTML page with status 200.
        TokenEndpointHtml,
        /// The token endpoint redirects; a client that follows gives its credentials away.
        TokenEndpointRedirect,
        /// The token endpoint answers compressed (gzip), though nobody asked for it.
        TokenResponseCompressed,
        /// The token endpoint never answers.
        TokenEndpointHangs,
        /// The token endpoint answers 2 MiB.
        TokenEndpointHuge,
        /// The token endpoint answers status 200 and no body.
        TokenEndpointEmpty,
        /// The token endpoint answers a JSON array.
        TokenEndpointArray,
        /// The token endpoint closes the connection in the midst of its answer.
        TokenEndpointTruncated,
        /// The token endpoint refuses the client: `invalid_client`.
        TokenEndpointInvalidClient,
        /// The token endpoint refuses every code and refresh token: `invalid_grant`.
        TokenEndpointInvalidGrant,
        /// The token, userinfo, introspection and revocation endpoints answer 400 `invalid_request`, and
        /// the description repeats the request with all tokens and the client's credentials.
        EndpointErrorsRepeatRequest,
        /// The token response has no `token_type`.
        MissingTokenType,
        /// The token response has another `token_type` than `Bearer`.
        WrongTokenType,
        /// The token response has no `expires_in`.
        MissingExpiresIn,
        /// The token response has `expires_in` as a string.
        StringExpiresIn,
        /// The token response has an `expires_in` of 0.
        ZeroExpiresIn,
        /// The token response has a negative `expires_in`.
        NegativeExpiresIn,
        /// The token response has an `expires_in` of 2^63 seconds.
        HugeExpiresIn,
        /// The access token contains a line break.
        MalformedAccessToken,
        /// The token response has no `scope`.
        MissingScope,
        /// The token response has `scope` as an array of strings.
        ScopeAsArray,
        /// The token response has no refresh token though `offline_access` was granted.
        NoRefreshToken,
        /// The token response has no ID token.
        NoIdToken,

        /// A refresh is answered with 503 and `Retry-After`.
        RefreshUnavailable,
        /// A refresh is answered with 429 and `Retry-After`.
        RefreshTooManyRequests,
        /// A refresh is answered with an HTML page and status 200.
        RefreshHtml,
        /// A refresh is done, and the connection closed without an answer.
        RefreshConnectionClosed,
        /// A refresh is done, and the connection closed in the midst of the answer.
        RefreshTruncated,
        /// A refresh is refused: `invalid_grant`. The refresh token stays good.
        RefreshInvalidGrant,
        /// A refresh is refused: `invalid_client`, with 400, which RFC 6749, section 5.2, allows
        /// as well.
        RefreshInvalidClient,
        /// A refresh is refused with status 400 and an empty body.
        RefreshBadRequestEmpty,
        /// A refresh is refused: `invalid_request`.
        RefreshInvalidRequest,
        /// A refresh is refused with a sentence in the place of an error code.
        RefreshSentenceAsCode,
        /// A refresh is refused with an error code that is not registered.
        RefreshUnregisteredError,
        /// A refresh is refused with an object in the place of an error code.
        RefreshErrorObject,
        /// A refresh is refused with `invalid_grant` and status 200.
        RefreshErrorWithStatusOk,
        /// A refresh is refused: `access_denied`, with 403.
        RefreshAccessDenied,
        /// A refresh is refused with status 401, without JSON and without `WWW-Authenticate`.
        RefreshUnauthorizedEmpty,
        /// A refresh is refused with status 401 and `WWW-Authenticate`, without JSON.
        RefreshUnauthorizedChallenge,
        /// A refresh is answered with an HTML page and status 403, as by a firewall.
        RefreshForbiddenHtml,
        /// A refresh is answered with an HTML page and status 404.
        RefreshNotFoundHtml,
        /// A refresh is refused: `unauthorized_client`.
        RefreshUnauthorizedClient,
        /// A refresh is refused: `unsupported_grant_type`.
        RefreshUnsupportedGrantType,
        /// A refresh is refused: `invalid_scope`.
        RefreshInvalidScope,
        /// A refresh is answered with status 408 and no body.
        RefreshRequestTimeout,
        /// A refresh is answered with status 425 and no body.
        RefreshTooEarly,
        /// A refresh is answered with `server_error` and status 400.
        RefreshServerError,
        /// A refresh is answered with `temporarily_unavailable` and status 400.
        RefreshTemporarilyUnavailable,
        /// A refresh is refused: `interaction_required`.
        RefreshInteractionRequired,
        /// A refresh is refused, `invalid_grant`, if it names a resource or an organization.
        RefreshForResourceInvalidGrant,
        /// The answer to a refresh has no refresh token; the one presented stays good.
        RefreshNoRefreshToken,
        /// The answer to a refresh has no `scope`.
        RefreshMissingScope,
        /// The answer to a refresh has no ID token (section 12.2).
        RefreshNoIdToken,
        /// The answer to a refresh has an ID token only if the request names the scope `openid`.
        RefreshIdTokenForScopeOnly,
        /// The refreshed ID token has the nonce of the authorization request, which is allowed.
        RefreshIdTokenOriginalNonce,
        /// The refreshed ID token has another nonce than the first one.
        RefreshIdTokenWrongNonce,
        /// The refreshed ID token comes from another issuer.
        RefreshIdTokenWrongIssuer,
        /// The refreshed ID token is about somebody else.
        RefreshIdTokenWrongSub,
        /// The refreshed ID token is for another client.
        RefreshIdTokenWrongAudience,
        /// The refreshed ID token's authorized party is another client.
        RefreshIdTokenWrongAuthorizedParty,
        /// The refreshed ID token says that the user signed in a year ago.
        RefreshIdTokenWrongAuthTime,
        /// The refreshed ID token says that the user signed in now, at least a second later than they
        /// did, and with the `acr` `gold`: another client of the provider's session made them
        /// authenticate again.
        RefreshIdTokenLaterAuthTime,
        /// The refreshed ID token says that the user will sign in an hour after it was issued.
        RefreshIdTokenFutureAuthTime,
        /// The refreshed ID token says that the user signed in a second before they did.
        RefreshIdTokenEarlierAuthTime,
        /// The refreshed ID token was issued an hour ago.
        RefreshIdTokenOld,
        /// The refreshed ID token is for an unknown audience as well.
        RefreshIdTokenExtraAudience,
        /// The refreshed ID token's `at_hash` belongs to another access token.
        RefreshIdTokenWrongAtHash,

        /// One bit of the ID token's signature is wrong.
        IdTokenBadSignature,
        /// The ID token has `alg` `none` and no signature.
        IdTokenAlgNone,
        /// The ID token is signed by HS256 with the client secret, a public client's with an empty one.
        IdTokenHs256,
        /// The ID token has the algorithm ES512, and a signature of no key.
        IdTokenEs512,
        /// The ID token has the five parts and the header of an encrypted one (RFC 7516, section 7.1).
        IdTokenEncrypted,
        /// The ID token's `acr` is a number and its `auth_time` a string.
        IdTokenOddAcrAndAuthTime,
        /// The ID token names a key that the JWK Set does not have.
        IdTokenUnknownKid,
        /// The ID token names no key.
        IdTokenMissingKid,
        /// The ID token's header has a critical extension (RFC 7515, section 4.1.11).
        IdTokenCriticalHeader,
        /// The ID token is typed as an access token, `at+jwt`.
        IdTokenWrongType,
        /// The ID token comes from another issuer.
        IdTokenWrongIssuer,
        /// The ID token's issuer has a slash appended.
        IdTokenIssuerWithSlash,
        /// The ID token is for another client.
        IdTokenWrongAudience,
        /// The ID token is for an unknown audience as well.
        IdTokenExtraAudience,
        /// The ID token's authorized party is another client.
        IdTokenWrongAuthorizedParty,
        /// The ID token has another nonce than the request.
        IdTokenWrongNonce,
        /// The ID token has no nonce though the request had one.
        IdTokenMissingNonce,
        /// The ID token expired an hour ago.
        IdTokenExpired,
        /// The ID token has no `exp`.
        IdTokenMissingExp,
        /// The ID token's `exp` is a string.
        IdTokenStringExp,
        /// The ID token is not valid before an hour from now (`nbf`).
        IdTokenNotYetValid,
        /// The ID token was issued an hour from now.
        IdTokenIssuedInFuture,
        /// The ID token's `at_hash` belongs to another access token (section 3.1.3.6).
        IdTokenWrongAtHash,
        /// The ID token has no `sub`.
        IdTokenMissingSub,
        /// The ID token is about somebody else.
        IdTokenWrongSub,
        /// The ID token has no `auth_time` though `max_age` was asked for.
        IdTokenMissingAuthTime,
        /// The ID token says that the user signed in a year ago, whatever `max_age` asked for.
        IdTokenOldAuthTime,
        /// The ID token is 100 KiB long.
        HugeIdToken,

        /// The userinfo endpoint answers 503.
        UserInfoUnavailable,
        /// The userinfo endpoint answers an HTML page with status 200.
        UserInfoHtml,
        /// The userinfo endpoint redirects.
        UserInfoRedirect,
        /// The userinfo endpoint never answers.
        UserInfoHangs,
        /// The userinfo endpoint answers 2 MiB.
        UserInfoHuge,
        /// The userinfo endpoint accepts no access token: 401 `invalid_token` (RFC 6750, section 3.1).
        UserInfoUnauthorized,
        /// The userinfo answer is about somebody else (section 5.3.2).
        UserInfoWrongSub,
        /// The userinfo answer has no `sub`.
        UserInfoMissingSub,
        /// The userinfo answer is a JSON array.
        UserInfoArray,
        /// The userinfo answer is a JWT that a key signed which the JWK Set does not have.
        UserInfoJwtWrongKey,
        /// The userinfo answer is a JWT for another client.
        UserInfoJwtWrongAudience,
        /// The userinfo answer is a JWT of another issuer.
        UserInfoJwtWrongIssuer,
        /// The userinfo answer is a JWT with `alg` `none` and no signature.
        UserInfoJwtAlgNone,

        /// The introspection endpoint answers 503.
        IntrospectionUnavailable,
        /// The introspection endpoint answers an HTML page with status 200.
        IntrospectionHtml,
        /// The introspection answer is a JSON array.
        IntrospectionArray,
        /// The introspection answer has no `active` (RFC 7662, section 2.2).
        IntrospectionMissingActive,
        /// The introspection answer has `active` as a string.
        IntrospectionStringActive,
        /// The introspection endpoint refuses every client: 401 `invalid_client`.
        IntrospectionInvalidClient,
        /// The introspection answer has `scope` as an array of strings.
        IntrospectionScopeAsArray,

        /// The revocation endpoint answers 503 with `Retry-After` (RFC 7009, section 2.2.1).
        RevocationUnavailable,
        /// The revocation endpoint never answers, and revokes nothing.
        RevocationHangs,
        /// The revocation endpoint revokes nothing: 400 `unsupported_token_type` (RFC 7009, section
        /// 2.2.1).
        RevocationUnsupportedTokenType,

        /// The end-session endpoint refuses a `post_logout_redirect_uri` without a valid `id_token_hint`,
        /// as GenAuth does (RP-Initiated Logout 1.0, section 2, allows it).
        EndSessionRequiresIdTokenHint,
    }
}

/// By the variant's name, such as `IdTokenExpired`.
impl FromStr for Fault {
    type Err = UnknownFault;

    fn from_str(name: &str) -> Result<Self, UnknownFault> {
        Self::ALL
            .iter()
            .copied()
            .find(|fault| format!("{fault:?}") == name)
            .ok_or(UnknownFault(()))
    }
}

/// No [`Fault`] has the name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownFault(());

impl fmt::Display for UnknownFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no fault has this name: see the variants of oidc_dev_provider::Fault")
    }
}

impl Error for UnknownFault {}
