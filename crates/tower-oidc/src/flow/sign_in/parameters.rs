//! What a link to the sign-in may ask for.

use relying_party::Prompt;
use url::form_urlencoded;

use crate::context::sign_in::SignInOptions;
use crate::sign_in::request_parameters::RequestParameters;

/// What a refusal adds to the link. Anybody may: the worst that comes of it is a page instead of a
/// redirect, for some seconds.
pub(crate) const AFTER_REFUSAL: (&str, &str) = ("after", "refusal");

/// What the button "Sign in here" adds to the address that it posts to.
pub(crate) const REPLACE_OLDEST: (&str, &str) = ("replace", "oldest");

/// The parameters of a link that asks for the same.
pub(super) fn of_link(options: &SignInOptions) -> Vec<(&'static str, &str)> {
    let RequestParameters {
        additional_prompt,
        login_hint,
        ui_locales,
        ..
    } = &options.parameters;
    let texts = [
        ("prompt", additional_prompt.map(Prompt::as_str)),
        ("login_hint", login_hint.as_deref()),
        ("ui_locales", ui_locales.as_deref()),
    ];
    let mut pairs: Vec<_> = texts
        .into_iter()
        .filter_map(|(name, text)| Some((name, text?)))
        .collect();
    if options.after_refusal {
        pairs.push(AFTER_REFUSAL);
    }
    pairs
}

/// A browser sends longer ones, but nobody with good intentions does.
const MAX_QUERY_LENGTH: usize = 16 * 1024;
const MAX_PARAMETERS: usize = 32;

/// Whether the query has the mark of the button "Sign in here".
pub(super) fn replaces_the_oldest(query: &str) -> bool {
    query.len() <= MAX_QUERY_LENGTH
        && form_urlencoded::parse(query.as_bytes())
            .take(MAX_PARAMETERS)
            .any(|(name, value)| (&*name, &*value) == REPLACE_OLDEST)
}

/// What a link to the sign-in may ask for: where to come back to, three parameters that change
/// nothing but what the provider shows, and the mark of a refusal. All else is the application's to
/// decide.
pub(super) fn options(query: &str) -> Option<SignInOptions> {
    if query.len() > MAX_QUERY_LENGTH {
        return None;
    }
    let mut return_to = None;
    let mut prompt = None;
    let mut after_refusal = false;
    let mut parameters = RequestParameters::default();
    for (index, (name, value)) in form_urlencoded::parse(query.as_bytes()).enumerate() {
        if index >= MAX_PARAMETERS {
            return None;
        }
        match &*name {
            "return_to" => return_to = Some(value.into_owned()),
            "login_hint" => parameters.login_hint = Some(value.into_owned()),
            "ui_locales" => parameters.ui_locales = Some(value.into_owned()),
            "prompt" if prompt.is_some() => return None,
            "prompt" => prompt = Some(value.parse::<Prompt>()),
            name => after_refusal |= (name, &*value) == AFTER_REFUSAL,
        }
    }
    if let Some(Ok(prompt)) = prompt {
        parameters.additional_prompt = Some(prompt);
    }
    Some(SignInOptions {
        return_to,
        after_refusal,
        parameters,
        ..SignInOptions::default()
    })
}
