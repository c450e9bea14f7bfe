//! The software bill of materials that the package ships, in CycloneDX's JSON: what its modules are compiled of, as cargo resolves it
//! for each entry. No time, no random number and no path of the machine is in it, so that two builds of one commit say the same.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use super::{ENTRIES, stamp};
use crate::progress;
use crate::workspace::Workspace;

/// The one place in the package.
const FILE: &str = "dist/guestwire.cdx.json";

/// A crate, and what it is compiled of.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Crate {
    name: String,
    version: String,
    licence: String,
    /// By its reference in the bill.
    uses: BTreeSet<String>,
    /// From the registry; ours and the standard library's own are not.
    published: bool,
}

/// The crates of a tree, by their references.
type Crates = BTreeMap<String, Crate>;

/// Writes the bill beside the modules.
pub(super) fn make(workspace: &Workspace) -> Result<()> {
    let file = workspace.path(FILE);
    let read = ["Cargo.lock", "Cargo.toml", "crates/core/Cargo.toml", "package.json", "rust-toolchain.toml"];
    let stamp = stamp(workspace, "", "sbom", &read.map(|input| workspace.path(input)), &[])?;
    if stamp.is_fresh(std::slice::from_ref(&file)) {
        return Ok(());
    }
    progress::step("Writing the bill of materials");
    let package = serde_json::from_str(&fs::read_to_string(workspace.path("package.json"))?)?;
    let mut modules = Vec::new();
    for entry in ENTRIES {
        let flags = ["--package", "guestwire", "--no-default-features", "--features", entry.service];
        modules.push((entry.wasm, tree(workspace, &workspace.path("Cargo.toml"), &flags)?));
    }
    let rustc = |asked: &[&str]| workspace.command("rustc").args(asked).quiet().read();
    let library = Path::new(&rustc(&["--print", "sysroot"])?).join("lib/rustlib/src/rust/library");
    let flags = ["--package", "std", "--no-default-features", "--features", "optimize_for_size"];
    let standard = Standard {
        version: rustc(&["--version"])?.split(' ').nth(1).context("rustc names no version")?.to_owned(),
        crates: tree(workspace, &library.join("Cargo.toml"), &flags)?,
    };
    let mut checksums = checksums(&fs::read_to_string(library.join("Cargo.lock"))?)?;
    checksums.extend(self::checksums(&fs::read_to_string(workspace.path("Cargo.lock"))?)?);
    let bill = bill(&package, &modules, &standard, &checksums)?;
    fs::write(file, serde_json::to_string_pretty(&bill)? + "\n")?;
    stamp.keep()
}

/// The standard library, which is compiled into every module.
struct Standard {
    version: String,
    crates: Crates,
}

/// What cargo would compile for the module's target. Procedural macros run at compile time; they are not shipped.
fn tree(workspace: &Workspace, manifest: &Path, flags: &[&str]) -> Result<Crates> {
    let shown = ["--edges", "normal,no-proc-macro", "--prefix", "depth", "--format", "{p}|{l}"];
    let command = workspace.command("cargo").args(["tree", "--locked", "--target", "wasm32-unknown-unknown"]);
    let command = command.args(shown).args(flags).arg("--manifest-path").arg(manifest);
    // The standard library's manifest has an unstable member.
    read_tree(&command.env("RUSTC_BOOTSTRAP", "1").quiet().read()?)
}

