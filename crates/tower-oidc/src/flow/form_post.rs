//! `POST` of the callback: the answer of a provider with the response mode `form_post` (OAuth 2.0 Form Post
//! Response Mode). It is sealed into a cookie, and the browser is redirected to the same path with the
//! `state` alone. There is no page and no script, and the code is in no URL.

use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue};
use sealed_cookie::SetCookies;
use url::form_urlencoded::{self, Serializer};

use crate::components::Components;
use crate::event::AuthEventReason;
use crate::flow::posted_form::{Form, RefusedForm};
use crate::flow::request_head::RequestHead;
use crate::origin::Origin;
use crate::provider::Registration;
use crate::sign_in::transaction::id_of_state;
use crate::web::pages;
use crate::web::request_body::{BodyNotRead, UnreadBody};
use crate::web::response::{OwnResponse, see_other};

/// The redirect that brings the form to the callback, or a page if it is none.
pub(super) async fn redirect(
    components: &Components,
    registration: &Registration,
    head: &RequestHead,
    body: UnreadBody,
) -> OwnResponse {
    let origin = &components.origin;
    let form = match read(head, body).await {
        Ok(form) => form,
        Err(refused) => {
            refused.log(origin);
            let reason = AuthEventReason::CallbackMalformed;
            components.events.sign_in_refused(None, None, reason);
            let sign_in = origin.sign_in_link(registration.id.as_deref(), None);
            let mut response = pages::unusable_callback(sign_in.as_deref());
            *response.status_mut() = refused.status();
            return response;
        }
    };
    let path = origin.routes.public(head.uri.path());
    match seal(origin, registration, &form) {
        Some(cookies) => {
            let mut query = Serializer::new(String::new());
            query.append_pair("state", &form.state);
            let mut response = see_other(&format!("{path}?{}", query.finish()));
            cookies.append_to(response.headers_mut());
            response
        }
        // Too long for a cookie.
        None => see_other(&format!("{path}?{}", form.answer)),
    }
}

async fn read(head: &RequestHead, body: UnreadBody) -> Result<Form, RefusedForm> {
    if !is_form(&head.headers) {
        return Err(RefusedForm::OtherType);
    }
    let body = body.read().await.map_err(|error| match error {
        BodyNotRead::TooLong => RefusedForm::TooLong,
        BodyNotRead::Failed => RefusedForm::NotReceived,
    })?;
    Form::parse(&body)
}

/// The cookie that keeps the form: without `user` if there is no room for it or it is not used, and none if there is no room for
/// the answer either.
fn seal(origin: &Origin, registration: &Registration, form: &Form) -> Option<SetCookies> {
    let id = id_of_state(&form.state);
    let seal = |text: &str| {
        let provider = &registration.provider.id.0;
        origin.form_cookies.seal(&id, provider, text)
    };
    let reads_user = registration.settings().uses_posted_user_name();
    let with_user = form
        .user
        .as_ref()
        .filter(|_| reads_user)
        .and_then(|user| seal(&format!("{}&{user}", form.answer)));
    with_user.or_else(|| seal(&form.answer))
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
        .open(&head.headers, &id, &registration.provider.id.0);
    form.map_or_else(|| Posted::Missing(state.into_owned()), Posted::Form)
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

#[cfg(test)]
mod tests {
    use super::*;

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
