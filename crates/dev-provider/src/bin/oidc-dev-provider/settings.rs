//! The settings of the program, from a file and from environment variables, which override the
//! file.

use std::{collections::BTreeMap, io, iter};

use oidc_dev_provider::{
    Client, DEV_CLIENT_ID, DevProvider, DevProviderBuilder, Fault, InvalidJwkSet, User,
};
use serde::Deserialize;
use serde_json::{Map, Value};
use url::Url;

use crate::credentials::Credentials;

/// The default port.
const PORT: u16 = 4000;

/// The predefined users.
const PREDEFINED: [&str; 3] = ["alice", "bob", "carol"];

/// The content of the file. All of it is optional.
#[derive(Debug, Default, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ProgramSettings {
    port: Option<u16>,
    faults: Vec<String>,
    consent: bool,
    client_id: Option<String>,
    client_secret: Option<String>,
    client_secret_jwt: bool,
    /// A JWK Set.
    client_keys: Option<Value>,
    redirect_uris: Vec<String>,
    post_logout_redirect_uris: Vec<String>,
    /// Claims by username.
    users: BTreeMap<String, Map<String, Value>>,
}

impl ProgramSettings {
    /// Reads the file, which is the argument of the program or `CONFIG_FILE`, and then the
    /// variables.
    ///
    /// An error names the file or the variable, and what is wrong.
    pub(crate) fn read(
        file: Option<String>,
        variable: &impl Fn(&str) -> Result<Option<String>, String>,
        open: impl FnOnce(&str) -> io::Result<String>,
    ) -> Result<Self, String> {
        let mut settings = Self::default();
        let file = match file {
            Some(file) => Some(file),
            None => variable("CONFIG_FILE")?,
        };
        if let Some(file) = &file {
            let text = open(file).map_err(|error| format!("cannot read {file}: {error}"))?;
            settings = serde_json::from_str(&text).map_err(|error| format!("{file}: {error}"))?;
            settings.check(&|setting| format!("{file}: {setting}"))?;
        }
        settings.override_by(variable)?;
        settings.check(&|setting| setting.to_ascii_uppercase())?;
        settings.check_credentials()?;
        Ok(settings)
    }

    fn override_by(
        &mut self,
        variable: &impl Fn(&str) -> Result<Option<String>, String>,
    ) -> Result<(), String> {
        let list = |name| variable(name).map(|text| text.map(|text| items(&text)));
        if let Some(port) = variable("PORT")? {
            let number = port.parse();
            self.port = Some(number.map_err(|_| "PORT must be a number from 0 to 65535")?);
        }
        if let Some(consent) = variable("CONSENT")? {
            self.consent = consent
                .parse()
                .map_err(|_| "CONSENT must be true or false")?;
        }
        if let Some(jwt) = variable("CLIENT_SECRET_JWT")? {
            self.client_secret_jwt = jwt
                .parse()
                .map_err(|_| "CLIENT_SECRET_JWT must be true or false")?;
        }
        if let Some(keys) = variable("CLIENT_KEYS")? {
            let keys = serde_json::from_str(&keys);
            self.client_keys = Some(keys.map_err(|_| "CLIENT_KEYS must be a JWK Set in JSON")?);
        }
        if let Some(users) = variable("USERS")? {
            self.users = serde_json::from_str(&users).map_err(|error| {
                format!(
                    "USERS must be a JSON object of usernames and their claims, such as \
                     {{\"dora\": {{\"email\": \"dora@example.com\"}}}}: {error}"
                )
            })?;
        }
        self.faults = list("FAULTS")?.unwrap_or_else(|| self.faults.clone());
        for (name, uris) in [
            ("REDIRECT_URIS", &mut self.redirect_uris),
            (
                "POST_LOGOUT_REDIRECT_URIS",
                &mut self.post_logout_redirect_uris,
            ),
        ] {
            if let Some(given) = list(name)? {
                *uris = given;
            }
        }
        if let Some(client_id) = variable("CLIENT_ID")? {
            self.client_id = Some(client_id);
        }
        if let Some(client_secret) = variable("CLIENT_SECRET")? {
            self.client_secret = Some(client_secret);
        }
        Ok(())
    }

