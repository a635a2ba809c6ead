//! The instructions of a packed block: bytes of 0x80 and more, which stand for something else. A byte below stands for
//! itself.

/// Phrases that the instruction itself names: 0x80 to 0xCF.
pub(super) const PHRASE: u8 = 0x80;
pub(super) const SHORT_PHRASES: usize = 80;

/// Phrases of which the instruction names a group of 256 and the next byte one of them: 0xD0 to 0xD7.
pub(super) const PHRASE_OF_GROUP: u8 = 0xd0;

/// 0xD8 to 0xDF are no instructions.
pub(super) const UNUSED: u8 = 0xd8;

/// Bytes from earlier in the block: 0xE0 to 0xEF. Four bits of the instruction and two bytes hold the length and the
/// distance.
pub(super) const COPY: u8 = 0xe0;

/// The shortest copy: three bytes would not become fewer.
pub(super) const SHORTEST_COPY: usize = 4;
pub(super) const LONGEST_COPY: usize = SHORTEST_COPY + 0x7f;
pub(super) const DISTANCE_BITS: u32 = 13;
pub(super) const FARTHEST_COPY: usize = 1 << DISTANCE_BITS;

/// The next byte stands for itself.
pub(super) const ESCAPED: u8 = 0xf0;

/// A number follows, and as many bytes that stand for themselves.
pub(super) const ESCAPED_RUN: u8 = 0xf1;

/// The length and the distance of a copy follow, each a number.
pub(super) const FAR_COPY: u8 = 0xf2;

/// A number follows: a time, relative to that of the sign-in.
pub(super) const TIME: u8 = 0xf3;

/// The 16 bytes of one GUID follow.
pub(super) const GUID: u8 = 0xf4;

/// The number of GUIDs in an array follows, and 16 bytes for each.
pub(super) const GUIDS: u8 = 0xf5;

/// The number of hexadecimal digits follows, and two of them in each byte.
pub(super) const HEX: u8 = 0xf6;

/// The number of characters of base64url follows, and six bits for each.
pub(super) const BASE64URL: u8 = 0xf7;

/// Characters of base64url, six bits for each, whose number the instruction names: 16, 20, 24 and 32 bytes are the most
/// usual lengths of hashes and random texts.
pub(super) const BASE64URL_OF: [(u8, usize); 4] = [(0xf8, 22), (0xf9, 27), (0xfa, 32), (0xfb, 43)];

/// What stands between the GUIDs of a JSON array.
pub(super) const BETWEEN_GUIDS: &[u8] = b"\",\"";
