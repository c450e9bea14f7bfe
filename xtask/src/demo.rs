//! `cargo xtask demo`: the demo page, built by Vite as any consumer of the package would build his.

use std::fs;
use std::path::PathBuf;

use anyhow::Result;

use crate::build;
use crate::progress;
use crate::stamp::Stamp;
use crate::workspace::Workspace;

/// `cargo xtask demo`.
pub(crate) fn run(workspace: &Workspace, arguments: lexopt::Parser) -> Result<()> {
    crate::no_more(arguments)?;
    build::package(workspace)?;
    page(workspace)
}

/// Makes `www/dist` from `www/` and `dist/`.
pub(crate) fn page(workspace: &Workspace) -> Result<()> {
    let mut inputs = vec![workspace.path("dist"), workspace.path("package-lock.json")];
    for entry in fs::read_dir(workspace.path("www"))? {
        let path = entry?.path();
        if !path.ends_with("dist") {
            inputs.push(path);
        }
    }
    inputs.sort();
    let stamp = Stamp::of(workspace.path("pkg/.stamps/demo"), &inputs, "vite build")?;
    if stamp.is_fresh(&[folder(workspace)]) {
        return Ok(());
    }
    progress::step("Building the demo page");
    workspace.node_tool("vite").args(["build", "www", "--logLevel", "warn"]).run()?;
    stamp.keep()
}

/// Where the page is, for the gateway's `--www`.
pub(crate) fn folder(workspace: &Workspace) -> PathBuf {
    workspace.path("www/dist")
}