/// Reads lines as `1serde v1.0.229|MIT OR Apache-2.0`, the depth in front. One that ends in ` (*)` was there before.
fn read_tree(printed: &str) -> Result<Crates> {
    let mut crates = Crates::new();
    let mut above: Vec<String> = Vec::new();
    for line in printed.lines().filter(|line| !line.is_empty()) {
        let unreadable = || format!("cargo tree says {line:?}");
        let end = line.find(|letter: char| !letter.is_ascii_digit()).with_context(unreadable)?;
        let depth: usize = line[..end].parse().with_context(unreadable)?;
        let (package, licence) = line[end..].split_once('|').with_context(unreadable)?;
        let mut words = package.split(' ');
        let name = words.next().with_context(unreadable)?.to_owned();
        let version = words.next().and_then(|word| word.strip_prefix('v')).with_context(unreadable)?.to_owned();
        // A folder stands behind what comes from none.
        let published = words.next().is_none();
        let reference = if published { format!("pkg:cargo/{name}@{version}") } else { format!("{name}@{version}") };
        above.truncate(depth);
        if let Some(user) = above.last().and_then(|user| crates.get_mut(user)) {
            user.uses.insert(reference.clone());
        }
        let licence = licence.trim_end_matches(" (*)").to_owned();
        crates.entry(reference.clone()).or_insert(Crate { name, version, licence, uses: BTreeSet::new(), published });
        above.push(reference);
    }
    Ok(crates)
}

/// SHA-256 of the registry's packages, by reference.
fn checksums(lock: &str) -> Result<BTreeMap<String, String>> {
    let lock: toml::Table = lock.parse()?;
    let packages = lock.get("package").and_then(toml::Value::as_array).context("the lock file has no packages")?;
    let text = |package: &toml::Value, key: &str| package.get(key).and_then(toml::Value::as_str).map(str::to_owned);
    Ok(packages
        .iter()
        .filter_map(|package| {
            let reference = format!("pkg:cargo/{}@{}", text(package, "name")?, text(package, "version")?);
            Some((reference, text(package, "checksum")?))
        })
        .collect())
}

fn bill(
    package: &Value,
    modules: &[(&str, Crates)],
    standard: &Standard,
    checksums: &BTreeMap<String, String>,
) -> Result<Value> {
    let (name, version) = (text(package, "name")?, text(package, "version")?);
    let of_package = format!("pkg:npm/{name}@{version}");
    let of_standard = format!("std@{}", standard.version);
    let mut crates = Crates::new();
    let mut dependencies = BTreeMap::new();
    let module_reference = |wasm: &str| format!("dist/{wasm}");
    dependencies.insert(of_package.clone(), modules.iter().map(|(wasm, _)| module_reference(wasm)).collect());
    for (wasm, tree) in modules {
        for (reference, found) in tree {
            if found.name == "guestwire" {
                // The module is this crate.
                let mut uses = found.uses.clone();
                uses.insert(of_standard.clone());
                dependencies.insert(module_reference(wasm), uses);
            } else if crates.insert(reference.clone(), found.clone()).is_some_and(|other| other != *found) {
                bail!("the modules have {reference} of different crates; the bill of materials has one place for it");
            }
        }
    }
    let of_library: Crates =
        standard.crates.iter().filter(|(_, it)| it.published).map(|(key, it)| (key.clone(), it.clone())).collect();
    dependencies.insert(of_standard.clone(), of_library.keys().cloned().collect());
    for (reference, mut found) in of_library {
        found.uses.clear();
        crates.entry(reference).or_insert(found);
    }
    dependencies.extend(crates.iter().map(|(reference, found)| (reference.clone(), found.uses.clone())));

    let mut components =
        crates.iter().map(|(reference, found)| component(reference, found, checksums)).collect::<Result<Vec<_>>>()?;
    components.push(json!({
        "type": "library", "bom-ref": of_standard, "name": "std", "version": standard.version,
        "description": "Rust's standard library",
        "licenses": [{ "expression": "MIT OR Apache-2.0" }],
    }));
    let files = modules.iter().map(|(wasm, _)| module_reference(wasm));
    let files: Vec<_> = files.map(|file| json!({ "type": "file", "bom-ref": file, "name": file })).collect();
    let dependencies: Vec<_> =
        dependencies.iter().map(|(reference, uses)| json!({ "ref": reference, "dependsOn": uses })).collect();
    Ok(json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {
            "lifecycles": [{ "phase": "build" }],
            "component": {
                "type": "library", "bom-ref": of_package, "name": name, "version": version, "purl": of_package,
                "licenses": [{ "expression": text(package, "license")? }],
                "components": files,
            },
        },
        "components": components,
        "dependencies": dependencies,
    }))
}

