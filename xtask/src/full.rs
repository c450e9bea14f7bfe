//! `cargo xtask full`: what takes longer than `npm test` has time for, after it. It runs before an issue counts as resolved
//! (CONTRIBUTING.md). It goes on after a failure, so that one run says all that is wrong.

use std::time::Instant;

use anyhow::{Result, bail};

use crate::progress;
use crate::workspace::Workspace;
use crate::{mutants, sim, suites, test};

struct Part {
    name: &'static str,
    run: fn(&Workspace) -> Result<()>,
}

const PARTS: &[Part] = &[
    Part { name: "npm test", run: test::everything },
    Part { name: "a trap in every function", run: suites::all_traps },
    Part { name: "long simulation", run: sim::long },
    Part { name: "all broken cores", run: mutants::all },
];

/// `cargo xtask full`.
pub(crate) fn run(workspace: &Workspace, arguments: lexopt::Parser) -> Result<()> {
    crate::no_more(arguments)?;
    let mut failing = Vec::new();
    for part in PARTS {
        progress::step(&format!("Full run: {}", part.name));
        let began = Instant::now();
        let outcome = (part.run)(workspace);
        let verdict = if outcome.is_ok() { "passed" } else { "failed" };
        progress::note(&format!("{} {verdict} in {} s", part.name, began.elapsed().as_secs()));
        if let Err(error) = outcome {
            progress::failed(&format!("{}: {error:#}", part.name));
            failing.push(part.name);
        }
    }
    if failing.is_empty() { Ok(()) } else { bail!("failing: {}", failing.join(", ")) }
}
