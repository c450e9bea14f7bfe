//! What `cargo xtask test` is made of: each suite by name, in the order in which it is cheapest to fail.

use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use xshell::Cmd;

use crate::gateway::{self, Gateway};
use crate::progress;
use crate::runner;
use crate::tally::Tally;
use crate::workspace::Workspace;
use crate::{audit, build, demo, herd, layers, lint, mutants, replay, setup, sim, size};

/// A named part of the whole.
pub(crate) struct Suite {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) run: fn(&Workspace) -> Result<Tally>,
}

/// Every suite.
pub(crate) const ALL: &[Suite] = &[
    Suite { name: "format", about: "rustfmt", run: |workspace| once(lint::format(workspace)) },
    Suite { name: "layers", about: "the arrows of the design", run: |workspace| once(layers::check(workspace)) },
    Suite {
        name: "deny",
        about: "licences and sources of the dependencies",
        run: |workspace| once(audit::check(workspace)),
    },
    Suite { name: "clippy", about: "clippy, natively and for wasm32", run: |workspace| once(lint::clippy(workspace)) },
    Suite { name: "rust", about: "unit tests, property tests and simulations", run: rust },
    Suite { name: "cost", about: "what comes costs no more than a multiple of reading it", run: cost },
    Suite { name: "sim", about: "1,000 lives in the simulated world", run: |workspace| once(sim::check(workspace)) },
    Suite {
        name: "mutants",
        about: "cores that are broken on purpose are caught",
        run: |workspace| once(mutants::check(workspace)),
    },
    Suite { name: "herd", about: "20,000 cores through an outage", run: |workspace| once(herd::check(workspace)) },
    Suite { name: "docs", about: "the reference builds, and its examples run", run: docs },
    Suite {
        name: "size",
        about: "the package, against its budget",
        run: |workspace| once(build::package(workspace).and_then(|()| size::check(workspace))),
    },
    Suite {
        name: "types",
        about: "tsc --strict",
        run: |workspace| once(build::package(workspace).and_then(|()| lint::types(workspace))),
    },
    Suite { name: "biome", about: "Biome", run: |workspace| once(lint::biome(workspace)) },
    Suite { name: "face", about: "the TypeScript face over a stand-in for the module", run: face },
    Suite {
        name: "wasm-core",
        about: "the core's tests on wasm32, in Chromium",
        run: |workspace| wasm_pack(workspace, "crates/core"),
    },
    Suite {
        name: "wasm-driver",
        about: "the driver in Chromium, against the gateway",
        run: |workspace| wasm_pack(workspace, "."),
    },
    Suite {
        name: "packaging",
        about: "the packed tarball in real projects",
        run: |workspace| with_package(workspace, "tests/packaging"),
    },
    Suite {
        name: "e2e",
        about: "the package and the demo in Chromium, judged by the ledger",
        run: |workspace| with_package(workspace, "tests/e2e"),
    },
    Suite {
        name: "bench",
        about: "what judges the benchmarks: the proxy, the servers, the ledger",
        run: |workspace| with_package(workspace, "bench/test"),
    },
];

/// A check without a runner of its own counts as one test.
fn once(outcome: Result<()>) -> Result<Tally> {
    outcome.map(|()| Tally::of_check(true))
}

/// The same examples of each property at every run, and so the same answer; `cargo test` draws others each time.
const SAME_EXAMPLES: [(&str, &str); 1] = [("PROPTEST_RNG_SEED", "1")];

fn rust(workspace: &Workspace) -> Result<Tally> {
    progress::step("Running the Rust tests");
    let nextest = workspace.find("cargo-nextest").is_some();
    let runner: &[&str] = if nextest {
        &["nextest", "run", "--no-fail-fast"]
    } else {
        &["test", "--no-fail-fast", "--lib", "--bins", "--tests"]
    };
    let command = workspace.command("cargo").args(runner).args(["--locked", "--workspace"]);
    runner::counted(command.envs(SAME_EXAMPLES))
}

/// Optimised: what grows with the square is hidden by all that an ordinary build does besides.
fn cost(workspace: &Workspace) -> Result<Tally> {
    progress::step("Comparing what comes with four times as much");
    let cargo = workspace.command("cargo");
    runner::counted(cargo.args(["test", "--release", "--locked", "--package", "guestwire-core", "--test", "cost"]))
}

