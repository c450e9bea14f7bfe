//! `cargo xtask build`: the npm package's contents. The module goes through cargo, wasm-bindgen and wasm-opt; the face
//! through tsc; the generated glue and the compiled face then become one minified script and two thin entries to it.

mod loading;
mod names;

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

/// The standard library is built along with the module, to be optimised and to trap as it does: a panic's message, its
/// place and all formatting behind it are about a seventh of the module (docs/size.md). Both are unstable in the pinned
/// release, hence `RUSTC_BOOTSTRAP`; the flags also keep every path of the building machine out of the module.
const STANDARD_LIBRARY: &[&str] = &["-Zbuild-std=std,panic_abort", "-Zbuild-std-features=optimize_for_size"];

/// See [`STANDARD_LIBRARY`].
/// `inline-mir` is the ordinary inlining of small functions, which is off by default where code is made small; here it
/// makes it 4 % smaller still.
const RUSTFLAGS: &str =
    "-Zunstable-options -Cpanic=immediate-abort -Zlocation-detail=none -Zfmt-debug=none -Zinline-mir=yes";

/// Found by trying what wasm-opt has: the code is taken apart and put together anew before it is made small.
const OPTIMISE: &[&str] = &[
    "--low-memory-unused",
    "--flatten",
    "--rereloop",
    "-Oz",
    "-Oz",
    "--converge",
    "--reorder-functions",
    // Unlimited by default: what is inlined into its one caller no longer looks like its neighbours when compressed.
    "--one-caller-inline-max-function-size=60",
];

const STRIP: &[&str] = &["--strip-debug", "--strip-producers", "--strip-target-features"];

const SHORTEN: &[&str] = &["--minify-imports-and-exports-and-modules"];

/// One script that both entries share compresses better than a dozen, and is one request instead of as many.
const BUNDLE: &[&str] = &[
    "--bundle",
    "--splitting",
    "--chunk-names=guestwire",
    "--minify",
    "--format=esm",
    "--target=es2022",
    "--external:node:*",
    "--outdir=dist",
    "--log-level=warning",
];

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
    face(workspace)?;
    optimise(workspace)?;
    bundle(workspace)?;
    progress::note("dist/ is up to date");
    Ok(())
}

fn compile(workspace: &Workspace) -> Result<PathBuf> {
    progress::step("Compiling the module");
    let target = "wasm32-unknown-unknown";
    workspace
        .command("cargo")
        .args(["build", "--locked", "--package", "guestwire", "--lib", "--profile", PROFILE, "--target", target])
        .args(STANDARD_LIBRARY)
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTFLAGS", RUSTFLAGS)
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
    let (bound, optimised) = (workspace.path("pkg/glue_bg.wasm"), workspace.path("pkg/optimised.wasm"));
    let glue = [workspace.path("pkg/glue.js"), workspace.path("pkg/short/glue.js")];
    let settings: Vec<_> = FEATURES.iter().chain(OPTIMISE).chain(STRIP).chain(SHORTEN).copied().collect();
    let inputs = [bound.clone(), glue[0].clone(), workspace.path("package-lock.json")];
    let stamp = stamp(workspace, "optimise", &inputs, &settings)?;
    if stamp.is_fresh(&[workspace.path(WASM), glue[1].clone()]) {
        return Ok(());
    }
    progress::step("Optimising the module (about half a minute)");
    fs::create_dir_all(workspace.path("dist"))?;
    let wasm_opt = || workspace.node_tool("wasm-opt").args(FEATURES);
    wasm_opt().args(OPTIMISE).args(STRIP).arg(bound).arg("-o").arg(&optimised).run()?;
    let printed = wasm_opt().args(SHORTEN).arg(optimised).args(["-o", WASM]).read()?;
    let renamed = names::Names::read(&printed)?.apply(&loading::shorten(&fs::read_to_string(&glue[0])?)?)?;
    fs::create_dir_all(workspace.path("pkg/short"))?;
    fs::write(&glue[1], renamed)?;
    stamp.keep()
}

/// The same module once more, with the names of its functions, for whoever counts its bytes.
pub(crate) fn with_names(workspace: &Workspace) -> Result<PathBuf> {
    let named = workspace.path("pkg/named.wasm");
    let settings = FEATURES.iter().chain(OPTIMISE).chain(&["--debuginfo"]);
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

fn bundle(workspace: &Workspace) -> Result<()> {
    let glue = workspace.path("pkg/short/glue.js");
    let inputs = [workspace.path("pkg/face"), glue.clone(), workspace.path("package-lock.json")];
    let stamp = stamp(workspace, "bundle", &inputs, BUNDLE)?;
    let dist = workspace.path("dist");
    if stamp.is_fresh(&[dist.join("guestwire.js"), dist.join("index.js"), dist.join("node.js")]) {
        return Ok(());
    }
    progress::step("Bundling the JavaScript");
    remove_all_but_the_module(&dist)?;
    let scripts = workspace.path("pkg/bundle");
    fs::create_dir_all(&scripts)?;
    fs::copy(glue, scripts.join("glue.js"))?;
    for entry in fs::read_dir(workspace.path("pkg/face"))? {
        let path = entry?.path();
        let name = path.file_name().context("a file without a name")?.to_string_lossy().into_owned();
        if name.ends_with(".d.ts") {
            check_declaration(&path)?;
            fs::copy(&path, dist.join(name))?;
        } else if name.ends_with(".js") {
            fs::copy(&path, scripts.join(name))?;
        } else {
            bail!("pkg/face/{name}: the package has scripts and declarations only, in one folder");
        }
    }
    workspace.node_tool("esbuild").args(["pkg/bundle/index.js", "pkg/bundle/node.js"]).args(BUNDLE).quiet().run()?;
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

/// How a step is done counts as one of its inputs.
fn stamp(workspace: &Workspace, step: &str, inputs: &[PathBuf], settings: &[&str]) -> Result<Stamp> {
    let inputs = [inputs, &[workspace.path("xtask/src/build")]].concat();
    Stamp::of(workspace.path("pkg/.stamps").join(step), &inputs, &settings.join(" "))
}
