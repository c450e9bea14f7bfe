//! `cargo xtask deny`: what the dependencies are allowed to be. `deny.toml` is the one list. Where cargo-deny is at
//! hand it reads it; else the two rules that need nothing from the network, licences and sources, are checked here.

use std::fs;

use anyhow::{Context, Result, bail};
use cargo_metadata::Package;

use crate::progress;
use crate::workspace::Workspace;

/// Where every published package of the lock file must come from.
const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// `cargo xtask deny [--advisories]`: the advisories need cargo-deny and a network that has the advisory database.
pub(crate) fn run(workspace: &Workspace, mut arguments: lexopt::Parser) -> Result<()> {
    let mut advisories = false;
    while let Some(argument) = arguments.next()? {
        match argument {
            lexopt::Arg::Long("advisories") => advisories = true,
            other => return Err(other.unexpected().into()),
        }
    }
    check(workspace)?;
    if advisories {
        workspace
            .command("cargo")
            .args(["deny", "check", "advisories"])
            .run()
            .context("`cargo install cargo-deny` first")?;
        workspace.command("npm").args(["audit"]).run()?;
    }
    Ok(())
}

/// Licences, sources and bans.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    progress::step("Auditing the dependencies");
    if workspace.find("cargo-deny").is_some() {
        return Ok(workspace.command("cargo").args(["deny", "check", "licenses", "bans", "sources"]).run()?);
    }
    let allowed = allowed_licences(&fs::read_to_string(workspace.path("deny.toml"))?)?;
    let packages = &workspace.metadata()?.packages;
    let broken: Vec<_> = packages.iter().filter_map(|package| objection(package, &allowed)).collect();
    if !broken.is_empty() {
        bail!("dependencies that deny.toml does not allow:\n  {}", broken.join("\n  "));
    }
    progress::note(&format!("{} crates have an allowed licence and a known source", packages.len()));
    Ok(())
}

fn allowed_licences(configuration: &str) -> Result<Vec<String>> {
    let configuration: toml::Table = configuration.parse()?;
    let allowed = configuration.get("licenses").and_then(|table| table.get("allow")).and_then(toml::Value::as_array);
    let allowed = allowed.context("deny.toml has no [licenses] allow")?;
    Ok(allowed.iter().filter_map(|name| name.as_str().map(str::to_owned)).collect())
}

fn objection(package: &Package, allowed: &[String]) -> Option<String> {
    let name = format!("{} {}", package.name, package.version);
    let Some(source) = &package.source else {
        return None; // Ours.
    };
    if source.repr != CRATES_IO {
        return Some(format!("{name} comes from {source}"));
    }
    let Some(licence) = &package.license else {
        return Some(format!("{name} names no licence"));
    };
    (!permitted(licence, allowed)).then(|| format!("{name} is {licence}"))
}

/// Whether an SPDX expression can be met with the allowed licences alone.
fn permitted(expression: &str, allowed: &[String]) -> bool {
    let parsed = spdx::Expression::parse_mode(expression, spdx::ParseMode::LAX);
    parsed.is_ok_and(|parsed| parsed.evaluate(|asked| allowed.contains(&asked.to_string())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_licence_counts_only_if_the_expression_can_be_met_with_the_allowed_ones() -> Result<()> {
        let allowed = allowed_licences("[licenses]\nallow = [\"MIT\", \"Apache-2.0 WITH LLVM-exception\"]\n")?;
        for (expression, expected) in [
            ("MIT", true),
            ("MIT OR GPL-3.0-only", true),
            ("MIT/Apache-2.0", true),
            ("MIT AND GPL-3.0-only", false),
            ("Apache-2.0 WITH LLVM-exception", true),
            ("Apache-2.0", false),
            ("no such thing", false),
        ] {
            assert_eq!(permitted(expression, &allowed), expected, "{expression}");
        }
        Ok(())
    }
}
