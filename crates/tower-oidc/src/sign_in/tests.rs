//! Transactions that a browser stores and sends back, without a layer.

use std::time::Duration;

use http::HeaderMap;
use http::header::COOKIE;
use sealed_cookie::{
    CookieAttributes, CookieName, CookieSecret, KeyRing, OsEntropy, Prefix, Purpose,
};

use super::*;
use crate::format::manual_clock::ManualClock;
use crate::session::frame::ProviderId;
use crate::session::frame::ResolverKey;

const NOW: UnixMillis = UnixMillis(1_795_000_000_000);
const PROVIDER: ProviderRef = ProviderRef::registered(ProviderId([1; 8]));
const SECRET: &str = "q7Zx2LmV9cKdR4tYw8BnHs3JfGpUeA6Q";

fn attempts(secret: &str) -> (Attempts, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::at(NOW));
    let as_clock = || Arc::clone(&clock) as Arc<dyn Clock>;
    let key_ring = KeyRing::new([CookieSecret::new(secret).unwrap()]).unwrap();
    let attempts = Attempts {
        cookies: SealedCookieSet::new(
            CookieName::new(Prefix::HostHttp, "auth.txn").unwrap(),
            CookieAttributes::new(true),
            key_ring.sealer(Purpose::TRANSACTION, &[]),
        )
        .unwrap(),
        demands_sealer: key_ring.sealer(Purpose::new("demands"), &[]),
        exchanges: Arc::new(Exchanges::new(as_clock())),
        random: Arc::new(Random::new(
            key_ring.hedged_random(Purpose::RANDOM, &[]),
            Arc::new(OsEntropy),
            as_clock(),
        )),
        entropy: Arc::new(OsEntropy),
        log: Arc::new(LogLimiter::new(as_clock())),
        clock: as_clock(),
        secret_fingerprint: String::new(),
    };
    (attempts, clock)
}

fn begin(attempts: &Attempts, page: &str) -> Transaction {
    let redirect_uri = "https://app.example/auth/callback".to_owned();
    let mut transaction = attempts
        .begin(b"request", Attempt::First, PROVIDER, redirect_uri)
        .unwrap();
    transaction.return_to = Some(page.to_owned());
    transaction
}

/// What a browser with these cookies sends.
fn sent(attempts: &Attempts, cookies: &[SetCookies]) -> ReceivedCookieSet {
    let mut headers = HeaderMap::new();
    for cookie in cookies.iter().flat_map(SetCookies::iter) {
        let pair = cookie.to_str().unwrap().split(';').next().unwrap();
        headers.append(COOKIE, pair.parse().unwrap());
    }
    attempts.cookies.receive(&headers, None)
}

fn store(attempts: &Attempts, transaction: &Transaction) -> SetCookies {
    let none = ReceivedCookieSet::default();
    attempts
        .store(transaction, &none, Replace::Nothing)
        .unwrap()
}

#[track_caller]
fn unusable(opened: Result<Transaction, NoTransaction>) -> (Unusable, Option<String>) {
    match opened {
        Err(NoTransaction::Unusable { reason, return_to }) => (reason, return_to),
        Err(other) => panic!("{other:?}"),
        Ok(_) => panic!("a usable transaction"),
    }
}

#[test]
fn a_stored_transaction_opens_for_its_state_until_it_is_ten_minutes_old() {
    let (attempts, clock) = attempts(SECRET);
    let transaction = begin(&attempts, "/orders");
    let state = transaction.secrets().state().to_owned();
    let received = sent(&attempts, &[store(&attempts, &transaction)]);

    clock.set(NOW.plus(LIFETIME - Duration::from_millis(1)));
    let opened = attempts.open(&received, &state, &PROVIDER).ok().unwrap();
    assert_eq!(opened.secrets().nonce(), transaction.secrets().nonce());
    assert_eq!(opened.return_to.as_deref(), Some("/orders"));

    clock.set(NOW.plus(LIFETIME));
    let page = Some("/orders".to_owned());
    assert_eq!(
        unusable(attempts.open(&received, &state, &PROVIDER)),
        (Unusable::Expired, page)
    );
}

#[test]
fn a_state_without_a_cookie_has_no_transaction() {
    let (attempts, _) = attempts(SECRET);
    let one = begin(&attempts, "/");
    let other = begin(&attempts, "/");
    assert_ne!(one.secrets().state(), other.secrets().state());
    let received = sent(&attempts, &[store(&attempts, &one)]);

    let opened = attempts.open(&received, other.secrets().state(), &PROVIDER);
    assert!(matches!(opened, Err(NoTransaction::NotReceived)));
}

#[test]
fn a_transaction_of_another_provider_or_secret_is_unusable() {
    let (attempts_here, _) = attempts(SECRET);
    let (other_secret, _) = attempts("another secret of more than 32 bytes");
    let transaction = begin(&attempts_here, "/orders");
    let state = transaction.secrets().state().to_owned();
    let received = sent(&attempts_here, &[store(&attempts_here, &transaction)]);

    for other in [
        ProviderRef::registered(ProviderId([2; 8])),
        // The same issuer and client, found by a key.
        ProviderRef {
            key: ResolverKey::parse("acme"),
            ..PROVIDER
        },
    ] {
        assert_eq!(
            unusable(attempts_here.open(&received, &state, &other)),
            (Unusable::OtherProvider, Some("/orders".to_owned()))
        );
    }
    assert_eq!(
        unusable(other_secret.open(&received, &state, &PROVIDER)),
        (Unusable::DoesNotOpen, None)
    );
}

#[test]
fn a_further_sign_in_replaces_the_oldest_only_if_it_may() {
    let (attempts, clock) = attempts(SECRET);
    let mut cookies = Vec::new();
    let mut ids = Vec::new();
    for number in 0..5 {
        clock.set(NOW.plus(Duration::from_secs(number)));
        let transaction = begin(&attempts, "/");
        ids.push(id_of_state(transaction.secrets().state()));
        cookies.push(store(&attempts, &transaction));
    }
    let received = sent(&attempts, &cookies);
    let further = begin(&attempts, "/");
    let changed = |replace| match attempts.store(&further, &received, replace) {
        Ok(cookies) => Some(cookies.iter().count()),
        Err(NotStored::NoRoom) => None,
        Err(NotStored::Seal(error)) => panic!("{error}"),
    };

    assert_eq!(changed(Replace::Nothing), None);
    // The new cookie, and one deletion.
    assert_eq!(changed(Replace::Oldest), Some(2));
    // The callback deletes the attempt that is repeated, so this is not done here.
    assert_eq!(changed(Replace::Attempt(ids[2])), Some(1));
    let replaced = attempts
        .store(&further, &received, Replace::Oldest)
        .unwrap();
    let oldest = attempts.delete(&ids[0]);
    assert_eq!(replaced.iter().next(), oldest.iter().next());

    // An expired sign-in may always be deleted to make room.
    clock.set(NOW.plus(LIFETIME + Duration::from_secs(2)));
    assert_eq!(changed(Replace::Nothing), Some(2));
}

#[test]
fn a_long_return_path_takes_the_room_of_several_sign_ins() {
    let (attempts, _) = attempts(SECRET);
    let long = format!("/{}", "a".repeat(1_050));
    let cookies = [
        store(&attempts, &begin(&attempts, &long)),
        store(&attempts, &begin(&attempts, &long)),
    ];
    let received = sent(&attempts, &cookies);
    let store = |page: &str| attempts.store(&begin(&attempts, page), &received, Replace::Nothing);

    assert!(matches!(store(&long), Err(NotStored::NoRoom)));
    assert!(store("/").is_ok());
}
