//! Text that a compressor cannot shorten, for sessions of a certain size.

/// Text of this many ASCII characters, the same in each run. No character has to be escaped in JSON, and there is
/// nothing in it that repeats itself or that can be packed.
#[must_use]
pub fn random_text(length: usize) -> String {
    let alphabet: Vec<char> = (' '..='~').filter(|it| !matches!(it, '"' | '\\')).collect();
    let mut state: u64 = 0x9e37_79b9_7f4a_7c15;
    let character = |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let index = usize::try_from(state >> 33).expect("31 bits") % alphabet.len();
        alphabet[index]
    };
    (0..length).map(character).collect()
}
