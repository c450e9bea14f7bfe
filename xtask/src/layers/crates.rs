//! The Rust side: which package of the workspace may use which, and what the core may be made of at all.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use cargo_metadata::{DependencyKind, MetadataCommand, Package};
use regex_lite::Regex;
use walkdir::WalkDir;

/// A package, and the packages of ours that its code may use. Whoever is not listed may be used by nobody: a tool.
const ARROWS: &[(&str, &[&str])] = &[
    ("guestwire-core", &[]),
    ("guestwire-sim", &["guestwire-core"]),
    ("guestwire-gateway", &["guestwire-sim", "guestwire-core"]),
    ("guestwire", &["guestwire-core"]),
];

/// Everything that the core may be built of, dependencies of dependencies included. All of it computes; none of it
/// reads a clock, makes randomness of its own, does I/O, is asynchronous or touches JavaScript. A crate is added here
/// only with a look at what it does.
const CORE_MAY_USE: &[&str] = &[
    "httpdate",
    "itoa",
    "memchr",
    "percent-encoding",
    "rand_core",
    "rand_xoshiro",
    "ryu",
    "serde",
    "serde_core",
    "serde_json",
    "uuid",
    "zmij",
];

/// What the standard library would still allow. `SystemTime` as a value (an HTTP date) is no clock.
const CORE_MUST_NOT_NAME: &str =
    r"\bstd::(net|fs|io|env|process|thread)\b|\b(SystemTime|Instant)::now\b|\basync (fn|move)\b";

/// Every broken rule of the workspace at `manifest`, in words.
pub(super) fn violations(manifest: &Path) -> Result<Vec<String>> {
    let metadata = MetadataCommand::new().manifest_path(manifest).no_deps().exec()?;
    let mut broken = Vec::new();
    for package in &metadata.packages {
        let ours: BTreeSet<&str> = metadata.packages.iter().map(|package| package.name.as_str()).collect();
        broken.extend(broken_arrows(package, &ours));
    }
    if let Some(core) = metadata.packages.iter().find(|package| package.name.as_str() == "guestwire-core") {
        broken.extend(
            built_of(manifest, "guestwire-core")?.iter().filter(|name| !CORE_MAY_USE.contains(&name.as_str())).map(
                |name| format!("guestwire-core is built of {name}, which is not among the crates that it may use"),
            ),
        );
        let folder = core.manifest_path.parent().context("a manifest has a folder")?;
        broken.extend(forbidden_words(folder.join("src").as_std_path())?);
    }
    Ok(broken)
}

fn broken_arrows(package: &Package, ours: &BTreeSet<&str>) -> Vec<String> {
    let name = package.name.as_str();
    let Some((_, may)) = ARROWS.iter().find(|(from, _)| *from == name) else {
        return Vec::new(); // A tool: it may use any of them.
    };
    package
        .dependencies
        .iter()
        // Its tests may use any of them too; what it is and how it is built may not.
        .filter(|dependency| dependency.kind != DependencyKind::Development)
        .filter(|dependency| ours.contains(dependency.name.as_str()) && !may.contains(&dependency.name.as_str()))
        .map(|dependency| format!("{name} must not depend on {}", dependency.name))
        .collect()
}

/// The crates that end up in `package`, itself left out. Asked of cargo's own resolver for this one package: the
/// workspace's graph would show features that only its neighbours ask for. Procedural macros run while it is compiled.
fn built_of(manifest: &Path, package: &str) -> Result<BTreeSet<String>> {
    let output = Command::new("cargo")
        .args(["tree", "--package", package, "--edges", "normal,no-proc-macro", "--target", "all", "--all-features"])
        .args(["--prefix", "none", "--format", "{p}", "--manifest-path"])
        .arg(manifest)
        .output()?;
    if !output.status.success() {
        bail!("cargo tree failed: {}", String::from_utf8_lossy(&output.stderr));
    }
    let names = String::from_utf8(output.stdout)?;
    let names = names.lines().filter_map(|line| line.split_whitespace().next());
    Ok(names.filter(|name| *name != package).map(str::to_owned).collect())
}

