//! The paths that the layer answers itself; everything else is the application's.

use std::borrow::Cow;
use std::sync::Arc;

use crate::config_error::ConfigError;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    SignIn(ProviderInPath),
    SignUp(ProviderInPath),
    InitiateLogin,
    Callback(ProviderInPath),
    SignOut,
    /// Where a script that has signed out sends the window.
    SignOutContinue,
    SignedOut,
    Session,
    SessionScript,
    AccessToken,
    ClientKeys,
    BackchannelLogout(ProviderInPath),
    FrontchannelLogout(ProviderInPath),
}

/// The provider that a path names by its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ProviderInPath {
    NotNamed,
    Named(Arc<str>),
    /// No provider has this id.
    Unknown,
}

/// Paths as the layer sees them, and the prefix under which users see them.
#[derive(Clone, Debug)]
pub(crate) struct Routes {
    pub(crate) sign_in: Option<String>,
    pub(crate) sign_up: Option<String>,
    pub(crate) initiate_login: Option<String>,
    pub(crate) callback: String,
    pub(crate) sign_out: Option<String>,
    pub(crate) signed_out: Option<String>,
    pub(crate) session: Option<String>,
    pub(crate) session_script: Option<String>,
    pub(crate) access_token: Option<String>,
    pub(crate) client_keys: Option<String>,
    pub(crate) backchannel_logout: Option<String>,
    pub(crate) frontchannel_logout: Option<String>,
    /// The ids of the providers that were registered with one.
    pub(crate) provider_ids: Vec<Arc<str>>,
    /// Whether a resolver may know other ids.
    pub(crate) has_resolver: bool,
    /// What an outer router strips; empty or starting with a slash.
    pub(crate) mount_path: String,
}

/// What follows the sign-out path in the path of its second step.
const CONTINUE: &str = "/continue";

impl Default for Routes {
    fn default() -> Self {
        Self {
            sign_in: Some("/auth/sign-in".to_owned()),
            sign_up: None,
            initiate_login: None,
            callback: "/auth/callback".to_owned(),
            sign_out: Some("/auth/sign-out".to_owned()),
            signed_out: None,
            session: Some("/auth/session".to_owned()),
            session_script: None,
            access_token: None,
            client_keys: None,
            backchannel_logout: None,
            frontchannel_logout: None,
            provider_ids: Vec::new(),
            has_resolver: false,
            mount_path: String::new(),
        }
    }
}

impl Routes {
    /// Byte-equal and nothing else: a path that a router might fold into ours is not ours.
    pub(crate) fn route(&self, path: &str) -> Option<Route> {
        let is = |route: &Option<String>| route.as_deref() == Some(path);
        if path == self.callback {
            Some(Route::Callback(ProviderInPath::NotNamed))
        } else if is(&self.sign_in) {
            Some(Route::SignIn(ProviderInPath::NotNamed))
        } else if is(&self.sign_up) {
            Some(Route::SignUp(ProviderInPath::NotNamed))
        } else if is(&self.initiate_login) {
            Some(Route::InitiateLogin)
        } else if is(&self.sign_out) {
            Some(Route::SignOut)
        } else if self
            .sign_out
            .as_deref()
            .is_some_and(|sign_out| path.strip_suffix(CONTINUE) == Some(sign_out))
        {
            Some(Route::SignOutContinue)
        } else if is(&self.signed_out) {
            Some(Route::SignedOut)
        } else if is(&self.session) {
            Some(Route::Session)
        } else if is(&self.session_script) {
            Some(Route::SessionScript)
        } else if is(&self.access_token) {
            Some(Route::AccessToken)
        } else if is(&self.client_keys) {
            Some(Route::ClientKeys)
        } else if is(&self.backchannel_logout) {
            Some(Route::BackchannelLogout(ProviderInPath::NotNamed))
        } else if is(&self.frontchannel_logout) {
            Some(Route::FrontchannelLogout(ProviderInPath::NotNamed))
        } else {
            self.route_with_id(path)
        }
    }

    /// The paths of single providers.
    fn route_with_id(&self, path: &str) -> Option<Route> {
        if self.provider_ids.is_empty() && !self.has_resolver {
            return None;
        }
        let (base, id) = path.rsplit_once('/')?;
        if self.has_several_providers() && base == self.callback {
            Some(Route::Callback(self.provider_in_path(id)))
        } else if self.sign_in.as_deref() == Some(base) {
            Some(Route::SignIn(self.provider_in_path(id)))
        } else if self.sign_up.as_deref() == Some(base) {
            Some(Route::SignUp(self.provider_in_path(id)))
        } else {
            self.logout_with_id(base, id)
        }
    }

