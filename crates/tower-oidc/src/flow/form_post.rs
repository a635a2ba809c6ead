//! `POST` of the callback: the answer of a provider with the response mode `form_post` (OAuth 2.0 Form Post
//! Response Mode). It is sealed into a cookie, and the browser is redirected to the same path with the
//! `state` alone. There is no page and no script, and the code is in no URL.

use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, StatusCode};
use url::form_urlencoded::{self, Serializer};

use crate::flow::request_head::RequestHead;
use crate::origin::Origin;
use crate::provider::Registration;
use crate::sign_in::transaction::id_of_state;
use crate::web::pages;
use crate::web::request_body::{BodyNotRead, UnreadBody};
use crate::web::response::{OwnResponse, see_other};

/// What is read of a form. Everything else is dropped.
const PARAMETERS: [&str; 7] = [
    "code",
    "state",
    "iss",
    "error",
    "error_description",
    "session_state",
    "user",
];

/// The characters of `error_description` that are kept.
const MAX_DESCRIPTION: usize = 200;

/// The states of this layer are shorter.
const MAX_STATE: usize = 128;

/// The redirect that brings the form to the callback, or a page if it is none.
pub(super) async fn redirect(
    origin: &Origin,
    registration: &Registration,
    head: &RequestHead,
    body: UnreadBody,
    sign_in: Option<&str>,
) -> OwnResponse {
    if !is_form(&head.headers) {
        return refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, sign_in);
    }
    let body = match body.read().await {
        Ok(body) => body,
        Err(BodyNotRead::TooLong) => return refused(StatusCode::PAYLOAD_TOO_LARGE, sign_in),
        Err(BodyNotRead::Failed) => return refused(StatusCode::BAD_REQUEST, sign_in),
    };
    let Some(form) = Form::parse(&body) else {
        return refused(StatusCode::BAD_REQUEST, sign_in);
    };
    let path = origin.routes.public(head.uri.path());
    let id = id_of_state(&form.state);
    let sealed = origin
        .form_cookies
        .seal(&id, &registration.provider.0, &form.text);
    match sealed {
        Some(cookies) => {
            let mut query = Serializer::new(String::new());
            query.append_pair("state", &form.state);
            let mut response = see_other(&format!("{path}?{}", query.finish()));
            cookies.append_to(response.headers_mut());
            response
        }
        // Too long for a cookie.
        None => see_other(&format!("{path}?{}", form.text)),
    }
}

/// What a GET of the callback has to do with a posted form.
pub(super) enum Posted {
    /// The form that waited for it, encoded as a query.
    Form(String),
    /// It has this `state` alone, as if a form waited for it, and there is none.
    Missing(String),
    /// The answer is in the query.
    Nothing,
}

/// The form that waits for this request.
pub(super) fn posted(origin: &Origin, registration: &Registration, head: &RequestHead) -> Posted {
    let query = head.uri.query().unwrap_or_default();
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    let state = match (pairs.next(), pairs.next()) {
        (Some((name, state)), None) if name == "state" => state,
        _ => return Posted::Nothing,
    };
    let id = id_of_state(&state);
    let form = origin
        .form_cookies
        .open(&head.headers, &id, &registration.provider.0);
    form.map_or_else(|| Posted::Missing(state.into_owned()), Posted::Form)
}

struct Form {
    state: String,
    /// The parameters in their form for a query.
    text: String,
}

impl Form {
    /// `None` without a state. A parameter that comes twice stays so, for the check of the whole response.
    fn parse(body: &[u8]) -> Option<Self> {
        let mut state = None;
        let mut text = Serializer::new(String::new());
        for (name, value) in form_urlencoded::parse(body) {
            if !PARAMETERS.contains(&&*name) {
                continue;
            }
            if name == "state" {
                state = Some(value.clone().into_owned());
            }
            let value = match &*name {
                "error_description" => value.chars().take(MAX_DESCRIPTION).collect(),
                _ => value.into_owned(),
            };
            text.append_pair(&name, &value);
        }
        let state = state.filter(|state| (1..=MAX_STATE).contains(&state.len()))?;
        Some(Self {
            state,
            text: text.finish(),
        })
    }
}

/// Whether the body is a form by its type.
pub(super) fn is_form(headers: &HeaderMap) -> bool {
    let content_type = headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes);
    let essence = content_type.and_then(|it| it.split(|byte| *byte == b';').next());
    essence.is_some_and(|it| {
        it.trim_ascii()
            .eq_ignore_ascii_case(b"application/x-www-form-urlencoded")
    })
}

fn refused(status: StatusCode, sign_in: Option<&str>) -> OwnResponse {
    let mut response = pages::unusable_callback(sign_in);
    *response.status_mut() = status;
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_keeps_the_parameters_of_a_response_and_no_other() {
        let form =
            Form::parse(b"state=s&code=a%2Bb&id_token=x&page=%3Cscript%3E&iss=https%3A%2F%2Fid");
        let form = form.unwrap();

        assert_eq!(form.state, "s");
        assert_eq!(form.text, "state=s&code=a%2Bb&iss=https%3A%2F%2Fid");
    }

    #[test]
    fn a_description_is_cut_and_a_form_without_a_state_is_none() {
        let long = format!("state=s&error=x&error_description={}", "%C3%A4".repeat(300));
        let form = Form::parse(long.as_bytes()).unwrap();
        let expected = format!("state=s&error=x&error_description={}", "%C3%A4".repeat(200));
        assert_eq!(form.text, expected);

        assert!(Form::parse(b"").is_none());
        assert!(Form::parse(b"code=a").is_none());
        assert!(Form::parse(format!("state={}", "s".repeat(129)).as_bytes()).is_none());
        assert!(Form::parse(b"\xff\xfe&state").is_none());
    }

    #[test]
    fn only_the_type_of_a_form_is_a_form() {
        let is_form = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_TYPE, value.parse().unwrap());
            is_form(&headers)
        };

        assert!(is_form("application/x-www-form-urlencoded"));
        assert!(is_form("Application/X-WWW-Form-Urlencoded ; charset=UTF-8"));
        for other in [
            "text/plain",
            "multipart/form-data; boundary=x",
            "application/json",
        ] {
            assert!(!is_form(other), "{other}");
        }
        assert!(!super::is_form(&HeaderMap::new()));
    }
}
