//! Links to the sign-in that comes back to a refused page, and whether it has been tried already.

use relying_party::Prompt;

use crate::context::AuthContext;
use crate::context::error_kind::{AuthErrorKind, Refusal};
use crate::log_limit::limited;
use crate::origin::sign_in_query::SignInQuery;
use crate::session::after_refusal::AfterRefusal;
use crate::sign_in::step_up::DemandedSignIn;

/// Percent-encoding may triple a path, and a stock nginx accepts 4 KiB of response head.
const MAX_URL_LENGTH: usize = 2_048;

/// A link for a page that comes back to this page, or to the one whose form this is. `None` if the sign-in route is
/// turned off.
pub(super) fn for_page(context: &AuthContext, kind: AuthErrorKind) -> Option<String> {
    sign_in_url(context, query(context, kind))
}

/// The same, and the provider asks who the user is: it may know them, and would answer without a question.
pub(super) fn that_asks_who(context: &AuthContext, kind: AuthErrorKind) -> Option<String> {
    let query = SignInQuery {
        prompt: Some(Prompt::Login),
        after_refusal: false,
        ..query(context, kind)
    };
    sign_in_url(context, query)
}

/// Where a navigation is redirected: without the page to come back to if the URL is longer than a redirect should be.
pub(super) fn for_redirect(context: &AuthContext, kind: AuthErrorKind) -> Option<String> {
    let query = query(context, kind);
    let url = sign_in_url(context, query.clone())?;
    if url.len() <= MAX_URL_LENGTH {
        Some(url)
    } else {
        without_page(context, query)
    }
}

/// A link for a script, which knows the page to come back to.
pub(super) fn for_script(context: &AuthContext, kind: AuthErrorKind) -> Option<String> {
    let query = SignInQuery {
        after_refusal: false,
        ..query(context, kind)
    };
    without_page(context, query)
}

fn sign_in_url(context: &AuthContext, query: SignInQuery) -> Option<String> {
    let origin = &context.components().origin;
    let page = origin.own_page(context.page_after_sign_in().as_deref());
    origin.sign_in_url(provider_id(context), page.as_ref(), query)
}

fn without_page(context: &AuthContext, query: SignInQuery) -> Option<String> {
    let origin = &context.components().origin;
    origin.sign_in_url(provider_id(context), None, query)
}

/// The id of the session's provider, where its user signs in again.
fn provider_id(context: &AuthContext) -> Option<&str> {
    context.registration()?.id.as_deref()
}

/// What a link has to ask for.
fn query(context: &AuthContext, kind: AuthErrorKind) -> SignInQuery {
    let demanded = demanded(context, kind);
    SignInQuery {
        // For an interaction the provider has to ask the user, who would otherwise come back without an answer and be
        // sent there again.
        prompt: (kind == AuthErrorKind::InteractionRequired).then_some(Prompt::Consent),
        after_refusal: demanded.is_none() && context.session().is_some(),
        demands: demanded.and_then(|it| context.components().attempts.seal_demands(&it)),
        ..SignInQuery::default()
    }
}

/// What the guards of this request demand of the sign-in. Where more is asked of a user who is signed in, nobody else may
/// sign in instead.
fn demanded(context: &AuthContext, kind: AuthErrorKind) -> Option<DemandedSignIn> {
    let step_up = context.demanded()?;
    let claims = context.claims().filter(|_| kind.is_of_guard());
    Some(DemandedSignIn {
        refusal: AfterRefusal::demanded(step_up.hash(), earlier_refusal(context)),
        user: claims.map(|claims| (claims.iss().to_owned(), claims.sub().to_owned())),
        step_up: (*step_up).clone(),
    })
}

/// The refusal that asked for the sign-in from which the user has just come back.
fn earlier_refusal(context: &AuthContext) -> Option<AfterRefusal> {
    let now = context.components().persistence.now();
    context.session()?.after_refusal(now)
}

/// Whether a refusal has sent the user to the sign-in already, and another sign-in would not help. A provider that signs
/// them in without a question would send them back at once, again and again.
pub(super) fn is_redirect_loop(context: &AuthContext, refusal: &Refusal) -> bool {
    let Some(earlier) = earlier_refusal(context) else {
        return false;
    };
    let kind = refusal.kind;
    let next = match context.demanded().filter(|_| kind.is_of_guard()) {
        Some(step_up) => AfterRefusal::demanded(step_up.hash(), Some(earlier)),
        None => AfterRefusal::Refused,
    };
    let is_loop = earlier.is_loop(next);
    if is_loop {
        log_loop(context, refusal);
    }
    is_loop
}

fn log_loop(context: &AuthContext, refusal: &Refusal) {
    let shared = context.components();
    let kind = refusal.kind;
    let key = ("refusal", kind.code());
    if kind.is_of_guard() {
        let missing = &refusal.missing;
        limited!(
            warn,
            shared,
            key,
            code = kind.code(),
            ?missing,
            "a user came back from the sign-in without what a guard demands, and is not redirected any more; check \
             that the provider knows what is demanded, that this client may ask for it, and that this user may have it"
        );
        return;
    }
    let session = context.session();
    let has_refresh_token = session.is_some_and(|it| it.body.refresh_token.is_some());
    limited!(
        warn,
        shared,
        key,
        code = kind.code(),
        has_refresh_token,
        "a user was refused again right after the sign-in that the first refusal had asked for, and \
         is not redirected any more; check that this client may have and use refresh tokens (the \
         scope offline_access), and that the provider honours prompt=consent"
    );
}
