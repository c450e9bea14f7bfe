//! What only the module of web messaging exports.

mod attachments;
mod sending;
pub(crate) mod upload;
