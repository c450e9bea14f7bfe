//! What the core tells, as plain objects on their way to the face.

use guestwire_core::detail::Detail;
use serde::Serialize;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::JsValue;

/// An object with the detail's own names; an absent value is `null`.
pub(crate) fn object(detail: &Detail) -> JsValue {
    // Only a value that JavaScript cannot hold could fail here, and a detail has none.
    detail.serialize(&Serializer::json_compatible()).unwrap_or(JsValue::NULL)
}
