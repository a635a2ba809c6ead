//! Names of the entries.

use crate::config_error::RedisConfigError;

const LONGEST_PREFIX: usize = 64;

/// What the names of all entries begin with.
#[derive(Clone, Debug)]
pub(crate) struct Keys(String);

impl Keys {
    /// # Errors
    ///
    /// If the prefix is empty or too long, or has characters that are no visible ASCII or have a meaning in names
    /// of a Cluster.
    pub(crate) fn new(prefix: String) -> Result<Self, RedisConfigError> {
        let is_allowed = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'{' | b'}');
        if (1..=LONGEST_PREFIX).contains(&prefix.len()) && prefix.bytes().all(is_allowed) {
            Ok(Self(prefix))
        } else {
            Err(RedisConfigError::Prefix)
        }
    }

    pub(crate) fn prefix(&self) -> &str {
        &self.0
    }

    /// The record of a session.
    pub(crate) fn session(&self, id: &str) -> String {
        format!("{}session:{id}", self.0)
    }

    pub(crate) fn revocation(&self, key: &str) -> String {
        format!("{}revoked:{key}", self.0)
    }

    /// The lock of a refresh, and its result. A script needs both, and a Cluster runs it only if one server has
    /// both: it chooses the server by what stands in braces.
    pub(crate) fn lock_and_refreshed(&self, key: &str) -> [String; 2] {
        [
            format!("{}lock:{{{key}}}", self.0),
            format!("{}refreshed:{{{key}}}", self.0),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_begin_with_the_prefix() {
        let keys = Keys::new("shop:".to_owned()).unwrap();

        assert_eq!(keys.session("a"), "shop:session:a");
        assert_eq!(keys.revocation("a"), "shop:revoked:a");
        assert_eq!(
            keys.lock_and_refreshed("a"),
            ["shop:lock:{a}", "shop:refreshed:{a}"]
        );
    }

    #[test]
    fn a_prefix_is_short_visible_ascii_without_braces() {
        let long = "x".repeat(65);
        for wrong in ["", "a b", "a\n", "ä", "{a}", "}", &long] {
            assert!(Keys::new(wrong.to_owned()).is_err(), "{wrong}");
        }
        assert!(Keys::new("x".repeat(64)).is_ok());
    }
}
