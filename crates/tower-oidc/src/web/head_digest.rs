//! A short digest of a request's head, for values that must differ for each request.

use std::hash::{DefaultHasher, Hash, Hasher};

use http::{HeaderMap, Method, Uri};

/// Differs for requests whose heads differ: in their path, cookies or browser, or in an id that a proxy adds.
///
/// It is one of several inputs of a fresh random value, and protects nothing alone. So the hasher of hash maps
/// is good enough. It is computed for every request, because the head is no longer available when a handler
/// starts a sign-in. This takes about a microsecond for each kilobyte of the head.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct HeadDigest([u8; 8]);

impl HeadDigest {
    pub(crate) fn of(method: &Method, uri: &Uri, headers: &HeaderMap) -> Self {
        let mut hasher = DefaultHasher::new();
        (method, uri).hash(&mut hasher);
        for (name, value) in headers {
            (name.as_str(), value.as_bytes()).hash(&mut hasher);
        }
        Self(hasher.finish().to_be_bytes())
    }

    pub(crate) const fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn the_digest_depends_on_every_part_of_the_head() {
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
            digest(Method::GET, "/", &[("user-agent", "a=1")]),
        ];

        for (index, head) in heads.iter().enumerate() {
            assert!(!heads[..index].contains(head), "{index}");
        }
    }
}
