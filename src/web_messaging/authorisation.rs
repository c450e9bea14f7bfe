//! Signing in and out.

use crate::RawClient;
use crate::value;
use crate::web_messaging::refused;
use guestwire_core::error::conversation::CannotAsk;
use guestwire_core::grant::Grant;
use guestwire_core::trace::Recorder;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
impl RawClient {
    /// Signs the guest in.
    ///
    /// # Errors
    /// A plain object; its `code` is `bad_grant`, `already_signed_in` or `closed`.
    #[wasm_bindgen(js_name = signIn)]
    pub fn sign_in(&self, grant: &JsValue) -> Result<(), JsValue> {
        let given = value::options(grant).map_err(|_| CannotAsk::BadGrant);
        let grant = given.and_then(|given| Grant::from_value(&given)).map_err(refused)?;
        self.driver.command(|client, now| client.sign_in(now, grant)).map_err(refused)
    }

    /// Whoever was asked for a grant has none now: an event `grantwanted` asks again.
    #[wasm_bindgen(js_name = grantUnavailable)]
    pub fn grant_unavailable(&self) {
        self.driver.command(Recorder::grant_unavailable);
    }

    /// Signs the guest out.
    ///
    /// # Errors
    /// A plain object; its `code` is `not_signed_in`.
    #[wasm_bindgen(js_name = signOut)]
    pub fn sign_out(&self) -> Result<(), JsValue> {
        self.driver.command(Recorder::sign_out).map_err(refused)
    }
}
