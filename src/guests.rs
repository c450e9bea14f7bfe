//! What a guest has, and no stream: messages, and a session.

use crate::{RawClient, told, value};
use guestwire_core::Client;
use guestwire_core::detail::Detail;
use guestwire_core::error::SendError;
use js_sys::JsString;
use uuid::Uuid;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
impl RawClient {
    /// Accepts a message and gives its id.
    ///
    /// # Errors
    /// A plain object; its `code` is `empty`, `too_large`, `buffer_full`, `malformed` or `closed`.
    pub fn send(&self, content: &JsValue) -> Result<String, JsValue> {
        let refused = |error: SendError| told::object(&error.report().detail());
        let content = content.dyn_ref::<JsString>().ok_or_else(|| refused(SendError::Malformed))?;
        if content.length() as usize > self.driver.look(|client, _| client.max_content()) {
            // It is not copied: the module's memory never shrinks.
            return Err(refused(SendError::TooLarge));
        }
        let content = value::text(content).ok_or_else(|| refused(SendError::Malformed))?;
        let id = self.driver.command(|client, now| client.send(now, &content)).map_err(refused)?;
        Ok(String::from(&*id.as_hyphenated().encode_lower(&mut Uuid::encode_buffer())))
    }

    /// Takes a message back; false once it is under way.
    pub fn cancel(&self, id: &str) -> bool {
        Uuid::try_parse(id).is_ok_and(|id| self.driver.command(|client, now| client.cancel(now, id)))
    }

    /// The messages that have not ended.
    #[must_use]
    pub fn pending(&self) -> JsValue {
        let pending = self.driver.look(Client::pending);
        pending.iter().map(|message| told::object(&message.detail())).collect::<js_sys::Array>().into()
    }

    /// The guest session, never its token.
    #[must_use]
    pub fn session(&self) -> JsValue {
        let session = self.driver.look(|client, now| {
            let (id, expires_in) = client.session(now)?;
            let mut detail = Detail::default();
            detail.text("id", Some(id)).whole("expiresIn", expires_in);
            Some(detail)
        });
        session.map_or(JsValue::UNDEFINED, |session| told::object(&session))
    }
}
