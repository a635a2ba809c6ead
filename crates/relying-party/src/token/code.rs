//! The code exchange.

use std::time::{Duration, SystemTime};

use super::TokenSet;
use super::request::token_request;
use super::response::TokenResponse;
use crate::authorization_response::AuthorizationCode;
use crate::claims_request::ClaimsRequest;
use crate::client_auth::AuthenticatedClient;
use crate::error::{Error, ErrorKind};
use crate::http_client::HttpClient;
use crate::id_token::VerifiedIdToken;
use crate::request_budget::ClientNetwork;
use crate::secret::Secret;
use crate::transaction_secrets::TransactionSecrets;

/// The exchange of a code: the transaction in which the code was requested, and what the ID token is
/// checked against.
///
/// ```
/// use relying_party::{CodeExchange, TransactionSecrets};
///
/// let secrets = TransactionSecrets::derive(&[7; 32], 'a'); // the seed of the transaction
/// let exchange = CodeExchange::new("https://app.example/callback", &secrets).acr_values("gold");
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use = "it does nothing until `exchange_code` is called"]
pub struct CodeExchange<'a> {
    pub(crate) redirect_uri: &'a str,
    pub(crate) secrets: &'a TransactionSecrets,
    pub(crate) max_age: Option<Duration>,
    pub(crate) acr_values: Option<&'a str>,
    pub(crate) claims_request: Option<&'a ClaimsRequest>,
    pub(crate) expected_user: Option<(&'a str, &'a str)>,
    client_network: Option<u128>,
    wider_client_network: Option<u128>,
}

impl<'a> CodeExchange<'a> {
    /// Creates an exchange with the redirect URI and the secrets of the authorization request.
    pub fn new(redirect_uri: &'a str, secrets: &'a TransactionSecrets) -> Self {
        Self {
            redirect_uri,
            secrets,
            max_age: None,
            acr_values: None,
            claims_request: None,
            expected_user: None,
            client_network: None,
            wider_client_network: None,
        }
    }

    /// Sets the requested `max_age`; by default the provider's. The ID token must have an `auth_time`,
    /// and it must be recent enough.
    pub fn max_age(mut self, max_age: Duration) -> Self {
        self.max_age = Some(max_age);
        self
    }

    /// Sets the requested `acr_values`; by default the provider's. The ID token's `acr` must be one of
    /// them.
    pub fn acr_values(mut self, acr_values: &'a str) -> Self {
        self.acr_values = Some(acr_values);
        self
    }

    /// Sets the requested claims, or their [`checked_part`](ClaimsRequest::checked_part); by default
    /// the provider's. The ID token must satisfy [what is checked](ClaimsRequest#what-is-checked).
    pub fn claims_request(mut self, claims: &'a ClaimsRequest) -> Self {
        self.claims_request = Some(claims);
        self
    }

    /// Sets the user who must sign in, by the `iss` and the `sub` of the session's ID token: for a
    /// step-up. By default any user may sign in.
    pub fn expected_user(mut self, iss: &'a str, sub: &'a str) -> Self {
        self.expected_user = Some((iss, sub));
        self
    }

    /// Sets the network of the browser, as a number that identifies it: for example the first 64 bits
    /// of an IPv6 address. By default the network is unknown.
    ///
    /// Anyone can send made-up codes, and each costs a token request. When many are waiting, the
    /// networks take turns, and no network may use all places, so a flood from one network does not
    /// delay the others. All sign-ins without a network count as one network.
    pub fn client_network(mut self, key: u128) -> Self {
        self.client_network = Some(key);
        self
    }

    /// Sets the wider network that [`client_network`](Self::client_network) is part of, as a number
    /// that identifies it: for example the first 48 bits of an IPv6 address. By default it is the
    /// network itself.
    ///
    /// Wider networks take turns, and so do the networks inside each of them. Otherwise a customer with
    /// thousands of networks could take the turns of all others.
    pub fn wider_client_network(mut self, key: u128) -> Self {
        self.wider_client_network = Some(key);
        self
    }

    /// Returns the network of the browser, if it is known.
    pub(crate) fn network(&self) -> Option<ClientNetwork> {
        ClientNetwork::of(self.client_network, self.wider_client_network)
    }
}

/// The result of a sign-in: the tokens of the code exchange, among them a verified ID token.
#[derive(Clone, Debug)]
pub struct SignInTokens {
    tokens: TokenSet,
    id_token: VerifiedIdToken,
}

impl SignInTokens {
    /// Returns the tokens of the response. [`TokenSet::id_token`] is never `None` here.
    #[must_use]
    pub fn tokens(&self) -> &TokenSet {
        &self.tokens
    }

    /// Returns the ID token, which every sign-in has.
    #[must_use]
    pub fn id_token(&self) -> &VerifiedIdToken {
        &self.id_token
    }

    pub(crate) fn new(
        response: TokenResponse,
        id_token: VerifiedIdToken,
        received_at: SystemTime,
    ) -> Self {
        Self {
            tokens: TokenSet::new(response, Some(id_token.clone()), received_at),
            id_token,
        }
    }
}

/// Sends the token request of the code flow (RFC 6749 section 4.1.3, RFC 7636 section 4.5), and returns
/// the response and its ID token, which is required.
///
/// It has no `resource`: the code was requested for all resources, and a token request may name only
/// one.
pub(crate) async fn exchange(
    http: &dyn HttpClient,
    client: AuthenticatedClient<'_>,
    code: &AuthorizationCode,
    exchange: &CodeExchange<'_>,
) -> Result<(TokenResponse, Secret), Error> {
    let parameters = [
        ("grant_type", "authorization_code"),
        ("code", code.expose()),
        ("redirect_uri", exchange.redirect_uri),
        ("code_verifier", exchange.secrets.code_verifier()),
    ];
    let mut response = token_request(http, client, &parameters).await?;
    match response.id_token.take() {
        Some(id_token) => Ok((response, id_token)),
        None => Err(Error::new(
            ErrorKind::Response,
            "token.no_id_token",
            "the provider sent no ID token; check that the client may use OpenID Connect",
        )
        .after_sending()),
    }
}
