//! One origin: its base URL, the layer's routes on it, and the pages that users return to.

pub(crate) mod allowed_origins;
pub(crate) mod base_url;
pub(crate) mod cookie_domain;
pub(crate) mod form_cookies;
pub(crate) mod initiate_login_query;
pub(crate) mod logout_request;
pub(crate) mod logout_url_cookie;
pub(crate) mod minute_sealer;
pub(crate) mod passed_parameters;
pub(crate) mod plain_http;
mod query;
pub(crate) mod return_to;
pub(crate) mod routes;
#[cfg(test)]
pub(crate) mod sample;
pub(crate) mod sign_in_query;
pub(crate) mod sign_out_settings;
pub(crate) mod signed_out_state;

use std::sync::Arc;

use bytes::Bytes;
use http::Request;

use self::base_url::BaseUrl;
use self::form_cookies::FormCookies;
use self::logout_url_cookie::LogoutUrlCookie;
use self::passed_parameters::PassedParameters;
use self::return_to::ReturnTo;
use self::routes::Routes;
use self::sign_in_query::SignInQuery;
use self::sign_out_settings::SignOutSettings;
use self::signed_out_state::SignedOutStates;
use crate::log_limit::{LogLimiter, limited};
use crate::web::hints::Hints;
use crate::web::upgrade;

/// Who chooses the provider of a sign-in that names none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ProviderChoice {
    /// Nobody: it is the first one.
    First,
    /// The user, on a page of the layer.
    OnOurPage,
    /// The user, on this page of the application.
    OnPage(ReturnTo),
}

/// What belongs to one origin, whoever is signed in.
pub(crate) struct Origin {
    pub(crate) base_url: BaseUrl,
    pub(crate) routes: Arc<Routes>,
    /// Where a sign-in without `return_to` leads.
    pub(crate) after_sign_in: ReturnTo,
    /// Where a sign-out leads in the end; absolute.
    pub(crate) after_sign_out: String,
    /// The same as a page of this application, which the signed-out route leads to.
    pub(crate) signed_out_page: ReturnTo,
    /// The origins of pages that may open WebSockets, beside this one's.
    pub(crate) allowed_origins: Arc<[String]>,
    /// The parameters of a link to the sign-in that are passed on to the provider.
    pub(crate) sign_in_parameters: PassedParameters,
    pub(crate) provider_choice: ProviderChoice,
    pub(crate) sign_out: SignOutSettings,
    /// The claims that the session route shows.
    pub(crate) public_claims: Arc<[String]>,
    /// The JWK Set of the path for it.
    pub(crate) client_keys: Bytes,
    pub(crate) signed_out_states: SignedOutStates,
    pub(crate) logout_url_cookie: LogoutUrlCookie,
    pub(crate) form_cookies: FormCookies,
    /// Advice that requests of any origin may cause.
    pub(crate) hints: Arc<Hints>,
    pub(crate) log: Arc<LogLimiter>,
}

impl Origin {
    /// The redirect URI of the provider with this id.
    pub(crate) fn redirect_uri(&self, id: Option<&str>) -> String {
        self.absolute(&self.routes.callback_of(id))
    }

    /// The absolute URL of one of our paths.
    pub(crate) fn absolute(&self, path: &str) -> String {
        format!("{}{}", self.base_url.origin(), self.routes.public(path))
    }

    /// Where the user comes back to: `input` if it leads to a page of this application.
    pub(crate) fn return_to(&self, input: Option<&str>) -> ReturnTo {
        self.own_page(input)
            .unwrap_or_else(|| self.after_sign_in.clone())
    }

    /// The page after a sign-out: `input` if it leads to a page of this application, or else the
    /// configured one.
    pub(crate) fn signed_out_page(&self, input: Option<&str>) -> ReturnTo {
        self.own_page(input)
            .unwrap_or_else(|| self.signed_out_page.clone())
    }

    /// `input` as a page of this application's, if it is one.
    pub(crate) fn own_page(&self, input: Option<&str>) -> Option<ReturnTo> {
        ReturnTo::parse(input?, &self.base_url)
            .filter(|return_to| !self.routes.is_own(return_to.path()))
    }

    /// A link to the sign-in, at the provider with this id if one is given. It asks for `query` and comes
    /// back to `return_to`, or else to the configured page: its path and query as users see them. `None` if
    /// the sign-in route is turned off.
    pub(crate) fn sign_in_url(
        &self,
        id: Option<&str>,
        return_to: Option<&ReturnTo>,
        query: SignInQuery,
    ) -> Option<String> {
        let path = match query.is_sign_up {
            true => self.routes.sign_up_at(id)?,
            false => self.routes.sign_in_at(id)?,
        };
        let return_to = return_to.filter(|page| **page != self.after_sign_in);
        let query = SignInQuery {
            return_to: return_to.map(|page| page.as_str().to_owned()),
            ..query
        };
        let mut url = self.routes.public(&path);
        let query = query.write();
        if !query.is_empty() {
            url.push('?');
            url.push_str(&query);
        }
        Some(url)
    }

