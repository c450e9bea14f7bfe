//! What only the module of web messaging exports.

mod attachments;
mod authorisation;
mod conversation;
mod inquiries;
mod sending;
pub(crate) mod upload;
