//! Single claims, by their names.

use serde::de::DeserializeOwned;

use super::Claims;
use super::member_index::MemberIndex;

impl Claims {
    /// Returns the claim `name`. `None` if it is absent, `null` or not a `T`.
    ///
    /// If the claim occurs twice, the last value counts.
    #[must_use]
    pub fn get<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        self.index()?.get(self.as_json(), name)
    }

    /// Where the claims stand.
    pub(super) fn index(&self) -> Option<&MemberIndex> {
        let find = || MemberIndex::of(self.as_json());
        self.0.index.get_or_init(find).as_ref()
    }

    /// The text of the claim `name`, unparsed.
    pub(super) fn member(&self, name: &str) -> Option<&str> {
        self.index()?.find(self.as_json(), name)
    }
}
