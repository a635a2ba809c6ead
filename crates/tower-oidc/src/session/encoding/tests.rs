//! What the whole plaintext of a session promises: nothing is lost, and no secret influences its length but by its own
//! length and alphabet.

use super::*;
use crate::session::access_token::{AccessTokens, StoredAccessToken, Target};
use crate::session::body::Identity;
use crate::session::sample;
use crate::session::token::StoredToken;

const NOW: UnixMillis = UnixMillis(1_795_000_000_000);

/// Random numbers that are the same in every run (Marsaglia's xorshift).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn up_to(&mut self, end: usize) -> usize {
        let number = usize::try_from(self.next() >> 33).unwrap();
        number.checked_rem(end).unwrap()
    }

    fn text(&mut self, alphabet: &[u8], length: usize) -> String {
        let character = |_| char::from(alphabet[self.up_to(alphabet.len())]);
        (0..length).map(character).collect()
    }
}

const BASE64URL: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const ANY: &[u8] = b"abc019-_.~+/= {}\":,";
const HEX: &[u8] = b"0123456789abcdef";

fn jwt(payload: &str, signature: &str) -> String {
    let encoded = |json: &str| base64_simd::URL_SAFE_NO_PAD.encode_to_string(json);
    format!(
        "{}.{}.{signature}",
        encoded(r#"{"alg":"RS256","typ":"JWT"}"#),
        encoded(payload)
    )
}

/// The parts of a session that are secrets.
#[derive(Clone)]
struct Secrets {
    refresh_token: String,
    access_token: String,
    signature: String,
    data: String,
}

fn session(claims: &str, secrets: &Secrets) -> Session {
    let session = sample::session(&secrets.refresh_token, 0, NOW);
    let mut body = session.body.clone();
    let id_token = jwt(claims, &secrets.signature);
    body.identity = Identity::IdToken(StoredToken::new(&id_token));
    body.access_tokens = AccessTokens::from_buf([StoredAccessToken::new(
        Target::DEFAULT,
        &secrets.access_token,
        None,
    )]);
    body.data = Some(secrets.data.clone().into());
    session.with_body(body)
}

fn length(session: &Session, compression: Compression) -> usize {
    session.encode(NOW, compression).len()
}

#[test]
fn sessions_of_any_tokens_come_back_byte_for_byte() {
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    for round in 0..300 {
        let alphabet = [BASE64URL, ANY, HEX][round % 3];
        let mut text = |most| {
            let length = numbers.up_to(most);
            numbers.text(alphabet, length)
        };
        let secrets = Secrets {
            refresh_token: text(300),
            access_token: jwt(&text(200), &text(90).replace(['.', ' '], "a")),
            signature: "s".repeat(86),
            data: text(100),
        };
        let claims = format!(r#"{{"iss":"i","sub":"a","x":{:?}}}"#, text(200));
        let written = session(&claims, &secrets);
        for compression in [Compression::On, Compression::Off] {
            let plaintext = written.encode(NOW, compression);
            assert!(plaintext.len().is_multiple_of(64));

            let read = Session::decode(plaintext.into_bytes()).unwrap();

            assert_eq!(
                read.id_token().unwrap().as_str(),
                jwt(&claims, &secrets.signature)
            );
            let text = |token: &StoredToken| token.text().to_string();
            let refresh_token = read.body.refresh_token.as_ref().map(text);
            assert_eq!(refresh_token, Some(secrets.refresh_token.clone()));
            let access_token = text(&read.body.access_tokens[0].token);
            assert_eq!(access_token, secrets.access_token);
            assert_eq!(read.body.data.as_deref(), Some(secrets.data.as_bytes()));
            assert_eq!(read.claims().unwrap().sub(), "a");
            // Written again, it is the same.
            assert_eq!(
                read.encode(NOW, compression).as_ref(),
                written.encode(NOW, compression).as_ref()
            );
        }
    }
}

/// In which form the provider issues the tokens of a session. Every form hides the characters of the secrets.
#[derive(Clone, Copy)]
enum Shape {
    /// Base64url characters alone.
    Opaque,
    /// Two dots, like a JWT, which it is not.
    Dotted,
    /// Five parts, like an encrypted JWT.
    Encrypted,
    /// Characters that are not base64url.
    Text,
    /// JWTs whose payload an attacker knows: the secret is the signature.
    Jwt,
    /// JWTs with a secret in a claim.
    JwtWithASecret,
}

impl Shape {
    const ALL: [Self; 6] = [
        Self::Opaque,
        Self::Dotted,
        Self::Encrypted,
        Self::Text,
        Self::Jwt,
        Self::JwtWithASecret,
    ];

    fn alphabet(self) -> &'static [u8] {
        match self {
            Self::Text => b"abc019-_~+/=",
            _ => BASE64URL,
        }
    }

    fn token(self, secret: &str) -> String {
        match self {
            Self::Opaque => secret.to_owned(),
            Self::Dotted => format!("{}.{}.{}", &secret[..9], &secret[9..30], &secret[30..]),
            Self::Encrypted => format!("{}..{}.{}.a", &secret[..9], &secret[9..30], &secret[30..]),
            Self::Text => format!("/{secret}"),
            Self::Jwt => jwt(r#"{"sub":"a"}"#, secret),
            Self::JwtWithASecret => {
                let payload = format!(r#"{{"sub":"a","idp":{{"Refresh-Token":"{secret}"}}}}"#);
                jwt(&payload, &"s".repeat(43))
            }
        }
    }
}

/// The attacker chooses a claim, and repeats one of the secrets in it, or both halves of it.
#[test]
fn a_secret_influences_the_length_by_its_length_and_alphabet_alone() {
    let mut numbers = Numbers(0x2545_f491_4f6c_dd1d);
    for round in 0..10_000 {
        let shape = Shape::ALL[round % Shape::ALL.len()];
        // The one in the claims is a token of the identity provider behind the provider.
        let random = Secrets {
            refresh_token: numbers.text(shape.alphabet(), 43),
            access_token: numbers.text(shape.alphabet(), 43),
            signature: numbers.text(BASE64URL, 86),
            data: numbers.text(HEX, 24),
        };
        let in_claims = numbers.text(BASE64URL, 43);
        let (mut other, mut other_in_claims) = (random.clone(), in_claims.clone());
        let (changed, alphabet) = match numbers.up_to(5) {
            0 => (&mut other.refresh_token, shape.alphabet()),
            1 => (&mut other.access_token, shape.alphabet()),
            2 => (&mut other.signature, BASE64URL),
            3 => (&mut other.data, HEX),
            _ => (&mut other_in_claims, BASE64URL),
        };
        *changed = numbers.text(alphabet, changed.len());
        let guess = [
            random.refresh_token.as_str(),
            &random.access_token,
            &random.signature,
            &random.data,
            &in_claims,
        ]
        .concat();
        let guess = &guess[numbers.up_to(40)..];
        let has_secret_claims = round % 2 == 0;
        let made = |secrets: &Secrets, in_claims: &str| {
            let claims = format!(r#"{{"iss":"i","sub":"a","nickname":"{guess}"}}"#);
            let tokens = Secrets {
                refresh_token: shape.token(&secrets.refresh_token),
                access_token: shape.token(&secrets.access_token),
                ..secrets.clone()
            };
            let session = session(&claims, &tokens);
            let mut body = session.body.clone();
            if has_secret_claims {
                let named =
                    format!(r#"{{"idp":[{{"access_token":"{in_claims}"}}],"x":"{guess}"}}"#);
                body.user_info = Some(named.into());
            }
            session.with_body(body)
        };

        let (one, another) = (made(&random, &in_claims), made(&other, &other_in_claims));
        // The length follows from these two alone. It is computed for some pairs only, because that takes long.
        let (fields, other_fields) = (one.fields(), another.fields());
        assert_eq!(fields.block(), other_fields.block());
        assert_eq!(fields.outside().len(), other_fields.outside().len());
        if round % 50 < Shape::ALL.len() {
            assert_eq!(
                length(&one, Compression::On),
                length(&another, Compression::On)
            );
        }
    }
}

/// The same as a test of what is written, so that the padding hides nothing.
#[test]
fn the_block_is_the_same_whatever_the_secrets_are() {
    let claims = r#"{"iss":"i","sub":"a"}"#;
    let block = |character: &str| {
        let secrets = Secrets {
            refresh_token: character.repeat(43),
            access_token: character.repeat(43),
            signature: character.repeat(86),
            data: character.repeat(24),
        };
        session(claims, &secrets).fields().block().to_vec()
    };

    assert_eq!(block("a"), block("b"));
}

#[test]
fn a_session_of_the_former_schema_is_ignored() {
    let secrets = Secrets {
        refresh_token: "refresh".to_owned(),
        access_token: "access".to_owned(),
        signature: "s".repeat(43),
        data: "1".to_owned(),
    };
    let mut plaintext = session(r#"{"sub":"a"}"#, &secrets)
        .encode(NOW, Compression::On)
        .to_vec();
    plaintext[0] = 0;

    let refused = Session::decode(plaintext.into()).err();

    assert_eq!(refused, Some(FrameError::UnknownSchema));
}

#[test]
fn another_dictionary_is_taken_for_one_of_a_later_version() {
    let session = sample::session("token", 0, NOW);
    let mut writer = Writer::with_capacity(512);
    session.frame.write(&mut writer);
    let encoding = writer.len();
    for byte in [2, 0xff] {
        let mut plaintext = session.encode(NOW, Compression::On).to_vec();
        plaintext[encoding] = byte;
        let refused = Session::decode(plaintext.into()).err();
        assert_eq!(refused, Some(FrameError::UnknownCriticalField));
    }
}

#[test]
fn an_identifier_in_claims_takes_less_than_half_of_its_characters() {
    let id = |number: u32| format!("\"6fa459ea-ee8a-3ca4-894e-db77{number:08x}\"");
    let groups: Vec<String> = (0..40_u32)
        .map(|number| id(number.wrapping_mul(2_654_435_761)))
        .collect();
    let claims = format!(r#"{{"iss":"i","sub":"a","groups":[{}]}}"#, groups.join(","));
    let session = sample::session("refresh", 0, NOW);
    let mut body = session.body.clone();
    body.identity = Identity::Claims(claims.clone().into());
    let session = session.with_body(body);

    let plaintext = session.encode(NOW, Compression::On);

    assert!(
        plaintext.len() < claims.len() / 2 + 128,
        "{}",
        plaintext.len()
    );
    let read = Session::decode(plaintext.into_bytes()).unwrap();
    assert_eq!(read.body.identity.claims().unwrap(), claims.as_str());
}

/// Most sessions need not be compressed to tell.
#[test]
fn a_session_fits_exactly_if_its_plaintext_does() {
    let claims = r#"{"iss":"https://id.example","sub":"alice","roles":["admin","admin"]}"#;
    let secrets = Secrets {
        refresh_token: "refresh".repeat(20),
        access_token: "access".repeat(20),
        signature: "s".repeat(86),
        data: "{}".to_owned(),
    };
    let session = session(claims, &secrets);
    let [on, off] = [Compression::On, Compression::Off].map(|it| length(&session, it));
    assert!(on < off);
    for (compression, length) in [(Compression::On, on), (Compression::Off, off)] {
        for limit in (length - 2)..(length + 2) {
            let fits = session.fits(limit, NOW, compression);
            assert_eq!(fits, length <= limit, "{limit} of {length}");
        }
    }
}
