//! Requests of a sign-in. They send nothing of a session, only what came from this provider or from the
//! application.

use relying_party::{
    AuthorizationCode, AuthorizationRequest, AuthorizationResponse, Claims, CodeExchange, Error,
    SignInTokens, TransactionSecrets,
};

use super::Registration;

impl Registration {
    /// Fetches the provider's metadata and keys, and checks that it can be used.
    pub(crate) async fn discover(&self) -> Result<(), Error> {
        self.relying_party.discover().await
    }

    /// The URL that the browser is sent to.
    pub(crate) async fn authorization_url(
        &self,
        request: &AuthorizationRequest,
        redirect_uri: &str,
        secrets: &TransactionSecrets,
    ) -> Result<String, Error> {
        let url = self
            .relying_party
            .authorization_url(request, redirect_uri, secrets);
        url.await
    }

    /// The code of a callback that answers the sign-in with these secrets.
    pub(crate) async fn validate(
        &self,
        response: AuthorizationResponse,
        secrets: &TransactionSecrets,
    ) -> Result<AuthorizationCode, Error> {
        self.relying_party.validate(response, secrets).await
    }

    /// Sends the code to the token endpoint, and checks what it answers.
    pub(crate) async fn exchange_code(
        &self,
        code: AuthorizationCode,
        exchange: CodeExchange<'_>,
    ) -> Result<SignInTokens, Error> {
        let relying_party = self.relying_party.for_sign_in();
        relying_party.exchange_code(code, exchange).await
    }

    /// What UserInfo says about the user who is signing in.
    pub(crate) async fn user_info_of_sign_in(
        &self,
        tokens: &SignInTokens,
    ) -> Result<Claims, Error> {
        let relying_party = self.relying_party.for_sign_in();
        let token = tokens.tokens().access_token();
        relying_party
            .user_info(token, tokens.id_token().claims())
            .await
    }
}
