//! `cargo xtask start`: from a fresh clone to the demo in the browser. Builds what is out of date, runs the gateway
//! and stays until Ctrl-C.

use std::sync::Mutex;

use anyhow::{Context, Result, bail};
use lexopt::ValueExt;

use crate::gateway::{self, Gateway};
use crate::progress;
use crate::workspace::Workspace;
use crate::{build, demo};

const PORT: u16 = 8787;

/// `cargo xtask start [--port N]`; `GUESTWIRE_PORT` does the same for `npm start`.
pub(crate) fn run(workspace: &Workspace, mut arguments: lexopt::Parser) -> Result<()> {
    let mut port = match std::env::var("GUESTWIRE_PORT") {
        Ok(text) => text.parse().context("GUESTWIRE_PORT is not a port")?,
        Err(_) => PORT,
    };
    while let Some(argument) = arguments.next()? {
        match argument {
            lexopt::Arg::Long("port") => port = arguments.value()?.parse()?,
            other => return Err(other.unexpected().into()),
        }
    }

    build::package(workspace)?;
    demo::page(workspace)?;
    progress::step("Building the gateway");
    let binary = gateway::build(workspace, true)?;

    let page = demo::folder(workspace);
    // A browser names no origin where a page reads from its own, as this one does; and its plain event socket waits for the
    // service's word.
    let (origin, confirm) = ("--wm-no-origin-check", "--stream-confirm");
    let addr = format!("127.0.0.1:{port}");
    let flags = ["--addr", &addr, "--www", &page.to_string_lossy(), "--echo", origin, confirm];
    let started = Gateway::start(&binary, &flags.map(str::to_owned));
    let mut gateway =
        started.with_context(|| format!("is port {port} taken? GUESTWIRE_PORT=8788 npm start uses another"))?;
    let leash = Mutex::new(gateway.leash());
    // Ctrl-C reaches the gateway as well as us; a `kill` of this process alone does not, hence the leash.
    ctrlc::set_handler(move || {
        if let Ok(mut leash) = leash.lock() {
            leash.take();
        }
    })?;
    progress::step(&format!("The demo is at {}", gateway.address));
    progress::note("The control surface is at /control of the same address. Ctrl-C stops everything.");
    let status = gateway.wait()?;
    // A signal's exit has no code; it is what Ctrl-C does where the gateway does not catch it.
    if status.success() || status.code().is_none() {
        progress::step("Stopped");
        return Ok(());
    }
    bail!("the gateway ended: {status}")
}
