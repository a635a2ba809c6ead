//! How the browser reaches the provider's end-session endpoint: by a URL, or with a form (OpenID Connect
//! RP-Initiated Logout 1.0 section 2).

use relying_party::EndSessionForm;
use url::{Url, form_urlencoded};
use zeroize::Zeroizing;

/// The first bytes of a form's text. No URL begins like this.
const FORM: &str = "POST ";

/// A request to the provider's end-session endpoint.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum LogoutRequest {
    /// The browser follows a redirect.
    Url(String),
    /// The browser sends a form.
    Form(LogoutForm),
}

#[derive(Clone, PartialEq, Eq)]
pub(crate) struct LogoutForm {
    /// The absolute URL that the form is sent to.
    pub(crate) action: String,
    pub(crate) fields: Vec<(String, Zeroizing<String>)>,
}

impl LogoutRequest {
    /// The request as a text for the cookie.
    pub(crate) fn to_text(&self) -> Zeroizing<String> {
        Zeroizing::new(match self {
            Self::Url(url) => url.clone(),
            Self::Form(form) => {
                let mut fields = form_urlencoded::Serializer::new(String::new());
                for (name, value) in &form.fields {
                    fields.append_pair(name, value);
                }
                format!("{FORM}{} {}", form.action, fields.finish())
            }
        })
    }

    /// Reads a text that [`to_text`](Self::to_text) wrote. It was sealed, so it needs no more checks.
    pub(crate) fn from_text(text: &str) -> Self {
        match text.strip_prefix(FORM).and_then(|it| it.split_once(' ')) {
            None => Self::Url(text.to_owned()),
            Some((action, fields)) => Self::Form(LogoutForm {
                action: action.to_owned(),
                fields: form_urlencoded::parse(fields.as_bytes())
                    .map(|(name, value)| (name.into_owned(), Zeroizing::new(value.into_owned())))
                    .collect(),
            }),
        }
    }
}

impl LogoutForm {
    /// The request as a URL, without the ID token.
    pub(crate) fn url_without_id_token(&self) -> String {
        let Ok(mut url) = Url::parse(&self.action) else {
            return self.action.clone();
        };
        let fields = self.fields.iter();
        let fields = fields.filter(|(name, _)| name != "id_token_hint");
        url.query_pairs_mut()
            .extend_pairs(fields.map(|(name, value)| (name, value.as_str())));
        url.into()
    }

    /// The origins that a browser may reach with the form, for `form-action`: the provider's, and that of the
    /// page to which the provider redirects. Chromium checks the redirects after a form too.
    pub(crate) fn targets(&self) -> String {
        let back = self.fields.iter();
        let mut back = back.filter(|(name, _)| name == "post_logout_redirect_uri");
        let back = back.next().map(|(_, uri)| uri.as_str());
        let urls = [Some(self.action.as_str()), back];
        let origins = urls.into_iter().flatten().filter_map(origin_of);
        origins.collect::<Vec<_>>().join(" ")
    }
}

fn origin_of(url: &str) -> Option<String> {
    let origin = Url::parse(url).ok()?.origin();
    origin.is_tuple().then(|| origin.ascii_serialization())
}

impl From<EndSessionForm> for LogoutForm {
    fn from(form: EndSessionForm) -> Self {
        let fields = form.fields();
        Self {
            action: form.action().to_owned(),
            fields: fields
                .map(|(name, value)| (name.to_owned(), Zeroizing::new(value.to_owned())))
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(fields: &[(&str, &str)]) -> LogoutForm {
        let owned = |(name, value): &(&str, &str)| {
            ((*name).to_owned(), Zeroizing::new((*value).to_owned()))
        };
        LogoutForm {
            action: "https://id.example/end?tenant=a".to_owned(),
            fields: fields.iter().map(owned).collect(),
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let url = LogoutRequest::Url("https://id.example/end?a=b".to_owned());
        let strange = [
            ("state", "a b&c=ä\"<"),
            ("id_token_hint", "eyJ.e30.x-_"),
            ("empty", ""),
        ];
        for request in [
            url,
            LogoutRequest::Form(form(&strange)),
            LogoutRequest::Form(form(&[])),
        ] {
            let text = request.to_text();
            assert!(LogoutRequest::from_text(&text) == request, "{}", *text);
        }
    }

    #[test]
    fn a_form_as_a_url_has_everything_but_the_id_token() {
        let form = form(&[
            ("id_token_hint", "eyJ"),
            ("client_id", "app"),
            ("state", "a b"),
        ]);
        let url = form.url_without_id_token();
        assert_eq!(
            url,
            "https://id.example/end?tenant=a&client_id=app&state=a+b"
        );
    }

    #[test]
    fn a_form_may_reach_the_provider_and_the_page_that_it_returns_to() {
        for (back, targets) in [
            (
                "https://app.example/bye?a",
                "https://id.example https://app.example",
            ),
            (
                "http://localhost:3000/",
                "https://id.example http://localhost:3000",
            ),
            ("com.example.app:/bye", "https://id.example"),
            ("/bye", "https://id.example"),
        ] {
            let form = form(&[("state", "s"), ("post_logout_redirect_uri", back)]);
            assert_eq!(form.targets(), targets);
        }
        assert_eq!(form(&[]).targets(), "https://id.example");
    }
}