    /// The paths at which single providers report sign-outs.
    fn logout_with_id(&self, base: &str, id: &str) -> Option<Route> {
        if !self.has_several_providers() {
            return None;
        }
        if self.backchannel_logout.as_deref() == Some(base) {
            Some(Route::BackchannelLogout(self.provider_in_path(id)))
        } else if self.frontchannel_logout.as_deref() == Some(base) {
            Some(Route::FrontchannelLogout(self.provider_in_path(id)))
        } else {
            None
        }
    }

    /// Whether paths of single providers begin so.
    fn has_ids_behind(&self, base: &str) -> bool {
        base == self.callback
            || self.sign_in.as_deref() == Some(base)
            || self.sign_up.as_deref() == Some(base)
            || self.backchannel_logout.as_deref() == Some(base)
            || self.frontchannel_logout.as_deref() == Some(base)
    }

    fn provider_in_path(&self, id: &str) -> ProviderInPath {
        let known = self.provider_ids.iter().find(|known| ***known == *id);
        match known {
            Some(id) => ProviderInPath::Named(Arc::clone(id)),
            None if self.has_resolver => ProviderInPath::Named(id.into()),
            None => ProviderInPath::Unknown,
        }
    }

    /// Whether paths have to say which provider they are for.
    pub(crate) fn has_several_providers(&self) -> bool {
        self.has_resolver || self.provider_ids.len() > 1
    }

    /// The path that the provider with this id sends browsers back to. With several providers each has
    /// its own, so that the answer of one cannot be taken for that of another (RFC 9700 section 4.4.2).
    pub(crate) fn callback_of(&self, id: Option<&str>) -> Cow<'_, str> {
        self.with_id(&self.callback, id)
    }

    /// The path that starts a sign-in: at the provider with this id, or at any without one. `None` if it is
    /// turned off.
    pub(crate) fn sign_in_at(&self, id: Option<&str>) -> Option<Cow<'_, str>> {
        Some(self.with_id(self.sign_in.as_deref()?, id))
    }

    /// The path that starts a sign-up, like [`sign_in_at`](Self::sign_in_at).
    pub(crate) fn sign_up_at(&self, id: Option<&str>) -> Option<Cow<'_, str>> {
        Some(self.with_id(self.sign_up.as_deref()?, id))
    }

    /// The path at which the provider with this id reports sign-outs by a separate request. `None` if it is turned
    /// off.
    pub(crate) fn backchannel_logout_of(&self, id: Option<&str>) -> Option<Cow<'_, str>> {
        Some(self.with_id(self.backchannel_logout.as_deref()?, id))
    }

    /// The same by a frame in the browser.
    pub(crate) fn frontchannel_logout_of(&self, id: Option<&str>) -> Option<Cow<'_, str>> {
        Some(self.with_id(self.frontchannel_logout.as_deref()?, id))
    }

    /// With a single provider, no path needs its id.
    fn with_id<'a>(&self, path: &'a str, id: Option<&str>) -> Cow<'a, str> {
        match id.filter(|_| self.has_several_providers()) {
            Some(id) => format!("{path}/{id}").into(),
            None => path.into(),
        }
    }

    /// Where a script that has signed out sends the window.
    pub(crate) fn sign_out_continue(&self) -> Option<String> {
        Some(format!("{}{CONTINUE}", self.sign_out.as_deref()?))
    }

    /// `path` as users see it.
    pub(crate) fn public(&self, path: &str) -> String {
        format!("{}{path}", self.mount_path)
    }

    /// Whether `public_path` is one of our routes, to which no user should return.
    pub(crate) fn is_own(&self, public_path: &str) -> bool {
        public_path
            .strip_prefix(&self.mount_path)
            .and_then(|path| self.route(path))
            .is_some()
    }

    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        let sign_out_continue = self.sign_out_continue();
        let named = [
            ("callback_path", Some(&self.callback)),
            ("sign_in_path", self.sign_in.as_ref()),
            ("sign_up_path", self.sign_up.as_ref()),
            ("initiate_login_path", self.initiate_login.as_ref()),
            ("sign_out_path", self.sign_out.as_ref()),
            ("sign_out_path", sign_out_continue.as_ref()),
            ("signed_out_path", self.signed_out.as_ref()),
            ("session_path", self.session.as_ref()),
            ("session_script_path", self.session_script.as_ref()),
            ("access_token_path", self.access_token.as_ref()),
            ("client_keys_path", self.client_keys.as_ref()),
            ("backchannel_logout_path", self.backchannel_logout.as_ref()),
            (
                "frontchannel_logout_path",
                self.frontchannel_logout.as_ref(),
            ),
        ];
        let named = named.map(|(setting, path)| path.map(|path| (setting, path)));
        for (setting, path) in named.iter().flatten() {
            if !is_plain_path(path) || path.len() < 2 {
                return Err(ConfigError::new(
                    *setting,
                    "must be a path such as /auth/callback: one leading slash, then letters, \
                     digits and -._~!$*+,;=:@() without // and without percent-encoding",
                ));
            }
        }
        let mut taken = self.paths_with_id();
        for (setting, path) in named.into_iter().flatten() {
            let may_be_of_a_provider = self.has_resolver
                && path
                    .rsplit_once('/')
                    .is_some_and(|(base, _)| self.has_ids_behind(base));
            if taken.contains(path) || may_be_of_a_provider {
                return Err(ConfigError::new(
                    setting,
                    "is the path of another route already; give each route its own (the sign-out has \
                     two, the second ends in /continue; those of the sign-in, the sign-up, the callback and the \
                     logouts also have the ids of providers behind them)",
                ));
            }
            taken.push(path.clone());
        }
        let mount = &self.mount_path;
        if !mount.is_empty() && (!is_plain_path(mount) || mount.ends_with('/')) {
            return Err(ConfigError::new(
                "mount_path",
                "must be a path such as /app: one leading slash, none at its end",
            ));
        }
        Ok(())
    }
}

