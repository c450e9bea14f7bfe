//! How a guest becomes one whom the service knows: a grant is exchanged for what opens an authenticated session.

use super::Request;
use crate::secret::Secret;
use crate::value::Value;

/// A service at which guests can sign in.
pub trait Authorising {
    /// The request that exchanges a grant.
    fn exchange_request(&self, grant: &Secret) -> Request;

    /// The request that renews what was given for it.
    fn refresh_request(&self, refresh_token: &Secret) -> Request;

    /// The request that signs the guest out, on all devices.
    fn revoke_request(&self, jwt: &Secret) -> Request;

    /// What the first two are answered with: the JWT, and perhaps what renews it. None: malformed.
    fn authorised(&self, body: &Value) -> Option<(Secret, Option<Secret>)>;
}
