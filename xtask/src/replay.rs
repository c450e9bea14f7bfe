//! `cargo xtask replay trace.json`: what `client.trace()` recorded, run again natively through the same core
//! (docs/testing.md).

use anyhow::Result;

use crate::workspace::Workspace;

/// `cargo xtask replay trace.json`.
pub(crate) fn run(workspace: &Workspace, mut arguments: lexopt::Parser) -> Result<()> {
    let build = ["run", "--quiet", "--locked", "--package", "guestwire-sim", "--bin", "guestwire-replay", "--"];
    // A relative path means the caller's folder, not the workspace's.
    let files = arguments.raw_args()?.map(std::path::absolute).collect::<std::io::Result<Vec<_>>>()?;
    workspace.command("cargo").args(build).args(files).run()
}
