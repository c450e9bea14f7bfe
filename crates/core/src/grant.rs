//! What a guest who signs in brings from the application's own identity provider.

use crate::error::conversation::CannotAsk;
use crate::json::Object;
use crate::limits;
use crate::secret::Secret;
use crate::value::Value;

/// A grant, ready for the wire. All of it is secret, and none of it is kept once it was exchanged.
#[derive(Clone, Debug)]
pub struct Grant(pub(crate) Secret);

impl Grant {
    /// Reads what an application gives: `code`, with the `redirectUri` and the `codeVerifier` that it was asked with, or
    /// `idToken`, with the `nonce`.
    pub fn from_value(value: &Value) -> Result<Self, CannotAsk> {
        let Value::Map(members) = value else { return Err(CannotAsk::BadGrant) };
        let (mut grant, mut proven) = (Object::default(), false);
        for (name, value) in members {
            let text = value.text().filter(|text| !text.is_empty()).ok_or(CannotAsk::BadGrant)?;
            match name.as_str() {
                "code" | "idToken" => proven = true,
                "redirectUri" | "codeVerifier" | "nonce" => {}
                _ => return Err(CannotAsk::BadGrant),
            }
            grant = grant.text(name, text);
        }
        let grant = grant.finish();
        if !proven || grant.len() > limits::AUTHORISATION_BYTES {
            return Err(CannotAsk::BadGrant);
        }
        Ok(Self(Secret::new(grant)))
    }

    /// How long it is on the wire.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.0.expose().len()
    }
}
