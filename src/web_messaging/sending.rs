//! What a guest says beyond plain text.

use crate::RawClient;
use crate::{told, value};
use guestwire_core::draft::{self, Draft};
use guestwire_core::error::SendError;
use guestwire_core::offer::OfferAnswer;
use guestwire_core::trace::Recorder;
use guestwire_core::value::Value;
use uuid::Uuid;
use wasm_bindgen::prelude::*;

/// What the application gave, as far as it can be read.
fn given(value: &JsValue) -> Result<Value, JsValue> {
    let unreadable = SendError::BadContent("it cannot be read, or is too much");
    value::options(value).map_err(|_| told::object(&unreadable.report().detail()))
}

#[wasm_bindgen]
impl RawClient {
    /// Accepts a message with what stands beside its text, and gives its id.
    ///
    /// # Errors
    /// A plain object; its `code` is one of `send`'s, `bad_content` or `attributes_too_large`.
    #[wasm_bindgen(js_name = sendDraft)]
    pub fn send_draft(&self, content: &JsValue) -> Result<String, JsValue> {
        let content = given(content)?;
        let refused = |error: SendError| told::object(&error.report_on(&content).detail());
        let draft = Draft::from_value(&content).map_err(refused)?;
        let id = self.driver.command(|client, now| client.send_draft(now, &draft)).map_err(refused)?;
        Ok(String::from(&*id.as_hyphenated().encode_lower(&mut Uuid::encode_buffer())))
    }

    /// Attributes for the next message or for what says that the guest is there.
    ///
    /// # Errors
    /// A plain object; its `code` is `bad_content` or `attributes_too_large`.
    #[wasm_bindgen(js_name = setAttributes)]
    pub fn set_attributes(&self, attributes: &JsValue) -> Result<(), JsValue> {
        let refused = |error: SendError| told::object(&error.report().detail());
        let attributes = draft::attributes(&given(attributes)?).map_err(refused)?;
        self.driver.command(|client, now| client.set_attributes(now, attributes)).map_err(refused)
    }

    /// Says what the guest makes of an offer, if that may be said now; whether it was.
    ///
    /// # Errors
    /// A plain object; its `code` is `bad_content`.
    #[wasm_bindgen(js_name = answerOffer)]
    pub fn answer_offer(&self, answer: &JsValue) -> Result<bool, JsValue> {
        let given = given(answer)?;
        let refused = |error: SendError| told::object(&error.report_on(&given).detail());
        let answer = OfferAnswer::from_value(&given).map_err(refused)?;
        Ok(self.driver.command(|client, now| client.answer_offer(now, &answer)))
    }

    /// Tells that the guest types, if that may be told now; whether it was.
    pub fn typing(&self) -> bool {
        self.driver.command(Recorder::typing)
    }
}
