//! The `form-action` directive of CSP level 3, section 6.4.1.

use http::{HeaderMap, header};
use url::Url;

use super::site::Relation;

/// Where the forms of a page may be submitted to.
#[derive(Clone, Debug)]
pub(super) struct FormAction {
    page: Url,
    /// The sources of every policy that has the directive; each must allow the target.
    policies: Vec<Vec<String>>,
}

impl FormAction {
    pub(super) fn of(page: &Url, headers: &HeaderMap) -> Self {
        let fields = headers.get_all(header::CONTENT_SECURITY_POLICY).into_iter();
        let policies = fields
            .filter_map(|field| field.to_str().ok())
            .flat_map(|field| field.split(','))
            .filter_map(|policy| {
                let mut directives = policy.split(';').map(str::split_ascii_whitespace);
                directives.find_map(|mut words| {
                    let name = words.next()?;
                    name.eq_ignore_ascii_case("form-action")
                        .then(|| words.map(str::to_owned).collect())
                })
            })
            .collect();
        Self {
            page: page.clone(),
            policies,
        }
    }

    /// # Panics
    /// If a browser would block the submission, which is a fault of the page.
    pub(super) fn check(&self, target: &Url) {
        let allowed =
            |sources: &Vec<String>| sources.iter().any(|source| self.matches(source, target));
        assert!(
            self.policies.iter().all(allowed),
            "form-action of {} blocks {target}: {:?}",
            self.page,
            self.policies,
        );
    }

    /// Section 6.7.2.8 without wildcards and paths, which no page under test uses.
    fn matches(&self, source: &str, target: &Url) -> bool {
        if source.eq_ignore_ascii_case("'self'") {
            return Relation::of(&self.page, target) == Relation::SameOrigin;
        }
        if let Some(scheme) = source.strip_suffix(':') {
            return target.scheme() == scheme;
        }
        Url::parse(source).is_ok_and(|source| source.origin() == target.origin())
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn allows(policy: &'static str, target: &str) -> bool {
        let page = Url::parse("https://app.example/auth/sign-out").expect("a URL");
        let mut headers = HeaderMap::new();
        headers.insert(
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(policy),
        );
        let form_action = FormAction::of(&page, &headers);
        let target = Url::parse(target).expect("a URL");
        std::panic::catch_unwind(|| form_action.check(&target)).is_ok()
    }

    #[test]
    fn sources_name_the_targets() {
        assert!(allows("default-src 'none'", "https://anywhere.example/"));
        assert!(allows(
            "default-src 'none'; form-action 'self'",
            "https://app.example/out"
        ));
        assert!(allows(
            "form-action 'self' https://idp.example",
            "https://idp.example/end"
        ));
        assert!(allows("form-action https:", "https://anywhere.example/"));
        assert!(!allows("form-action 'none'", "https://app.example/out"));
        assert!(!allows("form-action 'self'", "https://idp.example/end"));
        assert!(!allows(
            "form-action 'self', form-action 'none'",
            "https://app.example/out"
        ));
    }
}
