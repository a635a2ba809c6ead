//! Issuers with a placeholder for the tenant, and the tenants that may replace it.

/// The placeholder, as the metadata of Microsoft Entra ID write it.
const PLACEHOLDER: &str = "{tenantid}";
/// A UUID has 36 characters.
const MAX_TENANT_CHARS: usize = 64;

/// An issuer identifier that has `{tenantid}` once, as a whole segment of its path. Each tenant has its
/// own issuer, which has the tenant's identifier there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct IssuerTemplate<'a> {
    text: &'a str,
    before: &'a str,
    after: &'a str,
}

/// The identifier of a tenant: 1 to 64 ASCII letters, digits and `-`. So an issuer that has it instead
/// of the placeholder has the same host and the same number of segments as the template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tenant<'a>(&'a str);

/// The tenants whose users may sign in.
#[derive(Clone, Debug)]
pub(crate) enum AllowedTenants {
    Any,
    Listed(Vec<String>),
}

/// Returns whether an issuer has a character that only templates have. URLs have none of them.
pub(super) fn has_braces(issuer: &str) -> bool {
    issuer.contains(['{', '}'])
}

impl<'a> IssuerTemplate<'a> {
    /// Reads a template. `None` if there is no placeholder, or not exactly one as a whole segment.
    /// One in the host would let a tenant choose whose issuer it is.
    pub(crate) fn parse(issuer: &'a str) -> Option<Self> {
        let (before, after) = issuer.split_once(PLACEHOLDER)?;
        let (_, host_and_path) = before.split_once("://")?;
        let is_in_path = host_and_path.contains('/') && before.ends_with('/');
        let is_segment = is_in_path && (after.is_empty() || after.starts_with('/'));
        (is_segment && !has_braces(before) && !has_braces(after)).then_some(Self {
            text: issuer,
            before,
            after,
        })
    }

    /// Returns the tenant whose issuer this is. `None` if it does not fit the template.
    pub(crate) fn tenant_of(self, iss: &str) -> Option<Tenant<'_>> {
        let rest = iss.strip_prefix(self.before)?;
        Tenant::parse(rest.strip_suffix(self.after)?)
    }

    /// Returns whether a key whose JWK has this `issuer` may sign for the tenant with the issuer `iss`:
    /// a key of all tenants has the template, and a key of one tenant the issuer of that tenant.
    pub(crate) fn allows_key(self, key_issuer: &str, iss: &str) -> bool {
        key_issuer == self.text || key_issuer == iss
    }
}

impl<'a> Tenant<'a> {
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        let fits = (1..=MAX_TENANT_CHARS).contains(&text.len()) && text.bytes().all(is_allowed);
        fits.then_some(Self(text))
    }

    pub(crate) const fn as_str(self) -> &'a str {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEMPLATE: &str = "https://op.example/{tenantid}/v2.0";

    #[test]
    fn the_placeholder_is_one_segment_of_the_path() {
        for issuer in [
            TEMPLATE,
            "https://op.example/{tenantid}",
            "https://op.example/{tenantid}/",
            "http://localhost:1/a/{tenantid}/b",
        ] {
            assert!(IssuerTemplate::parse(issuer).is_some(), "{issuer}");
        }
        for issuer in [
            "https://op.example/v2.0",
            "https://{tenantid}.op.example/v2.0",
            "https://{tenantid}/v2.0",
            "https://op.example/a{tenantid}/v2.0",
            "https://op.example/{tenantid}b/v2.0",
            "https://op.example/{tenantid}/{tenantid}",
            "https://op.example/{tenantid}/{other}",
            "https://op.example/{/{tenantid}",
            "https://op.example/{tenantId}",
            "https://op.example/{tenant}",
            "{tenantid}",
            "/{tenantid}/",
            "",
        ] {
            assert!(IssuerTemplate::parse(issuer).is_none(), "{issuer}");
        }
    }

    #[test]
    fn an_issuer_fits_the_template_only_with_a_tenant_in_the_place_of_the_placeholder() {
        let template = IssuerTemplate::parse(TEMPLATE).unwrap();
        let tenant = |iss: &str| template.tenant_of(iss).map(|it| it.as_str().to_owned());
        assert_eq!(
            tenant("https://op.example/Acme-1/v2.0"),
            Some("Acme-1".to_owned())
        );
        let longest = "a".repeat(64);
        assert_eq!(
            tenant(&format!("https://op.example/{longest}/v2.0")),
            Some(longest.clone())
        );
        for iss in [
            TEMPLATE,
            "https://op.example//v2.0",
            "https://op.example/v2.0",
            "https://op.example/a/v2.0/",
            "https://op.example/a/v2.00",
            "https://op.example/a/b/v2.0",
            "https://op.example/../v2.0",
            "https://op.example/a%2fb/v2.0",
            "https://op.example/a b/v2.0",
            "https://op.example/\u{e4}/v2.0",
            "https://op.example/a?/v2.0",
            "https://OP.example/a/v2.0",
            "https://evil.example/a/v2.0",
            "http://op.example/a/v2.0",
            &format!("https://op.example/{longest}a/v2.0"),
            "",
        ] {
            assert_eq!(tenant(iss), None, "{iss}");
        }
        let open = IssuerTemplate::parse("https://op.example/{tenantid}").unwrap();
        assert_eq!(open.tenant_of("https://op.example/a"), Some(Tenant("a")));
        assert_eq!(open.tenant_of("https://op.example/a/"), None);
    }

    #[test]
    fn a_key_is_for_all_tenants_or_for_the_one_that_it_names() {
        let template = IssuerTemplate::parse(TEMPLATE).unwrap();
        let acme = "https://op.example/acme/v2.0";
        for (key_issuer, expected) in [
            (TEMPLATE, true),
            (acme, true),
            ("https://op.example/other/v2.0", false),
            ("https://other.example/{tenantid}/v2.0", false),
            ("", false),
        ] {
            assert_eq!(
                template.allows_key(key_issuer, acme),
                expected,
                "{key_issuer}"
            );
        }
    }
}
