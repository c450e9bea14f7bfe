//! What only the module of web messaging exports.

mod attachments;
mod conversation;
mod sending;
pub(crate) mod upload;
