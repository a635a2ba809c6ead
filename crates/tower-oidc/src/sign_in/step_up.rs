//! What guards demand of a sign-in, and the sealed form in which a link brings it to the sign-in route: nobody else can
//! write one.

use std::time::Duration;

use sealed_cookie::{Entropy, SealError, Sealer};
use sha2::{Digest, Sha256};

use super::Attempts;
use crate::format::codec::{Malformed, Reader, Writer, set_once, utf8};
use crate::format::time::UnixMillis;
use crate::log_limit::limited;
use crate::session::after_refusal::{AfterRefusal, DemandsHash};

/// How long a link asks for what was demanded: a page that shows it may stay open for a while. An older link starts an
/// ordinary sign-in, after which the guard refuses once more and makes a new link.
const LIFETIME: Duration = Duration::from_secs(600);

const SCOPE: u8 = 1;
const ACR_VALUES: u8 = 2;
const MAX_AGE: u8 = 3;
const ORGANIZATION: u8 = 4;
const ISSUER: u8 = 5;
const SUBJECT: u8 = 6;
const REFUSAL: u8 = 7;

/// What a sign-in has to ask for, so that its session has what guards demand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct StepUp {
    /// Scopes, separated by spaces.
    pub(crate) scope: Option<String>,
    /// Values of `acr`, separated by spaces; one of them suffices.
    pub(crate) acr_values: Option<String>,
    /// In whole seconds.
    pub(crate) max_age: Option<Duration>,
    pub(crate) organization: Option<String>,
}

impl StepUp {
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What both demand. Where a sign-in can have only one value, it is that of `inner`.
    pub(crate) fn and(&self, inner: &Self) -> Self {
        let scope = match (&self.scope, &inner.scope) {
            (Some(outer), Some(inner)) if outer != inner => Some(format!("{outer} {inner}")),
            (outer, inner) => inner.as_ref().or(outer.as_ref()).cloned(),
        };
        Self {
            scope,
            acr_values: acr_values(self.acr_values.as_deref(), inner.acr_values.as_deref()),
            max_age: self.max_age.into_iter().chain(inner.max_age).min(),
            organization: inner
                .organization
                .as_ref()
                .or(self.organization.as_ref())
                .cloned(),
        }
    }

    /// Tells these demands from others.
    pub(crate) fn hash(&self) -> DemandsHash {
        let mut writer = Writer::with_capacity(128);
        self.write(&mut writer);
        let hash: [u8; 32] = Sha256::digest(writer.as_ref()).into();
        let [a, b, c, d, ..] = hash;
        [a, b, c, d]
    }

    fn write(&self, writer: &mut Writer) {
        for (tag, text) in [
            (SCOPE, &self.scope),
            (ACR_VALUES, &self.acr_values),
            (ORGANIZATION, &self.organization),
        ] {
            if let Some(text) = text {
                writer.field(tag, text.as_bytes());
            }
        }
        if let Some(max_age) = self.max_age {
            let mut seconds = Writer::with_capacity(10);
            seconds.number(max_age.as_secs());
            writer.field(MAX_AGE, seconds.as_ref());
        }
    }
}

/// The values that both accept. If there are none, those of `inner`.
pub(crate) fn acr_values(outer: Option<&str>, inner: Option<&str>) -> Option<String> {
    let (Some(outer), Some(inner)) = (outer, inner) else {
        return inner.or(outer).map(str::to_owned);
    };
    let is_of_both = |value: &&str| outer.split_ascii_whitespace().any(|it| it == *value);
    let both: Vec<_> = inner.split_ascii_whitespace().filter(is_of_both).collect();
    Some(match both.is_empty() {
        true => inner.to_owned(),
        false => both.join(" "),
    })
}

/// A sign-in that guards ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DemandedSignIn {
    pub(crate) step_up: StepUp,
    /// Issuer and `sub` of the user who is signed in, and nobody else may sign in instead.
    pub(crate) user: Option<(String, String)>,
    pub(crate) refusal: AfterRefusal,
}

impl DemandedSignIn {
    fn write(&self, writer: &mut Writer) {
        self.step_up.write(writer);
        if let Some((iss, sub)) = &self.user {
            writer.field(ISSUER, iss.as_bytes());
            writer.field(SUBJECT, sub.as_bytes());
        }
        let mut refusal = Writer::with_capacity(8);
        self.refusal.write(&mut refusal);
        writer.field(REFUSAL, refusal.as_ref());
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        let mut step_up = StepUp::default();
        let (mut iss, mut sub, mut refusal) = (None, None, None);
        while let Some((tag, content)) = reader.field()? {
            let text = || utf8(content).map(str::to_owned);
            match tag {
                SCOPE => set_once(&mut step_up.scope, text()?)?,
                ACR_VALUES => set_once(&mut step_up.acr_values, text()?)?,
                MAX_AGE => {
                    let seconds = Reader::new(content).number()?;
                    set_once(&mut step_up.max_age, Duration::from_secs(seconds))?;
                }
                ORGANIZATION => set_once(&mut step_up.organization, text()?)?,
                ISSUER => set_once(&mut iss, text()?)?,
                SUBJECT => set_once(&mut sub, text()?)?,
                REFUSAL => set_once(&mut refusal, AfterRefusal::read(content))?,
                // A newer version may demand something else, which must not be left out.
                _ => return Err(Malformed),
            }
        }
        Ok(Self {
            step_up,
            user: iss.zip(sub),
            refusal: refusal.ok_or(Malformed)?,
        })
    }
}

