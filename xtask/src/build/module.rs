//! An entry's module: through cargo, wasm-bindgen and wasm-opt. Both entries come out of one package, by its features; cargo
//! gives the outcome one name whatever they are, so each is copied away before the next is made.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

use super::{Entry, names, shorten, stamp};
use crate::progress;
use crate::workspace::Workspace;

/// Cargo's profile for the module; the gateway's release build is not made small at the price of speed.
const PROFILE: &str = "wasm-release";

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

/// The standard library is built along with the module, to be optimised and to trap as it does: a panic's message, its
/// place and all formatting behind it are about a seventh of the module (docs/size.md). Both are unstable in the pinned
/// release, which takes them for the crates of [`UNSTABLE`]; the flags also keep every path of the building machine out of the module.
const STANDARD_LIBRARY: &[&str] = &["-Zbuild-std=std,panic_abort", "-Zbuild-std-features=optimize_for_size"];

/// See [`STANDARD_LIBRARY`].
/// `inline-mir` is the ordinary inlining of small functions, which is off by default where code is made small; here it
/// makes it 4 % smaller still.
const RUSTFLAGS: &str =
    "-Zunstable-options -Cpanic=immediate-abort -Zlocation-detail=none -Zfmt-debug=none -Zinline-mir=yes";

/// What is compiled for the module, and so with the flags above: rustc takes them for these by name. Neither build scripts nor
/// procedural macros are among them, and what a build script asks rustc is answered as a stable release answers.
const UNSTABLE: &[&str] = &[
    // What cargo calls its own question which files there will be.
    "___",
    "guestwire",
    "guestwire_core",
    // The standard library, at the release of `rust-toolchain.toml`.
    "alloc",
    "cfg_if",
    "compiler_builtins",
    "core",
    "dlmalloc",
    "hashbrown",
    "libc",
    "panic_abort",
    "panic_unwind",
    "proc_macro",
    "rustc_demangle",
    "rustc_literal_escaper",
    "rustc_std_workspace_alloc",
    "rustc_std_workspace_core",
    "std",
    "std_detect",
    "unwind",
    // The crates of `Cargo.lock`.
    "allocator_api2",
    "futures_core",
    "futures_task",
    "futures_util",
    "getrandom",
    "gloo_timers",
    "js_sys",
    "lock_api",
    "percent_encoding",
    "pin_project_lite",
    "rand_core",
    "rand_xoshiro",
    "scopeguard",
    "serde",
    "serde_core",
    "serde_wasm_bindgen",
    "slab",
    "talc",
    "unicode_ident",
    "uuid",
    "wasm_bindgen",
    "wasm_bindgen_shared",
    "web_sys",
];

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
    "--one-caller-inline-max-function-size=40",
    // Somewhat more than a call weighs.
    "--always-inline-max-function-size=5",
];

const STRIP: &[&str] = &["--strip-debug", "--strip-producers", "--strip-target-features"];

const SHORTEN: &[&str] = &["--minify-imports-and-exports-and-modules"];

/// All that the compiler reads of ours.
const SOURCES: [&str; 7] = [
    "src",
    "Cargo.toml",
    "Cargo.lock",
    "crates/core/src",
    "crates/core/Cargo.toml",
    "rust-toolchain.toml",
    ".cargo/config.toml",
];

/// Makes the entry's module in `dist/`, and its glue with short names in `pkg/`.
pub(super) fn make(workspace: &Workspace, entry: &Entry) -> Result<()> {
    let compiled = compile(workspace, entry)?;
    bind(workspace, entry, &compiled)?;
    optimise(workspace, entry)
}

/// The glue that [`make`] leaves.
pub(super) fn glue(workspace: &Workspace, entry: &Entry) -> PathBuf {
    made(workspace, entry, "short/glue.js")
}

fn made(workspace: &Workspace, entry: &Entry, name: &str) -> PathBuf {
    workspace.path("pkg").join(entry.service).join(name)
}

