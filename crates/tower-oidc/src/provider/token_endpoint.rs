//! The token endpoint as a refresh sees it: requests to the registered provider, and what its answers
//! mean.

use std::time::Duration;

use relying_party::{
    ErrorKind, RefreshError, RefreshRequest, RefreshedTokens, SentSignal, TokenTypeHint,
};

use super::Registration;
use super::resolver::found::NotFound;
use super::scopes::scopes_of;
use super::session_requests::{NOT_RESOLVED, OtherProvider, UNAVAILABLE};
use crate::circuit_breaker::CallOutcome;
use crate::format::time::UnixMillis;
use crate::log_limit::limited;
use crate::refresh::{
    EndpointError, Revalidation, RevocationError, TokenKind, TokenToRevoke, Verdict,
};
use crate::runtime::{self, Instant};
use crate::session::Session;
use crate::session::access_token::Target;
use crate::session::frame::ProviderRef;
use crate::session::issued_tokens::IssuedTokens;
use crate::session::token::StoredToken;

/// How long a refresh waits for the scopes of its new token, which it can continue without: the lock at
/// the coordinator must not end before the result is stored.
const SCOPE_TIMEOUT: Duration = Duration::from_secs(5);

impl Registration {
    /// Asks the provider once to revoke a token that it issued (RFC 7009).
    pub(super) async fn revoke_token(&self, token: &TokenToRevoke) -> Result<(), RevocationError> {
        self.check_owner(&token.provider)?;
        let text = token.token.text();
        let hint = match token.kind {
            TokenKind::Refresh => TokenTypeHint::RefreshToken,
            TokenKind::Access => TokenTypeHint::AccessToken,
        };
        let Err(error) = self.relying_party.revoke(&text, hint).await else {
            return Ok(());
        };
        // RFC 7009 section 2.2.1: such a provider revokes no access tokens, which is no fault.
        if token.kind == TokenKind::Access
            && error.oauth_error_code() == Some("unsupported_token_type")
        {
            return Ok(());
        }
        Err(RevocationError {
            is_temporary: error.is_transient(),
            code: error.code(),
            message: error.to_string().into(),
            retry_after: error.retry_after(),
        })
    }

    /// Fetches the documents that a request for a session of this provider needs.
    pub(super) async fn prepare(&self, provider: &ProviderRef) -> Result<(), EndpointError> {
        self.check_owner(provider)?;
        let began = Instant::now();
        let fetched = self.relying_party.fetch_documents().await;
        fetched.map_err(|error| {
            self.circuit.failed(outcome(&error), began);
            endpoint_error(&error.into(), &Target::DEFAULT)
        })
    }

    /// Sends the session's refresh token once.
    pub(super) async fn refresh_tokens(
        &self,
        base: &Session,
        target: Target,
    ) -> Result<IssuedTokens, EndpointError> {
        let (Some(refresh_token), Some(claims)) = (&base.body.refresh_token, base.claims()) else {
            return Err(nothing_to_send("the session has no refresh token"));
        };
        self.check_owner(&base.provider())?;
        let refresh_token = refresh_token.text();
        let sent = SentSignal::new();
        let mut request = RefreshRequest::new(&refresh_token, claims).sent_signal(&sent);
        let granted = base.scopes().filter(|scopes| !scopes.is_empty());
        let granted = granted.map(|scopes| scopes.join(" "));
        if let Some(granted) = &granted {
            request = request.granted_scope(granted);
        }
        if let Some(auth_time) = base.body.authentication.time {
            request = request.auth_time(auth_time.to_system_time());
        }
        if let Some(resource) = &target.resource {
            request = request.resource(resource);
        }
        if let Some(organization) = &target.organization {
            request = request.organization_id(organization);
        }
        let answer = self.relying_party.refresh(request);
        let answer = self
            .circuit
            .call(sent.sent(), answer, |error| outcome(error.error()));
        match answer.await {
            Ok(refreshed) => Ok(self.issued(&refreshed, base, target).await),
            Err(error) => Err(endpoint_error(&error, &target)),
        }
    }

