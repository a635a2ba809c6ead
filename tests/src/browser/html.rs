//! Enough of HTML to follow a link and to press a button.

use super::tags::{Tag, Tags};

/// A form with the fields that a browser would send.
#[derive(Clone, Debug, Default)]
pub struct Form {
    id: Option<String>,
    action: String,
    is_post: bool,
    fields: Vec<(String, String)>,
    buttons: Vec<Button>,
}

#[derive(Clone, Debug)]
struct Button {
    name: Option<String>,
    value: String,
    label: String,
}

impl Form {
    /// The `action` as written; if empty, the form is posted to the page itself.
    pub fn action(&self) -> &str {
        &self.action
    }

    /// The names and values of its fields, including hidden ones, without buttons.
    pub fn fields(&self) -> &[(String, String)] {
        &self.fields
    }

    pub(super) fn is_post(&self) -> bool {
        self.is_post
    }

    pub(super) fn has_button(&self, button: &str) -> bool {
        self.buttons
            .iter()
            .any(|candidate| candidate.answers_to(button))
    }

    /// The pairs that are sent when `button` is pressed, with some fields filled in.
    pub fn submission(&self, button: &str, fill: &[(&str, &str)]) -> Vec<(String, String)> {
        let mut pairs = self.fields.clone();
        for (name, value) in fill {
            let pair = pairs.iter_mut().find(|(field, _)| field == name);
            let pair = pair.unwrap_or_else(|| panic!("no field {name:?} in the form"));
            (*value).clone_into(&mut pair.1);
        }
        let pressed = self
            .buttons
            .iter()
            .find(|candidate| candidate.answers_to(button));
        if let Some(Button {
            name: Some(name),
            value,
            ..
        }) = pressed
        {
            pairs.push((name.clone(), value.clone()));
        }
        pairs
    }

    /// Adds a control, if it is sent when a button is pressed.
    fn add(&mut self, tag: &Tag<'_>) {
        let name = tag.attribute("name");
        let value = tag.attribute("value").unwrap_or_default();
        let kind = tag
            .attribute("type")
            .unwrap_or_default()
            .to_ascii_lowercase();
        match (tag.name.as_str(), kind.as_str()) {
            (_, "button" | "reset" | "image" | "file") => {}
            ("button", _) => {
                let label = tag.text_until("</button");
                self.buttons.push(Button { name, value, label });
            }
            (_, "submit") => {
                let label = value.clone();
                self.buttons.push(Button { name, value, label });
            }
            (_, "checkbox" | "radio") if tag.attribute("checked").is_none() => {}
            _ => self.fields.extend(name.map(|name| (name, value))),
        }
    }
}

impl Button {
    fn answers_to(&self, button: &str) -> bool {
        self.value == button || self.label == button
    }
}

/// The forms of a document, each with the controls inside of it, or outside of it with its id in
/// `form`.
pub(super) fn forms(html: &str) -> Vec<Form> {
    let mut forms: Vec<Form> = Vec::new();
    let mut open = None;
    for tag in Tags::of(html) {
        match tag.name.as_str() {
            "form" if open.is_none() => {
                open = Some(forms.len());
                forms.push(Form {
                    id: tag.attribute("id"),
                    action: tag.attribute("action").unwrap_or_default(),
                    is_post: tag.is("method", "post"),
                    ..Form::default()
                });
            }
            "/form" => open = None,
            "input" | "textarea" | "button" => {
                let owner = match tag.attribute("form") {
                    Some(id) => forms.iter().position(|form| form.id.as_ref() == Some(&id)),
                    None => open,
                };
                if let Some(form) = owner {
                    forms[form].add(&tag);
                }
            }
            _ => {}
        }
    }
    forms
}

/// The `href` of the link whose text or `href` is `wanted`.
pub(super) fn link(html: &str, wanted: &str) -> Option<String> {
    Tags::of(html)
        .filter(|tag| tag.name == "a")
        .filter_map(|tag| Some((tag.attribute("href")?, tag.text_until("</a"))))
        .find(|(href, text)| href == wanted || text == wanted)
        .map(|(href, _)| href)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = r#"<!doctype html><!-- <form action="/commented"> -->
        <a class="x" href='/next?a=1&amp;b=2'>Next <b>page</b></a>
        <form method=POST action="/auth?x=&quot;1&quot;&amp;y=&#x3e;">
            <input type="hidden" name="state" value="a>b&amp;c"/>
            <input name=login><input type=checkbox name=off value=1>
            <input type=checkbox name=on value=1 checked>
            <button name="user" value="alice"><strong>Alice</strong> &amp; Co</button>
            <button type="button" name="user" value="script">Script</button>
            <input type="submit" name="cancel" value="Cancel">
        </form>
        <form action="/search"><input name=q value=x><button>Find</button></form>"#;

    fn pairs(form: &Form, button: &str, fill: &[(&str, &str)]) -> String {
        let sent = form.submission(button, fill);
        sent.iter()
            .map(|(name, value)| format!("{name}={value} "))
            .collect()
    }

    #[test]
    fn a_form_sends_its_fields_and_the_pressed_button() {
        let forms = forms(PAGE);
        assert_eq!(forms.len(), 2);
        let form = &forms[0];
        assert!(form.is_post());
        assert_eq!(form.action(), "/auth?x=\"1\"&y=>");
        assert_eq!(
            pairs(form, "alice", &[]),
            "state=a>b&c login= on=1 user=alice "
        );
        assert_eq!(
            pairs(form, "Alice & Co", &[("login", "me")]),
            "state=a>b&c login=me on=1 user=alice "
        );
        assert_eq!(
            pairs(form, "Cancel", &[]),
            "state=a>b&c login= on=1 cancel=Cancel "
        );
        assert!(!form.has_button("script"));
        assert!(!forms[1].is_post());
        assert_eq!(pairs(&forms[1], "Find", &[]), "q=x ");
    }

    #[test]
    fn a_link_is_found_by_its_text_or_its_target() {
        assert_eq!(link(PAGE, "Next page").as_deref(), Some("/next?a=1&b=2"));
        assert_eq!(
            link(PAGE, "/next?a=1&b=2").as_deref(),
            Some("/next?a=1&b=2")
        );
        assert_eq!(link(PAGE, "Next"), None);
    }

    #[test]
    fn a_button_outside_can_name_its_form() {
        let html = r#"<form id="a.b" method="post"><input type="hidden" name="x" value="1"></form>
            <button form="a.b" name="y" value="yes">Yes</button><button>No</button>"#;
        let forms = forms(html);
        assert_eq!(pairs(&forms[0], "Yes", &[]), "x=1 y=yes ");
        assert!(!forms[0].has_button("No"));
    }

    #[test]
    fn broken_markup_ends_the_parsing() {
        for html in ["<", "<form", "<!-- <form>", "</form>", "<input name=x>"] {
            assert!(forms(html).is_empty(), "{html}");
        }
        assert!(forms("<form><input name=\"x>")[0].fields().is_empty());
    }
}
