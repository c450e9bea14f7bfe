//! What the machine must have: each need knows how to tell that it is met, how to meet it where that may be done,
//! and otherwise what a person has to type.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::progress;
use crate::stamp::Stamp;
use crate::workspace::Workspace;

const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// The one that the tests were written with.
const WASM_PACK: &str = "0.15.1";

/// `cargo xtask setup`: everything that `test` needs.
pub(crate) fn run(workspace: &Workspace, arguments: lexopt::Parser) -> Result<()> {
    crate::no_more(arguments)?;
    everything(workspace)?;
    doctor_report(workspace)
}

/// `cargo xtask doctor`: says what is there; fails where something is missing.
pub(crate) fn doctor(workspace: &Workspace, arguments: lexopt::Parser) -> Result<()> {
    crate::no_more(arguments)?;
    doctor_report(workspace)
}

/// What `build` and `start` need.
pub(crate) fn build_tools(workspace: &Workspace) -> Result<()> {
    wasm_target(workspace)?;
    library_source(workspace)?;
    npm_packages(workspace)
}

/// What `test` needs on top.
pub(crate) fn everything(workspace: &Workspace) -> Result<()> {
    build_tools(workspace)?;
    test_runner(workspace)?;
    wasm_pack(workspace)?;
    browser(workspace)
}

/// The npm packages at the versions of the lock file.
pub(crate) fn npm_packages(workspace: &Workspace) -> Result<()> {
    // The stamp lives inside, so that it goes when the folder goes.
    let folder = workspace.path("node_modules");
    let stamp = Stamp::of(folder.join(".guestwire-stamp"), &[workspace.path("package-lock.json")], "npm ci")?;
    if stamp.is_fresh(std::slice::from_ref(&folder)) {
        return Ok(());
    }
    progress::step("Installing the npm packages");
    workspace
        .command("npm")
        .args(["ci", "--no-audit", "--no-fund"])
        .run()
        .context("npm ci failed; Node 20 or newer must be there")?;
    stamp.keep()
}

/// Chromium and its driver, found by environment variable or on PATH.
pub(crate) struct Browser {
    pub(crate) chromium: PathBuf,
    pub(crate) chromedriver: PathBuf,
}

/// The browser of this machine, if both halves are there.
pub(crate) fn find_browser(workspace: &Workspace) -> Option<Browser> {
    let pick = |variable: &str, names: &[&str]| {
        let named = std::env::var_os(variable).map(PathBuf::from).filter(|path| path.exists());
        named.or_else(|| names.iter().find_map(|name| workspace.find(name)))
    };
    Some(Browser {
        chromium: pick("CHROMIUM", &["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"])?,
        chromedriver: pick(
            "CHROMEDRIVER",
            &["chromedriver", "chromium.chromedriver", "/usr/lib/chromium/chromedriver"],
        )?,
    })
}

fn wasm_target(workspace: &Workspace) -> Result<()> {
    if has_wasm_target(workspace) {
        return Ok(());
    }
    progress::step("Adding the wasm32 target");
    workspace
        .command("rustup")
        .args(["target", "add", WASM_TARGET])
        .run()
        .context("rustup could not add the wasm32 target")
}

/// The module's standard library is built along with it.
fn library_source(workspace: &Workspace) -> Result<()> {
    if has_library_source(workspace) {
        return Ok(());
    }
    progress::step("Adding the standard library's source");
    workspace
        .command("rustup")
        .args(["component", "add", "rust-src"])
        .run()
        .context("rustup could not add the component rust-src")
}

fn has_library_source(workspace: &Workspace) -> bool {
    let sysroot = workspace.command("rustc").args(["--print", "sysroot"]).quiet().ignore_stderr().read();
    sysroot.is_ok_and(|folder| PathBuf::from(folder).join("lib/rustlib/src/rust/library/Cargo.lock").exists())
}

fn has_wasm_target(workspace: &Workspace) -> bool {
    let libraries = workspace
        .command("rustc")
        .args(["--print", "target-libdir", "--target", WASM_TARGET])
        .quiet()
        .ignore_stderr()
        .read();
    libraries.is_ok_and(|folder| PathBuf::from(folder).is_dir())
}

/// What runs the tests in a browser stands beside wasm-bindgen's command line, by whose version, which must be the module's, wasm-pack
/// knows that it is the right one. The build needs neither.
fn test_runner(workspace: &Workspace) -> Result<()> {
    let wanted = wasm_bindgen_version(workspace)?;
    let there = || tool_version(workspace, "wasm-bindgen").as_ref() == Some(&wanted);
    if there() {
        return Ok(());
    }
    progress::step(&format!("Installing the test runner of wasm-bindgen {wanted} (once; minutes)"));
    install(workspace, &["--path", "xtask/runner"])?;
    if there() { Ok(()) } else { bail!("xtask/runner/Cargo.toml must name wasm-bindgen-cli {wanted}") }
}