impl Attempts {
    /// The parameter of a link that demands this; `None`, with a line in the log, if nothing can be sealed.
    pub(crate) fn seal_demands(&self, demanded: &DemandedSignIn) -> Option<String> {
        let sealed = seal(
            &self.demands_sealer,
            self.entropy.as_ref(),
            demanded,
            self.now(),
        );
        if let Err(error) = &sealed {
            limited!(
                error,
                self,
                ("sign_in", "demands"),
                %error,
                "a link to the sign-in asks for nothing that a guard demands"
            );
        }
        sealed.ok()
    }

    /// What a link demands, if it was made here and is not too old.
    pub(crate) fn open_demands(&self, sealed: &str) -> Option<DemandedSignIn> {
        open(&self.demands_sealer, sealed, self.now())
    }
}

fn seal(
    sealer: &Sealer,
    entropy: &dyn Entropy,
    demanded: &DemandedSignIn,
    now: UnixMillis,
) -> Result<String, SealError> {
    let mut writer = Writer::with_capacity(512);
    writer.number(now.0);
    demanded.write(&mut writer);
    sealer.seal(writer.as_ref(), b"", entropy)
}

fn open(sealer: &Sealer, sealed: &str, now: UnixMillis) -> Option<DemandedSignIn> {
    let opened = sealer.open(sealed.as_bytes(), b"").ok()?;
    let mut reader = Reader::new(opened.plaintext());
    let sealed_at = UnixMillis(reader.number().ok()?);
    let demanded = DemandedSignIn::read(&mut reader).ok()?;
    (now.since(sealed_at) < LIFETIME).then_some(demanded)
}

#[cfg(test)]
mod tests {
    use sealed_cookie::{CookieSecret, KeyRing, OsEntropy, Purpose};

    use super::*;

    const NOW: UnixMillis = UnixMillis(1_795_000_000_000);

    fn sealer() -> Sealer {
        let secret = CookieSecret::new("q7Zx2LmV9cKdR4tYw8BnHs3JfGpUeA6Q").unwrap();
        KeyRing::new([secret])
            .unwrap()
            .sealer(Purpose::new("demands"), &[])
    }

    fn full() -> StepUp {
        StepUp {
            scope: Some("orders:write".to_owned()),
            acr_values: Some("gold platinum".to_owned()),
            max_age: Some(Duration::from_secs(300)),
            organization: Some("acme".to_owned()),
        }
    }

    #[test]
    fn a_link_demands_what_was_sealed_for_ten_minutes() {
        for user in [
            None,
            Some(("https://id.example".to_owned(), "alice".to_owned())),
        ] {
            let demanded = DemandedSignIn {
                step_up: full(),
                user,
                refusal: AfterRefusal::demanded(full().hash(), None),
            };
            let sealed = seal(&sealer(), &OsEntropy, &demanded, NOW).unwrap();
            let opened = |after| open(&sealer(), &sealed, NOW.plus(Duration::from_secs(after)));

            assert_eq!(opened(599), Some(demanded));
            assert_eq!(opened(600), None);
        }
    }

    #[test]
    fn what_was_not_sealed_here_demands_nothing() {
        for text in ["", "gold", &"A".repeat(120)] {
            assert_eq!(open(&sealer(), text, NOW), None);
        }
    }

    #[test]
    fn an_unknown_demand_is_not_left_out() {
        let mut writer = Writer::with_capacity(16);
        writer.field(REFUSAL, &[]);
        assert!(DemandedSignIn::read(&mut Reader::new(writer.as_ref())).is_ok());

        writer.field(99, b"");
        assert!(DemandedSignIn::read(&mut Reader::new(writer.as_ref())).is_err());
    }

    #[test]
    fn two_guards_demand_everything_of_both() {
        let inner = StepUp {
            scope: Some("orders:read".to_owned()),
            acr_values: Some("platinum steel".to_owned()),
            max_age: Some(Duration::from_secs(60)),
            organization: None,
        };
        let both = full().and(&inner);

        assert_eq!(both.scope.as_deref(), Some("orders:write orders:read"));
        assert_eq!(both.acr_values.as_deref(), Some("platinum"));
        assert_eq!(both.max_age, Some(Duration::from_secs(60)));
        assert_eq!(both.organization.as_deref(), Some("acme"));
        assert_eq!(full().and(&StepUp::default()), full());
        assert_eq!(StepUp::default().and(&full()), full());
        assert_eq!(full().and(&full()), full());
    }

    #[test]
    fn every_demand_changes_the_hash() {
        let changes: [fn(&mut StepUp); 4] = [
            |it| it.scope = None,
            |it| it.acr_values = Some("gold".to_owned()),
            |it| it.max_age = Some(Duration::from_secs(301)),
            |it| it.organization = None,
        ];
        for (number, change) in changes.into_iter().enumerate() {
            let mut changed = full();
            change(&mut changed);

            assert_ne!(changed.hash(), full().hash(), "{number}");
        }
    }
}
