//! The one task runner behind `npm start`, `npm test` and `.ci/run`. A task is a file of this folder; this one
//! names them and hands over. What a task needs on the machine it sets up itself (`setup`), so each runs on a fresh clone.
#![allow(clippy::print_stdout, reason = "a task runner talks to its terminal")]

mod audit;
mod bench;
mod build;
mod demo;
mod example;
mod flood;
mod full;
mod fuzz;
mod gateway;
mod herd;
mod layers;
mod lint;
mod mutants;
mod progress;
mod replay;
mod runner;
mod setup;
mod shot;
mod sim;
mod size;
mod stamp;
mod start;
mod suites;
mod tally;
mod test;
mod workspace;

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::workspace::Workspace;

struct Task {
    name: &'static str,
    summary: &'static str,
    run: fn(&Workspace, lexopt::Parser) -> Result<()>,
}

const TASKS: &[Task] = &[
    Task {
        name: "start",
        summary: "build everything, run the gateway and serve the demo page from it",
        run: start::run,
    },
    Task {
        name: "test",
        summary: "set up the machine and run every check; or only those that are named",
        run: test::run,
    },
    Task { name: "full", summary: "test, then the long simulation and all broken cores", run: full::run },
    Task { name: "build", summary: "make dist/, the contents of the npm package", run: build::run },
    Task { name: "demo", summary: "make www/dist, the demo page", run: demo::run },
    Task { name: "example", summary: "run the example service of streams on a gateway of its own", run: example::run },
    Task { name: "size", summary: "print what a browser downloads, and fail over the budget", run: size::run },
    Task { name: "layers", summary: "check the arrows of the design against the real dependencies", run: layers::run },
    Task { name: "lint", summary: "rustfmt, clippy and Biome; --fix mends what can be mended", run: lint::run },
    Task { name: "typecheck", summary: "tsc in strict mode over the face and its tests", run: lint::typecheck },
    Task { name: "deny", summary: "audit licences, sources and known holes of all dependencies", run: audit::run },
    Task { name: "bench", summary: "measure side by side with the peers (docs/benchmarks.md)", run: bench::run },
    Task { name: "sim", summary: "try the core in a simulated world; --seed N replays a failure", run: sim::run },
    Task {
        name: "fuzz",
        summary: "hostile input without end (docs/testing.md); fuzz operations --minutes 10",
        run: fuzz::run,
    },
    Task { name: "herd", summary: "lead a million cores through a common outage (docs/herd.md)", run: herd::run },
    Task {
        name: "flood",
        summary: "flood the gateway with 5,000 connections of each kind, and print its memory (docs/gateway.md)",
        run: flood::run,
    },
    Task { name: "replay", summary: "run what client.trace() recorded again: replay trace.json", run: replay::run },
    Task {
        name: "mutants",
        summary: "break the core on purpose, and see each checker of the world find it",
        run: mutants::run,
    },
    Task { name: "shot", summary: "take the demo's pictures for the README (docs/demo*.png)", run: shot::run },
    Task { name: "setup", summary: "install whatever is missing for `test`", run: setup::run },
    Task { name: "doctor", summary: "say what is there and what is missing; change nothing", run: setup::doctor },
];

fn main() -> ExitCode {
    match dispatch() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            progress::failed(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn dispatch() -> Result<()> {
    let mut arguments = lexopt::Parser::from_env();
    let name = match arguments.next()? {
        Some(lexopt::Arg::Value(name)) => name.to_string_lossy().into_owned(),
        Some(lexopt::Arg::Long("help") | lexopt::Arg::Short('h')) | None => {
            print_help();
            return Ok(());
        }
        Some(other) => return Err(other.unexpected().into()),
    };
    let Some(task) = TASKS.iter().find(|task| task.name == name) else {
        print_help();
        bail!("there is no task {name:?}");
    };
    (task.run)(&Workspace::open()?, arguments)
}

fn print_help() {
    println!("cargo xtask <task> [flags]\n");
    for task in TASKS {
        println!("  {:<10} {}", task.name, task.summary);
    }
}

/// For tasks that take no flags: whatever is left is a mistake worth naming.
fn no_more(mut arguments: lexopt::Parser) -> Result<()> {
    match arguments.next()? {
        Some(argument) => Err(argument.unexpected().into()),
        None => Ok(()),
    }
}
