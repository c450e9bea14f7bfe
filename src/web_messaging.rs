//! What only the module of web messaging exports.

mod sending;
