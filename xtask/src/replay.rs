//! `cargo xtask replay trace.json`: what `client.trace()` recorded, run again natively through the same core
//! (docs/testing.md).

use std::path::PathBuf;

use anyhow::Result;

use crate::workspace::Workspace;

/// Builds the binary and says where it is.
pub(crate) fn build(workspace: &Workspace) -> Result<PathBuf> {
    workspace.binary("guestwire-sim", "guestwire-replay", false)
}

/// `cargo xtask replay trace.json`.
pub(crate) fn run(workspace: &Workspace, mut arguments: lexopt::Parser) -> Result<()> {
    // A relative path means the caller's folder, not the workspace's.
    let files = arguments.raw_args()?.map(std::path::absolute).collect::<std::io::Result<Vec<_>>>()?;
    Ok(workspace.command(build(workspace)?).args(files).run()?)
}
