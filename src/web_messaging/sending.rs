//! What a guest says beyond plain text.

use crate::RawClient;
use crate::{told, value};
use guestwire_core::draft::Draft;
use guestwire_core::error::SendError;
use guestwire_core::trace::Recorder;
use uuid::Uuid;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
impl RawClient {
    /// Accepts a message with what stands beside its text, and gives its id.
    ///
    /// # Errors
    /// A plain object; its `code` is one of `send`'s, `bad_content` or `attributes_too_large`.
    #[wasm_bindgen(js_name = sendDraft)]
    pub fn send_draft(&self, content: &JsValue) -> Result<String, JsValue> {
        let unreadable = SendError::BadContent("it cannot be read, or is too much");
        let content = value::options(content).map_err(|_| told::object(&unreadable.report().detail()))?;
        let refused = |error: SendError| told::object(&error.report_on(&content).detail());
        let draft = Draft::from_value(&content).map_err(refused)?;
        let id = self.driver.command(|client, now| client.send_draft(now, &draft)).map_err(refused)?;
        Ok(String::from(&*id.as_hyphenated().encode_lower(&mut Uuid::encode_buffer())))
    }

    /// Tells that the guest types, if that may be told now; whether it was.
    pub fn typing(&self) -> bool {
        self.driver.command(Recorder::typing)
    }
}
