use super::*;

fn sent(request: &Request, name: &str) -> Option<String> {
    let headers = request.headers(true);
    headers
        .get(name)
        .map(|value| value.to_str().expect("text").to_owned())
}

fn site(request: &Request) -> String {
    sent(request, "sec-fetch-site").expect("a trustworthy URL")
}

fn redirect(request: &Request, status: u16, location: &str) -> Request {
    let mut response = http::Response::new(Bytes::new());
    *response.status_mut() = StatusCode::from_u16(status).expect("a status");
    response.headers_mut().insert(
        header::LOCATION,
        HeaderValue::try_from(location).expect("text"),
    );
    let exchange = Exchange::new(request, HeaderMap::new(), response, Vec::new());
    request.redirected(&exchange).expect("a redirect")
}

#[test]
fn a_typed_address_has_no_site_through_all_redirects() {
    let typed = Request::navigation("https://app.example/auth/sign-in");
    assert_eq!(site(&typed), "none");
    let provider = redirect(&typed, 303, "https://idp.example/authorize");
    assert_eq!(site(&provider), "none");
    assert!(provider.cookie_request(true).same_site);
}

#[test]
fn a_link_names_the_relation_to_its_page() {
    let link = Request::navigation("https://app.example/");
    assert_eq!(
        site(&link.clone().from("https://app.example/a")),
        "same-origin"
    );
    assert_eq!(
        site(&link.clone().from("https://www.app.example/")),
        "same-site"
    );
    assert_eq!(site(&link.from("https://evil.example/")), "cross-site");
}

#[test]
fn redirects_through_another_site_are_cross_site_in_metadata_but_not_for_cookies() {
    let link = Request::navigation("https://app.example/auth/sign-in").from("https://app.example/");
    let away = redirect(&link, 303, "https://idp.example/authorize");
    assert!(!away.cookie_request(true).same_site);
    let back = redirect(&away, 303, "https://app.example/auth/callback");
    assert_eq!(site(&back), "cross-site");
    assert!(back.cookie_request(true).same_site);
}

#[test]
fn metadata_is_sent_to_trustworthy_urls_only() {
    let headers = |url| Request::navigation(url).headers(true);
    assert!(headers("http://localhost:3000/").contains_key("sec-fetch-mode"));
    assert!(headers("https://app.example/").contains_key("sec-fetch-mode"));
    assert!(!headers("http://app.example/").contains_key("sec-fetch-mode"));
}

#[test]
fn kinds_differ_in_mode_destination_and_purpose() {
    let url = "https://app.example/";
    for (request, mode, destination, purpose) in [
        (Request::navigation(url), "navigate", "document", None),
        (Request::iframe(url), "navigate", "iframe", None),
        (
            Request::prefetch(url),
            "navigate",
            "document",
            Some("prefetch"),
        ),
        (
            Request::prerender(url),
            "navigate",
            "document",
            Some("prefetch;prerender"),
        ),
        (Request::fetch(url), "cors", "empty", None),
        (Request::image(url), "no-cors", "image", None),
    ] {
        assert_eq!(sent(&request, "sec-fetch-mode").as_deref(), Some(mode));
        assert_eq!(
            sent(&request, "sec-fetch-dest").as_deref(),
            Some(destination)
        );
        assert_eq!(sent(&request, "sec-purpose").as_deref(), purpose);
    }
}

#[test]
fn posts_name_their_origin_and_gets_do_not() {
    let get = Request::navigation("https://app.example/").from("https://evil.example/page");
    assert_eq!(sent(&get, "origin"), None);
    let post = get.form(&[("a", "b")]);
    assert_eq!(
        sent(&post, "origin").as_deref(),
        Some("https://evil.example")
    );
    assert_eq!(
        sent(&post, "referer").as_deref(),
        Some("https://evil.example/")
    );
    let typed = Request::navigation("https://app.example/");
    assert_eq!(sent(&typed, "origin"), None);
}

#[test]
fn fetch_names_its_origin_when_it_crosses_or_writes() {
    let own = Request::fetch("https://app.example/api").from("https://app.example/");
    assert_eq!(sent(&own, "origin"), None);
    let own_post = own.method(Method::POST);
    assert_eq!(
        sent(&own_post, "origin").as_deref(),
        Some("https://app.example")
    );
    let foreign = Request::fetch("https://app.example/api").from("https://evil.example/");
    assert_eq!(
        sent(&foreign, "origin").as_deref(),
        Some("https://evil.example")
    );
}

#[test]
fn a_page_with_no_referrer_posts_with_a_null_origin() {
    let mut response = http::Response::new(Bytes::new());
    let policy = HeaderValue::from_static("no-referrer");
    response
        .headers_mut()
        .insert(header::REFERRER_POLICY, policy);
    let asked = Request::navigation("https://app.example/auth/sign-out");
    let page = Exchange::new(&asked, HeaderMap::new(), response, Vec::new());
    let post = Request::navigation("https://app.example/auth/sign-out").form(&[("a", "b")]);
    let post = post.made_by(&page);
    assert_eq!(sent(&post, "origin").as_deref(), Some("null"));
    assert_eq!(sent(&post, "referer"), None);
    assert_eq!(site(&post), "same-origin");
}

#[test]
fn a_post_that_another_site_redirected_has_a_null_origin() {
    let post = Request::navigation("https://idp.example/")
        .from("https://app.example/")
        .form(&[("a", "b")]);
    let next = redirect(&post, 307, "https://third.example/");
    assert_eq!(sent(&next, "origin").as_deref(), Some("null"));
}

#[test]
fn redirects_change_the_method_as_the_standard_says() {
    let post = Request::navigation("https://app.example/")
        .from("https://app.example/")
        .form(&[("a", "b")]);
    for (status, method) in [
        (301, Method::GET),
        (302, Method::GET),
        (303, Method::GET),
        (307, Method::POST),
        (308, Method::POST),
    ] {
        let next = redirect(&post, status, "/next");
        assert_eq!(next.method, method, "{status}");
        assert_eq!(next.body.is_empty(), method == Method::GET, "{status}");
    }
    let delete = Request::fetch("https://app.example/").method(Method::DELETE);
    assert_eq!(redirect(&delete, 302, "/next").method, Method::DELETE);
    assert_eq!(redirect(&delete, 303, "/next").method, Method::GET);
}

#[test]
fn a_fragment_survives_a_redirect_that_names_none() {
    let request = Request::navigation("https://app.example/a#here");
    assert_eq!(
        redirect(&request, 303, "/b").url().as_str(),
        "https://app.example/b#here"
    );
    assert_eq!(
        redirect(&request, 303, "/b#there").url().as_str(),
        "https://app.example/b#there"
    );
}