fn wasm_bindgen_version(workspace: &Workspace) -> Result<String> {
    let packages = &workspace.metadata()?.packages;
    let package = packages.iter().find(|package| package.name.as_str() == "wasm-bindgen");
    Ok(package.context("the workspace does not depend on wasm-bindgen")?.version.to_string())
}

fn wasm_pack(workspace: &Workspace) -> Result<()> {
    if tool_version(workspace, "wasm-pack").is_some_and(|version| version == WASM_PACK) {
        return Ok(());
    }
    progress::step(&format!("Installing wasm-pack {WASM_PACK} (once; a minute or two)"));
    install(workspace, &["wasm-pack", "--version", WASM_PACK])
}

/// Into the repository's own `.tools`, so that no other project's version is replaced. `--locked`: with the lock file of the folder, or
/// with the one that the package was published with.
fn install(workspace: &Workspace, what: &[&str]) -> Result<()> {
    let command = workspace.command("cargo").args(["install", "--locked", "--force", "--root"]);
    let command = command.arg(workspace.path(".tools")).args(what);
    command.run().with_context(|| format!("cargo install {} failed", what.join(" ")))
}

/// The last word of `<tool> --version`.
fn tool_version(workspace: &Workspace, tool: &str) -> Option<String> {
    workspace.find(tool)?;
    let said = workspace.command(tool).arg("--version").quiet().ignore_stderr().read().ok()?;
    said.split_whitespace().last().map(str::to_owned)
}

fn browser(workspace: &Workspace) -> Result<()> {
    if find_browser(workspace).is_some() {
        return Ok(());
    }
    if !may_use_apt(workspace) {
        bail!("Chromium or ChromeDriver is missing.\n{BROWSER_BY_HAND}");
    }
    progress::step("Installing Chromium and ChromeDriver");
    let apt = || workspace.command("apt-get").env("DEBIAN_FRONTEND", "noninteractive").arg("--quiet=2");
    apt().arg("update").run()?;
    apt()
        .args(["install", "--yes", "--no-install-recommends", "chromium", "chromium-driver", "fonts-dejavu-core"])
        .run()?;
    find_browser(workspace).map(drop).context("chromium is still not on PATH")
}

const BROWSER_BY_HAND: &str = "\
Install them with one of these, then run the command again:
  Debian:  sudo apt-get install -y chromium chromium-driver
  Ubuntu:  sudo snap install chromium
  Fedora:  sudo dnf install -y chromium chromedriver
  macOS:   brew install --cask chromium && brew install --cask chromedriver
Or say where they are: CHROMIUM=/path/to/chromium CHROMEDRIVER=/path/to/chromedriver";

/// Only Debian itself has Chromium as an ordinary package (Ubuntu's is a snap), and only root may install it.
fn may_use_apt(workspace: &Workspace) -> bool {
    let debian = fs::read_to_string("/etc/os-release").is_ok_and(|text| text.lines().any(|line| line == "ID=debian"));
    let root = workspace.command("id").arg("-u").quiet().read().is_ok_and(|id| id == "0");
    debian && root && workspace.find("apt-get").is_some()
}

fn doctor_report(workspace: &Workspace) -> Result<()> {
    let browser = find_browser(workspace);
    let show = |path: &PathBuf| path.display().to_string();
    let wanted = wasm_bindgen_version(workspace)?;
    let rows = [
        ("rustc", tool_line(workspace, "rustc")),
        (WASM_TARGET, has_wasm_target(workspace).then(|| "installed".to_owned())),
        ("rust-src", has_library_source(workspace).then(|| "installed".to_owned())),
        ("wasm-bindgen", tool_version(workspace, "wasm-bindgen").filter(|version| *version == wanted)),
        ("wasm-pack", tool_version(workspace, "wasm-pack").filter(|version| version == WASM_PACK)),
        ("node", tool_line(workspace, "node")),
        ("npm packages", workspace.path("node_modules/.guestwire-stamp").exists().then(|| "installed".to_owned())),
        ("chromium", browser.as_ref().map(|browser| show(&browser.chromium))),
        ("chromedriver", browser.as_ref().map(|browser| show(&browser.chromedriver))),
    ];
    for (name, found) in &rows {
        println!("{name:<24} {}", found.as_deref().unwrap_or("missing"));
    }
    if rows.iter().all(|(_, found)| found.is_some()) {
        return Ok(());
    }
    bail!("something is missing; `cargo xtask setup` installs what it may\n{BROWSER_BY_HAND}")
}

fn tool_line(workspace: &Workspace, tool: &str) -> Option<String> {
    workspace.command(tool).arg("--version").quiet().ignore_stderr().read().ok()
}
