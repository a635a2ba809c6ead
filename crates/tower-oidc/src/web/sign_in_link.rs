//! Links on our pages to the sign-in, which come back to the page that the user wanted.

use url::form_urlencoded;

use crate::origin::Origin;
use crate::origin::return_to::ReturnTo;

/// Where a page of ours lets the user sign in. Nothing, if the application has turned the route off.
pub(crate) struct SignInLink {
    path: Option<String>,
    return_to: Option<ReturnTo>,
}

impl Origin {
    /// A link that comes back to `return_to`, or else to the configured page.
    pub(crate) fn sign_in_link(&self, return_to: Option<ReturnTo>) -> SignInLink {
        let path = self.routes.sign_in.as_deref();
        SignInLink {
            path: path.map(|path| self.routes.public(path)),
            return_to: return_to.filter(|page| *page != self.after_sign_in),
        }
    }
}

impl SignInLink {
    /// The path and query, with further parameters; every value is percent-encoded.
    pub(crate) fn href(&self, parameters: &[(&str, &str)]) -> Option<String> {
        let mut href = self.path.clone()?;
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(parameters);
        if let Some(page) = &self.return_to {
            query.append_pair("return_to", page.as_str());
        }
        let query = query.finish();
        if !query.is_empty() {
            href.push('?');
            href.push_str(&query);
        }
        Some(href)
    }
}