    async fn issued(
        &self,
        refreshed: &RefreshedTokens,
        base: &Session,
        target: Target,
    ) -> IssuedTokens {
        if refreshed.id_token_ignored() {
            limited!(
                warn,
                self,
                ("refresh", "id_token.aud_untrusted"),
                "a refreshed ID token is also for an audience that `trusted_audiences` \
                 (AUTH_TRUSTED_AUDIENCES) does not name: it is not used, and the session \
                 continues with its former claims"
            );
        }
        let tokens = refreshed.tokens();
        let (said, token) = (tokens.scope(), tokens.access_token());
        // Not from when the scopes are known: the token's life began with the answer.
        let now = UnixMillis::of(self.clock.now());
        let scope = async {
            let scope = self.granted_scope(&self.relying_party, said, token).await;
            match scope {
                // What a session already knows of the default token stays (RFC 6749 section 6).
                // Nobody asked for scopes of an organization.
                None if needs_scope(base, &target, token) => {
                    Self::requested_scope(&self.relying_party).await
                }
                scope => scope,
            }
        };
        let scope = runtime::timeout(SCOPE_TIMEOUT, scope).await;
        // So that a look at the scopes of the session parses no token.
        let of_token = || scopes_of(token).filter(|_| target.is_default());
        let scope = scope.unwrap_or_default().or_else(of_token);
        IssuedTokens::new(tokens, target, scope.as_deref(), now)
    }
}

/// Whether nothing but the request says which scopes a new token has.
fn needs_scope(base: &Session, target: &Target, token: &str) -> bool {
    let is_known = target.is_default() && base.body.scope.is_some();
    target.organization.is_none() && !is_known && scopes_of(token).is_none()
}

/// What an error says about the provider to the circuit breaker.
fn outcome(error: &relying_party::Error) -> CallOutcome {
    if error.is_overloaded() || error.is_without_credentials() {
        CallOutcome::NotSent
    } else if error.kind() == ErrorKind::Transport {
        CallOutcome::Unreachable
    } else {
        CallOutcome::Answered
    }
}

fn endpoint_error(failed: &RefreshError, target: &Target) -> EndpointError {
    let error = failed.error();
    let refresh_token = failed
        .refresh_token()
        .or_else(|| failed.refresh_token_to_revoke());
    EndpointError {
        verdict: verdict(error, target),
        code: error.code(),
        message: error.to_string().into(),
        retry_after: error.retry_after(),
        // A connection that failed, and a request that was not sent, say nothing.
        is_answered: error.may_have_been_sent() && error.kind() != ErrorKind::Transport,
        refresh_token: refresh_token.map(StoredToken::new),
    }
}

impl From<OtherProvider> for EndpointError {
    fn from(_: OtherProvider) -> Self {
        nothing_to_send(OtherProvider::MESSAGE)
    }
}

impl From<NotFound> for EndpointError {
    fn from(error: NotFound) -> Self {
        match error {
            NotFound::Unknown => OtherProvider.into(),
            NotFound::Unavailable => Self {
                verdict: Verdict::Later(Revalidation::Unavailable),
                code: NOT_RESOLVED,
                message: UNAVAILABLE.into(),
                retry_after: None,
                is_answered: false,
                refresh_token: None,
            },
        }
    }
}

impl From<NotFound> for RevocationError {
    fn from(error: NotFound) -> Self {
        match error {
            NotFound::Unknown => OtherProvider.into(),
            NotFound::Unavailable => Self {
                is_temporary: true,
                code: NOT_RESOLVED,
                message: UNAVAILABLE.into(),
                retry_after: None,
            },
        }
    }
}

impl From<OtherProvider> for RevocationError {
    fn from(_: OtherProvider) -> Self {
        Self {
            is_temporary: false,
            code: "revocation.other_provider",
            message: OtherProvider::MESSAGE.into(),
            retry_after: None,
        }
    }
}

/// Only a new sign-in helps.
fn nothing_to_send(message: &str) -> EndpointError {
    EndpointError {
        verdict: Verdict::Refused,
        code: "refresh.not_sent",
        message: message.into(),
        retry_after: None,
        is_answered: false,
        refresh_token: None,
    }
}

