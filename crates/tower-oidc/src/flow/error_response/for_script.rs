//! Refusals for scripts and other programs: a status, JSON, and a challenge that names what is missing.

use http::header::WWW_AUTHENTICATE;
use http::{HeaderMap, HeaderValue};
use serde_json::{Map, Value};

use super::links;
use crate::context::AuthContext;
use crate::context::error_kind::{AuthErrorKind, Refusal};
use crate::sign_in::step_up::StepUp;
use crate::web::response::{self, OwnResponse};

/// The response to a refusal that a sign-in may change.
pub(super) fn sign_in(context: &AuthContext, refusal: &Refusal) -> OwnResponse {
    let kind = refusal.kind;
    let demanded = context.demanded().filter(|_| kind.is_of_guard());
    let step_up = demanded.as_deref().cloned().unwrap_or_default();
    let mut json = Map::new();
    json.insert("error".to_owned(), kind.code().into());
    json.insert(
        "loginUrl".to_owned(),
        links::for_script(context, kind).into(),
    );
    for (name, value) in demanded_of(kind, &step_up) {
        json.insert(name.to_owned(), value);
    }
    let mut response = response::json(kind.status(), &Value::Object(json));
    challenge(context, kind, &step_up, response.headers_mut());
    response
}

/// The response to any other refusal.
pub(super) fn code(kind: AuthErrorKind) -> OwnResponse {
    response::json(kind.status(), &serde_json::json!({ "error": kind.code() }))
}

/// What is demanded, by the names of the parameters of an authorization request.
fn demanded_of(
    kind: AuthErrorKind,
    step_up: &StepUp,
) -> impl Iterator<Item = (&'static str, Value)> {
    let text = |of, text: &Option<String>| {
        let text = text.as_deref().filter(|_| kind == of);
        text.map(Value::from)
    };
    let max_age = step_up
        .max_age
        .filter(|_| kind == AuthErrorKind::StepUpRequired);
    [
        (
            "acr_values",
            text(AuthErrorKind::StepUpRequired, &step_up.acr_values),
        ),
        ("max_age", max_age.map(|it| it.as_secs().into())),
        (
            "scope",
            text(AuthErrorKind::InsufficientScope, &step_up.scope),
        ),
        (
            "organization",
            text(AuthErrorKind::OrganizationRequired, &step_up.organization),
        ),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name, value?)))
}

/// Says what would help. A 401 must name a scheme (RFC 9110 section 15.5.2): `Bearer` tells a program what is demanded
/// (RFC 9470 section 3, RFC 6750 section 3), and `Cookie` that none of the registered schemes helps.
pub(super) fn challenge(
    context: &AuthContext,
    kind: AuthErrorKind,
    step_up: &StepUp,
    headers: &mut HeaderMap,
) {
    let bearer = match kind {
        AuthErrorKind::StepUpRequired => Some(insufficient_authentication(step_up)),
        AuthErrorKind::InsufficientScope => {
            let scope = step_up.scope.as_deref().unwrap_or_default();
            Some(format!(
                r#"Bearer error="insufficient_scope", scope="{}""#,
                quoted(scope)
            ))
        }
        _ => None,
    };
    let is_401 = kind.status() == http::StatusCode::UNAUTHORIZED;
    let name = context.components().persistence.cookie.name().as_str();
    let cookie = is_401.then(|| format!("Cookie cookie-name=\"{name}\""));
    for challenge in bearer.into_iter().chain(cookie) {
        if let Ok(challenge) = HeaderValue::try_from(challenge) {
            headers.append(WWW_AUTHENTICATE, challenge);
        }
    }
}

fn insufficient_authentication(step_up: &StepUp) -> String {
    let mut challenge = r#"Bearer error="insufficient_user_authentication""#.to_owned();
    if let Some(values) = &step_up.acr_values {
        challenge.push_str(&format!(r#", acr_values="{}""#, quoted(values)));
    }
    if let Some(max_age) = step_up.max_age {
        challenge.push_str(&format!(r#", max_age="{}""#, max_age.as_secs()));
    }
    challenge
}

/// The content of a quoted string (RFC 9110 section 5.6.4).
fn quoted(text: &str) -> String {
    text.replace('\\', r"\\").replace('"', "\\\"")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_challenge_quotes_what_is_demanded() {
        let step_up = StepUp {
            acr_values: Some(r#"a"b\c gold"#.to_owned()),
            max_age: Some(Duration::from_secs(300)),
            ..StepUp::default()
        };

        assert_eq!(
            insufficient_authentication(&step_up),
            r#"Bearer error="insufficient_user_authentication", acr_values="a\"b\\c gold", max_age="300""#
        );
    }
}
