//! What hostile input is tried on. A body takes any bytes, and panics where a law of the client is broken. The targets in
//! `fuzz/` hand it what libFuzzer makes up; `tests/kept` hands it the kept corpus and mutations of that, everywhere.

mod answers;
mod dialects;
mod driven;
mod frames;
mod operations;
mod options;
mod streams;
mod traces;

/// One body, and the name of its target and of its folder in `corpus/`.
pub struct Target {
    /// As `cargo xtask fuzz` takes it.
    pub name: &'static str,
    /// Takes any bytes.
    pub body: fn(&[u8]),
}

/// Every body there is.
pub const TARGETS: [Target; 6] = [
    Target { name: "frames", body: frames::body },
    Target { name: "answers", body: answers::body },
    Target { name: "options", body: options::body },
    Target { name: "operations", body: operations::body },
    Target { name: "traces", body: traces::body },
    Target { name: "streams", body: streams::body },
];

/// The body of this name.
///
/// # Panics
///
/// Where there is none.
pub fn run(name: &str, data: &[u8]) {
    let target = TARGETS.iter().find(|target| target.name == name);
    (target.expect("a target of this name").body)(data);
}