fn forbidden_words(folder: &Path) -> Result<Vec<String>> {
    let words = Regex::new(CORE_MUST_NOT_NAME)?;
    let mut broken = Vec::new();
    for entry in WalkDir::new(folder).sort_by_file_name() {
        let entry = entry?;
        if entry.path().extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(entry.path())?;
            let code = text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"));
            broken.extend(code.filter_map(|(number, line)| {
                let found = words.find(line)?;
                Some(format!(
                    "{}:{}: the core must not use {}",
                    entry.path().strip_prefix(folder).unwrap_or(entry.path()).display(),
                    number + 1,
                    found.as_str()
                ))
            }));
        }
    }
    Ok(broken)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// A throw-away workspace of `(package, its [dependencies], its lib.rs)`. What is not ours by name stands outside
    /// of it, as a published crate would. All by path, so that no registry is asked.
    fn workspace(packages: &[(&str, &[&str], &str)]) -> Result<tempfile::TempDir> {
        let root = tempfile::tempdir()?;
        let place = |name: &str| {
            let ours = name.starts_with("guestwire") || name == "xtask";
            root.path().join(if ours { "ours" } else { "published" }).join(name)
        };
        for (name, dependencies, code) in packages {
            fs::create_dir_all(place(name).join("src"))?;
            let lines: String = dependencies
                .iter()
                .map(|name| format!("{name} = {{ path = '{}' }}\n", place(name).display()))
                .collect();
            let manifest =
                format!("[package]\nname = '{name}'\nversion = '0.0.0'\nedition = '2024'\n[dependencies]\n{lines}");
            fs::write(place(name).join("Cargo.toml"), manifest)?;
            fs::write(place(name).join("src/lib.rs"), code)?;
        }
        fs::write(root.path().join("ours/Cargo.toml"), "[workspace]\nmembers = ['*']\nresolver = '3'\n")?;
        Ok(root)
    }

    fn found(packages: &[(&str, &[&str], &str)]) -> Result<Vec<String>> {
        violations(&workspace(packages)?.path().join("ours/Cargo.toml"))
    }

    #[test]
    fn the_arrows_of_the_design_are_accepted() -> Result<()> {
        let broken = found(&[
            ("guestwire-core", &["uuid"], ""),
            ("uuid", &[], ""),
            ("guestwire-sim", &["guestwire-core"], ""),
            ("guestwire-gateway", &["guestwire-sim", "guestwire-core"], ""),
            ("guestwire", &["guestwire-core"], ""),
            ("xtask", &["guestwire-gateway"], ""),
        ])?;
        assert!(broken.is_empty(), "{broken:?}");
        Ok(())
    }

    #[test]
    fn a_core_that_gains_something_that_does_io_is_refused_however_deep_it_hides() -> Result<()> {
        let broken = found(&[("guestwire-core", &["uuid"], ""), ("uuid", &["getrandom"], ""), ("getrandom", &[], "")])?;
        assert_eq!(broken, ["guestwire-core is built of getrandom, which is not among the crates that it may use"]);
        Ok(())
    }

    #[test]
    fn an_arrow_that_points_back_or_to_a_tool_is_refused() -> Result<()> {
        let broken = found(&[
            ("guestwire-core", &[], ""),
            ("guestwire-sim", &["guestwire-core"], ""),
            ("guestwire", &["guestwire-sim", "guestwire-core"], ""),
            ("guestwire-gateway", &["xtask"], ""),
            ("xtask", &[], ""),
        ])?;
        assert_eq!(
            broken,
            ["guestwire must not depend on guestwire-sim", "guestwire-gateway must not depend on xtask"]
        );
        Ok(())
    }

    #[test]
    fn a_core_that_reads_the_clock_is_refused() -> Result<()> {
        let broken = found(&[(
            "guestwire-core",
            &[],
            "/// Never `Instant::now`.\npub fn late() -> std::time::Instant { std::time::Instant::now() }\n",
        )])?;
        assert!(broken.len() == 1 && broken[0].ends_with("lib.rs:2: the core must not use Instant::now"), "{broken:?}");
        Ok(())
    }
}
