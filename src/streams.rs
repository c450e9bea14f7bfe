//! What only the module of streams exports.

mod tokens;
mod topics;
