//! The phrases that one or two bytes of a block stand for.
//!
//! They were written by hand: the names of claims with the punctuation around them, and values that many users have, as
//! the documentation of OpenID Connect, Auth0, Cognito, Entra, Google, Keycloak, Logto and Okta shows them. The most
//! frequent ones are first, because they take one byte. No value is from the fixtures by which the sizes of sessions are
//! measured.
//!
//! A session can only be read with the dictionary with which it was written. A changed dictionary is therefore a new
//! one, with its own number in the encoding of the block, and the former ones stay.

use std::sync::LazyLock;

/// Dictionary 1: one phrase in each line.
pub(super) const DICTIONARY_1: &str = include_str!("dictionary-1.txt");

// A tool that changes the ends of lines would move all phrases.
const _: () = assert!(DICTIONARY_1.len() == 12_305);

const PHRASES: usize = 891;

/// Where a phrase stands in the dictionary.
#[derive(Clone, Copy)]
struct Place {
    start: u16,
    end: u16,
}

static PLACES: [Place; PHRASES] = places();

const fn places() -> [Place; PHRASES] {
    let mut places = [Place { start: 0, end: 0 }; PHRASES];
    let mut left: &mut [Place] = &mut places;
    let mut text = DICTIONARY_1.as_bytes();
    let mut start: u16 = 0;
    while let Some((place, others)) = left.split_first_mut() {
        let mut end = start;
        while let Some((byte, rest)) = text.split_first() {
            text = rest;
            if *byte == b'\n' {
                break;
            }
            end = end.wrapping_add(1);
        }
        *place = Place { start, end };
        start = end.wrapping_add(1);
        left = others;
    }
    assert!(text.is_empty());
    places
}

static TREE: LazyLock<Tree> = LazyLock::new(Tree::of_all_phrases);

/// The dictionary from the phrase with this number on, and the length of the phrase.
pub(super) fn phrase(number: usize) -> Option<(&'static [u8], usize)> {
    let place = PLACES.get(number)?;
    let start = DICTIONARY_1.as_bytes().get(usize::from(place.start)..)?;
    Some((start, usize::from(place.end.wrapping_sub(place.start))))
}

/// The lengths and numbers of the phrases with which `text` begins.
pub(super) fn phrases_of(text: &[u8]) -> impl Iterator<Item = (usize, u16)> {
    let mut children = text
        .first()
        .and_then(|first| *TREE.roots.get(usize::from(*first))?);
    let read = text.iter().map_while(move |&byte| {
        let node = TREE.find(children, byte)?;
        children = node.first_child;
        Some(node.phrase)
    });
    (1..)
        .zip(read)
        .filter_map(|(length, phrase)| Some((length, phrase?)))
}

/// All phrases, those with the same start together.
struct Tree {
    nodes: Vec<Node>,
    /// The node of each first byte.
    roots: Vec<Option<u16>>,
}

#[derive(Default)]
struct Node {
    byte: u8,
    /// The phrase that ends here.
    phrase: Option<u16>,
    first_child: Option<u16>,
    next_sibling: Option<u16>,
}

impl Tree {
    fn of_all_phrases() -> Self {
        let mut tree = Self {
            nodes: Vec::with_capacity(DICTIONARY_1.len()),
            roots: vec![None; 256],
        };
        for (number, phrase) in (0..).zip(DICTIONARY_1.lines()) {
            tree.insert(phrase.as_bytes(), number);
        }
        tree
    }

    fn insert(&mut self, phrase: &[u8], number: u16) {
        let mut parent = None;
        for &byte in phrase {
            parent = Some(self.child(parent, byte));
        }
        if let Some(node) = parent.and_then(|at| self.nodes.get_mut(usize::from(at))) {
            node.phrase = Some(number);
        }
    }

    /// The place of this child, which is made if there is none.
    fn child(&mut self, parent: Option<u16>, byte: u8) -> u16 {
        let first_child = match parent {
            Some(parent) => self.node(parent).and_then(|node| node.first_child),
            None => self.roots.get(usize::from(byte)).copied().flatten(),
        };
        let mut next = first_child;
        while let Some(at) = next {
            match self.node(at) {
                Some(node) if node.byte == byte => return at,
                node => next = node.and_then(|node| node.next_sibling),
            }
        }
        let place = u16::try_from(self.nodes.len()).unwrap_or(u16::MAX);
        self.nodes.push(Node {
            byte,
            next_sibling: first_child,
            ..Node::default()
        });
        match parent.and_then(|parent| self.nodes.get_mut(usize::from(parent))) {
            Some(parent) => parent.first_child = Some(place),
            None => {
                if let Some(root) = self.roots.get_mut(usize::from(byte)) {
                    *root = Some(place)
                }
            }
        }
        place
    }

    fn node(&self, place: u16) -> Option<&Node> {
        self.nodes.get(usize::from(place))
    }

    fn find(&self, mut sibling: Option<u16>, byte: u8) -> Option<&Node> {
        while let Some(place) = sibling {
            let node = self.node(place)?;
            if node.byte == byte {
                return Some(node);
            }
            sibling = node.next_sibling;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::block::instructions::{PHRASE_OF_GROUP, SHORT_PHRASES, UNUSED};
    use sha2::{Digest, Sha256};

    #[test]
    fn a_dictionary_never_changes() {
        let hash = Sha256::digest(DICTIONARY_1);

        let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(
            hex,
            "14e6bbdd0a100270f7c5cb6dbb2db91cf01a13be7a421fe669d507cfb7b85bdd"
        );
    }

    #[test]
    fn every_phrase_has_a_number_and_occurs_once() {
        let mut sorted: Vec<_> = DICTIONARY_1.lines().collect();
        sorted.sort_unstable();
        sorted.dedup();

        assert_eq!(sorted.len(), PHRASES);
        assert!(sorted.iter().all(|it| !it.is_empty() && it.is_ascii()));
        const { assert!(PHRASES > SHORT_PHRASES) };
        let with_two_bytes = usize::from(UNUSED - PHRASE_OF_GROUP) * 256;
        assert!(PHRASES - SHORT_PHRASES <= with_two_bytes);
        assert!(TREE.nodes.len() < usize::from(u16::MAX));
    }

    #[test]
    fn every_phrase_is_found_at_the_start_of_a_text() {
        for (number, text) in DICTIONARY_1.lines().map(str::as_bytes).enumerate() {
            let found: Vec<_> = phrases_of(&[text, b"x"].concat()).collect();

            assert!(found.contains(&(text.len(), u16::try_from(number).unwrap())));
            for (length, number) in found {
                let (start, length_of_phrase) = phrase(usize::from(number)).unwrap();
                assert_eq!(Some(&start[..length_of_phrase]), text.get(..length));
            }
        }
        assert_eq!(phrases_of(b"").count(), 0);
        assert_eq!(phrases_of(b"\x00").count(), 0);
    }
}
