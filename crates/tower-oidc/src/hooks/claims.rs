//! Which claims a session has: those that the application keeps, and those that it adds.

use std::sync::Arc;

use bytes::Bytes;
use relying_party::{BoxFuture, Claims};
use serde_json::Value;
use serde_json::value::RawValue;

use super::trigger::Trigger;
use crate::hook_call::{BoxError, HookCall, HookFailed};
use crate::log_limit::{LogLimiter, limited};
use crate::session::Session;
use crate::session::body::Identity;
use crate::session::edits::UserParts;
use crate::session::object::{Object, read, written};

/// The argument of a [`map_claims`](crate::AuthLayerBuilder::map_claims) hook. `Debug` shows only the names of
/// the claims.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ClaimsToMap {
    /// Why the hook is called: a sign-in or a refresh.
    pub trigger: Trigger,
    /// The claims of the ID token and of UserInfo, reduced by
    /// [`keep_claims`](crate::AuthLayerBuilder::keep_claims) if that is set.
    pub claims: Claims,
}

pub(crate) type ClaimsHook =
    dyn Fn(ClaimsToMap) -> BoxFuture<Result<Claims, BoxError>> + Send + Sync;

/// The claims that the session keeps; `None` if the application does not change them.
pub(super) async fn decide(
    kept_claims: Option<&[String]>,
    hook: Option<Arc<ClaimsHook>>,
    trigger: Trigger,
    session: &Session,
    log: &LogLimiter,
) -> Result<Option<UserParts>, HookFailed> {
    if kept_claims.is_none() && hook.is_none() {
        return Ok(None);
    }
    let mut user = UserParts::of(&session.body);
    if let Some(names) = kept_claims {
        // The ID token contains the claims that the application does not want to keep, so it is not kept as
        // a hint either.
        let identity = user.identity.claims().ok_or(HookFailed)?;
        user.identity = Identity::Claims(kept(identity, names).ok_or(HookFailed)?);
        user.user_info = match &user.user_info {
            Some(user_info) => Some(kept(user_info, names).ok_or(HookFailed)?)
                .filter(|kept| kept.as_ref() != b"{}"),
            None => None,
        };
    }
    let Some(hook) = hook else {
        return Ok(Some(user));
    };
    let mut body = session.body.clone();
    user.clone().put_into(&mut body);
    let before = session.with_body(body);
    let before = before.claims().ok_or(HookFailed)?;
    let given = ClaimsToMap {
        trigger,
        claims: before.clone(),
    };
    let call = HookCall {
        name: "map_claims",
        log,
    };
    let after = call.run(move || hook(given)).await?;
    edited(&user, before, &after)
        .ok_or_else(|| {
            limited!(
                error,
                call,
                ("hook", "other_claims"),
                hook = call.name,
                "a hook returned other claims of the protocol than it was given"
            );
            HookFailed
        })
        .map(Some)
}

/// The claims of these names, and those that later checks need.
fn kept(json: &[u8], names: &[String]) -> Option<Bytes> {
    let mut object = read(json)?;
    object.retain(|name, _| {
        Claims::PROTOCOL.contains(&name.as_str()) || names.iter().any(|kept| kept == name)
    });
    written(&object)
}

/// The session's parts with the claims that the hook returned.
///
/// If `after` has all claims of the ID token unchanged, the session keeps the token. Otherwise the token is
/// only kept as `id_token_hint`, and the claims are those of `after`. Other claims of `after` are stored as
/// claims of UserInfo. `None` if `after` is not about the same sign-in.
fn edited(user: &UserParts, before: &Claims, after: &Claims) -> Option<UserParts> {
    let (before, mut after) = (read_claims(before)?, read_claims(after)?);
    let is_same = |name: &str| same(before.get(name), after.get(name));
    if !Claims::PROTOCOL.iter().all(|name| is_same(name)) {
        return None;
    }
    let signed = read(user.identity.claims()?)?;
    let mut id_token_hint = user.id_token_hint.clone();
    let identity = if signed.keys().all(|name| is_same(name)) {
        user.identity.clone()
    } else {
        if let Identity::IdToken(id_token) = &user.identity {
            id_token_hint = Some(id_token.clone());
        }
        let left: Object<'_> = signed
            .keys()
            .filter_map(|name| Some((name.clone(), *after.get(name)?)))
            .collect();
        Identity::Claims(written(&left)?)
    };
    let added: Vec<String> = after
        .keys()
        .filter(|name| !signed.contains_key(*name) && !is_same(name))
        .cloned()
        .collect();
    after.retain(|name, _| !signed.contains_key(name));
    Some(UserParts {
        identity,
        id_token_hint,
        user_info: match after.is_empty() {
            true => None,
            false => Some(written(&after)?),
        },
        added: match added.is_empty() {
            true => None,
            false => Some(serde_json::to_vec(&added).ok()?.into()),
        },
    })
}

fn read_claims(claims: &Claims) -> Option<Object<'_>> {
    read(claims.as_json().as_bytes())
}

/// Whether both are absent, or are the same JSON value, even if it is written differently.
fn same(one: Option<&&RawValue>, other: Option<&&RawValue>) -> bool {
    let (Some(one), Some(other)) = (one, other) else {
        return one.is_none() && other.is_none();
    };
    let value = |raw: &RawValue| serde_json::from_str::<Value>(raw.get()).ok();
    one.get() == other.get() || value(one).is_some_and(|one| Some(one) == value(other))
}
