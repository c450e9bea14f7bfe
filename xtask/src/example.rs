//! `cargo xtask example`: the example service, on a gateway of its own in which something happens each second. Where a region is
//! named, it listens there instead.

use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::gateway::{self, Gateway};
use crate::progress;
use crate::workspace::Workspace;
use crate::{build, setup};

/// What the example takes for the place of the service.
const REGION: &str = "GUESTWIRE_REGION";

/// `cargo xtask example`.
pub(crate) fn run(workspace: &Workspace, arguments: lexopt::Parser) -> Result<()> {
    crate::no_more(arguments)?;
    setup::npm_packages(workspace)?;
    build::package(workspace)?;
    let mut example = Command::new("node");
    example.arg("examples/stream.mjs").current_dir(&workspace.root);
    let gateway = if std::env::var_os(REGION).is_none() {
        progress::step("Building the gateway");
        let flags = ["--addr", "127.0.0.1:0", "--stream-generate", "1000"];
        let gateway = Gateway::start(&gateway::build(workspace, true)?, &flags.map(str::to_owned))?;
        example.env(REGION, &gateway.address);
        Some(gateway)
    } else {
        None
    };
    progress::step("Listening. Ctrl-C ends it");
    let mut example = example.spawn().context("node cannot be started")?;
    let process = example.id().to_string();
    // A terminal's Ctrl-C reaches the example by itself; what ends this process alone is passed on.
    ctrlc::set_handler(move || {
        let _sent = Command::new("kill").args(["-s", "TERM", &process]).status();
    })?;
    let status = example.wait()?;
    drop(gateway);
    if status.success() { Ok(()) } else { bail!("the example ended: {status}") }
}
