//! As much HTML as it takes to press a button: tags, attributes, character references.

/// A form with the fields a browser would send.
#[derive(Clone, Debug, Default)]
pub struct Form {
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
    /// The `action` as it is written; empty posts to the page itself.
    pub fn action(&self) -> &str {
        &self.action
    }

    /// The names and values of its fields, hidden ones included, buttons not.
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

    /// The pairs that pressing `button` sends, with some fields filled in.
    pub(super) fn submission(&self, button: &str, fill: &[(&str, &str)]) -> Vec<(String, String)> {
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
}

impl Button {
    fn answers_to(&self, button: &str) -> bool {
        self.value == button || self.label == button
    }
}

pub(super) fn forms(html: &str) -> Vec<Form> {
    let mut forms = Vec::new();
    let mut open: Option<Form> = None;
    for tag in (Tags { rest: html }) {
        match (tag.name.as_str(), open.as_mut()) {
            ("form", None) => {
                open = Some(Form {
                    action: tag.attribute("action").unwrap_or_default(),
                    is_post: tag.is("method", "post"),
                    ..Form::default()
                });
            }
            ("/form", Some(_)) => forms.extend(open.take()),
            ("input" | "textarea", Some(form)) if !tag.is("type", "submit") => {
                let kind = tag
                    .attribute("type")
                    .unwrap_or_default()
                    .to_ascii_lowercase();
                let is_sent = match kind.as_str() {
                    "checkbox" | "radio" => tag.attribute("checked").is_some(),
                    "button" | "reset" | "image" | "file" => false,
                    _ => true,
                };
                if let Some(name) = tag.attribute("name").filter(|_| is_sent) {
                    form.fields
                        .push((name, tag.attribute("value").unwrap_or_default()));
                }
            }
            ("input", Some(form)) => {
                let value = tag.attribute("value").unwrap_or_default();
                form.buttons.push(Button {
                    name: tag.attribute("name"),
                    label: value.clone(),
                    value,
                });
            }
            ("button", Some(form)) if !tag.is("type", "button") && !tag.is("type", "reset") => {
                form.buttons.push(Button {
                    name: tag.attribute("name"),
                    value: tag.attribute("value").unwrap_or_default(),
                    label: tag.text_until("</button"),
                });
            }
            _ => {}
        }
    }
    forms
}

/// The `href` of the link whose text or `href` is `wanted`.
pub(super) fn link(html: &str, wanted: &str) -> Option<String> {
    Tags { rest: html }
        .filter(|tag| tag.name == "a")
        .filter_map(|tag| Some((tag.attribute("href")?, tag.text_until("</a"))))
        .find(|(href, text)| href == wanted || text == wanted)
        .map(|(href, _)| href)
}

/// The tags of a document in their order; comments are skipped.
struct Tags<'a> {
    rest: &'a str,
}

struct Tag<'a> {
    /// Lower case; with a leading slash for an end tag.
    name: String,
    attributes: Vec<(String, String)>,
    /// The document after the tag.
    after: &'a str,
}

impl<'a> Iterator for Tags<'a> {
    type Item = Tag<'a>;

    fn next(&mut self) -> Option<Tag<'a>> {
        loop {
            let (_, tag) = self.rest.split_once('<')?;
            if let Some(comment) = tag.strip_prefix("!--") {
                (_, self.rest) = comment.split_once("-->")?;
                continue;
            }
            let (inside, after) = tag.split_at_checked(end_of_tag(tag)?)?;
            self.rest = &after[1..];
            let name_length = inside.find([' ', '\t', '\n', '\r']).unwrap_or(inside.len());
            let (name, attributes) = inside.split_at(name_length);
            return Some(Tag {
                name: name.trim_end_matches('/').to_ascii_lowercase(),
                attributes: parse_attributes(attributes),
                after: self.rest,
            });
        }
    }
}

impl Tag<'_> {
    fn attribute(&self, name: &str) -> Option<String> {
        let found = self
            .attributes
            .iter()
            .find(|(attribute, _)| attribute == name);
        found.map(|(_, value)| value.clone())
    }

    fn is(&self, name: &str, value: &str) -> bool {
        self.attribute(name)
            .is_some_and(|found| found.eq_ignore_ascii_case(value))
    }

    /// The text from here to an end tag, without the tags in between.
    fn text_until(&self, end: &str) -> String {
        let inside = self.after.split(end).next().unwrap_or_default();
        let mut text = String::new();
        for (index, piece) in inside.split('<').enumerate() {
            // All but the first piece start inside a tag.
            let visible = if index == 0 {
                piece
            } else {
                piece.split_once('>').map_or("", |(_, text)| text)
            };
            text.push_str(visible);
        }
        let words: Vec<_> = text.split_ascii_whitespace().collect();
        decode(&words.join(" "))
    }
}

/// Where the `>` outside quotes is.
fn end_of_tag(tag: &str) -> Option<usize> {
    let mut quote = None;
    tag.char_indices().find_map(|(at, c)| {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if matches!(c, '"' | '\'') => quote = Some(c),
            None if c == '>' => return Some(at),
            None => {}
        }
        None
    })
}

fn parse_attributes(mut rest: &str) -> Vec<(String, String)> {
    let mut attributes = Vec::new();
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
        if rest.is_empty() {
            return attributes;
        }
        let end = rest
            .find(|c: char| c.is_ascii_whitespace() || c == '=')
            .unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        let mut value = "";
        rest = after.trim_ascii_start();
        if let Some(after) = rest.strip_prefix('=') {
            let after = after.trim_ascii_start();
            (value, rest) = match after.chars().next() {
                Some(quote @ ('"' | '\'')) => {
                    let after = &after[1..];
                    after.split_once(quote).unwrap_or((after, ""))
                }
                _ => after.split_at(
                    after
                        .find(|c: char| c.is_ascii_whitespace())
                        .unwrap_or(after.len()),
                ),
            };
        }
        attributes.push((name.to_ascii_lowercase(), decode(value)));
    }
}

/// Replaces character references: the five of XML, and numbers.
fn decode(text: &str) -> String {
    let mut decoded = String::new();
    let mut rest = text;
    while let Some((before, reference)) = rest.split_once('&') {
        decoded.push_str(before);
        let (name, after) = reference.split_once(';').unwrap_or(("", reference));
        match character(name) {
            Some(c) => {
                decoded.push(c);
                rest = after;
            }
            None => {
                decoded.push('&');
                rest = reference;
            }
        }
    }
    decoded + rest
}

fn character(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = r#"<!doctype html><!-- <form action="/commented"> -->
        <a class="x" href='/next?a=1&amp;b=2'>Go <b>on</b></a>
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
        assert_eq!(link(PAGE, "Go on").as_deref(), Some("/next?a=1&b=2"));
        assert_eq!(
            link(PAGE, "/next?a=1&b=2").as_deref(),
            Some("/next?a=1&b=2")
        );
        assert_eq!(link(PAGE, "Go"), None);
    }

    #[test]
    fn broken_markup_ends_the_reading() {
        for html in [
            "<",
            "<form",
            "<!-- <form>",
            "<form><input name=\"x>",
            "&#x110000;",
            "&",
        ] {
            assert!(forms(html).is_empty(), "{html}");
            decode(html);
        }
    }
}
