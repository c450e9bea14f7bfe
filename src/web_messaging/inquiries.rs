//! What the application asks for beside the conversation's course.

use crate::RawClient;
use crate::web_messaging::refused;
use guestwire_core::protocol::Inquiry;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
impl RawClient {
    /// Asks for an older part of the history (0), the deployment's configuration (1) or whose pages may use it (2). The
    /// answer comes as an event `answer` with the number that this gives.
    ///
    /// # Errors
    /// A plain object; its `code` is `closed`.
    pub fn inquire(&self, what: usize) -> Result<u32, JsValue> {
        let what = Inquiry::ALL[what.min(Inquiry::ALL.len() - 1)];
        let number = self.driver.command(|client, now| client.inquire(now, what));
        number.map_err(refused)
    }
}
