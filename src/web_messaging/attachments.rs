//! Files, by their bytes: the core knows what they are, the driver has them.

use crate::RawClient;
use crate::{told, value};
use guestwire_core::error::FileError;
use guestwire_core::files::Offer;
use guestwire_core::limits;
use uuid::Uuid;
use wasm_bindgen::prelude::*;
use web_sys::Blob;

#[wasm_bindgen]
impl RawClient {
    /// Takes a file on and gives its id. `bytes` is what `Blob` or `File` the platform has.
    ///
    /// # Errors
    /// A plain object; its `code` is `file_empty`, `file_name`, `file_type`, `file_too_large`, `too_many_files` or `closed`.
    pub fn attach(&self, name: &JsValue, kind: &JsValue, bytes: Blob) -> Result<String, JsValue> {
        // A character takes one or two units.
        let name = value::short(name, 2 * limits::FILE_NAME_CHARS).ok_or_else(|| refused(FileError::Name))?;
        let kind = value::short(kind, limits::FILE_TYPE_BYTES).ok_or_else(|| refused(FileError::Type))?;
        // What is no number of bytes is none.
        let offer = Offer::new(&name, &kind, bytes.size() as u64).map_err(refused)?;
        let id = self.driver.command(|client, now| client.attach(now, offer)).map_err(refused)?;
        self.driver.uploads.keep(id, bytes);
        Ok(String::from(&*id.as_hyphenated().encode_lower(&mut Uuid::encode_buffer())))
    }

    /// Takes a file back.
    ///
    /// # Errors
    /// A plain object; its `code` is `unknown_attachment` or `attachment_sending`.
    pub fn detach(&self, id: &str) -> Result<(), JsValue> {
        let id = Uuid::try_parse(id).map_err(|_| refused(FileError::Unknown))?;
        self.driver.command(|client, now| client.detach(now, id)).map_err(refused)
    }

    /// Asks where a file can be fetched. The answer comes as an event `attachmenturl` with the number that this gives.
    ///
    /// # Errors
    /// A plain object; its `code` is `unknown_attachment`, `too_many_files` or `closed`.
    #[wasm_bindgen(js_name = attachmentUrl)]
    pub fn attachment_url(&self, id: &str) -> Result<u32, JsValue> {
        self.driver.command(|client, now| client.attachment_url(now, id)).map_err(refused)
    }
}

fn refused(error: FileError) -> JsValue {
    told::object(&error.report().detail())
}
