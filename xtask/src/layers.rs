//! `cargo xtask layers`: the arrows of the design (`core ← sim ← gateway`, `core ← src ← js ← www`) against what the
//! manifests and the imports really say. `crates` reads cargo's graph, `scripts` reads the JavaScript side.

mod crates;
mod scripts;

use anyhow::{Result, bail};

use crate::progress;
use crate::workspace::Workspace;

/// `cargo xtask layers`.
pub(crate) fn run(workspace: &Workspace, arguments: lexopt::Parser) -> Result<()> {
    crate::no_more(arguments)?;
    check(workspace)
}

/// Fails with every arrow that breaks the rule, not only the first.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    progress::step("Checking the layers");
    let mut broken = crates::violations(&workspace.path("Cargo.toml"))?;
    broken.extend(scripts::violations(&workspace.root)?);
    if broken.is_empty() {
        progress::note("every arrow points the way the design says");
        return Ok(());
    }
    bail!("the layers are broken:\n  {}", broken.join("\n  "))
}
