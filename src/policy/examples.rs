//! Names that no policy has in mind: examples of everything that no statement names.

/// A role and a user that no policy has in mind.
pub(super) const OTHER_ROLE: &str = "AnyOtherRole";
pub(super) const OTHER_USER: &str = "any-other-user";
/// A service that no policy has in mind.
pub(super) const OTHER_SERVICE: &str = "other-service.amazonaws.com";
/// The account that no policy has in mind, unless one does.
pub(super) const OTHER_ACCOUNT: &str = "900000000000";
/// An identity provider that no policy has in mind.
pub(super) const OTHER_PROVIDER: &str = "other-provider.example.com";
/// A value that no policy has in mind.
pub(super) const OTHER_VALUE: &str = "any-other-value";
/// An action of a service that no list knows: one that AWS has added since, or one of a service that is not listed.
pub(super) const OTHER_ACTION: &str = "AnyOtherAction";
/// The prefix of a service that no policy has in mind.
pub(super) const OTHER_PREFIX: &str = "any-other-service";
/// A name that no policy has in mind.
pub(super) const OTHER: &str = "any-other";
/// An object that no policy has in mind.
pub(super) const OTHER_OBJECT: &str = "any-object";
