//! A short digest of a request's head, for values that must differ for each request.

use http::{HeaderMap, Method, Uri};

/// An odd number without a pattern in its bits: the fraction of the golden ratio.
const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;

/// Differs for requests whose heads differ: in their path, cookies or browser, or in an id that a proxy adds.
///
/// It is one of several inputs of a fresh random value, and protects nothing alone: a random value and a
/// counter are others, and a key makes the result secret. So it need not resist anybody who wants to find two
/// equal ones, and of a long text only its length and its ends count: two heads that count as the same matter only
/// if the random bytes, the clock's nanoseconds and the counter are also equal, and then two users may as well send
/// the same head. It is computed for every request, because the head is no longer available when a handler starts a
/// sign-in, and therefore it has to be quick.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct HeadDigest([u8; 8]);

impl HeadDigest {
    pub(crate) fn of(method: &Method, uri: &Uri, headers: &HeaderMap) -> Self {
        let mut hasher = HeadHasher::new(method, uri);
        for value in headers.values() {
            hasher.text(value.as_bytes());
        }
        hasher.finish()
    }

    pub(crate) const fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Computes a [`HeadDigest`] in the pass over the header that collects other things too.
pub(crate) struct HeadHasher(u64);

impl HeadHasher {
    pub(crate) fn new(method: &Method, uri: &Uri) -> Self {
        let mut hasher = Self(MULTIPLIER);
        hasher.text(method.as_str().as_bytes());
        // The scheme and the host are the same for all requests, or also in a field of the header.
        let path_and_query = uri.path_and_query().map_or("", |it| it.as_str());
        hasher.text(path_and_query.as_bytes());
        hasher
    }

    /// Adds the length of a text, its first eight bytes and its last eight.
    pub(crate) fn text(&mut self, text: &[u8]) {
        self.word(u64::try_from(text.len()).unwrap_or(u64::MAX));
        if let (Some(first), Some(last)) = (text.first_chunk(), text.last_chunk()) {
            self.word(u64::from_le_bytes(*first));
            self.word(u64::from_le_bytes(*last));
        } else {
            let bytes = text.iter().map(|&byte| u64::from(byte));
            self.word(bytes.fold(0, |word, byte| (word << 8) | byte));
        }
    }

    pub(crate) const fn finish(self) -> HeadDigest {
        HeadDigest(self.0.to_be_bytes())
    }

    /// Every bit of the product depends on lower bits alone, so its upper half comes into the lower one.
    const fn word(&mut self, word: u64) {
        let product = (self.0 ^ word).wrapping_mul(MULTIPLIER);
        self.0 = product ^ product.rotate_right(32);
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use http::header::COOKIE;

    use super::*;

    #[test]
    fn the_digest_depends_on_the_method_the_path_and_every_value() {
        let digest = |method, uri: &'static str, fields: &[(&'static str, &'static str)]| {
            let mut headers = HeaderMap::new();
            for &(name, value) in fields {
                headers.append(name, HeaderValue::from_static(value));
            }
            HeadDigest::of(&method, &Uri::from_static(uri), &headers)
        };
        let heads = [
            digest(Method::GET, "/", &[]),
            digest(Method::HEAD, "/", &[]),
            digest(Method::GET, "/?a", &[]),
            digest(Method::GET, "/", &[("cookie", "a=1")]),
            digest(Method::GET, "/", &[("cookie", "a=2")]),
            digest(Method::GET, "/", &[("cookie", "a=1"), ("cookie", "a=2")]),
            digest(Method::GET, "/", &[("user-agent", "a=3")]),
        ];

        for (index, head) in heads.iter().enumerate() {
            assert!(!heads[..index].contains(head), "{index}");
        }
    }

    #[test]
    fn the_ends_and_the_length_of_a_long_field_count() {
        let digest = |value: &str| {
            let headers = HeaderMap::from_iter([(COOKIE, HeaderValue::from_str(value).unwrap())]);
            HeadDigest::of(&Method::GET, &Uri::from_static("/"), &headers)
        };
        let middle = "m".repeat(2_000);
        let all = [
            digest(&middle),
            digest(&format!("m{middle}")),
            digest(&format!("a=1; {middle}; b=2")),
            digest(&format!("a=2; {middle}; b=2")),
            digest(&format!("a=1; {middle}; b=3")),
        ];

        for (index, head) in all.iter().enumerate() {
            assert!(!all[..index].contains(head), "{index}");
        }
    }
}