    /// Checks the values. `label` returns the name of a setting in the file or as a variable.
    fn check(&self, label: &impl Fn(&str) -> String) -> Result<(), String> {
        for name in &self.faults {
            name.parse::<Fault>()
                .map_err(|error| format!("{}: {name:?}: {error}", label("faults")))?;
        }
        for (setting, uris) in [
            ("redirect_uris", &self.redirect_uris),
            ("post_logout_redirect_uris", &self.post_logout_redirect_uris),
        ] {
            for uri in uris {
                // A redirect URI must be absolute and have no fragment (RFC 6749 section 3.1.2).
                if !Url::parse(uri).is_ok_and(|url| url.fragment().is_none()) {
                    return Err(format!(
                        "{}: {uri:?} must be an absolute URL without a fragment, such as \
                         https://app.example/auth/callback",
                        label(setting)
                    ));
                }
            }
        }
        if self.users.contains_key("") {
            return Err(format!("{}: a username must not be empty", label("users")));
        }
        if self.client_id.as_deref() == Some("") {
            return Err(format!("{} must not be empty", label("client_id")));
        }
        self.client()
            .map(|_| ())
            .map_err(|error| format!("{}: {error}", label("client_keys")))
    }

    /// Checks which credentials the client has. The secret may be in a variable and the rest in the file.
    fn check_credentials(&self) -> Result<(), &'static str> {
        let has_secret = self.client_secret.is_some() || self.client_secret_jwt;
        if self.client_keys.is_some() && has_secret {
            return Err(
                "client_keys (CLIENT_KEYS): a client with keys has no secret: remove the keys, or \
                 client_secret (CLIENT_SECRET) and client_secret_jwt (CLIENT_SECRET_JWT)",
            );
        }
        if self.client_secret_jwt && self.credentials().secret().is_none() {
            return Err(
                "client_secret_jwt (CLIENT_SECRET_JWT): this client has no secret: set \
                 client_secret (CLIENT_SECRET)",
            );
        }
        Ok(())
    }

    pub(crate) fn port(&self) -> u16 {
        self.port.unwrap_or(PORT)
    }

    fn client_id(&self) -> &str {
        self.client_id.as_deref().unwrap_or(DEV_CLIENT_ID)
    }

    fn credentials(&self) -> Credentials<'_> {
        Credentials::new(
            self.client_id(),
            self.client_secret.as_deref(),
            self.client_secret_jwt,
            self.client_keys.as_ref(),
        )
    }

    fn client(&self) -> Result<Client, InvalidJwkSet> {
        self.credentials().client(self.client_id())
    }

    /// # Errors
    ///
    /// The keys of the client cannot be used. [`read`](Self::read) has checked this.
    pub(crate) fn builder(&self) -> Result<DevProviderBuilder, InvalidJwkSet> {
        let client = self.client()?;
        let client = self.redirect_uris.iter().fold(client, Client::redirect_uri);
        let client = self
            .post_logout_redirect_uris
            .iter()
            .fold(client, Client::post_logout_redirect_uri);
        let users = self.users.iter().map(|(name, claims)| {
            claims.iter().fold(User::new(name), |user, (name, value)| {
                user.claim(name, value)
            })
        });
        let builder = DevProvider::builder()
            .port(self.port())
            .consent(self.consent)
            .client(client);
        let builder = users.fold(builder, DevProviderBuilder::user);
        let faults = self.faults.iter().filter_map(|name| name.parse().ok());
        Ok(faults.fold(builder, DevProviderBuilder::fault))
    }

    /// What a person needs to know to use the provider: labels and values.
    pub(crate) fn summary(&self) -> Vec<(&'static str, String)> {
        let credentials = self.credentials();
        let secret = credentials.secret().unwrap_or("none");
        let listed = |uris: &[String]| match uris {
            [] => "any loopback URI".to_owned(),
            uris => uris.join(" "),
        };
        let others = self.users.keys().map(String::as_str);
        let others = others.filter(|name| !PREDEFINED.contains(name));
        let users: Vec<_> = PREDEFINED.into_iter().chain(others).collect();
        let consent = if self.consent {
            "required"
        } else {
            "not required"
        };
        iter::once(("client id", self.client_id().to_owned()))
            .chain([
                ("client secret", secret.to_owned()),
                ("authentication", credentials.method().to_owned()),
                ("redirect URIs", listed(&self.redirect_uris)),
                ("after sign-out", listed(&self.post_logout_redirect_uris)),
                ("users", users.join(", ")),
                ("consent", consent.to_owned()),
            ])
            .collect()
    }
}

