//! The parameters with which another party starts a sign-in (OpenID Connect Core 1.0 section 4).

use url::form_urlencoded::Serializer;

use super::passed_parameters::PassedParameters;
use super::query::{self, InvalidQuery};

/// What another party asks for. Nothing of it is checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct InitiateLoginQuery {
    pub(crate) iss: String,
    /// The client of this application that is meant, as LTI 1.3 sends it.
    pub(crate) client_id: Option<String>,
    pub(crate) login_hint: Option<String>,
    pub(crate) target_link_uri: Option<String>,
    /// Names and values of the parameters that the application allows, each name once.
    pub(crate) passed: Vec<(String, String)>,
}

impl InitiateLoginQuery {
    /// Unknown parameters are ignored. Without an issuer, or with a parameter twice, the query is invalid.
    pub(crate) fn parse(query: &str, allowed: &PassedParameters) -> Result<Self, InvalidQuery> {
        let mut iss = None;
        let mut parsed = Self::default();
        for (name, value) in query::parameters(query)? {
            match &*name {
                "iss" => set_once(&mut iss, value.into_owned())?,
                "client_id" => set_once(&mut parsed.client_id, value.into_owned())?,
                "login_hint" => set_once(&mut parsed.login_hint, value.into_owned())?,
                "target_link_uri" => set_once(&mut parsed.target_link_uri, value.into_owned())?,
                name if allowed.allows(name) => {
                    PassedParameters::add(&mut parsed.passed, name, &value)?;
                }
                _ => {}
            }
        }
        parsed.iss = iss.ok_or(InvalidQuery)?;
        Ok(parsed)
    }

    /// Every value is percent-encoded.
    pub(crate) fn write(&self) -> String {
        let mut query = Serializer::new(String::new());
        query.append_pair("iss", &self.iss);
        if let Some(client_id) = &self.client_id {
            query.append_pair("client_id", client_id);
        }
        if let Some(hint) = &self.login_hint {
            query.append_pair("login_hint", hint);
        }
        if let Some(target) = &self.target_link_uri {
            query.append_pair("target_link_uri", target);
        }
        query.extend_pairs(&self.passed);
        query.finish()
    }
}

fn set_once(field: &mut Option<String>, value: String) -> Result<(), InvalidQuery> {
    match field.replace(value) {
        None => Ok(()),
        Some(_) => Err(InvalidQuery),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::origin::query::{MAX_LENGTH, MAX_PARAMETERS};

    fn parse(query: &str) -> Result<InitiateLoginQuery, InvalidQuery> {
        InitiateLoginQuery::parse(query, &allowed())
    }

    fn allowed() -> PassedParameters {
        PassedParameters::new(&["lti_message_hint".to_owned()]).unwrap()
    }

    #[test]
    fn the_parameters_of_the_standard_and_the_allowed_ones_are_read() {
        let query = "iss=https%3A%2F%2Fop.example&login_hint=a%26b&lti_message_hint=7&client_id=c&state=x\
                     &target_link_uri=https%3A%2F%2Fapp.example%2Fcourse";
        let text = |text: &str| Some(text.to_owned());
        let expected = InitiateLoginQuery {
            iss: "https://op.example".to_owned(),
            client_id: text("c"),
            login_hint: text("a&b"),
            target_link_uri: text("https://app.example/course"),
            passed: vec![("lti_message_hint".to_owned(), "7".to_owned())],
        };
        assert_eq!(parse(&expected.write()), Ok(expected.clone()));
        assert_eq!(parse(query), Ok(expected));
    }

    #[test]
    fn a_query_without_an_issuer_or_with_a_parameter_twice_is_invalid() {
        let long = format!("iss=a&x={}", "a".repeat(MAX_LENGTH));
        let many = format!("iss=a{}", "&x=y".repeat(MAX_PARAMETERS));
        for query in [
            "",
            "login_hint=alice",
            "iss=a&iss=a",
            "iss=a&login_hint=x&login_hint=y",
            "iss=a&client_id=x&client_id=x",
            "iss=a&target_link_uri=/&target_link_uri=/",
            "iss=a&lti_message_hint=1&lti_message_hint=1",
            "iss=a&lti_message_hint=a%00",
            &long,
            &many,
        ] {
            assert_eq!(parse(query), Err(InvalidQuery), "{query:.30}");
        }
        assert!(parse("iss=").is_ok());
    }
}
