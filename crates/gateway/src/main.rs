//! The local stand-in for the service.
fn main() {}
