//! Packs a block in as few bytes as the format allows.
//!
//! A session is written far less often than it is read, so this searches long: it finds the phrases, the identifiers
//! and the longest repetition at each position, and then computes, from the end to the start, which of them give the
//! shortest block.

use super::identifiers::{Identifier, identifiers};
use super::instructions::{
    COPY, DISTANCE_BITS, ESCAPED, ESCAPED_RUN, FAR_COPY, FARTHEST_COPY, LONGEST_COPY, PHRASE,
    PHRASE_OF_GROUP, SHORT_PHRASES, SHORTEST_COPY,
};
use super::matches::{Match, matches};
use super::phrases::phrases_of;
use crate::format::codec::{Writer, measure};
use crate::format::time::UnixMillis;
use crate::format::wiped::Wiped;

/// The lengths of a repetition up to this one are compared; of a longer one, only its whole length.
const COMPARED: usize = 32;

/// The bytes after the first of a run within which its end is looked for, so that the time is linear.
const LONGEST_RUN: usize = 64;

/// `text` in fewer bytes, if there are such. Unpacked, it is the same text.
pub(super) fn packed(text: &[u8], created_at: UnixMillis) -> Wiped {
    let plan = Plan::new(text, created_at);
    let mut packed = Writer::with_capacity(plan.length());
    let mut position = 0;
    while let Some(step) = plan.steps.get(position).filter(|it| it.next > position) {
        let part = text.get(position..step.next).unwrap_or_default();
        match step.instruction {
            Instruction::Literals => packed.bytes(part),
            Instruction::Escaped => write_escaped(part, &mut packed),
            Instruction::Phrase(number) => write_phrase(number, &mut packed),
            Instruction::Copy(distance) => write_copy(part.len(), distance, &mut packed),
            Instruction::Identifier(identifier) => identifier.write(text, &mut packed),
        }
        position = step.next;
    }
    packed.finish()
}

fn write_escaped(bytes: &[u8], packed: &mut Writer) {
    match bytes {
        [byte] => packed.bytes(&[ESCAPED, *byte]),
        bytes => {
            packed.byte(ESCAPED_RUN);
            packed.sized(bytes);
        }
    }
}

fn write_phrase(number: u16, packed: &mut Writer) {
    match number.checked_sub(SHORT_PHRASES_U16) {
        None => {
            let [_, number] = number.to_be_bytes();
            packed.byte(PHRASE.saturating_add(number));
        }
        Some(number) => {
            let [group, number] = number.to_be_bytes();
            packed.bytes(&[PHRASE_OF_GROUP.saturating_add(group), number]);
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a small constant")]
const SHORT_PHRASES_U16: u16 = SHORT_PHRASES as u16;

const fn cost_of_phrase(number: u16) -> usize {
    if number < SHORT_PHRASES_U16 { 1 } else { 2 }
}

fn write_copy(length: usize, distance: u16, packed: &mut Writer) {
    if !is_near(length, distance) {
        packed.byte(FAR_COPY);
        packed.count(length);
        return packed.number(u64::from(distance));
    }
    let length = u32::try_from(length.saturating_sub(SHORTEST_COPY)).unwrap_or(0);
    let bits = (length << DISTANCE_BITS) | u32::from(distance).saturating_sub(1);
    let [_, first, high, low] = bits.to_be_bytes();
    packed.bytes(&[COPY.saturating_add(first), high, low]);
}

fn is_near(length: usize, distance: u16) -> bool {
    length <= LONGEST_COPY && usize::from(distance) <= FARTHEST_COPY
}

fn cost_of_copy(length: usize, distance: u16) -> usize {
    match is_near(length, distance) {
        true => 3,
        false => measure(|writer| write_copy(length, distance, writer)),
    }
}

/// How a block continues from one position.
#[derive(Clone, Copy)]
struct Step {
    instruction: Instruction,
    /// The position after it.
    next: usize,
    /// The bytes from here to the end of the block.
    cost: usize,
}

#[derive(Clone, Copy)]
enum Instruction {
    Literals,
    Escaped,
    Phrase(u16),
    Copy(u16),
    Identifier(Identifier),
}

/// The best step from each position.
struct Plan {
    steps: Vec<Step>,
}

impl Plan {
    fn new(text: &[u8], created_at: UnixMillis) -> Self {
        let matches = matches(text);
        let mut identifiers = identifiers(text, created_at);
        let end = Step {
            instruction: Instruction::Literals,
            next: text.len(),
            cost: 0,
        };
        let mut steps = vec![end; text.len().saturating_add(1)];
        for position in (0..text.len()).rev() {
            let rest = text.get(position..).unwrap_or_default();
            let mut choice = Choice::new(&steps, position);
            choice.add_literal(rest);
            for (length, number) in phrases_of(rest) {
                let instruction = Instruction::Phrase(number);
                choice.add(length, cost_of_phrase(number), instruction);
            }
            if let Some(longest) = matches.get(position).copied().flatten() {
                choice.add_copies(longest);
            }
            while let Some(identifier) = identifiers.pop_if(|it| it.start == position) {
                let length = identifier.end.saturating_sub(position);
                let instruction = Instruction::Identifier(identifier);
                choice.add(length, identifier.cost(), instruction);
            }
            let best = choice.best;
            if let Some(step) = steps.get_mut(position) {
                *step = best;
            }
        }
        Self { steps }
    }

    fn length(&self) -> usize {
        self.steps.first().map_or(0, |step| step.cost)
    }
}

/// The steps that are possible at one position, of which the cheapest is kept.
struct Choice<'a> {
    steps: &'a [Step],
    position: usize,
    best: Step,
}

impl<'a> Choice<'a> {
    const fn new(steps: &'a [Step], position: usize) -> Self {
        let best = Step {
            instruction: Instruction::Literals,
            next: position,
            cost: usize::MAX,
        };
        Self {
            steps,
            position,
            best,
        }
    }

    fn add(&mut self, length: usize, cost: usize, instruction: Instruction) {
        let next = self.position.saturating_add(length);
        let Some(rest) = self.steps.get(next) else {
            return;
        };
        let cost = rest.cost.saturating_add(cost);
        if cost < self.best.cost {
            self.best = Step {
                instruction,
                next,
                cost,
            };
        }
    }

    /// The next byte, or a run up to the end of a text that is not ASCII.
    fn add_literal(&mut self, rest: &[u8]) {
        if rest.first().is_some_and(u8::is_ascii) {
            return self.add(1, 1, Instruction::Literals);
        }
        self.add(1, 2, Instruction::Escaped);
        let ends = rest.iter().zip(rest.iter().skip(1).chain([&0]));
        for (before, (byte, next)) in ends.take(LONGEST_RUN).enumerate().skip(1) {
            if !byte.is_ascii() && next.is_ascii() {
                let length = before.saturating_add(1);
                self.add(length, length.saturating_add(2), Instruction::Escaped);
            }
        }
        if rest.len() >= LONGEST_RUN {
            self.add(
                LONGEST_RUN,
                LONGEST_RUN.saturating_add(2),
                Instruction::Escaped,
            );
        }
    }

    /// The longest repetition, or the start of it.
    fn add_copies(&mut self, longest: Match) {
        let shorter = SHORTEST_COPY..longest.length.min(COMPARED);
        for length in shorter.chain([longest.length]) {
            let cost = cost_of_copy(length, longest.distance);
            self.add(length, cost, Instruction::Copy(longest.distance));
        }
    }
}

#[cfg(test)]
mod tests;