impl Routes {
    /// The paths of single providers.
    fn paths_with_id(&self) -> Vec<String> {
        let ids = || self.provider_ids.iter().map(|id| Some(&**id));
        let callbacks = ids().map(|id| self.callback_of(id));
        let sign_ins = ids().filter_map(|id| self.sign_in_at(id));
        let sign_ups = ids().filter_map(|id| self.sign_up_at(id));
        let back = ids().filter_map(|id| self.backchannel_logout_of(id));
        let front = ids().filter_map(|id| self.frontchannel_logout_of(id));
        let paths = callbacks.chain(sign_ins).chain(sign_ups);
        let paths = paths.chain(back).chain(front);
        let paths = paths.map(Cow::into_owned);
        paths.filter(|_| self.has_several_providers()).collect()
    }
}

fn is_plain_path(path: &str) -> bool {
    path.starts_with('/')
        && !path.contains("//")
        && path
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"/-._~!$*+,;=:@()".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_equal_path_is_ours() {
        let routes = Routes::default();

        assert_eq!(
            routes.route("/auth/callback"),
            Some(Route::Callback(ProviderInPath::NotNamed))
        );
        for path in [
            "/auth/callback/",
            "//auth/callback",
            "/auth/%63allback",
            "/auth/callback;x",
            "/Auth/callback",
            "/auth/../auth/callback",
            "/auth/callback\0",
            "*",
            "",
        ] {
            assert_eq!(routes.route(path), None, "{path:?}");
        }
    }

    #[test]
    fn a_route_that_is_turned_off_is_the_applications() {
        let routes = Routes {
            session: None,
            ..Routes::default()
        };

        assert_eq!(routes.route("/auth/session"), None);
    }

    #[test]
    fn the_path_of_access_tokens_is_ours_only_if_it_is_set() {
        let path = "/auth/access-token";
        assert_eq!(Routes::default().route(path), None);
        let routes = Routes {
            access_token: Some(path.to_owned()),
            mount_path: "/app".to_owned(),
            ..Routes::default()
        };
        assert_eq!(routes.route(path), Some(Route::AccessToken));
        assert!(routes.is_own("/app/auth/access-token"));
        let taken = Routes {
            access_token: Some("/auth/session".to_owned()),
            ..routes
        };
        assert_eq!(taken.check().unwrap_err().setting(), "access_token_path");
    }

    #[test]
    fn two_routes_of_one_path_are_refused_by_name() {
        let routes = Routes {
            sign_out: Some("/auth/sign-in".to_owned()),
            ..Routes::default()
        };

        assert_eq!(routes.check().unwrap_err().setting(), "sign_out_path");
    }

    #[test]
    fn the_second_step_of_a_sign_out_is_one_of_our_routes_as_long_as_the_first_is() {
        let routes = Routes {
            sign_out: Some("/bye".to_owned()),
            mount_path: "/app".to_owned(),
            ..Routes::default()
        };
        assert_eq!(routes.route("/bye/continue"), Some(Route::SignOutContinue));
        assert!(routes.is_own("/app/bye/continue"));
        assert_eq!(routes.route("/bye/continue/"), None);
        let taken = Routes {
            session: Some("/bye/continue".to_owned()),
            ..routes.clone()
        };
        assert_eq!(taken.check().unwrap_err().setting(), "session_path");
        let off = Routes {
            sign_out: None,
            ..routes
        };
        assert_eq!(off.route("/bye/continue"), None);
        assert_eq!(off.route("/continue"), None);
    }

    #[test]
    fn what_is_no_plain_path_is_refused() {
        for path in [
            "", "/", "auth", "//auth", "/a?b", "/a b", "/%61", "/ä", "/a\"b",
        ] {
            let routes = Routes {
                callback: path.to_owned(),
                ..Routes::default()
            };

            assert_eq!(routes.check().unwrap_err().setting(), "callback_path");
        }
    }
}
