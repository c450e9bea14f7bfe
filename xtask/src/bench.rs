//! `cargo xtask bench`: the package beside its peers, in one run, with the real gateway behind them.

use anyhow::{Context, Result};

use crate::progress;
use crate::workspace::Workspace;
use crate::{build, gateway, setup};

/// `cargo xtask bench`.
pub(crate) fn run(workspace: &Workspace, arguments: lexopt::Parser) -> Result<()> {
    crate::no_more(arguments)?;
    setup::everything(workspace)?;
    build::package(workspace)?;
    let browser = setup::find_browser(workspace).context("there is no browser")?;
    let gateway = gateway::build(workspace, true)?;
    progress::step("Measuring (about three minutes)");
    workspace
        .command("node")
        .arg("bench/run.mjs")
        .env("CHROMIUM", browser.chromium)
        .env("GUESTWIRE_GATEWAY_BIN", gateway)
        .run()?;
    Ok(())
}
