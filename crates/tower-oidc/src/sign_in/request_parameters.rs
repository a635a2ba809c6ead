//! The parameters that one sign-in adds to the provider's settings. The transaction stores them, so that the
//! sign-in can be repeated.

use std::fmt;

use relying_party::claims::{UnverifiedClaims, decode_jwt_unverified};
use relying_party::provider::Display;
use relying_party::{AuthorizationRequest, ClaimsRequest, Prompt};
use zeroize::Zeroizing;

use crate::format::codec::{Malformed, Reader, Writer, utf8};

const PROMPT: u8 = 1;
const ADDITIONAL_PROMPT: u8 = 2;
const LOGIN_HINT: u8 = 3;
const UI_LOCALES: u8 = 4;
const EXTRA_NAME: u8 = 5;
const EXTRA_VALUE: u8 = 6;
const DISPLAY: u8 = 7;
const ID_TOKEN_HINT: u8 = 8;
const CLAIMS_REQUEST: u8 = 9;
const SCOPE: u8 = 10;

/// Longer parameters are not stored: all transactions of a browser share the Cookie header.
const MAX_LENGTH: usize = 512;

/// The parameters that are not checked against the ID token.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct RequestParameters {
    /// These replace the prompts of the provider's settings.
    pub(crate) prompts: Vec<Prompt>,
    /// In addition to the prompts of the provider's settings.
    pub(crate) additional_prompt: Option<Prompt>,
    pub(crate) login_hint: Option<String>,
    pub(crate) ui_locales: Option<String>,
    pub(crate) display: Option<Display>,
    pub(crate) id_token_hint: Option<IdTokenHint>,
    pub(crate) claims_request: Option<ClaimsRequest>,
    /// Scopes in addition to those of the provider's settings, separated by spaces.
    pub(crate) scope: Option<String>,
    /// Names and values, such as Logto's `organization_id`, each name once.
    pub(crate) extra: Vec<(String, String)>,
}

/// An ID token as the provider issued it. Its memory is wiped when it is dropped, and `Debug` does not show
/// it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct IdTokenHint(Zeroizing<String>);

impl IdTokenHint {
    pub(crate) fn new(id_token: impl Into<String>) -> Self {
        Self(Zeroizing::new(id_token.into()))
    }

    /// The user of the ID token: `iss`, if it is there, and `sub`. `None` if only the provider can read the
    /// token.
    pub(crate) fn user(&self) -> Option<(Option<String>, String)> {
        let claims = self.claims()?;
        Some((claims.iss(), claims.sub()?))
    }

    /// What the ID token says, which is not verified. `None` if only the provider can read it.
    pub(crate) fn claims(&self) -> Option<UnverifiedClaims> {
        decode_jwt_unverified(&self.0)
    }
}

impl fmt::Debug for IdTokenHint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdTokenHint([redacted])")
    }
}

impl RequestParameters {
    /// Adds a parameter, or replaces the one of this name (RFC 6749 section 3.1: each once).
    pub(crate) fn set_extra(&mut self, name: String, value: String) {
        match self.extra.iter_mut().find(|(it, _)| *it == name) {
            Some((_, before)) => *before = value,
            None => self.extra.push((name, value)),
        }
    }

    pub(crate) fn to_request(&self) -> AuthorizationRequest {
        let mut request = AuthorizationRequest::default();
        for prompt in &self.prompts {
            request = request.prompt(*prompt);
        }
        if let Some(prompt) = self.additional_prompt {
            request = request.additional_prompt(prompt);
        }
        if let Some(login_hint) = &self.login_hint {
            request = request.login_hint(login_hint);
        }
        if let Some(ui_locales) = &self.ui_locales {
            request = request.ui_locales(ui_locales);
        }
        if let Some(display) = self.display {
            request = request.display(display);
        }
        if let Some(hint) = &self.id_token_hint {
            request = request.id_token_hint(hint.0.as_str());
        }
        if let Some(claims) = &self.claims_request {
            request = request.claims_request(claims.clone());
        }
        if let Some(scope) = &self.scope {
            request = request.scopes(scope.split_ascii_whitespace());
        }
        for (name, value) in &self.extra {
            request = request.extra_parameter(name, value);
        }
        request
    }

