//! `cargo xtask build`: the npm package's contents. It has one entry for each service, each with a module that speaks to that
//! one only: a page downloads what it uses (docs/decisions.md, 21).

mod bind;
mod commonjs;
mod module;
mod names;
mod sbom;
mod scripts;
mod shared;
mod shorten;

use std::path::PathBuf;

use anyhow::Result;

pub(crate) use module::with_names;

use crate::progress;
use crate::setup;
use crate::stamp::Stamp;
use crate::workspace::Workspace;

/// One entry of the package. The names are those that others rely on: they stand in the exports of `package.json`.
pub(crate) struct Entry {
    /// The service that it speaks to: the feature of the module, and the folder of the face.
    pub(crate) service: &'static str,
    /// What pages import, in `dist/`.
    pub(crate) script: &'static str,
    /// What Node imports; what it requires has the same name with `.cjs`.
    pub(crate) node: &'static str,
    /// The module.
    pub(crate) wasm: &'static str,
    /// The most that a page may download for it, in bytes after brotli.
    pub(crate) budget: usize,
}

/// Every entry.
pub(crate) const ENTRIES: &[Entry] = &[
    Entry { service: "webchat", script: "index.js", node: "node.js", wasm: "guestwire.wasm", budget: 58_100 },
    Entry {
        service: "web-messaging",
        script: "web-messaging.js",
        node: "web-messaging-node.js",
        wasm: "web-messaging.wasm",
        budget: 100_400,
    },
    Entry { service: "streams", script: "streams.js", node: "streams-node.js", wasm: "streams.wasm", budget: 81_600 },
];

/// `cargo xtask build`.
pub(crate) fn run(workspace: &Workspace, arguments: lexopt::Parser) -> Result<()> {
    crate::no_more(arguments)?;
    package(workspace)
}

/// Makes `dist/`; a step whose inputs are what they were is skipped.
pub(crate) fn package(workspace: &Workspace) -> Result<()> {
    setup::build_tools(workspace)?;
    for entry in ENTRIES {
        module::make(workspace, entry)?;
    }
    scripts::make(workspace)?;
    sbom::make(workspace)?;
    progress::note("dist/ is up to date");
    Ok(())
}

/// How a step is done counts as one of its inputs.
fn stamp(workspace: &Workspace, service: &str, step: &str, inputs: &[PathBuf], settings: &[&str]) -> Result<Stamp> {
    let inputs = [inputs, &[workspace.path("xtask/src/build")]].concat();
    Stamp::of(workspace.path("pkg/.stamps").join(service).join(step), &inputs, &settings.join(" "))
}
