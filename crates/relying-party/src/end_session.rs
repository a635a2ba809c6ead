//! The sign-out at the provider.

use std::fmt;

use url::Url;
use zeroize::Zeroizing;

use crate::provider::Provider;

/// A logout request (OpenID Connect RP-Initiated Logout 1.0 section 2). The client identifier is always
/// sent.
///
/// ```
/// use relying_party::EndSessionRequest;
///
/// let request = EndSessionRequest::new()
///     .id_token_hint("eyJ...")
///     .post_logout_redirect_uri("https://app.example/");
/// ```
#[derive(Clone, Copy, Default)]
#[must_use = "it does nothing until `end_session_url` is called"]
pub struct EndSessionRequest<'a> {
    id_token_hint: Option<&'a str>,
    post_logout_redirect_uri: Option<&'a str>,
    logout_hint: Option<&'a str>,
    state: Option<&'a str>,
    ui_locales: Option<&'a str>,
}

impl<'a> EndSessionRequest<'a> {
    /// Creates a request with nothing but the client identifier.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the `id_token_hint`: the ID token of the session that ends. Without it many providers ask
    /// the user to confirm. An empty one counts as none.
    pub fn id_token_hint(mut self, id_token: &'a str) -> Self {
        self.id_token_hint = Some(id_token).filter(|it| !it.is_empty());
        self
    }

    /// Sets the URI that the browser returns to afterwards. It must be registered with the provider. It
    /// is not sent without an ID token if the provider's setting
    /// [`require_id_token_hint`](Provider::require_id_token_hint) is on.
    pub fn post_logout_redirect_uri(mut self, uri: &'a str) -> Self {
        self.post_logout_redirect_uri = Some(uri);
        self
    }

    /// Sets the `logout_hint`: which user signs out, in the form of a `login_hint`.
    pub fn logout_hint(mut self, hint: &'a str) -> Self {
        self.logout_hint = Some(hint);
        self
    }

    /// Sets the `state`, a value that the provider returns with the redirect.
    pub fn state(mut self, state: &'a str) -> Self {
        self.state = Some(state);
        self
    }

    /// Sets the languages of the provider's pages: BCP 47 tags separated by spaces.
    pub fn ui_locales(mut self, ui_locales: &'a str) -> Self {
        self.ui_locales = Some(ui_locales);
        self
    }

    /// Removes what this provider accepts only together with an ID token, if there is none.
    pub(crate) const fn accepted_by(mut self, provider: &Provider) -> Self {
        if provider.requires_id_token_hint() && self.id_token_hint.is_none() {
            self.post_logout_redirect_uri = None;
            self.state = None;
        }
        self
    }

    /// Returns the URL for this endpoint. The endpoint's own query is kept.
    pub(crate) fn url(&self, endpoint: &Url, client_id: &str) -> String {
        with_parameters(endpoint, self.parameters(client_id))
    }

    /// Returns the form for this endpoint. The endpoint's own query stays in the address.
    pub(crate) fn form(&self, endpoint: &Url, client_id: &str) -> EndSessionForm {
        let parameters = self.parameters(client_id).into_iter();
        EndSessionForm {
            action: endpoint.to_string(),
            fields: parameters
                .filter_map(|(name, value)| Some((name, Zeroizing::new(value?.to_owned()))))
                .collect(),
        }
    }

    fn parameters<'b>(&self, client_id: &'b str) -> [(&'static str, Option<&'b str>); 6]
    where
        'a: 'b,
    {
        [
            ("id_token_hint", self.id_token_hint),
            ("client_id", Some(client_id)),
            ("post_logout_redirect_uri", self.post_logout_redirect_uri),
            ("logout_hint", self.logout_hint),
            ("state", self.state),
            ("ui_locales", self.ui_locales),
        ]
    }

    /// Returns the URL for an endpoint with the vendor's own parameters instead of those of the standard:
    /// the client identifier, and the URL to return to under this name. The others are not sent: the ID
    /// token and the hint would be in the browser's history without any effect.
    pub(crate) fn vendor_url(
        &self,
        endpoint: &Url,
        client_id: &str,
        redirect_parameter: &'static str,
    ) -> String {
        let redirect = (redirect_parameter, self.post_logout_redirect_uri);
        with_parameters(endpoint, [("client_id", Some(client_id)), redirect])
    }
}

