//! Requests to guarded pages: what the demands of a guard cost beyond the guard itself.

use std::time::Duration;

use base64_simd::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use tower_layer::Layer as _;
use tower_oidc::RequireAuth;
use tower_oidc::guard::RequireAuthLayer;

use crate::application::{self, cookie_field};
use crate::fixture::Fixture;
use crate::measure::Operation;
use crate::service::{call, fields, handler, request};

pub(super) const GUARDED: &str = "guarded";
pub(super) const SIGN_IN: &str = "guarded by scope, acr and max_age";
pub(super) const ROLE: &str = "guarded by a role";
pub(super) const TWO_ROLES: &str = "guarded by two roles";

/// The same session for each, with an `acr`, an `auth_time` and roles. The handler does not look at it.
pub(super) fn requests(fixture: &Fixture) -> Vec<Operation> {
    let fixture = with_what_is_demanded(fixture);
    let (layer, _) = application::layer(&fixture);
    let cookies = application::cookies(&layer.seal_test_session(fixture.session()));
    let cookies = cookie_field(&cookies);
    let guarded = |name: &str, guard: RequireAuthLayer| {
        let mut service = layer.layer(guard.layer(handler(async |_| ())));
        let fields = fields(&cookies);
        Operation::new(name, move || {
            let response = call(&mut service, request(&fields));
            assert!(response.status().is_success(), "the guard admits the user");
        })
    };
    let guard = RequireAuth::layer;
    let five_minutes = Duration::from_secs(300);
    vec![
        guarded(GUARDED, guard()),
        guarded(
            SIGN_IN,
            guard().scope("openid").acr("phr").max_age(five_minutes),
        ),
        guarded(ROLE, guard().role("admin")),
        guarded(TWO_ROLES, guard().role("admin").role("editor")),
    ]
}

fn with_what_is_demanded(fixture: &Fixture) -> Fixture {
    let mut fixture = fixture.clone();
    let demanded = [
        ("acr", json!("phr")),
        ("auth_time", json!(fixture.issued_at())),
        ("roles", json!(["admin", "editor", "support"])),
    ];
    fixture.scope = format!("openid {}", fixture.scope);
    for (name, value) in demanded {
        fixture.claims[name] = value;
    }
    let parts: Vec<_> = fixture.id_token.split('.').collect();
    if let [header, payload, signature] = parts[..] {
        let payload = URL_SAFE_NO_PAD.decode_to_vec(payload).expect("a JWT");
        let mut payload: Value = serde_json::from_slice(&payload).expect("claims");
        for name in ["acr", "auth_time", "roles"] {
            payload[name] = fixture.claims[name].clone();
        }
        let payload = URL_SAFE_NO_PAD.encode_to_string(payload.to_string());
        fixture.id_token = format!("{header}.{payload}.{signature}");
    }
    fixture
}
