//! The main job against npm's `oidc-provider`, which the OpenID Foundation certified. Behind the
//! feature `interop`, because it needs node.

use tower_oidc::{AuthLayer, Prompt, Provider};
use tower_oidc_tests::app::{SECRET, router};
use tower_oidc_tests::browser::Page;
use tower_oidc_tests::{Browser, Listener, OidcProvider, TestClock};

struct Client {
    id: &'static str,
    secret: Option<&'static str>,
    signs_by: &'static str,
}

const CLIENTS: [Client; 3] = [
    Client {
        id: "basic",
        secret: Some("basic-secret-basic-secret-basic-secret"),
        signs_by: "RS256",
    },
    Client {
        id: "post",
        secret: Some("post-secret-post-secret-post-secret"),
        signs_by: "ES384",
    },
    Client {
        id: "public",
        secret: None,
        signs_by: "ES384",
    },
];

#[tokio::test]
async fn a_user_signs_in_and_out_with_each_kind_of_client() {
    for client in CLIENTS {
        let listener = Listener::bind().await;
        let origin = listener.origin("localhost");
        let provider = OidcProvider::start(&origin, &[]).await;
        let clock = TestClock::starting_now();
        let mut registration = Provider::new(provider.issuer(), client.id).prompt(Prompt::Consent);
        if let Some(secret) = client.secret {
            registration = registration.client_secret(secret);
        }
        let auth = AuthLayer::builder()
            .provider(registration)
            .base_url(&origin)
            .cookie_secret(SECRET)
            .clock(clock.clone())
            .build()
            .unwrap();
        let _server = listener.serve(router().layer(auth));
        let browser = Browser::new(&clock);

        let page = browser
            .open(&format!("{origin}/auth/sign-in?return_to=/who"))
            .await;
        let who = consent(&log_in(&page).await).await.json();

        assert_eq!(who["state"], "Authenticated", "{}", client.id);
        assert_eq!(who["claims"]["sub"], "someone");
        assert_eq!(who["claims"]["iss"], provider.issuer());
        assert_eq!(
            algorithm(who["id_token"].as_str().unwrap()),
            client.signs_by
        );
        let scopes = who["scopes"].as_array().unwrap();
        assert!(scopes.iter().any(|scope| scope == "offline_access"));

        let page = browser.open(&format!("{origin}/auth/sign-out")).await;
        let page = page.press("Sign out").await;
        assert!(page.url().as_str().starts_with(provider.issuer()));
        let page = page.press("Yes, sign me out").await;

        assert_eq!(page.url().as_str(), format!("{origin}/"));
        assert_eq!(page.text(), "nobody");
        let page = browser.open(&format!("{origin}/auth/sign-in")).await;
        assert!(
            !page.forms().is_empty(),
            "the provider's session has ended too"
        );
    }
}

async fn log_in(page: &Page) -> Page {
    page.submit("Sign-in", &[("login", "someone"), ("password", "any")])
        .await
}

async fn consent(page: &Page) -> Page {
    page.press("Continue").await
}

fn algorithm(jwt: &str) -> String {
    let header = jwt.split('.').next().unwrap();
    let header = base64_simd::URL_SAFE_NO_PAD.decode_to_vec(header).unwrap();
    let header: serde_json::Value = serde_json::from_slice(&header).unwrap();
    header["alg"].as_str().unwrap().to_owned()
}
