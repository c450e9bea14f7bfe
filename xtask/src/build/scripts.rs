//! The JavaScript: the face goes through tsc; each entry's glue and the compiled face then become one minified script for
//! each entry, and one that they share.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use walkdir::WalkDir;

use super::{ENTRIES, Entry, bind, commonjs, module, shared, stamp};
use crate::progress;
use crate::workspace::Workspace;

/// What entries share is in scripts of its own, so that a page that loads two of them has one `GuestwireError`; and few scripts
/// compress better than a dozen, and are fewer requests.
const BUNDLE: &[&str] = &[
    "--bundle",
    "--splitting",
    "--chunk-names=shared-[hash]",
    "--minify",
    // Of an error that nobody catches Node shows the line that threw it, whole.
    "--line-limit=400",
    // The globals are what they were when the script was loaded.
    "--inject:pkg/bundle/builtins.js",
    "--format=esm",
    "--target=es2022",
    "--outdir=dist",
    "--log-level=warning",
];

/// Compiles the face and puts the scripts and their types in `dist/`.
pub(super) fn make(workspace: &Workspace) -> Result<()> {
    face(workspace)?;
    bundle(workspace)
}

fn face(workspace: &Workspace) -> Result<()> {
    let output = workspace.path("pkg/face");
    let inputs = ["js/src", "tsconfig.json", "tsconfig.build.json", "package-lock.json"];
    let stamp = stamp(workspace, "", "face", &inputs.map(|input| workspace.path(input)), &[])?;
    if stamp.is_fresh(std::slice::from_ref(&output)) {
        return Ok(());
    }
    progress::step("Compiling the TypeScript face");
    if output.exists() {
        fs::remove_dir_all(&output)?;
    }
    workspace.node_tool("tsc").args(["--project", "tsconfig.build.json"]).run()?;
    stamp.keep()
}

fn bundle(workspace: &Workspace) -> Result<()> {
    let face = workspace.path("pkg/face");
    let mut inputs = vec![face.clone(), workspace.path("package-lock.json")];
    inputs.extend(ENTRIES.iter().map(|entry| module::glue(workspace, entry)));
    let stamp = stamp(workspace, "", "bundle", &inputs, &[BUNDLE, commonjs::settings()].concat())?;
    let dist = workspace.path("dist");
    let mut outputs: Vec<_> = ENTRIES.iter().flat_map(|it| [dist.join(it.script), dist.join(it.node)]).collect();
    outputs.extend(ENTRIES.iter().map(|entry| dist.join(entry.node).with_extension("cjs")));
    if stamp.is_fresh(&outputs) {
        return Ok(());
    }
    progress::step("Bundling the JavaScript");
    remove_all_but_the_modules(&dist)?;
    let scripts = workspace.path("pkg/bundle");
    for entry in WalkDir::new(&face) {
        let entry = entry?;
        let place = entry.path().strip_prefix(&face)?;
        let name = place.to_string_lossy();
        if entry.file_type().is_dir() {
            fs::create_dir_all(dist.join(place))?;
            fs::create_dir_all(scripts.join(place))?;
        } else if name.ends_with(".d.ts") {
            check_declaration(entry.path())?;
            fs::copy(entry.path(), dist.join(place))?;
        } else if name.ends_with(".js") {
            fs::copy(entry.path(), scripts.join(place))?;
        } else {
            bail!("pkg/face/{name}: the package has scripts and declarations only");
        }
    }
    let mut entries = Vec::new();
    for entry in ENTRIES {
        let glue = bind::bind(&fs::read_to_string(module::glue(workspace, entry))?)?;
        fs::write(scripts.join(entry.service).join("glue.js"), glue)?;
        for_node(&scripts.join(entry.service).join("node.js"), &dist, entry)?;
        let name = entry.script.strip_suffix(".js").context("an entry is a script")?;
        entries.push(format!("{name}=pkg/bundle/{}/index.js", entry.service));
    }
    fs::copy(scripts.join(OF_NODE), dist.join(OF_NODE))?;
    workspace.node_tool("esbuild").args(entries).args(BUNDLE).quiet().run()?;
    shared::name(&dist)?;
    commonjs::make(workspace, &dist)?;
    stamp.keep()
}

/// What the entries of Node share.
const OF_NODE: &str = "node-sockets.js";

/// The entry of Node is a few lines around the page's, which it takes as it is shipped.
fn for_node(compiled: &Path, dist: &Path, entry: &Entry) -> Result<()> {
    let mut text = fs::read_to_string(compiled)?;
    for (import, shipped) in [("./index.js", entry.script), (&*format!("../{OF_NODE}"), OF_NODE)] {
        let quoted = format!("\"{import}\"");
        if !text.contains(&quoted) {
            bail!("{} does not import {quoted}", compiled.display());
        }
        text = text.replace(&quoted, &format!("\"./{shipped}\""));
    }
    Ok(fs::write(dist.join(entry.node), text)?)
}

/// A file that the face no longer has must not be shipped for ever.
fn remove_all_but_the_modules(dist: &Path) -> Result<()> {
    for entry in fs::read_dir(dist)? {
        let path = entry?.path();
        if ENTRIES.iter().any(|entry| path.ends_with(entry.wasm)) {
            continue;
        }
        if path.is_dir() {
            fs::remove_dir_all(path)?;
        } else {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

/// The generated class is no part of the package's types, and its declarations need a newer `lib` than a user may have.
fn check_declaration(path: &Path) -> Result<()> {
    if fs::read_to_string(path)?.contains("./glue.js") {
        bail!("{} names glue.js: the raw module leaks into the public types", path.display());
    }
    Ok(())
}
