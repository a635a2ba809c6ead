//! `GET /auth/session.js`: a script for the application's pages, which notices that the user was signed out in
//! another tab, or that the session has ended. It only asks the session route, so it renews nothing.

use base64_simd::STANDARD;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Method, StatusCode};
use sha2::{Digest, Sha256};

use crate::flow::request_head::RequestHead;
use crate::origin::routes::Routes;
use crate::web::response::{OwnResponse, empty, for_this_origin};

const SOURCE: &str = include_str!("script.js");

/// The session path in the source.
const SESSION_PATH: &str = "/auth/session\"";

/// Pages load it again and again, and a change of the paths or of this crate soon reaches them.
const CACHING: HeaderValue = HeaderValue::from_static("public, max-age=300");

const JAVASCRIPT: HeaderValue = HeaderValue::from_static("text/javascript; charset=utf-8");

/// The answer is the same for everyone. Pages of other origins have no use for it.
pub(crate) fn run(routes: &Routes, head: &RequestHead) -> OwnResponse {
    let allowed = [Method::GET, Method::HEAD];
    if let Some(refused) = head.refused_method(&allowed, "GET, HEAD, OPTIONS") {
        return refused;
    }
    let mut response = empty(StatusCode::OK);
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, CACHING);
    headers.insert(CONTENT_TYPE, JAVASCRIPT);
    for_this_origin(headers);
    *response.body_mut() = text(routes).into();
    response
}

/// The hash of the script, as `integrity` and a Content-Security-Policy have it. `None` if its path is off.
pub(crate) fn hash(routes: &Routes) -> Option<String> {
    routes.session_script.as_ref()?;
    let digest = Sha256::digest(text(routes).as_bytes());
    Some(format!("sha256-{}", STANDARD.encode_to_string(digest)))
}

fn text(routes: &Routes) -> String {
    let lines = SOURCE.lines().map(str::trim_start);
    let lines: Vec<_> = lines.filter(|line| !line.starts_with("//")).collect();
    // A path has no character that ends a string of JavaScript.
    let path = routes.public(routes.session.as_deref().unwrap_or_default());
    lines.join("\n").replace(SESSION_PATH, &format!("{path}\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_has_at_most_a_kibibyte() {
        let script = text(&Routes::default());

        assert!(script.len() <= 1024, "{}", script.len());
        assert!(!script.contains("//"), "{script}");
    }

    #[test]
    fn the_script_asks_at_the_path_as_browsers_see_it() {
        let routes = Routes {
            session: Some("/who".to_owned()),
            mount_path: "/app".to_owned(),
            ..Routes::default()
        };

        let script = text(&routes);

        assert_eq!(script.matches("fetch(\"/app/who\")").count(), 1, "{script}");
        assert!(!script.contains("/auth/session\""), "{script}");
    }
}
