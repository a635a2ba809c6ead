//! The claims of a session: those of its ID token, and others from elsewhere.

use bytes::Bytes;
use relying_party::Claims;

use super::Session;
use super::body::Body;
use super::object::{read, written, written_unless_empty};

/// The claims of a signed UserInfo response about itself, not about the user (OpenID Connect Core 1.0
/// section 5.3.2, RFC 7519 section 4.1).
const ABOUT_THE_RESPONSE: [&str; 9] = [
    "iss", "sub", "aud", "azp", "exp", "iat", "nbf", "jti", "nonce",
];

/// The claims that `user_info` has and `identity` lacks; `None` if there are none.
pub(crate) fn missing_claims(identity: &[u8], user_info: &[u8]) -> Option<Bytes> {
    let (identity, mut more) = (read(identity)?, read(user_info)?);
    more.retain(|name, _| {
        !identity.contains_key(name) && !ABOUT_THE_RESPONSE.contains(&name.as_str())
    });
    written_unless_empty(&more)
}

/// `user_info` with the claims of `unsigned` that neither it nor `identity` has.
pub(crate) fn with_unsigned(
    identity: &[u8],
    user_info: Option<Bytes>,
    unsigned: &[u8],
) -> Option<Bytes> {
    match (user_info, missing_claims(identity, unsigned)) {
        (Some(user_info), Some(more)) => merged(&user_info, &more).or(Some(user_info)),
        (user_info, more) => user_info.or(more),
    }
}

/// One object of both. The ID token's claims win, because they were signed.
fn merged(identity: &[u8], user_info: &[u8]) -> Option<Bytes> {
    let mut both = read(user_info)?;
    both.extend(read(identity)?);
    written(&both)
}

impl Session {
    /// The user's claims. Those of a session that was read are only parsed when another one than `iss` and `sub` is
    /// needed. Every session is made from valid claims, so `None` means that another version of this crate sealed
    /// claims that this one cannot read.
    pub(crate) fn claims(&self) -> Option<&Claims> {
        self.claims
            .get_or_init(|| {
                let identity = self.body.identity.claims()?;
                let user_info = self.body.user_info.as_ref();
                let accepted = self.accepted_claims(identity, user_info);
                accepted.or_else(|| match user_info {
                    Some(user_info) => Claims::from_json(merged(identity, user_info)?).ok(),
                    None => Claims::from_json(identity.clone()).ok(),
                })
            })
            .as_ref()
    }

    /// The claims without parsing them; `None` if it is not known where `iss` and `sub` stand, or they do not stand there.
    fn accepted_claims(&self, identity: &Bytes, user_info: Option<&Bytes>) -> Option<Claims> {
        let (identity, ranges) = (identity.clone(), self.identity_ranges.clone()?);
        match user_info {
            Some(user_info) => Claims::from_accepted_parts(identity, ranges, user_info.clone()),
            None => Claims::from_accepted_json(identity, ranges),
        }
    }
}

impl Body {
    /// Removes the claims that a hook added. They belong to the ID token for which the hook was called. With
    /// the next ID token it is called again, and must not mistake its own claims for the provider's.
    pub(super) fn forget_added_claims(&mut self) {
        let Some(added) = self.added.take() else {
            return;
        };
        let names: Option<Vec<String>> = serde_json::from_slice(&added).ok();
        self.user_info = self.user_info.take().and_then(|user_info| {
            let (names, mut object) = (names?, read(&user_info)?);
            object.retain(|name, _| !names.contains(name));
            written_unless_empty(&object)
        });
    }
}

#[cfg(test)]
mod tests {
    use relying_party::claims::IdentityRanges;

    use super::super::room::Compression;
    use super::super::sample;
    use super::*;
    use crate::format::time::UnixMillis;

    #[test]
    fn claims_of_the_id_token_win_and_claims_about_the_response_are_dropped() {
        let identity = br#"{"iss":"i","sub":"alice","name":"Alice"}"#;
        let user_info = br#"{"sub":"mallory","name":"Mallory","iat":1,"custom_data":{"a":1}}"#;

        let kept = missing_claims(identity, user_info).unwrap();

        assert_eq!(kept, r#"{"custom_data":{"a":1}}"#);
        assert_eq!(
            merged(identity, &kept).unwrap(),
            r#"{"custom_data":{"a":1},"iss":"i","name":"Alice","sub":"alice"}"#
        );
        assert!(missing_claims(identity, identity).is_none());
        assert!(missing_claims(identity, b"[]").is_none());
    }

    /// The UserInfo claims of this session are no JSON, so they would be found if anything was parsed.
    #[test]
    fn who_the_user_is_is_known_without_parsing_the_claims_of_user_info() {
        let now = UnixMillis(1_795_000_000_000);
        let session = sample::session("token", 0, now);
        let mut body = session.body.clone();
        body.user_info = Some(Bytes::from_static(b"{ no JSON"));
        let stored = session.with_body(body).encode(now, Compression::On);

        let session = Session::decode(Bytes::copy_from_slice(&stored)).unwrap();

        let claims = session.claims().unwrap();
        assert_eq!(
            (claims.iss(), claims.sub()),
            ("https://id.example", "alice")
        );
    }

    #[test]
    fn claims_are_parsed_if_iss_and_sub_do_not_stand_where_the_ranges_say() {
        for user_info in [None, Some(Bytes::from_static(br#"{"name":"Alice"}"#))] {
            let sample = sample::session("refresh", 0, UnixMillis(7));
            let mut session = sample.with_body(sample.body.clone());
            session.body.user_info = user_info;
            session.identity_ranges = Some(IdentityRanges::new(0..1, 1..2));

            assert_eq!(session.claims().unwrap().sub(), "alice");
        }
    }

    #[test]
    fn unsigned_claims_replace_none_of_the_id_token_and_of_user_info() {
        let identity = br#"{"sub":"alice","name":"Alice"}"#;
        let unsigned = br#"{"name":"Mallory","given_name":"M","family_name":"N"}"#;
        let user_info = Bytes::from_static(br#"{"given_name":"Alice"}"#);

        let both = with_unsigned(identity, Some(user_info.clone()), unsigned);
        assert_eq!(both.unwrap(), r#"{"family_name":"N","given_name":"Alice"}"#);
        let without_user_info = with_unsigned(identity, None, unsigned);
        assert_eq!(
            without_user_info.unwrap(),
            r#"{"family_name":"N","given_name":"M"}"#
        );
        let nothing_new = with_unsigned(identity, Some(user_info.clone()), br#"{"name":"M"}"#);
        assert_eq!(nothing_new, Some(user_info));
    }
}
