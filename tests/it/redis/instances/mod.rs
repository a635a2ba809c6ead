//! Two instances of an application that share one Redis server behave as one.

mod processes;
mod rounds;
mod sign_out;

use oidc_dev_provider::{DevProviderBuilder, User};
use tokio::task::JoinSet;
use tower_oidc_tests::app::sign_in_as;
use tower_oidc_tests::{App, Browser};

/// A provider with this many users: `user-0`, `user-1` and so on.
fn with_users(provider: DevProviderBuilder, users: usize) -> DevProviderBuilder {
    (0..users).fold(provider, |provider, number| {
        provider.user(User::new(name(number)))
    })
}

fn name(number: usize) -> String {
    format!("user-{number}")
}

/// A browser for each user, in which they have signed in.
async fn signed_in(app: &App, users: usize) -> Vec<Browser> {
    let mut browsers = Vec::new();
    for number in 0..users {
        let browser = app.browser();
        assert_eq!(
            sign_in_as(&browser, &name(number)).await.text(),
            name(number)
        );
        browsers.push(browser);
    }
    browsers
}

/// What all of them answer, in any order.
pub(super) async fn all<T: Send + 'static>(
    answers: impl IntoIterator<Item = impl Future<Output = T> + Send + 'static>,
) -> Vec<T> {
    let mut running = JoinSet::new();
    for answer in answers {
        running.spawn(answer);
    }
    running.join_all().await
}