/// What an error of [`RelyingParty::refresh`](relying_party::RelyingParty::refresh) says.
///
/// Providers report a dead refresh token and a blocked user in many words: `invalid_request`, a
/// sentence instead of a code, a code of their own, an empty body. So every refusal counts
/// as one of the refresh token, except those that are named here. A wrong guess costs one
/// redirect: no cookie is deleted, and redirects end after one round.
fn verdict(error: &relying_party::Error, target: &Target) -> Verdict {
    let is_default = target.is_default();
    match error.code() {
        _ if error.breaks_continuity() => Verdict::AnotherUser,
        // Nothing was sent, which says nothing about the provider, and lets nobody pass unchecked.
        _ if error.is_overloaded() || error.is_without_credentials() => {
            Verdict::Later(Revalidation::Unavailable)
        }
        // Its words prove nothing when its status says that it failed.
        _ if error.is_transient() => Verdict::Later(Revalidation::Unanswered),
        "token.invalid_client" | "token.unsupported_grant_type" | "token.client_challenge" => {
            Verdict::ClientRefused(Revalidation::Unavailable)
        }
        // Some providers deny blocked users so.
        "token.unauthorized_client" if is_default => Verdict::ClientRefused(Revalidation::Refused),
        "token.invalid_scope" => Verdict::Denied,
        // The target is what is refused, and the rest of the grant may be good.
        "token.access_denied" | "token.invalid_target" | "token.unauthorized_client"
            if !is_default =>
        {
            Verdict::Denied
        }
        "token.interaction_required"
        | "token.consent_required"
        | "token.login_required"
        | "token.account_selection_required"
        | "token.unmet_authentication_requirements" => Verdict::Interaction,
        "token.bad_request" | "token.unauthorized" | "token.other" => Verdict::Refused,
        // By the settings of this application: another sign-in is the only way on.
        "refresh.not_accepted" => Verdict::Refused,
        _ if error.oauth_error_code().is_some() => Verdict::Refused,
        // A page with status 200 and a redirect to one are as good as one with 403.
        "token.status" | "token.redirect" | "token.malformed" => Verdict::Blocked,
        _ => Verdict::Later(Revalidation::Unanswered),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bytes::Bytes;
    use http::{Request, Response};
    use relying_party::{BoxFuture, HttpClient, Provider, TransportError};

    use super::*;
    use crate::layer::AuthLayer;
    use crate::session::sample;

    /// A provider that refuses every refresh token.
    #[derive(Debug)]
    struct Refusing;

    impl HttpClient for Refusing {
        fn call(&self, _: Request<Bytes>) -> BoxFuture<Result<Response<Bytes>, TransportError>> {
            Box::pin(async {
                let body = r#"{"error":"invalid_grant"}"#;
                let response = Response::builder().status(400).body(body.into());
                Ok(response.expect("a status"))
            })
        }
    }

    const METADATA: &str = r#"{
        "issuer": "https://id.example",
        "authorization_endpoint": "https://id.example/authorize",
        "token_endpoint": "https://id.example/token",
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"]
    }"#;
    /// The example of RFC 7517 appendix A.1.
    const KEYS: &str = r#"{"keys":[{
        "kty": "EC", "crv": "P-256",
        "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
        "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"
    }]}"#;

    /// What a refresh says, and whether the circuit is open after it, which was open before.
    async fn refresh(set: impl FnOnce(Provider) -> Provider) -> (Verdict, bool) {
        let provider = Provider::new("https://id.example", "app")
            .metadata_json(METADATA)
            .jwks_json(KEYS);
        let layer = AuthLayer::builder()
            .provider(set(provider))
            .base_url("https://app.example")
            .cookie_secret("q7Zx2LmV9cKdR4tYw8BnHs3JfGpUeA6Q")
            .http_client(Refusing)
            .build()
            .unwrap();
        let components = &layer.origins.first;
        let registration = components.providers.first().unwrap();
        let session = sample::session("refresh token", 0, components.persistence.now());
        let session = sample::at_provider(&session, &registration.provider);
        let circuit = &registration.circuit;
        let began = Instant::now();
        tokio::time::advance(Duration::from_secs(10)).await;
        circuit.failed(CallOutcome::Unreachable, began);
        assert!(circuit.is_open());

        let refreshed = registration.refresh_tokens(&session, Target::DEFAULT).await;
        let error = refreshed.err().expect("no tokens come");
        (error.verdict, circuit.is_open())
    }

    #[tokio::test(start_paused = true)]
    async fn a_failing_source_of_credentials_says_nothing_about_the_provider() {
        let without_credentials = refresh(|provider| {
            provider.client_secret_source(|_| async { Err("the vault is sealed".into()) })
        });
        let expected = (Verdict::Later(Revalidation::Unavailable), true);
        assert_eq!(without_credentials.await, expected);

        let refused = refresh(|provider| provider.client_secret("secret"));
        assert_eq!(refused.await, (Verdict::Refused, false));
    }
}
