//! `cargo xtask herd`: a million real cores through a common outage, beside the formulas of the peers (docs/herd.md).

use std::ffi::OsString;

use anyhow::Result;

use crate::progress;
use crate::workspace::Workspace;

/// Enough for shares of half a percent, in seconds.
const CLIENTS_IN_TESTS: &str = "20000";

/// `cargo xtask herd [--clients N] [--outage SECONDS]… [--seed N] [--document]`.
pub(crate) fn run(workspace: &Workspace, mut arguments: lexopt::Parser) -> Result<()> {
    let mut flags: Vec<OsString> = arguments.raw_args()?.collect();
    if let Some(place) = flags.iter().position(|flag| flag == "--document") {
        flags.insert(place + 1, workspace.path("docs").into());
    }
    build(workspace)?;
    progress::step("Leading the herd through the outage");
    start(workspace, "guestwire-herd", flags)?;
    start(workspace, "guestwire-herd-memory", Vec::new())
}

/// A small herd and an idle core, against their bounds.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    build(workspace)?;
    progress::step("Leading a small herd through the outage");
    start(workspace, "guestwire-herd", vec!["--check".into(), "--clients".into(), CLIENTS_IN_TESTS.into()])?;
    start(workspace, "guestwire-herd-memory", Vec::new())
}

fn build(workspace: &Workspace) -> Result<()> {
    progress::step("Building the herd");
    workspace
        .command("cargo")
        .args(["build", "--quiet", "--release", "--locked", "--package", "guestwire-herd"])
        .run()?;
    Ok(())
}

fn start(workspace: &Workspace, program: &str, flags: Vec<OsString>) -> Result<()> {
    let path = workspace.target()?.join("release").join(program).with_extension(std::env::consts::EXE_EXTENSION);
    workspace.command(path).args(flags).run()?;
    Ok(())
}
