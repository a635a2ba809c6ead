//! Splits HTML into tags: attributes, character references, and the text between them.

/// The tags of a document in their order; comments are skipped.
pub(super) struct Tags<'a> {
    rest: &'a str,
}

pub(super) struct Tag<'a> {
    /// Lower case; with a leading slash for an end tag.
    pub(super) name: String,
    attributes: Vec<(String, String)>,
    /// The document after the tag.
    after: &'a str,
}

impl<'a> Tags<'a> {
    pub(super) fn of(html: &'a str) -> Self {
        Self { rest: html }
    }
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
    pub(super) fn attribute(&self, name: &str) -> Option<String> {
        let found = self
            .attributes
            .iter()
            .find(|(attribute, _)| attribute == name);
        found.map(|(_, value)| value.clone())
    }

    pub(super) fn is(&self, name: &str, value: &str) -> bool {
        self.attribute(name)
            .is_some_and(|found| found.eq_ignore_ascii_case(value))
    }

    /// The text from here to an end tag, without the tags in between.
    pub(super) fn text_until(&self, end: &str) -> String {
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

/// The position of the `>` outside of quotes.
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

/// Replaces character references: the five of XML, and numeric ones.
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

    #[test]
    fn comments_are_skipped_and_quotes_hide_brackets() {
        let tags: Vec<_> = Tags::of("<!-- <b> --><I a='>' B=\"&#x3e;&amp;\" c=d/e f>").collect();
        assert_eq!(tags.len(), 1);
        assert_eq!(tags[0].name, "i");
        assert_eq!(tags[0].attribute("a").as_deref(), Some(">"));
        assert_eq!(tags[0].attribute("b").as_deref(), Some(">&"));
        assert_eq!(tags[0].attribute("c").as_deref(), Some("d/e"));
        assert_eq!(tags[0].attribute("f").as_deref(), Some(""));
    }

    #[test]
    fn text_that_is_no_character_reference_is_kept() {
        for text in ["&", "&nbsp;", "a&b=c", "&#x110000;", "&#;"] {
            assert_eq!(decode(text), text);
        }
    }
}