    /// Whether any session satisfies the parameters. A hint at a user counts as a demand, because it may name
    /// another user than the one who is signed in. So does every parameter of the provider's own: it may
    /// name an organization.
    pub(crate) fn demand_nothing(&self) -> bool {
        let Self {
            prompts,
            additional_prompt,
            login_hint,
            ui_locales: _,
            display: _,
            id_token_hint,
            claims_request,
            scope,
            extra,
        } = self;
        prompts.is_empty()
            && additional_prompt.is_none()
            && login_hint.is_none()
            && id_token_hint.is_none()
            && claims_request.is_none()
            && scope.is_none()
            && extra.is_empty()
    }

    /// Returns `None` if the parameters are too long to be stored.
    pub(crate) fn encode(&self) -> Option<Writer> {
        let mut writer = Writer::with_capacity(MAX_LENGTH);
        let prompts = self.prompts.iter().map(|prompt| (PROMPT, prompt.as_str()));
        let additional = self.additional_prompt.map(Prompt::as_str);
        let display = self.display.map(Display::as_str);
        let hint = self.id_token_hint.as_ref().map(|hint| hint.0.as_str());
        let claims = self.claims_request.as_ref().map(ClaimsRequest::to_json);
        let extra = self
            .extra
            .iter()
            .flat_map(|(name, value)| [(EXTRA_NAME, &**name), (EXTRA_VALUE, &**value)]);
        let fields = prompts
            .chain(additional.map(|prompt| (ADDITIONAL_PROMPT, prompt)))
            .chain(self.login_hint.as_deref().map(|hint| (LOGIN_HINT, hint)))
            .chain(self.ui_locales.as_deref().map(|it| (UI_LOCALES, it)))
            .chain(display.map(|display| (DISPLAY, display)))
            .chain(hint.map(|hint| (ID_TOKEN_HINT, hint)))
            .chain(claims.as_deref().map(|claims| (CLAIMS_REQUEST, claims)))
            .chain(self.scope.as_deref().map(|scope| (SCOPE, scope)))
            .chain(extra);
        for (tag, text) in fields {
            // A tag, and a length of at most two bytes.
            let length = writer.len().saturating_add(text.len()).saturating_add(3);
            if length > MAX_LENGTH {
                return None;
            }
            writer.field(tag, text.as_bytes());
        }
        Some(writer)
    }

    pub(crate) fn decode(content: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(content);
        let mut parameters = Self::default();
        while let Some((tag, content)) = reader.field()? {
            let text = utf8(content)?;
            let prompt = || text.parse::<Prompt>().map_err(|_| Malformed);
            match tag {
                PROMPT => parameters.prompts.push(prompt()?),
                ADDITIONAL_PROMPT => parameters.additional_prompt = Some(prompt()?),
                LOGIN_HINT => parameters.login_hint = Some(text.to_owned()),
                UI_LOCALES => parameters.ui_locales = Some(text.to_owned()),
                DISPLAY => parameters.display = Some(text.parse().map_err(|_| Malformed)?),
                ID_TOKEN_HINT => parameters.id_token_hint = Some(IdTokenHint::new(text)),
                CLAIMS_REQUEST => {
                    let claims = ClaimsRequest::from_json(text).map_err(|_| Malformed)?;
                    parameters.claims_request = Some(claims);
                }
                SCOPE => parameters.scope = Some(text.to_owned()),
                EXTRA_NAME => parameters.extra.push((text.to_owned(), String::new())),
                EXTRA_VALUE => {
                    let (_, value) = parameters.extra.last_mut().ok_or(Malformed)?;
                    text.clone_into(value);
                }
                _ => return Err(Malformed),
            }
        }
        Ok(parameters)
    }
}

#[cfg(test)]
mod tests {
    use relying_party::RequestedClaim;

    use super::*;
    use crate::format::wiped::Wiped;

    fn claims_request() -> ClaimsRequest {
        ClaimsRequest::new()
            .id_token("acr", RequestedClaim::essential().values(["gold"]))
            .user_info("picture", RequestedClaim::voluntary())
    }

