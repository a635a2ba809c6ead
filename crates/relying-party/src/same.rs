//! Comparing what may be absent.

/// Whether both are absent, or present and the same.
pub(crate) fn are_same<T>(
    one: Option<&T>,
    other: Option<&T>,
    is_same: impl Fn(&T, &T) -> bool,
) -> bool {
    match (one, other) {
        (None, None) => true,
        (Some(one), Some(other)) => is_same(one, other),
        _ => false,
    }
}
