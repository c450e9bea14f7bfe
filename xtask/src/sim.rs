//! `cargo xtask sim`: lives of the client in a simulated world, from seeds (docs/testing.md). The world is built
//! with optimisation, whatever this runner was built with.

use std::ffi::OsString;

use anyhow::Result;

use crate::progress;
use crate::workspace::Workspace;

/// Enough to meet every kind of fault thousands of times, in seconds.
const SEEDS_IN_TESTS: &str = "1000";
/// What a run counts that somebody relies on (docs/testing.md).
const SEEDS_IN_FULL: &str = "20000";
/// The services that lives are led with.
pub(crate) const DIALECTS: [&str; 3] = ["webchat", "web-messaging", "streams"];

/// `cargo xtask sim [--seeds N] [--from N] [--seed N] [--minutes M] [--faults N] [--opens N] [--dialect NAME] [--told]`.
pub(crate) fn run(workspace: &Workspace, mut arguments: lexopt::Parser) -> Result<()> {
    simulate(workspace, arguments.raw_args()?.collect())
}

/// As many seeds as a test run has time for.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    each_dialect(workspace, SEEDS_IN_TESTS)
}

/// As many seeds as a full run has time for: minutes for each dialect.
pub(crate) fn long(workspace: &Workspace) -> Result<()> {
    each_dialect(workspace, SEEDS_IN_FULL)
}

fn each_dialect(workspace: &Workspace, seeds: &str) -> Result<()> {
    for dialect in DIALECTS {
        simulate(workspace, ["--seeds", seeds, "--dialect", dialect].map(OsString::from).to_vec())?;
    }
    Ok(())
}

fn simulate(workspace: &Workspace, flags: Vec<OsString>) -> Result<()> {
    progress::step("Simulating");
    let build =
        ["run", "--quiet", "--release", "--locked", "--package", "guestwire-sim", "--bin", "guestwire-sim", "--"];
    workspace.command("cargo").args(build).args(flags).run()?;
    Ok(())
}
