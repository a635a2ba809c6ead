//! The head of the response that carries the session, and deletes the form too.

use std::collections::BTreeSet;
use tower_oidc_tests::random_text;

use oidc_dev_provider::User;

use super::*;

/// What a stock nginx accepts.
const NGINX: usize = 4_096;

/// The response to a sign-in of alice that returns to this page.
async fn signed_in(app: &App, browser: &Browser, page: &str) -> Exchange {
    let fields = begun_fields_for(app, browser, page).await;
    let redirect = browser.step(&form(app, &fields)).await;
    let answer = follow(app, browser, &redirect).await;
    assert_eq!(answer.set_cookies().len(), 3, "session, transaction, form");
    answer
}

fn with_claim_of(length: usize) -> User {
    User::new("alice").claim("about", random_text(length))
}

/// The page is given up for the default one if cookies and `Location` would take more than their share.
#[tokio::test]
async fn a_long_return_path_leaves_room_for_the_deletion_of_the_form() {
    let app = start_with(|it| it.user(with_claim_of(700))).await;
    let browser = known_browser(&app, "alice").await;
    let mut pages = BTreeSet::new();
    for length in (1_000..1_900).step_by(25) {
        let page = format!("/private?{}", "a".repeat(length));
        let answer = signed_in(&app, &browser, &page).await;

        let location = answer.header("location").unwrap();
        let fields = answer.set_cookies();
        let fields = fields.iter().map(|it| it.len() + "set-cookie: \r\n".len());
        let size = fields.sum::<usize>() + location.len();
        assert!(size <= 3_700, "{length}: {size}");
        pages.insert(location == page);
    }
    assert_eq!(pages.len(), 2, "{pages:?}");
}

/// Beside one full cookie there is room for a short page, and for no long one.
#[tokio::test]
async fn the_response_that_sets_one_full_cookie_passes_a_stock_nginx() {
    let register = |it: tower_oidc::Provider| it.response_mode(ResponseMode::FormPost);
    let app = App::registered(
        |it| it.user(with_claim_of(2_080)),
        register,
        |auth| auth.max_cookies(1),
    )
    .await;
    let browser = known_browser(&app, "alice").await;
    let long = format!("/private?{}", "a".repeat(400));
    for (page, location) in [("/private", "/private"), (long.as_str(), "/")] {
        let answer = signed_in(&app, &browser, page).await;

        let cookie = session(&browser).unwrap();
        assert!(cookie.len() > 3_400, "{}", cookie.len());
        assert!(answer.head_size() < NGINX, "{}", answer.head_size());
        assert_eq!(answer.header("location"), Some(location));
    }
}
