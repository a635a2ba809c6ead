//! The provider as a program, started as a person does.

use std::io::{BufRead, BufReader, Lines};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::{env, fs, process};

use http::StatusCode;

use crate::support::{REDIRECT_URI, Visitor, claims, request, with};

struct Program {
    child: Child,
    /// If its output were closed, the program would end.
    _output: Lines<BufReader<ChildStdout>>,
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_oidc-dev-provider"));
    for name in [
        "CONFIG_FILE",
        "PORT",
        "USERS",
        "CONSENT",
        "REDIRECT_URIS",
        "POST_LOGOUT_REDIRECT_URIS",
        "CLIENT_ID",
        "CLIENT_SECRET",
        "CLIENT_SECRET_JWT",
        "CLIENT_KEYS",
        "FAULTS",
    ] {
        command.env_remove(name);
    }
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Starts it on a free port, and reads the issuer that it prints.
fn start(command: &mut Command) -> (Program, String) {
    let mut child = command.env("PORT", "0").spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let issuer = lines
        .by_ref()
        .map_while(Result::ok)
        .find_map(|line| line.strip_prefix("issuer ").map(|it| it.trim().to_owned()));
    let program = Program {
        child,
        _output: lines,
    };
    (program, issuer.unwrap())
}

/// A file that only this test uses.
fn file(content: &str) -> PathBuf {
    let path = env::temp_dir().join(format!("oidc-dev-provider-{}.json", process::id()));
    fs::write(&path, content).unwrap();
    path
}

#[tokio::test]
async fn users_consent_and_redirect_uris_come_from_a_file() {
    let path = file(&format!(
        r#"{{
            "users": {{ "dora": {{ "groups": ["staff"] }} }},
            "consent": true,
            "redirect_uris": ["{REDIRECT_URI}"]
        }}"#
    ));
    let (_program, issuer) = start(command().arg(&path));
    let mut visitor = Visitor::at(&issuer);

    let page = visitor
        .post("/authorize", &with(request(), "user", "dora"))
        .await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("consent"), "{}", page.body);
    let back = visitor
        .post("/authorize", &with(request(), "consent", "allow"))
        .await;
    let code = back.location_parameter("code").unwrap();
    let tokens = visitor.redeem(&code).await.json();
    assert_eq!(claims(&tokens)["groups"][0], "staff");

    let elsewhere = with(request(), "redirect_uri", "http://localhost:3000/elsewhere");
    let refused = visitor.get("/authorize", &elsewhere).await;
    assert!(!refused.is_redirect(), "{}", refused.body);
    fs::remove_file(path).unwrap();
}

#[tokio::test]
async fn users_consent_and_redirect_uris_come_from_variables() {
    let (_program, issuer) = start(
        command()
            .env("USERS", r#"{"dora": {"groups": ["staff"]}}"#)
            .env("CONSENT", "true")
            .env("REDIRECT_URIS", "https://app.example/cb"),
    );
    let mut visitor = Visitor::at(&issuer);

    let refused = visitor.get("/authorize", &request()).await;
    assert!(!refused.is_redirect(), "{}", refused.body);
    let registered = with(request(), "redirect_uri", "https://app.example/cb");
    visitor
        .post("/authorize", &with(registered.clone(), "user", "dora"))
        .await;
    let back = visitor
        .post("/authorize", &with(registered, "consent", "allow"))
        .await;
    assert!(
        back.location()
            .as_str()
            .starts_with("https://app.example/cb?")
    );
}

#[test]
fn a_configuration_error_is_one_line() {
    let output = command().env("CONSENT", "perhaps").output().unwrap();

    assert_eq!(output.status.code(), Some(2));
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(error, "oidc-dev-provider: CONSENT must be true or false\n");
}
