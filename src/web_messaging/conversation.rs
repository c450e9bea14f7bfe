//! The conversation as a whole.

use crate::RawClient;
use crate::told;
use crate::web_messaging::refused;
use guestwire_core::Client;
use guestwire_core::trace::Recorder;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
impl RawClient {
    /// How it is: `readOnly`, `typing`, `startingNew`, `clearing` and `expiresIn`.
    #[must_use]
    pub fn conversation(&self) -> JsValue {
        told::object(&self.driver.look(Client::conversation))
    }

    /// Begins another one in the place of one that can only be read.
    ///
    /// # Errors
    /// A plain object; its `code` is `not_read_only` or `closed`.
    #[wasm_bindgen(js_name = startNew)]
    pub fn start_new(&self) -> Result<(), JsValue> {
        self.driver.command(Recorder::start_new).map_err(refused)
    }

    /// Tells the service that the guest is there. False: it has heard that.
    ///
    /// # Errors
    /// A plain object; its `code` is `read_only` or `closed`.
    pub fn join(&self) -> Result<bool, JsValue> {
        self.driver.command(Recorder::join).map_err(refused)
    }

    /// Clears it away.
    ///
    /// # Errors
    /// A plain object; its `code` is `closed`.
    pub fn clear(&self) -> Result<(), JsValue> {
        self.driver.command(Recorder::clear).map_err(refused)
    }
}