fn compile(workspace: &Workspace, entry: &Entry) -> Result<PathBuf> {
    let kept = made(workspace, entry, "compiled.wasm");
    let target = "wasm32-unknown-unknown";
    let flags = [&["build", "--locked", "--package", "guestwire", "--lib"], STANDARD_LIBRARY].concat();
    let chosen = ["--profile", PROFILE, "--target", target, "--no-default-features", "--features", entry.service];
    let settings = [&flags[..], &chosen, &[RUSTFLAGS]].concat();
    let stamp = stamp(workspace, entry.service, "compile", &SOURCES.map(|source| workspace.path(source)), &settings)?;
    if stamp.is_fresh(std::slice::from_ref(&kept)) {
        return Ok(kept);
    }
    progress::step(&format!("Compiling the module of {}", entry.service));
    let folder = workspace.target()?.join(target).join(PROFILE);
    // Or cargo takes the other entry's for this one's: it looks for a file of this name, which is no older than its sources.
    remove(&folder.join("deps/guestwire.wasm"))?;
    workspace
        .command("cargo")
        .args(flags)
        .args(chosen)
        // For cargo alone, which takes its own unstable flags by no other value; what it starts gets the names instead.
        .env("RUSTC_BOOTSTRAP", "1")
        .args(["--config", &format!("env.RUSTC_BOOTSTRAP.value={:?}", UNSTABLE.join(","))])
        .args(["--config", "env.RUSTC_BOOTSTRAP.force=true"])
        .env("RUSTFLAGS", RUSTFLAGS)
        .run()
        .context("the module does not compile; is it a crate that xtask/src/build/module.rs does not name?")?;
    fs::create_dir_all(made(workspace, entry, ""))?;
    fs::copy(folder.join("guestwire.wasm"), &kept)?;
    stamp.keep()?;
    Ok(kept)
}

fn remove(file: &Path) -> Result<()> {
    if file.exists() {
        fs::remove_file(file)?;
    }
    Ok(())
}

fn bind(workspace: &Workspace, entry: &Entry, compiled: &Path) -> Result<()> {
    let outputs = ["glue.js", "glue_bg.wasm"].map(|name| made(workspace, entry, name));
    let stamp = stamp(workspace, entry.service, "bind", &[compiled.to_path_buf(), workspace.path("Cargo.lock")], &[])?;
    if stamp.is_fresh(&outputs) {
        return Ok(());
    }
    progress::step(&format!("Generating the glue of {}", entry.service));
    Bindgen::new()
        .input_path(compiled)
        .out_name("glue")
        .web(true)?
        // The glue, too, names no address of the module: the face's loaders do, one for each environment.
        .omit_default_module_path(true)
        // The face has its own, exact declaration of the class (`js/src/raw.ts`).
        .typescript(false)
        .remove_producers_section(true)
        .generate(made(workspace, entry, ""))?;
    stamp.keep()
}

fn optimise(workspace: &Workspace, entry: &Entry) -> Result<()> {
    let (bound, optimised) = (made(workspace, entry, "glue_bg.wasm"), made(workspace, entry, "optimised.wasm"));
    let (glue, short) = (made(workspace, entry, "glue.js"), glue(workspace, entry));
    let shipped = workspace.path("dist").join(entry.wasm);
    let settings: Vec<_> = FEATURES.iter().chain(OPTIMISE).chain(STRIP).chain(SHORTEN).copied().collect();
    let inputs = [bound.clone(), glue.clone(), workspace.path("package-lock.json")];
    let stamp = stamp(workspace, entry.service, "optimise", &inputs, &settings)?;
    if stamp.is_fresh(&[shipped.clone(), short.clone()]) {
        return Ok(());
    }
    progress::step(&format!("Optimising the module of {} (about half a minute)", entry.service));
    fs::create_dir_all(workspace.path("dist"))?;
    fs::create_dir_all(made(workspace, entry, "short"))?;
    let wasm_opt = || workspace.node_tool("wasm-opt").args(FEATURES);
    wasm_opt().args(OPTIMISE).args(STRIP).arg(bound).arg("-o").arg(&optimised).run()?;
    let printed = wasm_opt().args(SHORTEN).arg(optimised).arg("-o").arg(shipped).read()?;
    fs::write(short, names::Names::read(&printed)?.apply(&shorten::shorten(&fs::read_to_string(glue)?)?)?)?;
    stamp.keep()
}

/// The same module once more, with the names of its functions, for whoever counts its bytes.
pub(crate) fn with_names(workspace: &Workspace, entry: &Entry) -> Result<PathBuf> {
    let named = made(workspace, entry, "named.wasm");
    let settings = FEATURES.iter().chain(OPTIMISE).chain(&["--debuginfo"]);
    let bound = made(workspace, entry, "glue_bg.wasm");
    workspace.node_tool("wasm-opt").args(settings).arg(bound).arg("-o").arg(&named).run()?;
    Ok(named)
}