fn with_parameters<const N: usize>(
    endpoint: &Url,
    parameters: [(&'static str, Option<&str>); N],
) -> String {
    let given = |(name, value)| Some((name, value?));
    let mut url = endpoint.clone();
    url.query_pairs_mut()
        .extend_pairs(parameters.into_iter().filter_map(given));
    url.into()
}

impl fmt::Debug for EndSessionRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EndSessionRequest")
            .field("post_logout_redirect_uri", &self.post_logout_redirect_uri)
            .field("ui_locales", &self.ui_locales)
            .finish_non_exhaustive()
    }
}

/// A logout request that the browser sends as a form, with POST (OpenID Connect RP-Initiated Logout 1.0
/// section 2): the ID token is then in no URL, and may be long. Returned by
/// [`RelyingParty::end_session_form`](crate::RelyingParty::end_session_form).
///
/// The page with the form has an ID token in it, with the user's claims. Escape all values, and let no
/// cache store the page.
#[derive(Clone)]
pub struct EndSessionForm {
    action: String,
    fields: Vec<(&'static str, Zeroizing<String>)>,
}

impl EndSessionForm {
    /// Returns the absolute URL that the form is sent to.
    #[must_use]
    pub fn action(&self) -> &str {
        &self.action
    }

    /// Returns names and values of the hidden fields, in the order in which they are sent.
    pub fn fields(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let fields = self.fields.iter();
        fields.map(|(name, value)| (*name, value.as_str()))
    }
}

impl fmt::Debug for EndSessionForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EndSessionForm")
            .field("action", &self.action)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_endpoints_query_is_kept_and_values_are_encoded() {
        let endpoint = Url::parse("https://op.example/end?tenant=a%20b").unwrap();
        let url = EndSessionRequest::new()
            .post_logout_redirect_uri("https://app.example/?a=b&c")
            .state("s")
            .url(&endpoint, "client");
        assert_eq!(
            url,
            "https://op.example/end?tenant=a%20b&client_id=client\
             &post_logout_redirect_uri=https%3A%2F%2Fapp.example%2F%3Fa%3Db%26c&state=s"
        );
    }

    #[test]
    fn a_provider_that_requires_an_id_token_gets_no_redirect_uri_without_one() {
        let endpoint = Url::parse("https://op.example/end").unwrap();
        let provider = Provider::new("https://op.example", "client").require_id_token_hint(true);
        let request = EndSessionRequest::new()
            .post_logout_redirect_uri("https://app.example/")
            .logout_hint("alice")
            .state("s");

        assert_eq!(
            request.accepted_by(&provider).url(&endpoint, "client"),
            "https://op.example/end?client_id=client&logout_hint=alice"
        );
        let url = request.id_token_hint("eyJ").accepted_by(&provider);
        assert_eq!(
            url.url(&endpoint, "client"),
            "https://op.example/end?id_token_hint=eyJ&client_id=client\
             &post_logout_redirect_uri=https%3A%2F%2Fapp.example%2F&logout_hint=alice&state=s"
        );
        let empty = request.id_token_hint("").accepted_by(&provider);
        assert_eq!(
            empty.url(&endpoint, "client"),
            request.accepted_by(&provider).url(&endpoint, "client"),
        );
        let url = request.accepted_by(&provider.require_id_token_hint(false));
        assert!(url.url(&endpoint, "client").contains("state=s"));
    }

    #[test]
    fn a_form_has_the_same_parameters_as_the_url() {
        let endpoint = Url::parse("https://op.example/end?tenant=a").unwrap();
        let request = EndSessionRequest::new()
            .id_token_hint("eyJ")
            .state("a b")
            .ui_locales("de en");
        let form = request.form(&endpoint, "client");

        assert_eq!(form.action(), endpoint.as_str());
        let url = Url::parse(&request.url(&endpoint, "client")).unwrap();
        let sent: Vec<_> = url.query_pairs().skip(1).collect();
        let fields: Vec<_> = form.fields().map(|(n, v)| (n.into(), v.into())).collect();
        assert_eq!(fields, sent);
    }

    #[test]
    fn debug_shows_no_token() {
        let request = EndSessionRequest::new()
            .id_token_hint("canary")
            .logout_hint("canary");
        let form = request.form(&Url::parse("https://op.example/end").unwrap(), "client");
        assert!(!format!("{request:?}{form:?}").contains("canary"));
    }
}
