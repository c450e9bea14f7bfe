//! `cargo xtask bench`: the package beside its peers, in one run. What is given to it is for `bench/run.mjs`, which knows
//! the flags (`--quick`).

use std::ffi::OsString;

use anyhow::{Context, Result};

use crate::progress;
use crate::workspace::Workspace;
use crate::{build, gateway, setup};

/// `cargo xtask bench`.
pub(crate) fn run(workspace: &Workspace, mut arguments: lexopt::Parser) -> Result<()> {
    let flags: Vec<OsString> = arguments.raw_args()?.collect();
    setup::everything(workspace)?;
    build::package(workspace)?;
    let browser = setup::find_browser(workspace).context("there is no browser")?;
    let gateway = gateway::build(workspace, true)?;
    progress::step("Measuring (about 25 minutes; with --quick five)");
    workspace
        .command("node")
        .arg("bench/run.mjs")
        .args(flags)
        .env("CHROMIUM", browser.chromium)
        .env("GUESTWIRE_GATEWAY_BIN", gateway)
        .run()?;
    Ok(())
}
