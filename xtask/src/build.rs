//! `cargo xtask build`: the npm package's contents. The module goes through cargo, wasm-bindgen and wasm-opt; the face
//! through tsc; the generated glue and the compiled face are then minified, file by file, and stay plain ES modules.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::progress;
use crate::setup;
use crate::stamp::Stamp;
use crate::workspace::Workspace;

/// Cargo's profile for the module; the gateway's release build is not made small at the price of speed.
const PROFILE: &str = "wasm-release";

/// The names that others rely on: `guestwire/guestwire.wasm` is an export of the package.
pub(crate) const WASM: &str = "dist/guestwire.wasm";

/// What rustc 1.95 emits for wasm32-unknown-unknown. Named here because neither tool keeps the list for the other:
/// without it wasm-opt assumes the first version of WebAssembly, and refuses the module.
const FEATURES: &[&str] = &[
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-call-indirect-overlong",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// The glue, too, names no address of the module: the face's loaders do, one for each environment.
const BINDGEN: &[&str] = &[
    "--target",
    "web",
    "--out-name",
    "glue",
    "--omit-default-module-path",
    // The face has its own, exact declaration of the class (`js/src/raw.ts`).
    "--no-typescript",
    "--remove-producers-section",
];

const OPTIMISE: &[&str] = &["-Oz", "--converge", "--strip-debug", "--strip-producers", "--strip-target-features"];

const MINIFY: &[&str] = &["--minify", "--format=esm", "--target=es2022", "--outdir=dist", "--log-level=warning"];

/// `cargo xtask build`.
pub(crate) fn run(workspace: &Workspace, arguments: lexopt::Parser) -> Result<()> {
    crate::no_more(arguments)?;
    package(workspace)
}

/// Makes `dist/`; a step whose inputs are what they were is skipped.
pub(crate) fn package(workspace: &Workspace) -> Result<()> {
    setup::build_tools(workspace)?;
    let compiled = compile(workspace)?;
    bind(workspace, &compiled)?;
    optimise(workspace)?;
    face(workspace)?;
    minify(workspace)?;
    progress::note("dist/ is up to date");
    Ok(())
}

fn compile(workspace: &Workspace) -> Result<PathBuf> {
    progress::step("Compiling the module");
    let target = "wasm32-unknown-unknown";
    workspace
        .command("cargo")
        .args(["build", "--locked", "--package", "guestwire", "--lib", "--profile", PROFILE, "--target", target])
        .run()
        .context("the module does not compile")?;
    Ok(workspace.target()?.join(target).join(PROFILE).join("guestwire.wasm"))
}

fn bind(workspace: &Workspace, compiled: &Path) -> Result<()> {
    let outputs = [workspace.path("pkg/glue.js"), workspace.path("pkg/glue_bg.wasm")];
    let stamp = stamp(workspace, "bind", &[compiled.to_path_buf()], BINDGEN)?;
    if stamp.is_fresh(&outputs) {
        return Ok(());
    }
    progress::step("Generating the glue");
    workspace.command("wasm-bindgen").args(BINDGEN).args(["--out-dir", "pkg"]).arg(compiled).run()?;
    stamp.keep()
}

fn optimise(workspace: &Workspace) -> Result<()> {
    let bound = workspace.path("pkg/glue_bg.wasm");
    let settings: Vec<_> = FEATURES.iter().chain(OPTIMISE).copied().collect();
    let stamp = stamp(workspace, "optimise", &[bound.clone(), workspace.path("package-lock.json")], &settings)?;
    if stamp.is_fresh(&[workspace.path(WASM)]) {
        return Ok(());
    }
    progress::step("Optimising the module (about half a minute)");
    fs::create_dir_all(workspace.path("dist"))?;
    workspace.node_tool("wasm-opt").args(settings).arg(bound).args(["-o", WASM]).run()?;
    stamp.keep()
}

/// The same module once more, with the names of its functions, for whoever counts its bytes.
pub(crate) fn with_names(workspace: &Workspace) -> Result<PathBuf> {
    let named = workspace.path("pkg/named.wasm");
    let settings = FEATURES.iter().chain(&["-Oz", "--converge", "--debuginfo"]);
    workspace
        .node_tool("wasm-opt")
        .args(settings)
        .arg(workspace.path("pkg/glue_bg.wasm"))
        .arg("-o")
        .arg(&named)
        .run()?;
    Ok(named)
}

fn face(workspace: &Workspace) -> Result<()> {
    let output = workspace.path("pkg/face");
    let inputs = ["js/src", "tsconfig.json", "tsconfig.build.json", "package-lock.json"];
    let stamp = stamp(workspace, "face", &inputs.map(|input| workspace.path(input)), &[])?;
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

fn minify(workspace: &Workspace) -> Result<()> {
    let inputs = [workspace.path("pkg/face"), workspace.path("pkg/glue.js"), workspace.path("package-lock.json")];
    let stamp = stamp(workspace, "minify", &inputs, MINIFY)?;
    let dist = workspace.path("dist");
    if stamp.is_fresh(&[dist.join("glue.js"), dist.join("index.js"), dist.join("node.js")]) {
        return Ok(());
    }
    progress::step("Minifying the JavaScript");
    remove_all_but_the_module(&dist)?;
    let mut scripts = vec![workspace.path("pkg/glue.js")];
    for entry in fs::read_dir(workspace.path("pkg/face"))? {
        let path = entry?.path();
        let name = path.file_name().context("a file without a name")?.to_string_lossy().into_owned();
        if name.ends_with(".d.ts") {
            check_declaration(&path)?;
            fs::copy(&path, dist.join(name))?;
        } else if name.ends_with(".js") {
            scripts.push(path);
        } else {
            bail!("pkg/face/{name}: the package has scripts and declarations only, in one folder");
        }
    }
    // Without a common folder esbuild would keep the folders in the names; each file is transformed by itself.
    for script in scripts {
        workspace.node_tool("esbuild").arg(script).args(MINIFY).quiet().run()?;
    }
    stamp.keep()
}

/// A file that the face no longer has must not be shipped for ever.
fn remove_all_but_the_module(dist: &Path) -> Result<()> {
    for entry in fs::read_dir(dist)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "wasm") {
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

fn stamp(workspace: &Workspace, step: &str, inputs: &[PathBuf], settings: &[&str]) -> Result<Stamp> {
    Stamp::of(workspace.path("pkg/.stamps").join(step), inputs, &settings.join(" "))
}