    /// A link to the sign-in that asks for nothing else.
    pub(crate) fn sign_in_link(
        &self,
        id: Option<&str>,
        return_to: Option<&ReturnTo>,
    ) -> Option<String> {
        self.sign_in_url(id, return_to, SignInQuery::default())
    }

    /// The sign-out as users see its path; `None` if it is turned off.
    pub(crate) fn sign_out_path(&self) -> Option<String> {
        let path = self.routes.sign_out.as_deref()?;
        Some(self.routes.public(path))
    }

    /// Whether a page of another origin asks for another protocol, such as a WebSocket. Says so in the
    /// log.
    ///
    /// Of several base URLs only the one of this request counts as the application's: its other origins
    /// have other sessions, so that one that is broken into does not reach the users of another.
    /// `allowed_origins` is for pages that are meant to.
    pub(crate) fn is_foreign_upgrade<B>(&self, request: &Request<B>) -> bool {
        let own = self.base_url.origin();
        let is_foreign = upgrade::is_from_foreign_page(
            request.method(),
            request.headers(),
            own,
            &self.allowed_origins,
        );
        if is_foreign {
            limited!(
                warn,
                self,
                ("upgrade", "foreign_origin"),
                base_url = own,
                "a page of another origin asked for a WebSocket or another upgrade, and nobody counts \
                 as signed in for it; if the page is part of this application, give its origin with \
                 allowed_origins"
            );
        }
        is_foreign
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use http::header::{ORIGIN, UPGRADE};

    use super::*;

    fn origin() -> Origin {
        sample::origin(Routes {
            mount_path: "/app".to_owned(),
            ..Routes::default()
        })
    }

    #[test]
    fn only_pages_of_the_application_are_returned_to() {
        let origin = origin();
        let page = |input| origin.return_to(input).as_str().to_owned();

        assert_eq!(page(Some("/orders?page=2")), "/orders?page=2");
        for input in [
            None,
            Some("https://evil.example/"),
            Some("//evil.example"),
            // The layer's own routes would sign in again, or show nothing.
            Some("/app/auth/sign-in"),
            Some("/app/auth/callback?code=x"),
        ] {
            assert_eq!(page(input), "/home", "{input:?}");
        }
        // Behind another prefix the path is the application's.
        assert_eq!(page(Some("/auth/sign-in")), "/auth/sign-in");
        assert_eq!(origin.signed_out_page(Some("//evil")).as_str(), "/bye");
    }

    #[test]
    fn a_link_to_the_sign_in_names_the_page_unless_it_is_the_default_one() {
        let origin = origin();
        let link = |page| origin.sign_in_link(None, origin.own_page(Some(page)).as_ref());

        assert_eq!(
            link("/orders?a=b").as_deref(),
            Some("/app/auth/sign-in?return_to=%2Forders%3Fa%3Db")
        );
        assert_eq!(link("/home").as_deref(), Some("/app/auth/sign-in"));
        let query = SignInQuery {
            after_refusal: true,
            // The page is given to the function alone.
            return_to: Some("//evil.example".to_owned()),
            ..SignInQuery::default()
        };
        assert_eq!(
            origin.sign_in_url(None, None, query).as_deref(),
            Some("/app/auth/sign-in?after=refusal")
        );
        let off = sample::origin(Routes {
            sign_in: None,
            ..Routes::default()
        });
        assert_eq!(off.sign_in_link(None, None), None);
    }

    #[test]
    fn urls_of_routes_have_the_origin_and_the_mount_path() {
        let origin = origin();

        assert_eq!(
            origin.redirect_uri(None),
            "https://app.example/app/auth/callback"
        );
        assert_eq!(
            origin.sign_out_path().as_deref(),
            Some("/app/auth/sign-out")
        );
    }

    #[test]
    fn pages_of_the_allowed_origins_may_upgrade() {
        let is_foreign = |from: &'static str| {
            let mut request = Request::new(());
            let headers = request.headers_mut();
            headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
            headers.insert(ORIGIN, HeaderValue::from_static(from));
            origin().is_foreign_upgrade(&request)
        };

        assert!(!is_foreign("https://app.example"));
        assert!(!is_foreign("https://chat.example"));
        assert!(is_foreign("https://other.example"));
    }
}