fn component(reference: &str, found: &Crate, checksums: &BTreeMap<String, String>) -> Result<Value> {
    // Older packages write a slash for `OR`.
    let licence = spdx::Expression::canonicalize(&found.licence)?.unwrap_or_else(|| found.licence.clone());
    let mut component = json!({
        "type": "library", "bom-ref": reference, "name": found.name, "version": found.version,
        "licenses": [{ "expression": licence }],
    });
    if found.published {
        let checksum = checksums.get(reference).with_context(|| format!("no lock file has {reference}"))?;
        component["purl"] = reference.into();
        component["hashes"] = json!([{ "alg": "SHA-256", "content": checksum }]);
    }
    Ok(component)
}

fn text<'a>(package: &'a Value, key: &str) -> Result<&'a str> {
    package.get(key).and_then(Value::as_str).with_context(|| format!("package.json has no {key}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As cargo prints it in a clone at `folder`.
    fn bill_of_a_clone_at(folder: &str) -> Result<Value> {
        let tree = read_tree(&format!(
            "0guestwire v0.1.0 ({folder})|MIT OR Apache-2.0\n\
             1guestwire-core v0.1.0 ({folder}/crates/core)|MIT OR Apache-2.0\n\
             2uuid v1.29.1|Apache-2.0/MIT\n\
             1uuid v1.29.1|Apache-2.0/MIT (*)\n"
        ))?;
        let standard = Standard {
            version: "1.95.0".to_owned(),
            crates: read_tree(&format!("0std v0.0.0 ({folder}/std)|MIT\n1dlmalloc v0.2.11|MIT\n"))?,
        };
        let lock = "[[package]]\nname = \"uuid\"\nversion = \"1.29.1\"\nchecksum = \"0a\"\n\
                    [[package]]\nname = \"dlmalloc\"\nversion = \"0.2.11\"\nchecksum = \"0b\"\n";
        let package = json!({ "name": "guestwire", "version": "0.1.0", "license": "MIT OR Apache-2.0" });
        bill(&package, &[("guestwire.wasm", tree)], &standard, &checksums(lock)?)
    }

    #[test]
    fn the_bill_says_what_each_module_is_built_of() -> Result<()> {
        let bill = bill_of_a_clone_at("/clone")?;
        let expected = json!([
            { "ref": "dist/guestwire.wasm", "dependsOn": ["guestwire-core@0.1.0", "pkg:cargo/uuid@1.29.1", "std@1.95.0"] },
            { "ref": "guestwire-core@0.1.0", "dependsOn": ["pkg:cargo/uuid@1.29.1"] },
            { "ref": "pkg:cargo/dlmalloc@0.2.11", "dependsOn": [] },
            { "ref": "pkg:cargo/uuid@1.29.1", "dependsOn": [] },
            { "ref": "pkg:npm/guestwire@0.1.0", "dependsOn": ["dist/guestwire.wasm"] },
            { "ref": "std@1.95.0", "dependsOn": ["pkg:cargo/dlmalloc@0.2.11"] },
        ]);
        assert_eq!(bill["dependencies"], expected);
        assert_eq!(bill["components"][2]["licenses"][0]["expression"], "Apache-2.0 OR MIT");
        assert_eq!(bill["components"][2]["hashes"][0]["content"], "0a");
        Ok(())
    }

    #[test]
    fn two_clones_make_the_same_bill() -> Result<()> {
        assert_eq!(bill_of_a_clone_at("/clone")?, bill_of_a_clone_at("/elsewhere")?);
        Ok(())
    }
}
