//! A `mount_path` that does not fit the router around the layer: then the provider sends browsers to a
//! callback that nobody answers, and the log would say nothing.

use http::Request;

use crate::components::Components;

/// Says once if the paths of requests show that `mount_path` is missing or wrong.
pub(crate) fn check<B>(shared: &Components, request: &Request<B>) {
    if !shared.origin.hints.mount_path_hint_is_due() {
        return;
    }
    let mount_path = shared.origin.routes.mount_path.as_str();
    let path = request.uri().path();
    // One of our routes as users see it, although an outer router or proxy should have removed the prefix.
    if !mount_path.is_empty() && shared.origin.routes.is_own(path) {
        if shared.origin.hints.claim_mount_path_hint() {
            tracing::warn!(
                mount_path,
                "a request for a path of this layer came with the mount_path in front of it, so this \
                 layer does not answer it. Likely no router removes that prefix: remove the setting \
                 mount_path (AUTH_MOUNT_PATH), or put the layer inside the nested router"
            );
        }
        return;
    }
    if let Some(removed) = removed_prefix(request)
        // Where a proxy removes a prefix too, the mount path is that one and then this one.
        && !mount_path.ends_with(removed)
        && shared.origin.hints.claim_mount_path_hint()
    {
        tracing::warn!(
            removed,
            mount_path,
            callback = shared
                .origin
                .redirect_uri(shared.providers.first().and_then(|it| it.id.as_deref())),
            "an outer router removes a prefix from paths before this layer sees them, and mount_path \
             does not name it: sign-ins come back to a callback outside of that router, likely a 404. \
             Set mount_path to the removed prefix (AUTH_MOUNT_PATH), or put the layer around the outer \
             router"
        );
    }
}

/// What a nesting router took off the path, as axum records it; empty if nothing.
#[cfg(feature = "axum")]
fn removed_prefix<B>(request: &Request<B>) -> Option<&str> {
    let axum::extract::OriginalUri(original) = request.extensions().get()?;
    let original = original.path();
    match request.uri().path() {
        // The nested router's own page: `/app` becomes `/`.
        "/" => Some(original.strip_suffix('/').unwrap_or(original)),
        path => original.strip_suffix(path),
    }
}

/// Other routers leave no trace of what they removed.
#[cfg(not(feature = "axum"))]
const fn removed_prefix<B>(_: &Request<B>) -> Option<&str> {
    None
}
