//! guestwire-sim
