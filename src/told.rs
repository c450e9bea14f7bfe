//! Plain structs as plain objects: events, figures and errors on their way to the face.

use guestwire_core::event::Event;
use serde::Serialize;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::JsValue;

/// The guest session as `RawClient.session()` gives it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Session {
    pub(crate) id: String,
    pub(crate) expires_in: u64,
}

/// An object with the struct's own names; an absent value is `null`.
pub(crate) fn object(it: &impl Serialize) -> JsValue {
    // Only a value that JavaScript cannot hold could fail here, and our structs have none.
    it.serialize(&Serializer::json_compatible()).unwrap_or(JsValue::NULL)
}

/// An event's name and detail.
pub(crate) fn event(event: &Event) -> (&'static str, JsValue) {
    match event {
        Event::StateChange(it) => ("statechange", object(it)),
        Event::Delivery(it) => ("delivery", object(it)),
        Event::Message(it) => ("message", object(it)),
        Event::Gap(it) => ("gap", object(it)),
        Event::Session(it) => ("session", object(it)),
        Event::Quality(it) => ("quality", object(it)),
        Event::Audit(it) => ("audit", object(it)),
        Event::Error(it) => ("error", object(it)),
    }
}