/// Items separated by white space or commas.
fn items(text: &str) -> Vec<String> {
    text.split(|c: char| c.is_ascii_whitespace() || c == ',')
        .filter(|item| !item.is_empty())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use oidc_dev_provider::DEV_CLIENT_SECRET;

    use super::*;

    fn read(file: Option<&str>, variables: &[(&str, &str)]) -> Result<ProgramSettings, String> {
        let variable = |name: &str| {
            let found = variables.iter().find(|(variable, _)| *variable == name);
            Ok(found.map(|(_, value)| (*value).to_owned()))
        };
        let name = file.map(|_| "provider.json".to_owned());
        ProgramSettings::read(name, &variable, |path| {
            assert_eq!(path, "provider.json");
            Ok(file.unwrap_or_default().to_owned())
        })
    }

    fn summary(settings: &ProgramSettings, name: &str) -> String {
        let summary = settings.summary();
        let line = summary.into_iter().find(|(other, _)| *other == name);
        line.unwrap().1
    }

    const FILE: &str = r#"{
        "port": 4001,
        "faults": ["NoRefreshToken"],
        "consent": true,
        "client_id": "shop",
        "client_secret": "shop-secret",
        "redirect_uris": ["https://shop.example/auth/callback"],
        "post_logout_redirect_uris": ["https://shop.example/"],
        "users": { "dora": { "email": "dora@example.com", "roles": ["admin"] } }
    }"#;

    const KEYS: &str = r#"{"keys": [{"kty": "OKP", "crv": "Ed25519",
        "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;

    #[test]
    fn all_settings_have_defaults() {
        let settings = read(None, &[]).unwrap();

        assert_eq!(settings.port(), 4000);
        assert_eq!(summary(&settings, "client id"), DEV_CLIENT_ID);
        assert_eq!(summary(&settings, "client secret"), DEV_CLIENT_SECRET);
        assert_eq!(summary(&settings, "users"), "alice, bob, carol");
    }

    #[test]
    fn a_file_and_variables_have_the_same_settings() {
        let by_file = read(Some(FILE), &[]).unwrap();
        let by_variables = read(
            None,
            &[
                ("PORT", "4001"),
                ("FAULTS", "NoRefreshToken"),
                ("CONSENT", "true"),
                ("CLIENT_ID", "shop"),
                ("CLIENT_SECRET", "shop-secret"),
                ("REDIRECT_URIS", "https://shop.example/auth/callback"),
                ("POST_LOGOUT_REDIRECT_URIS", "https://shop.example/"),
                (
                    "USERS",
                    r#"{"dora": {"email": "dora@example.com", "roles": ["admin"]}}"#,
                ),
            ],
        );

        assert_eq!(by_variables.unwrap(), by_file);
        assert_eq!(summary(&by_file, "users"), "alice, bob, carol, dora");
        assert_eq!(summary(&by_file, "consent"), "required");
        assert_eq!(
            summary(&by_file, "redirect URIs"),
            "https://shop.example/auth/callback"
        );
    }

    #[test]
    fn a_variable_overrides_the_file() {
        let variables = [
            ("PORT", "0"),
            ("REDIRECT_URIS", "https://a.example/ https://b.example/"),
        ];
        let settings = read(Some(FILE), &variables).unwrap();

        assert_eq!(settings.port(), 0);
        assert_eq!(
            settings.redirect_uris,
            ["https://a.example/", "https://b.example/"]
        );
        assert_eq!(summary(&settings, "client id"), "shop");
    }

    #[test]
    fn a_client_with_another_id_and_no_secret_is_public() {
        let settings = read(None, &[("CLIENT_ID", "shop")]).unwrap();
        assert_eq!(summary(&settings, "client secret"), "none");

        let settings = read(None, &[("CLIENT_SECRET", "another")]).unwrap();
        assert_eq!(summary(&settings, "client id"), DEV_CLIENT_ID);
        assert_eq!(summary(&settings, "client secret"), "another");
    }

    #[test]
    fn a_client_may_authenticate_with_a_jwt() {
        for (variables, method) in [
            (&[][..], "client_secret_basic or client_secret_post"),
            (&[("CLIENT_ID", "shop")], "none"),
            (&[("CLIENT_SECRET_JWT", "true")], "client_secret_jwt"),
            (&[("CLIENT_KEYS", KEYS)], "private_key_jwt"),
        ] {
            let settings = read(None, variables).unwrap();
            assert_eq!(summary(&settings, "authentication"), method);
        }

        let file = format!(r#"{{"client_id": "shop", "client_keys": {KEYS}}}"#);
        let variables = [("CLIENT_ID", "shop"), ("CLIENT_KEYS", KEYS)];
        let settings = read(Some(&file), &[]).unwrap();
        assert_eq!(settings, read(None, &variables).unwrap());
        assert_eq!(summary(&settings, "client secret"), "none");

        // The secret need not be in the file.
        let file = r#"{"client_id": "shop", "client_secret_jwt": true}"#;
        let settings = read(Some(file), &[("CLIENT_SECRET", "shop-secret")]).unwrap();
        assert_eq!(summary(&settings, "authentication"), "client_secret_jwt");
    }

    #[test]
    fn an_error_names_the_file_or_the_variable_and_the_reason() {
        for (file, variables, parts) in [
            (Some("{"), [("", "")], ["provider.json", "line 1"]),
            (
                Some(r#"{"user": {}}"#),
                [("", "")],
                ["provider.json", "unknown field `user`"],
            ),
            (
                Some(r#"{"port": 70000}"#),
                [("", "")],
                ["provider.json", "70000"],
            ),
            (
                Some(r#"{"users": {"dora": 1}}"#),
                [("", "")],
                ["provider.json", "a map"],
            ),
            (
                Some(r#"{"faults": ["Typo"]}"#),
                [("", "")],
                ["provider.json: faults", "Typo"],
            ),
            (
                Some(r#"{"redirect_uris": ["/cb"]}"#),
                [("", "")],
                ["provider.json: redirect_uris", "/cb"],
            ),
            (None, [("PORT", "http")], ["PORT", "65535"]),
            (None, [("CONSENT", "yes")], ["CONSENT", "true or false"]),
            (None, [("USERS", "dora")], ["USERS", "JSON object"]),
            (None, [("FAULTS", "Typo")], ["FAULTS", "Typo"]),
            (
                None,
                [("REDIRECT_URIS", "https://a.example/#f")],
                ["REDIRECT_URIS", "fragment"],
            ),
            (
                Some(r#"{"client_id": "shop", "client_secret_jwt": true}"#),
                [("", "")],
                ["client_secret_jwt", "set client_secret (CLIENT_SECRET)"],
            ),
            (
                Some(r#"{"client_secret": "shop-secret"}"#),
                [("CLIENT_KEYS", KEYS)],
                ["client_keys (CLIENT_KEYS)", "remove the keys"],
            ),
            (
                None,
                [("CLIENT_SECRET_JWT", "yes")],
                ["CLIENT_SECRET_JWT", "true or false"],
            ),
            (None, [("CLIENT_KEYS", "[")], ["CLIENT_KEYS", "JWK Set"]),
            (
                None,
                [("CLIENT_KEYS", r#"{"keys": []}"#)],
                ["CLIENT_KEYS", "no key"],
            ),
            (
                None,
                [("POST_LOGOUT_REDIRECT_URIS", "app")],
                ["POST_LOGOUT_REDIRECT_URIS", "absolute"],
            ),
        ] {
            let error = read(file, &variables).unwrap_err();

            for part in parts {
                assert!(error.contains(part), "{part}: {error}");
            }
        }
    }

    #[test]
    fn a_file_that_cannot_be_read_is_label() {
        let missing = |_: &str| Err(io::Error::from(io::ErrorKind::NotFound));
        let error = ProgramSettings::read(Some("gone.json".to_owned()), &|_| Ok(None), missing);

        assert!(error.unwrap_err().starts_with("cannot read gone.json"));
    }
}
