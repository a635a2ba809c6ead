//! The query of the sign-in route: what a link to the sign-in may ask for, written and parsed here alone.

use relying_party::Prompt;
use url::form_urlencoded::Serializer;

use super::passed_parameters::PassedParameters;
use super::query::{self, InvalidQuery};

const RETURN_TO: &str = "return_to";
const PROMPT: &str = "prompt";
const LOGIN_HINT: &str = "login_hint";
const UI_LOCALES: &str = "ui_locales";
const DEMANDS: &str = "demands";
const REFUSED: (&str, &str) = ("after", "refusal");
const REPLACE_OLDEST: (&str, &str) = ("replace", "oldest");

/// What a link to the sign-in asks for: where to come back to, three parameters that change only what
/// the provider shows, those that the application allows, and two marks. The application alone decides
/// everything else.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SignInQuery {
    /// Not checked.
    pub(crate) return_to: Option<String>,
    pub(crate) prompt: Option<Prompt>,
    pub(crate) login_hint: Option<String>,
    pub(crate) ui_locales: Option<String>,
    /// Names and values of the parameters that the application allows, each name once.
    pub(crate) passed: Vec<(String, String)>,
    /// What guards demand, sealed by the layer: nobody else can write it.
    pub(crate) demands: Option<String>,
    /// The link leads to the sign-up path, which asks for the page on which users register. It is no part
    /// of the query.
    pub(crate) is_sign_up: bool,
    /// A refusal sent the user here. Anyone may write such a link: the worst effect is a page instead of
    /// a redirect, for some seconds.
    pub(crate) after_refusal: bool,
    /// The button "Sign in here" was pressed, so the oldest sign-in in progress may be replaced.
    pub(crate) replace_oldest: bool,
}

impl SignInQuery {
    /// Unknown parameters, and a `prompt` with an unknown value, are ignored.
    pub(crate) fn parse(query: &str, allowed: &PassedParameters) -> Result<Self, InvalidQuery> {
        let mut parsed = Self::default();
        let mut has_prompt = false;
        for (name, value) in query::parameters(query)? {
            match &*name {
                RETURN_TO => parsed.return_to = Some(value.into_owned()),
                LOGIN_HINT => parsed.login_hint = Some(value.into_owned()),
                UI_LOCALES => parsed.ui_locales = Some(value.into_owned()),
                DEMANDS => parsed.demands = Some(value.into_owned()),
                PROMPT if has_prompt => return Err(InvalidQuery),
                PROMPT => {
                    has_prompt = true;
                    parsed.prompt = value.parse().ok();
                }
                name if allowed.allows(name) => {
                    PassedParameters::add(&mut parsed.passed, name, &value)?;
                }
                name => {
                    parsed.after_refusal |= (name, &*value) == REFUSED;
                    parsed.replace_oldest |= (name, &*value) == REPLACE_OLDEST;
                }
            }
        }
        Ok(parsed)
    }

    /// Every value is percent-encoded. Empty if nothing is asked for.
    pub(crate) fn write(&self) -> String {
        let texts = [
            (PROMPT, self.prompt.map(Prompt::as_str)),
            (LOGIN_HINT, self.login_hint.as_deref()),
            (UI_LOCALES, self.ui_locales.as_deref()),
            (DEMANDS, self.demands.as_deref()),
        ];
        let mut query = Serializer::new(String::new());
        query.extend_pairs(
            texts
                .into_iter()
                .filter_map(|(name, text)| Some((name, text?))),
        );
        query.extend_pairs(&self.passed);
        for (mark, is_set) in [
            (REFUSED, self.after_refusal),
            (REPLACE_OLDEST, self.replace_oldest),
        ] {
            if is_set {
                query.append_pair(mark.0, mark.1);
            }
        }
        if let Some(page) = &self.return_to {
            query.append_pair(RETURN_TO, page);
        }
        query.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::origin::query::{MAX_LENGTH, MAX_PARAMETERS};

    fn full() -> SignInQuery {
        SignInQuery {
            return_to: Some("/orders?page=2&x=%20#top".to_owned()),
            prompt: Some(Prompt::Consent),
            login_hint: Some("bob+test@example.com".to_owned()),
            ui_locales: Some("de en".to_owned()),
            passed: vec![("organization_id".to_owned(), "a&b".to_owned())],
            demands: Some("sealed".to_owned()),
            is_sign_up: false,
            after_refusal: true,
            replace_oldest: true,
        }
    }

    fn parse(query: &str) -> Result<SignInQuery, InvalidQuery> {
        SignInQuery::parse(query, &allowed())
    }

    fn allowed() -> PassedParameters {
        PassedParameters::new(&["organization_id".to_owned(), "theme".to_owned()]).unwrap()
    }

    #[test]
    fn a_query_that_was_written_is_parsed_to_the_same() {
        for query in [
            full(),
            SignInQuery::default(),
            SignInQuery {
                after_refusal: true,
                ..SignInQuery::default()
            },
            SignInQuery {
                replace_oldest: true,
                login_hint: Some(String::new()),
                ..SignInQuery::default()
            },
        ] {
            assert_eq!(parse(&query.write()), Ok(query));
        }
    }

    #[test]
    fn every_value_is_percent_encoded() {
        assert_eq!(
            full().write(),
            "prompt=consent&login_hint=bob%2Btest%40example.com&ui_locales=de+en&demands=sealed\
             &organization_id=a%26b&after=refusal\
             &replace=oldest&return_to=%2Forders%3Fpage%3D2%26x%3D%2520%23top"
        );
        assert_eq!(SignInQuery::default().write(), "");
    }

    #[test]
    fn unknown_parameters_and_prompts_are_ignored() {
        for query in [
            "max_age=0",
            "prompt=dance",
            "after=dinner",
            "replace=all",
            "Theme=dark",
            "organization=acme",
            "&&=",
            "%",
        ] {
            assert_eq!(parse(query), Ok(SignInQuery::default()), "{query}");
        }
    }

    #[test]
    fn two_prompts_or_too_much_of_anything_are_refused() {
        let long = "a".repeat(MAX_LENGTH + 1);
        let many = "a=b&".repeat(MAX_PARAMETERS + 1);
        for query in [
            "prompt=login&prompt=login",
            "prompt=x&prompt=y",
            "theme=a&theme=a",
            "theme=a%0d%0ab",
            &format!("theme={}", "a".repeat(513)),
            &long,
            &many,
        ] {
            assert_eq!(parse(query), Err(InvalidQuery), "{query:.30}");
        }
        let most = "a=b&".repeat(MAX_PARAMETERS);
        assert_eq!(parse(&most), Ok(SignInQuery::default()));
    }
}
