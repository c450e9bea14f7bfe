//! What the face gives to each client: where events go, and who is asked for tokens. Both only take
//! a note and return, so that no user code ever runs on top of a Rust frame.

use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// The face's side of one client.
    pub type Host;

    #[wasm_bindgen(method)]
    pub(crate) fn deliver(this: &Host, kind: &str, detail: &JsValue);

    #[wasm_bindgen(method, js_name = requestToken)]
    pub(crate) fn request_token(this: &Host, request: u32, renew: bool);

    /// The constructor that the user passed, if any.
    #[wasm_bindgen(method, getter, js_name = WebSocket)]
    pub(crate) fn web_socket(this: &Host) -> JsValue;
}
