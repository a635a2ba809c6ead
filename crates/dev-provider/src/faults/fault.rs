//! All faults.

use super::faults;

faults! {
    /// One way in which the provider misbehaves, from [`add_fault`] until [`clear_faults`].
    ///
    /// Several faults can be active at the same time.
    ///
    /// [`add_fault`]: crate::DevProvider::add_fault
    /// [`clear_faults`]: crate::DevProvider::clear_faults
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
    #[non_exhaustive]
    pub enum Fault {
        /// Requests for the metadata get status 503.
        DiscoveryUnavailable,
        /// The metadata is an HTML page with status 200.
        DiscoveryHtml,
        /// Requests for the metadata are redirected. A client must not follow.
        DiscoveryRedirect,
        /// Requests for the metadata get no response.
        DiscoveryHangs,
        /// The metadata is 2 MiB long.
        DiscoveryHuge,
        /// The metadata contains another issuer (OpenID Connect Discovery 1.0 section 4.3).
        DiscoveryIssuerMismatch,
        /// The metadata has no `jwks_uri`.
        DiscoveryMissingJwksUri,
        /// The token endpoint in the metadata is on another host, with plain HTTP.
        DiscoveryTokenEndpointOnOtherHost,
        /// Members of the metadata that a sign-in does not need are invalid: endpoints, lists.
        DiscoveryInvalidOptionalMembers,
        /// `authorization_response_iss_parameter_supported` in the metadata is a string instead of
        /// a boolean (RFC 9207 section 3).
        DiscoveryIssParameterSupportedAsString,
        /// The metadata requires pushed authorization requests (RFC 9126 section 5), and names no endpoint
        /// for them.
        DiscoveryRequiresPushedRequests,
        /// The metadata requires signed request objects (RFC 9101 section 10.5).
        DiscoveryRequiresSignedRequests,
        /// The metadata lists `form_post` as the only response mode.
        DiscoveryOnlyFormPost,
        /// The metadata lists the implicit flow only.
        DiscoveryOnlyImplicitFlow,
        /// The metadata lists only client authentication with keys, `private_key_jwt` and
        /// `tls_client_auth`.
        DiscoveryOnlyPrivateKeyJwt,
        /// The metadata lists `plain` as the only PKCE method (RFC 7636 section 4.2).
        DiscoveryOnlyPlainPkce,
        /// The metadata lists HS256 as the only signing algorithm of ID tokens.
        DiscoveryOnlyHs256,

        /// Requests for the JWK Set get status 503.
        JwksUnavailable,
        /// The JWK Set is an HTML page with status 200.
        JwksHtml,
        /// Requests for the JWK Set are redirected.
        JwksRedirect,
        /// Requests for the JWK Set get no response.
        JwksHangs,
        /// The JWK Set is 2 MiB long.
        JwksHuge,
        /// The JWK Set has no keys.
        JwksEmpty,
        /// The JWK Set is an empty JSON object, as if only client secrets signed.
        JwksEmptyObject,
        /// The JWK Set has only a symmetric key and a key for ES512.
        JwksOnlyUnusualKeys,
        /// The JWK Set begins with unusable keys: of an unknown type, symmetric, for encryption, a short
        /// RSA key, and one whose point is not on the curve. The usable keys follow.
        JwksBadKeysAmongGood,
        /// All keys of the JWK Set have the `kid` of the ES384 key, which is the last one.
        JwksDuplicateKid,
        /// For two seconds after a rotation, the JWK Set contains the previous keys.
        JwksOutdatedCopy,
        /// The JWK Set has moved to `/moved/jwks`, and the previous URL returns status 404.
        JwksMoved,

        /// The authorization response contains another issuer as `iss` (RFC 9207 section 2.4).
        WrongIssParameter,
        /// The authorization response has no `iss`, although the metadata announces it (RFC 9207).
        MissingIssParameter,
        /// The authorization response contains another `state` than the request.
        WrongState,
        /// Every authorization request ends with `error=server_error`.
        AuthorizationServerError,
        /// Every authorization request ends with `error=temporarily_unavailable`.
        AuthorizationTemporarilyUnavailable,
        /// Every authorization request ends with `error=invalid_request` and a description that repeats it.
        AuthorizationErrorRepeatsRequest,

        /// The endpoint for pushed authorization requests answers 503 with `Retry-After`.
        PushedAuthorizationUnavailable,
        /// The endpoint for pushed authorization requests never answers.
        PushedAuthorizationHangs,
        /// The endpoint for pushed authorization requests answers `invalid_request`.
        PushedAuthorizationRefused,
        /// The response to a pushed authorization request has a `request_uri` with a line break.
        PushedAuthorizationMalformedRequestUri,
        /// The response to a pushed authorization request has no `request_uri`.
        PushedAuthorizationMissingRequestUri,
        /// The `request_uri` of a pushed authorization request has expired when the browser arrives.
        PushedAuthorizationExpired,

        /// The token endpoint answers 503 with `Retry-After`.
        TokenEndpointUnavailable,
        /// The token endpoint answers 429 with `Retry-After`.
        TokenEndpointTooManyRequests,
        /// The token endpoint answers with an HTML page with status 200.
        TokenEndpointHtml,
        /// The token endpoint redirects. A client that follows would reveal its credentials.
        TokenEndpointRedirect,
        /// The token response is compressed with gzip, although the client did not ask for it.
        TokenResponseCompressed,
        /// The token endpoint never answers.
        TokenEndpointHangs,
        /// The token endpoint answers with 2 MiB.
        TokenEndpointHuge,
        /// The token endpoint answers with status 200 and no body.
        TokenEndpointEmpty,
        /// The token endpoint answers with a JSON array.
        TokenEndpointArray,
        /// The token endpoint closes the connection before its response is complete.
        TokenEndpointTruncated,
        /// The token endpoint refuses every client with `invalid_client`.
        TokenEndpointInvalidClient,
        /// The token endpoint refuses every code and refresh token with `invalid_grant`.
        TokenEndpointInvalidGrant,
        /// The endpoints that clients send requests to (those for tokens, userinfo, introspection,
        /// revocation and pushed authorization requests) answer 400
        /// `invalid_request`. The error description repeats the request with all tokens and the
        /// credentials of the client.
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
        /// The token response has no refresh token, although `offline_access` was granted.
        NoRefreshToken,
        /// The token response has no ID token.
        NoIdToken,

        /// A refresh is answered with 503 and `Retry-After`.
        RefreshUnavailable,
        /// A refresh is answered with 429 and `Retry-After`.
        RefreshTooManyRequests,
        /// A refresh is answered with an HTML page and status 200.
        RefreshHtml,
        /// A refresh is processed, and the connection is closed without a response.
        RefreshConnectionClosed,
        /// A refresh is processed, and the connection is closed before the response is complete.
        RefreshTruncated,
        /// A refresh is refused with `invalid_grant`. The refresh token remains valid.
        RefreshInvalidGrant,
        /// A refresh is refused with `invalid_client` and status 400, which RFC 6749 section 5.2
        /// allows too.
        RefreshInvalidClient,
        /// A refresh is refused with status 400 and an empty body.
        RefreshBadRequestEmpty,
        /// A refresh is refused with `invalid_request`.
        RefreshInvalidRequest,
        /// A refresh is refused with a sentence instead of an error code.
        RefreshSentenceAsCode,
        /// A refresh is refused with an error code that is not registered.
        RefreshUnregisteredError,
        /// A refresh is refused with an object instead of an error code.
        RefreshErrorObject,
        /// A refresh is refused with `invalid_grant` and status 200.
        RefreshErrorWithStatusOk,
        /// A refresh is refused with `access_denied` and status 403.
        RefreshAccessDenied,
        /// A refresh is refused with status 401, without JSON and without `WWW-Authenticate`.
        RefreshUnauthorizedEmpty,
        /// A refresh is refused with status 401 and `WWW-Authenticate`, without JSON.
        RefreshUnauthorizedChallenge,
        /// A refresh is answered with an HTML page and status 403, as by a firewall.
        RefreshForbiddenHtml,
        /// A refresh is answered with an HTML page and status 404.
        RefreshNotFoundHtml,
        /// A refresh is refused with `unauthorized_client`.
        RefreshUnauthorizedClient,
        /// A refresh is refused with `unsupported_grant_type`.
        RefreshUnsupportedGrantType,
        /// A refresh is refused with `invalid_scope`.
        RefreshInvalidScope,
        /// A refresh is answered with status 408 and no body.
        RefreshRequestTimeout,
        /// A refresh is answered with status 425 and no body.
        RefreshTooEarly,
        /// A refresh is answered with `server_error` and status 400.
        RefreshServerError,
        /// A refresh is answered with `temporarily_unavailable` and status 400.
        RefreshTemporarilyUnavailable,
        /// A refresh is refused with `interaction_required`.
        RefreshInteractionRequired,
        /// A refresh for a resource or an organization is refused with `invalid_grant`.
        RefreshForResourceInvalidGrant,
        /// The response to a refresh has no refresh token. The existing one remains valid.
        RefreshNoRefreshToken,
        /// The response to a refresh has no `scope`.
        RefreshMissingScope,
        /// The response to a refresh has no ID token (OpenID Connect Core 1.0 section 12.2).
        RefreshNoIdToken,
        /// The response to a refresh has an ID token only if the request has the scope `openid`.
        RefreshIdTokenForScopeOnly,
        /// The refreshed ID token has the nonce of the authorization request. This is not a
        /// misbehaviour, because OpenID Connect Core 1.0 section 12.2 allows it.
        RefreshIdTokenOriginalNonce,
        /// The refreshed ID token has another nonce than the first one.
        RefreshIdTokenWrongNonce,
        /// The refreshed ID token has another issuer than the first one.
        RefreshIdTokenWrongIssuer,
        /// The refreshed ID token has another `sub` than the first one.
        RefreshIdTokenWrongSub,
        /// The refreshed ID token is for another client.
        RefreshIdTokenWrongAudience,
        /// The refreshed ID token has another client as authorized party (`azp`).
        RefreshIdTokenWrongAuthorizedParty,
        /// The `auth_time` of the refreshed ID token is a year ago.
        RefreshIdTokenWrongAuthTime,
        /// The `auth_time` of the refreshed ID token is now, at least a second after the sign-in, and its
        /// `acr` is `gold`, as if another client made the user authenticate again.
        RefreshIdTokenLaterAuthTime,
        /// The `auth_time` of the refreshed ID token is an hour after it was issued.
        RefreshIdTokenFutureAuthTime,
        /// The `auth_time` of the refreshed ID token is a second before that of the first one.
        RefreshIdTokenEarlierAuthTime,
        /// The refreshed ID token was issued an hour ago.
        RefreshIdTokenOld,
        /// The refreshed ID token has another, unknown audience in addition to the client.
        RefreshIdTokenExtraAudience,
        /// The refreshed ID token's `at_hash` belongs to another access token.
        RefreshIdTokenWrongAtHash,

        /// One bit of the ID token's signature is wrong.
        IdTokenBadSignature,
        /// The ID token has `alg` `none` and no signature.
        IdTokenAlgNone,
        /// The ID token is signed with HS256 and the client secret, empty for a public client.
        IdTokenHs256,
        /// The ID token has the algorithm ES512 and an empty signature.
        IdTokenEs512,
        /// The ID token has the five parts and the header of an encrypted token (RFC 7516 section
        /// 7.1).
        IdTokenEncrypted,
        /// The ID token's `acr` is a number and its `auth_time` a string.
        IdTokenWrongTypesOfAcrAndAuthTime,
        /// The `kid` of the ID token is not in the JWK Set.
        IdTokenUnknownKid,
        /// The ID token has no `kid`.
        IdTokenMissingKid,
        /// The header of the ID token has an unknown critical extension (RFC 7515 section 4.1.11).
        IdTokenCriticalHeader,
        /// The `typ` of the ID token is that of an access token, `at+jwt`.
        IdTokenWrongType,
        /// The ID token has another issuer.
        IdTokenWrongIssuer,
        /// The issuer of the ID token has an additional slash at its end.
        IdTokenIssuerWithSlash,
        /// The ID token is for another client.
        IdTokenWrongAudience,
        /// The ID token has another, unknown audience in addition to the client.
        IdTokenExtraAudience,
        /// The ID token has another client as authorized party (`azp`).
        IdTokenWrongAuthorizedParty,
        /// The ID token has another nonce than the request.
        IdTokenWrongNonce,
        /// The ID token has no nonce, although the request had one.
        IdTokenMissingNonce,
        /// The ID token expired an hour ago.
        IdTokenExpired,
        /// The ID token has no `exp`.
        IdTokenMissingExp,
        /// The ID token's `exp` is a string.
        IdTokenStringExp,
        /// The ID token is not valid until an hour from now (`nbf`).
        IdTokenNotYetValid,
        /// The `iat` of the ID token is an hour in the future.
        IdTokenIssuedInFuture,
        /// The `at_hash` of the ID token belongs to another access token (OpenID Connect Core 1.0
        /// section 3.1.3.6).
        IdTokenWrongAtHash,
        /// The ID token has no `sub`.
        IdTokenMissingSub,
        /// The ID token has the `sub` of another user.
        IdTokenWrongSub,
        /// The ID token has no `auth_time`, although the request had `max_age`.
        IdTokenMissingAuthTime,
        /// The `auth_time` of the ID token is a year ago, whatever `max_age` the request had.
        IdTokenOldAuthTime,
        /// The ID token is 100 KiB long.
        HugeIdToken,

        /// One bit of the logout token's signature is wrong.
        LogoutTokenBadSignature,
        /// The logout token has `alg` `none` and no signature.
        LogoutTokenAlgNone,
        /// The logout token is signed with HS256 and the client secret.
        LogoutTokenHs256,
        /// The logout token is signed with RS256 instead of ES384, or the reverse.
        LogoutTokenWrongAlgorithm,
        /// The `typ` of the logout token is that of an access token, `at+jwt`.
        LogoutTokenWrongType,
        /// The logout token has another issuer.
        LogoutTokenWrongIssuer,
        /// The logout token is for another client.
        LogoutTokenWrongAudience,
        /// The logout token has no `events`.
        LogoutTokenMissingEvents,
        /// The `events` of the logout token have another event only.
        LogoutTokenOtherEvent,
        /// The logout token has a `nonce`.
        LogoutTokenWithNonce,
        /// The logout token has no `jti`.
        LogoutTokenMissingJti,
        /// The logout token has neither `sub` nor `sid`.
        LogoutTokenMissingSubAndSid,
        /// The logout token expired an hour ago.
        LogoutTokenExpired,
        /// The logout token has no `exp`, as before the errata of 2023.
        LogoutTokenMissingExp,
        /// The `iat` of the logout token is an hour in the future.
        LogoutTokenIssuedInFuture,
        /// The logout token was issued an hour ago, and is valid for two more minutes.
        LogoutTokenOld,

        /// The userinfo endpoint answers 503.
        UserInfoUnavailable,
        /// The userinfo endpoint answers with an HTML page with status 200.
        UserInfoHtml,
        /// The userinfo endpoint redirects.
        UserInfoRedirect,
        /// The userinfo endpoint never answers.
        UserInfoHangs,
        /// The userinfo endpoint answers with 2 MiB.
        UserInfoHuge,
        /// The userinfo endpoint refuses every access token with 401 `invalid_token` (RFC 6750
        /// section 3.1).
        UserInfoUnauthorized,
        /// The userinfo response has the `sub` of another user (OpenID Connect Core 1.0 section
        /// 5.3.2).
        UserInfoWrongSub,
        /// The userinfo response has no `sub`.
        UserInfoMissingSub,
        /// The userinfo response is a JSON array.
        UserInfoArray,
        /// The userinfo response is a JWT that is signed with a key outside of the JWK Set.
        UserInfoJwtWrongKey,
        /// The userinfo response is a JWT for another client.
        UserInfoJwtWrongAudience,
        /// The userinfo response is a JWT with another issuer.
        UserInfoJwtWrongIssuer,
        /// The userinfo response is a JWT with `alg` `none` and no signature.
        UserInfoJwtAlgNone,

        /// The introspection endpoint answers 503.
        IntrospectionUnavailable,
        /// The introspection endpoint answers with an HTML page with status 200.
        IntrospectionHtml,
        /// The introspection response is a JSON array.
        IntrospectionArray,
        /// The introspection response has no `active` (RFC 7662 section 2.2).
        IntrospectionMissingActive,
        /// The introspection response has `active` as a string.
        IntrospectionStringActive,
        /// The introspection endpoint refuses every client with 401 `invalid_client`.
        IntrospectionInvalidClient,
        /// The introspection response has `scope` as an array of strings.
        IntrospectionScopeAsArray,

        /// The revocation endpoint answers 503 with `Retry-After` (RFC 7009 section 2.2.1).
        RevocationUnavailable,
        /// The revocation endpoint never answers and revokes nothing.
        RevocationHangs,
        /// The revocation endpoint revokes nothing, and answers 400 `unsupported_token_type` (RFC
        /// 7009 section 2.2.1).
        RevocationUnsupportedTokenType,

        /// The end-session endpoint refuses a `post_logout_redirect_uri` without a valid
        /// `id_token_hint`, as with GenAuth (OpenID Connect RP-Initiated Logout 1.0 section 2
        /// allows this).
        EndSessionRequiresIdTokenHint,
    }
}
