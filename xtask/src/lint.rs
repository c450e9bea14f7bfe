//! `cargo xtask lint` and `typecheck`: what reads the sources without running them.

use anyhow::{Context, Result};

use crate::progress;
use crate::workspace::Workspace;
use crate::{build, setup};

/// `cargo xtask lint [--fix]`.
pub(crate) fn run(workspace: &Workspace, mut arguments: lexopt::Parser) -> Result<()> {
    let mut fix = false;
    while let Some(argument) = arguments.next()? {
        match argument {
            lexopt::Arg::Long("fix") => fix = true,
            other => return Err(other.unexpected().into()),
        }
    }
    if fix {
        workspace.command("cargo").args(["fmt", "--all"]).run()?;
        setup::npm_packages(workspace)?;
        return Ok(workspace.node_tool("biome").args(["check", "--write", "."]).run()?);
    }
    format(workspace)?;
    clippy(workspace)?;
    biome(workspace)
}

/// rustfmt changes nothing.
pub(crate) fn format(workspace: &Workspace) -> Result<()> {
    progress::step("Checking the formatting");
    workspace.command("cargo").args(["fmt", "--all", "--check"]).run().context("`cargo xtask lint --fix` mends it")
}

/// Clippy has nothing to say, neither natively nor for the module's own target.
pub(crate) fn clippy(workspace: &Workspace) -> Result<()> {
    progress::step("Running clippy");
    let clippy = || workspace.command("cargo").args(["clippy", "--locked", "--quiet", "--all-targets"]);
    clippy().args(["--workspace", "--", "-D", "warnings"]).run()?;
    let module = ["--package", "guestwire", "--target", "wasm32-unknown-unknown", "--", "-D", "warnings"];
    Ok(clippy().args(module).run()?)
}

/// Biome: JavaScript, TypeScript, CSS and JSON.
pub(crate) fn biome(workspace: &Workspace) -> Result<()> {
    progress::step("Running Biome");
    setup::npm_packages(workspace)?;
    workspace
        .node_tool("biome")
        .args(["check", "--error-on-warnings", "."])
        .run()
        .context("`cargo xtask lint --fix` mends some of it")
}

/// `cargo xtask typecheck`.
pub(crate) fn typecheck(workspace: &Workspace, arguments: lexopt::Parser) -> Result<()> {
    crate::no_more(arguments)?;
    build::package(workspace)?;
    types(workspace)
}

/// `tsc --strict` over each project of ours. They see the built package, as its users do.
pub(crate) fn types(workspace: &Workspace) -> Result<()> {
    progress::step("Checking the types");
    for project in ["tsconfig.json", "www/tsconfig.json"] {
        if workspace.path(project).exists() {
            workspace.node_tool("tsc").args(["--noEmit", "--project", project]).run()?;
        }
    }
    Ok(())
}
