//! `cargo xtask shot`: the demo's pictures for the README, taken from the real page with the real gateway behind it.

use anyhow::{Context, Result};

use crate::progress;
use crate::workspace::Workspace;
use crate::{build, demo, gateway, setup};

/// `cargo xtask shot`.
pub(crate) fn run(workspace: &Workspace, arguments: lexopt::Parser) -> Result<()> {
    crate::no_more(arguments)?;
    setup::everything(workspace)?;
    build::package(workspace)?;
    demo::page(workspace)?;
    let browser = setup::find_browser(workspace).context("there is no browser")?;
    let gateway = gateway::build(workspace, false)?;
    progress::step("Taking the pictures");
    workspace
        .command("node")
        .args(["tests/e2e/lib/shot.mjs", "docs/demo.png", "docs/demo-web-messaging.png", "docs/demo-streams.png"])
        .env("CHROMIUM", browser.chromium)
        .env("GUESTWIRE_GATEWAY_BIN", gateway)
        .run()?;
    Ok(())
}
