//! What only the module of web messaging exports.

mod attachments;
mod authorisation;
mod conversation;
mod inquiries;
mod sending;
pub(crate) mod upload;

use crate::told;
use guestwire_core::error::conversation::CannotAsk;
use wasm_bindgen::JsValue;

/// A plain object, as all that is refused leaves.
fn refused(error: CannotAsk) -> JsValue {
    told::object(&error.report().detail())
}