fn docs(workspace: &Workspace) -> Result<Tally> {
    progress::step("Building the reference and running its examples");
    let cargo = || workspace.command("cargo");
    cargo()
        .args(["doc", "--locked", "--workspace", "--no-deps", "--quiet"])
        .env("RUSTDOCFLAGS", "-D warnings")
        .run()?;
    let mut tally = Tally::of_check(true);
    // Not every version has an example that can run natively; none is no failure here.
    let (status, output) = runner::tee(cargo().args(["test", "--locked", "--workspace", "--doc"]))?;
    tally += runner::judged(status, Tally::read(&output));
    Ok(tally)
}

/// `wasm-pack test` in the package at `folder`, with a running gateway whose address the tests are compiled with.
fn wasm_pack(workspace: &Workspace, folder: &str) -> Result<Tally> {
    setup::everything(workspace)?;
    let browser = setup::find_browser(workspace).context("there is no browser")?;
    let gateway = Gateway::start(&gateway::build(workspace, false)?, &["--addr".to_owned(), "127.0.0.1:0".to_owned()])?;
    progress::step(&format!("Running the browser tests of {folder}"));
    let command = workspace
        .command("wasm-pack")
        .args(["test", "--headless", "--chrome", "--mode", "no-install", "--chromedriver"])
        .arg(&browser.chromedriver)
        .args([folder, "--locked"])
        .env("GUESTWIRE_GATEWAY", &gateway.address)
        // A page has no environment: the tests are compiled with it.
        .envs(SAME_EXAMPLES)
        .env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", capabilities(workspace, &browser)?)
        // In a page, where a test does not choose another place itself.
        .env("WASM_BINDGEN_USE_BROWSER", "1")
        // Seconds for one binary's tests together, and for the driver's start; the defaults of 20 and 5 are for machines with
        // more cores.
        .env("WASM_BINDGEN_TEST_TIMEOUT", "300")
        .env("WASM_BINDGEN_TEST_DRIVER_TIMEOUT", "60");
    runner::counted(command)
}

/// `webdriver.json`, with the browser that was found.
fn capabilities(workspace: &Workspace, browser: &setup::Browser) -> Result<PathBuf> {
    let mut wanted: serde_json::Value = serde_json::from_str(&fs::read_to_string(workspace.path("webdriver.json"))?)?;
    wanted["goog:chromeOptions"]["binary"] = browser.chromium.to_string_lossy().into();
    let file = workspace.path("pkg/webdriver.json");
    fs::create_dir_all(workspace.path("pkg"))?;
    fs::write(&file, serde_json::to_vec(&wanted)?)?;
    Ok(file)
}

fn face(workspace: &Workspace) -> Result<Tally> {
    setup::npm_packages(workspace)?;
    runner::counted(node_tests(workspace, "js/test")?)
}

/// Tests of the built package: a browser, the demo and the gateway's binary are at hand.
fn with_package(workspace: &Workspace, folder: &str) -> Result<Tally> {
    setup::everything(workspace)?;
    build::package(workspace)?;
    demo::page(workspace)?;
    let browser = setup::find_browser(workspace).context("there is no browser")?;
    let gateway = gateway::build(workspace, false)?;
    let replay = replay::build(workspace)?;
    let tests = node_tests(workspace, folder)?.env("CHROMIUM", browser.chromium);
    runner::counted(tests.env("GUESTWIRE_GATEWAY_BIN", gateway).env("GUESTWIRE_REPLAY_BIN", replay))
}

/// A trap in each function of the modules, which the suite e2e makes in some of them.
pub(crate) fn all_traps(workspace: &Workspace) -> Result<()> {
    build::package(workspace)?;
    let gateway = gateway::build(workspace, false)?;
    let tests = workspace.command("node").args(NODE_FLAGS).arg("tests/e2e/traps.test.mjs");
    tests.env("GUESTWIRE_ALL_TRAPS", "1").env("GUESTWIRE_GATEWAY_BIN", gateway).run()?;
    Ok(())
}

/// Node's own runner; two files at a time, since those with a browser mostly wait for it. The collector is there for whoever asks what
/// becomes of an object.
const NODE_FLAGS: [&str; 4] = ["--expose-gc", "--test", "--test-reporter=spec", "--test-concurrency=2"];

/// Node's own runner over the `*.test.mjs` of a folder.
fn node_tests<'a>(workspace: &'a Workspace, folder: &str) -> Result<Cmd<'a>> {
    let mut files: Vec<OsString> = Vec::new();
    for entry in fs::read_dir(workspace.path(folder))? {
        let path = entry?.path();
        if path.to_string_lossy().ends_with(".test.mjs") {
            files.push(path.strip_prefix(&workspace.root)?.into());
        }
    }
    files.sort();
    if files.is_empty() {
        bail!("{folder} has no tests");
    }
    progress::step(&format!("Running the tests of {folder}"));
    Ok(workspace.command("node").args(NODE_FLAGS).args(files))
}
