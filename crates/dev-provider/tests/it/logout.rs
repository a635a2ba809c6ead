//! What clients learn when a session ends (OpenID Connect Back-Channel and Front-Channel Logout 1.0).

use std::sync::{Arc, Mutex};

use axum::{Router, routing::post};
use http::StatusCode;
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
    service::TowerToHyperService,
};
use oidc_dev_provider::{Client, DEV_CLIENT_ID, DEV_CLIENT_SECRET, DevProvider};
use serde_json::json;
use tokio::net::TcpListener;

use crate::support::{Visitor, jwt_part, request};

/// A client's endpoint for logout tokens that answers with this status: its URI, and the bodies that it got.
async fn endpoint(status: StatusCode) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let uri = format!("http://{}/logout", listener.local_addr().unwrap());
    let bodies = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&bodies);
    let receive = async move |body: String| {
        seen.lock().unwrap().push(body);
        (status, [("cache-control", "no-store")])
    };
    let service = TowerToHyperService::new(Router::new().route("/logout", post(receive)));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let connection = auto::Builder::new(TokioExecutor::new());
            let service = service.clone();
            tokio::spawn(async move {
                let _ = connection
                    .serve_connection(TokioIo::new(stream), service)
                    .await;
            });
        }
    });
    (uri, bodies)
}

async fn signed_in(provider: &DevProvider) -> (Visitor, String) {
    let mut visitor = Visitor::new(provider);
    let tokens = visitor.tokens("alice", request()).await;
    let sid = jwt_part(&tokens["id_token"], 1)["sid"].clone();
    (visitor, sid.as_str().unwrap().to_owned())
}

#[tokio::test]
async fn a_client_of_the_session_gets_one_logout_token() {
    let (uri, bodies) = endpoint(StatusCode::OK).await;
    let client = Client::confidential(DEV_CLIENT_ID, DEV_CLIENT_SECRET);
    let client = client.backchannel_logout_uri(uri, true);
    let provider = DevProvider::builder().client(client).start().await.unwrap();
    let (_visitor, sid) = signed_in(&provider).await;

    provider.sign_out_user("alice").await;
    provider.sign_out_user("alice").await;

    let bodies = bodies.lock().unwrap().clone();
    let [body] = bodies.as_slice() else {
        panic!("{bodies:?}");
    };
    let token = json!(body.strip_prefix("logout_token=").unwrap());
    assert_eq!(jwt_part(&token, 0)["typ"], "logout+jwt");
    let claims = jwt_part(&token, 1);
    assert_eq!(
        (&claims["sub"], &claims["sid"]),
        (&json!("alice"), &json!(sid))
    );
    let logouts = provider.backchannel_logouts();
    assert_eq!(logouts.len(), 1);
    assert_eq!(logouts[0].status, Some(200));
    assert_eq!(logouts[0].cache_control.as_deref(), Some("no-store"));
}

#[tokio::test]
async fn the_end_session_endpoint_sends_logout_tokens_and_shows_frames() {
    let (uri, bodies) = endpoint(StatusCode::BAD_REQUEST).await;
    let provider = DevProvider::start().await.unwrap();
    provider.set_backchannel_logout_uri(DEV_CLIENT_ID, uri);
    provider.set_frontchannel_logout_uri(DEV_CLIENT_ID, "http://localhost:3000/frame");
    let (mut visitor, sid) = signed_in(&provider).await;

    let confirmed = [("confirm", "yes")];
    let page = visitor.post("/end_session", &confirmed).await;

    assert_eq!(bodies.lock().unwrap().len(), 1);
    assert_eq!(provider.backchannel_logouts()[0].status, Some(400));
    let frame = "http://localhost:3000/frame?iss=http%3A%2F%2F127.0.0.1%3A";
    assert!(page.body.contains(frame), "{}", page.body);
    assert!(page.body.contains(&format!("sid={sid}")), "{}", page.body);
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(
        policy.contains("frame-src http://localhost:3000;"),
        "{policy}"
    );
}

#[tokio::test]
async fn a_client_that_does_not_answer_gets_its_token_and_the_user_is_signed_out() {
    let provider = DevProvider::start().await.unwrap();
    // Nothing listens on the port of a listener that is gone.
    let port = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    provider.set_backchannel_logout_uri(DEV_CLIENT_ID, format!("http://{port}/logout"));
    let _signed_in = signed_in(&provider).await;

    provider.sign_out_user("alice").await;

    assert_eq!(provider.session_count(), 0);
    assert_eq!(provider.backchannel_logouts()[0].status, None);
}

#[tokio::test]
async fn the_metadata_announce_both_kinds_of_logout() {
    let provider = DevProvider::start().await.unwrap();
    let metadata = Visitor::new(&provider)
        .get("/.well-known/openid-configuration", &[])
        .await
        .json();
    for channel in ["backchannel", "frontchannel"] {
        assert_eq!(metadata[format!("{channel}_logout_supported")], true);
        assert_eq!(
            metadata[format!("{channel}_logout_session_supported")],
            true
        );
    }
}
