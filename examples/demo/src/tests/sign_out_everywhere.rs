//! The two buttons that end a user's sessions in every browser.

use super::*;

/// Two browsers of alice, and one of bob.
async fn three_browsers(demo: &Demo) -> [Browser; 3] {
    let mut browsers = Vec::new();
    for user in ["alice", "alice", "bob"] {
        let browser = Browser::new(&TestClock::starting_now());
        browser
            .open(&demo.url("/auth/sign-in"))
            .await
            .press(user)
            .await;
        browsers.push(browser);
    }
    browsers.try_into().unwrap()
}

/// Whether the script of the page finds a user.
async fn is_signed_in(demo: &Demo, browser: &Browser) -> bool {
    let url = demo.url("/auth/session");
    let answer = browser.fetch(&demo.origin, Method::GET, &url).await;
    answer.json()["authenticated"] == true
}

#[tokio::test]
async fn a_sign_out_everywhere_ends_the_session_in_the_users_other_browser() {
    let demo = Demo::start().await;
    let [here, there, bob] = three_browsers(&demo).await;

    let home = here
        .open(&demo.url("/"))
        .await
        .press("Sign out everywhere")
        .await;

    assert!(home.text().contains("Hello stranger"));
    assert!(!is_signed_in(&demo, &there).await);
    assert!(is_signed_in(&demo, &bob).await);
}

#[tokio::test]
async fn a_sign_out_at_the_provider_ends_the_session_in_every_browser() {
    let demo = Demo::start().await;
    let [here, there, bob] = three_browsers(&demo).await;

    let home = here.open(&demo.url("/")).await;
    let home = home.press("Let the provider end my sessions").await;

    assert!(home.text().contains("Hello stranger"));
    assert!(!is_signed_in(&demo, &there).await);
    assert!(is_signed_in(&demo, &bob).await);
    let logouts = demo.provider.backchannel_logouts();
    assert_eq!(logouts.len(), 2);
}
