//! What is read of a form that a provider has the browser post, and why a form is refused.

use http::StatusCode;
use url::form_urlencoded::{self, Serializer};

use crate::log_limit::limited;
use crate::origin::Origin;

/// What is read of a form. Everything else is dropped.
const PARAMETERS: [&str; 6] = ["code", "state", "iss", "error", "error_description", "user"];

/// The characters of `error_description` that are kept.
const MAX_DESCRIPTION: usize = 200;

/// The states of this layer are shorter.
const MAX_STATE: usize = 128;

/// The longest answer that continues, in bytes of a query. One that has no room in a cookie continues in the URL
/// of the redirect, and a stock nginx accepts a response head of 4 KiB.
const MAX_ANSWER: usize = 3_500;

/// The answer of a provider.
#[derive(Debug, Default)]
pub(super) struct Form {
    pub(super) state: String,
    /// The parameters apart from `user`, encoded as a query.
    pub(super) answer: String,
    /// The parameter `user`, encoded as part of a query. A sign-in does not depend on it.
    pub(super) user: Option<String>,
}

/// Why a form is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RefusedForm {
    /// Its `Content-Type` is not that of a form.
    OtherType,
    TooLong,
    /// The client left, or the connection failed.
    NotReceived,
    /// It has no `state`, or one that this layer did not make.
    NoState,
    /// It is a signed response (JARM).
    Signed,
}

impl Form {
    /// A parameter that comes twice stays so, for the check of the whole response.
    pub(super) fn parse(body: &[u8]) -> Result<Self, RefusedForm> {
        let mut form = Self::default();
        let mut is_signed = false;
        for (name, value) in form_urlencoded::parse(body) {
            is_signed |= name == "response";
            if !PARAMETERS.contains(&&*name) {
                continue;
            }
            let parameter = encoded(&name, &value);
            if name == "user" {
                form.user = parameter;
                continue;
            }
            form.add(&parameter.ok_or(RefusedForm::TooLong)?)?;
            if name == "state" {
                form.state = value.into_owned();
            }
        }
        match form.state.len() {
            1..=MAX_STATE => Ok(form),
            0 if is_signed => Err(RefusedForm::Signed),
            _ => Err(RefusedForm::NoState),
        }
    }

    fn add(&mut self, parameter: &str) -> Result<(), RefusedForm> {
        if !self.answer.is_empty() {
            self.answer.push('&');
        }
        self.answer.push_str(parameter);
        if self.answer.len() > MAX_ANSWER {
            return Err(RefusedForm::TooLong);
        }
        Ok(())
    }
}

/// A parameter, encoded for a query; `None` if it is too long.
fn encoded(name: &str, value: &str) -> Option<String> {
    let value = match name {
        "error_description" => match value.char_indices().nth(MAX_DESCRIPTION) {
            Some((end, _)) => value.get(..end)?,
            None => value,
        },
        _ => value,
    };
    // Before it is encoded: a byte of the body that is not UTF-8 becomes nine of the query.
    if value.len() > MAX_ANSWER {
        return None;
    }
    let mut query = Serializer::new(String::new());
    query.append_pair(name, value);
    Some(query.finish())
}

impl RefusedForm {
    pub(super) const fn status(self) -> StatusCode {
        match self {
            Self::OtherType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooLong => StatusCode::PAYLOAD_TOO_LARGE,
            Self::NotReceived | Self::NoState | Self::Signed => StatusCode::BAD_REQUEST,
        }
    }

    /// Anyone can post a form here, so each cause has its own limit.
    pub(super) fn log(self, origin: &Origin) {
        let (code, cause) = match self {
            Self::OtherType => (
                "other_type",
                "its Content-Type is not application/x-www-form-urlencoded",
            ),
            Self::TooLong => (
                "too_long",
                "it has more than 16 KiB, or code, state, iss and error have more than 3,500 bytes",
            ),
            Self::NotReceived => {
                tracing::debug!("a posted answer was not received");
                return;
            }
            Self::NoState => ("no_state", "it has no state, or one that is too long"),
            Self::Signed => (
                "jarm",
                "it is a signed response (JARM): have the provider answer this client with the response \
                 mode `form_post`, not `form_post.jwt`",
            ),
        };
        limited!(
            warn,
            origin,
            ("form_post", code),
            cause,
            "a posted answer is refused"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(body: impl AsRef<[u8]>) -> Option<RefusedForm> {
        Form::parse(body.as_ref()).err()
    }

    #[test]
    fn a_form_keeps_the_parameters_of_a_response_and_no_other() {
        let form = Form::parse(
            b"state=s&code=a%2Bb&id_token=x&page=%3Cscript%3E&iss=https%3A%2F%2Fid&user=%7B%7D&session_state=y",
        );
        let form = form.unwrap();

        assert_eq!(form.state, "s");
        assert_eq!(form.answer, "state=s&code=a%2Bb&iss=https%3A%2F%2Fid");
        assert_eq!(form.user.as_deref(), Some("user=%7B%7D"));
    }

    #[test]
    fn a_description_is_cut() {
        for (length, kept) in [(200, 200), (300, 200), (5_000, 200)] {
            let of = |length| {
                let description = "%C3%A4".repeat(length);
                format!("state=s&error=x&error_description={description}")
            };
            assert_eq!(Form::parse(of(length).as_bytes()).unwrap().answer, of(kept));
        }
    }

    #[test]
    fn a_form_without_a_usable_state_is_refused_and_a_signed_one_is_named() {
        for body in ["", "code=a", "state=&code=a"] {
            assert_eq!(refused(body), Some(RefusedForm::NoState), "{body}");
        }
        assert_eq!(refused(b"\xff\xfe&state"), Some(RefusedForm::NoState));
        let long = format!("state={}", "s".repeat(129));
        assert_eq!(refused(long), Some(RefusedForm::NoState));
        assert_eq!(refused("response=eyJ.e30."), Some(RefusedForm::Signed));
        assert_eq!(refused("response=eyJ.e30.&state=s&code=a"), None);
    }

    /// The limit is that of the encoded answer, whatever its bytes are and however they are spread.
    #[test]
    fn an_answer_that_fits_neither_a_cookie_nor_a_url_is_refused() {
        let of = |length: usize| format!("state=s&code={}", "c".repeat(length));
        let fits = MAX_ANSWER - of(0).len();
        assert_eq!(
            Form::parse(of(fits).as_bytes()).unwrap().answer.len(),
            MAX_ANSWER
        );
        assert_eq!(refused(of(fits + 1)), Some(RefusedForm::TooLong));

        let mut not_text = b"state=s&code=".to_vec();
        not_text.resize(16 * 1_024, 0xff);
        assert_eq!(refused(not_text), Some(RefusedForm::TooLong));
        let many = format!("state=s{}", "&code=%FF".repeat(1_000));
        assert_eq!(refused(many), Some(RefusedForm::TooLong));
        let user = format!("state=s&code=a&user={}", "u".repeat(MAX_ANSWER + 1));
        let form = Form::parse(user.as_bytes()).unwrap();
        assert_eq!((form.answer.as_str(), form.user), ("state=s&code=a", None));
    }
}