    fn parameters() -> RequestParameters {
        RequestParameters {
            prompts: vec![Prompt::Login, Prompt::Consent],
            additional_prompt: Some(Prompt::SelectAccount),
            login_hint: Some("bob".to_owned()),
            ui_locales: Some("de en".to_owned()),
            display: Some(Display::Popup),
            id_token_hint: Some(IdTokenHint::new("a.b.c")),
            claims_request: Some(claims_request()),
            scope: Some("orders:read".to_owned()),
            extra: vec![
                ("organization_id".to_owned(), "acme".to_owned()),
                ("first_screen".to_owned(), String::new()),
            ],
        }
    }

    fn bytes(parameters: &RequestParameters) -> Option<Wiped> {
        Some(parameters.encode()?.finish())
    }

    #[test]
    fn encoded_parameters_are_decoded_unchanged() {
        for parameters in [parameters(), RequestParameters::default()] {
            let encoded = bytes(&parameters).unwrap();

            assert_eq!(RequestParameters::decode(&encoded), Ok(parameters));
        }
    }

    #[test]
    fn parameters_of_more_than_512_bytes_are_not_stored() {
        let of_length = |length| RequestParameters {
            login_hint: Some("x".repeat(length)),
            ..RequestParameters::default()
        };
        let longest = bytes(&of_length(509)).unwrap();

        assert_eq!(longest.len(), 512);
        assert_eq!(RequestParameters::decode(&longest), Ok(of_length(509)));
        assert!(bytes(&of_length(510)).is_none());
    }

    #[test]
    fn only_the_languages_and_the_display_demand_nothing() {
        let nothing = RequestParameters {
            ui_locales: Some("de".to_owned()),
            display: Some(Display::Touch),
            ..RequestParameters::default()
        };
        assert!(nothing.demand_nothing());
        for demands in [
            RequestParameters {
                prompts: parameters().prompts,
                ..nothing.clone()
            },
            RequestParameters {
                additional_prompt: Some(Prompt::Login),
                ..nothing.clone()
            },
            RequestParameters {
                login_hint: parameters().login_hint,
                ..nothing.clone()
            },
            RequestParameters {
                id_token_hint: parameters().id_token_hint,
                ..nothing.clone()
            },
            RequestParameters {
                claims_request: Some(ClaimsRequest::new()),
                ..nothing.clone()
            },
            RequestParameters {
                scope: parameters().scope,
                ..nothing.clone()
            },
            RequestParameters {
                extra: parameters().extra,
                ..nothing
            },
        ] {
            assert!(!demands.demand_nothing(), "{demands:?}");
        }
    }

    #[test]
    fn the_documentation_lists_every_field_that_is_read_and_no_other() {
        let page = include_str!("../../SESSION.md");
        let (_, section) = page.split_once("The fields inside 7").unwrap();
        let (_, table) = section.split_once("| tag |").unwrap();
        let (table, _) = table.split_once("\n\n").unwrap();
        for tag in 1..=u8::MAX {
            let is_read = ["login", "popup", "{}"].into_iter().any(|text| {
                let mut fields = Writer::with_capacity(16);
                fields.field(EXTRA_NAME, b"name");
                fields.field(tag, text.as_bytes());
                RequestParameters::decode(&fields.finish()).is_ok()
            });
            assert_eq!(table.contains(&format!("\n| {tag} |")), is_read, "{tag}");
        }
    }

    #[test]
    fn an_id_token_hint_is_not_shown() {
        let shown = format!("{:?}", parameters());

        assert!(shown.contains("IdTokenHint([redacted])"), "{shown}");
        assert!(!shown.contains("a.b.c"), "{shown}");
    }

    #[test]
    fn a_later_extra_parameter_replaces_an_earlier_one_of_its_name() {
        let mut parameters = parameters();
        parameters.set_extra("organization_id".to_owned(), "other".to_owned());

        assert_eq!(parameters.extra.len(), 2);
        assert_eq!(parameters.extra[0].1, "other");
    }

    #[test]
    fn unknown_tags_and_values_are_refused() {
        for content in [
            &[99, 0][..],
            &[PROMPT, 1, b'x'],
            &[DISPLAY, 1, b'x'],
            &[CLAIMS_REQUEST, 1, b'x'],
            &[EXTRA_VALUE, 0],
            &[PROMPT],
        ] {
            assert_eq!(RequestParameters::decode(content), Err(Malformed));
        }
    }
}
