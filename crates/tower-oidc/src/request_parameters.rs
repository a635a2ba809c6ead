//! What one sign-in adds to the provider's settings, kept with its transaction so that it can be
//! repeated.

use bytes::Bytes;
use relying_party::{AuthorizationRequest, Prompt};

use crate::codec::{Malformed, Reader, Writer, utf8};

const PROMPT: u8 = 1;
const ADDITIONAL_PROMPT: u8 = 2;
const LOGIN_HINT: u8 = 3;
const UI_LOCALES: u8 = 4;
const EXTRA_NAME: u8 = 5;
const EXTRA_VALUE: u8 = 6;

/// More is not kept: the transactions of a browser share the room that a Cookie header has.
const MAX_LENGTH: usize = 512;

/// The parameters that the ID token need not show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RequestParameters {
    /// In the place of the provider's.
    pub(crate) prompts: Vec<Prompt>,
    /// Beside the provider's.
    pub(crate) additional_prompt: Option<Prompt>,
    pub(crate) login_hint: Option<String>,
    pub(crate) ui_locales: Option<String>,
    /// Names and values, such as Logto's `organization_id`.
    pub(crate) extra: Vec<(String, String)>,
}

impl RequestParameters {
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
        for (name, value) in &self.extra {
            request = request.extra_parameter(name, value);
        }
        request
    }

    /// Whether any session would do. A hint at a user counts as a demand: it may ask for another user
    /// than the one who is signed in. So does every parameter of the provider's, which may name an
    /// organization.
    pub(crate) fn demand_nothing(&self) -> bool {
        let Self {
            prompts,
            additional_prompt,
            login_hint,
            ui_locales: _,
            extra,
        } = self;
        prompts.is_empty()
            && additional_prompt.is_none()
            && login_hint.is_none()
            && extra.is_empty()
    }

    /// `None` if they are too long to be kept.
    pub(crate) fn encode(&self) -> Option<Writer> {
        let mut writer = Writer::with_capacity(MAX_LENGTH);
        let prompts = self.prompts.iter().map(|prompt| (PROMPT, prompt.as_str()));
        let additional = self.additional_prompt.map(Prompt::as_str);
        let extra = self
            .extra
            .iter()
            .flat_map(|(name, value)| [(EXTRA_NAME, &**name), (EXTRA_VALUE, &**value)]);
        let fields = prompts
            .chain(additional.map(|prompt| (ADDITIONAL_PROMPT, prompt)))
            .chain(self.login_hint.as_deref().map(|hint| (LOGIN_HINT, hint)))
            .chain(self.ui_locales.as_deref().map(|it| (UI_LOCALES, it)))
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

    pub(crate) fn decode(content: Bytes) -> Result<Self, Malformed> {
        let mut reader = Reader::new(content);
        let mut parameters = Self::default();
        while let Some((tag, content)) = reader.field()? {
            let text = utf8(&content)?;
            let prompt = || text.parse::<Prompt>().map_err(|_| Malformed);
            match tag {
                PROMPT => parameters.prompts.push(prompt()?),
                ADDITIONAL_PROMPT => parameters.additional_prompt = Some(prompt()?),
                LOGIN_HINT => parameters.login_hint = Some(text.to_owned()),
                UI_LOCALES => parameters.ui_locales = Some(text.to_owned()),
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
    use super::*;

    fn parameters() -> RequestParameters {
        RequestParameters {
            prompts: vec![Prompt::Login, Prompt::Consent],
            additional_prompt: Some(Prompt::SelectAccount),
            login_hint: Some("bob".to_owned()),
            ui_locales: Some("de en".to_owned()),
            extra: vec![
                ("organization_id".to_owned(), "acme".to_owned()),
                ("first_screen".to_owned(), String::new()),
            ],
        }
    }

    fn bytes(parameters: &RequestParameters) -> Option<Bytes> {
        Some(parameters.encode()?.finish().to_vec().into())
    }

    #[test]
    fn parameters_come_back_as_they_were() {
        for parameters in [parameters(), RequestParameters::default()] {
            let encoded = bytes(&parameters).unwrap();

            assert_eq!(RequestParameters::decode(encoded), Ok(parameters));
        }
    }

    #[test]
    fn more_than_512_bytes_are_not_kept() {
        let of_length = |length| RequestParameters {
            login_hint: Some("x".repeat(length)),
            ..RequestParameters::default()
        };
        let longest = bytes(&of_length(509)).unwrap();

        assert_eq!(longest.len(), 512);
        assert_eq!(RequestParameters::decode(longest), Ok(of_length(509)));
        assert_eq!(bytes(&of_length(510)), None);
    }

    #[test]
    fn only_the_languages_demand_nothing() {
        let nothing = RequestParameters {
            ui_locales: Some("de".to_owned()),
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
                extra: parameters().extra,
                ..nothing
            },
        ] {
            assert!(!demands.demand_nothing(), "{demands:?}");
        }
    }

    #[test]
    fn unknown_tags_and_values_are_refused() {
        for content in [
            &[9, 0][..],
            &[PROMPT, 1, b'x'],
            &[EXTRA_VALUE, 0],
            &[PROMPT],
        ] {
            let content = Bytes::copy_from_slice(content);

            assert_eq!(RequestParameters::decode(content), Err(Malformed));
        }
    }
}
