//! guestwire-core
