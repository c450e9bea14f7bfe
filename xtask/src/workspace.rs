//! Where things are: the repository, cargo's target folder, the tools of `node_modules`. And how commands are started.

use std::cell::OnceCell;
use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use cargo_metadata::{Metadata, MetadataCommand};
use xshell::{Cmd, Shell};

/// The checkout that `cargo xtask` was called in.
pub(crate) struct Workspace {
    /// The folder of the root `Cargo.toml`.
    pub(crate) root: PathBuf,
    /// Its current folder is `root`, and its PATH begins with our own tools.
    shell: Shell,
    metadata: OnceCell<Metadata>,
}

impl Workspace {
    pub(crate) fn open() -> Result<Self> {
        // Cargo sets it when it runs us. Not the compile-time one: a target folder may be shared by two clones.
        let manifest = env::var_os("CARGO_MANIFEST_DIR").context("run it as `cargo xtask`")?;
        let root = Path::new(&manifest).parent().context("xtask has no parent folder")?.to_path_buf();
        let shell = Shell::new()?;
        shell.change_dir(&root);
        let inherited = env::var_os("PATH").unwrap_or_default();
        let path = [root.join(".tools/bin")].into_iter().chain(env::split_paths(&inherited));
        shell.set_var("PATH", env::join_paths(path)?);
        Ok(Self { root, shell, metadata: OnceCell::new() })
    }

    /// The resolved graph of the workspace, read once.
    pub(crate) fn metadata(&self) -> Result<&Metadata> {
        if let Some(metadata) = self.metadata.get() {
            return Ok(metadata);
        }
        let read = MetadataCommand::new().manifest_path(self.root.join("Cargo.toml")).exec()?;
        Ok(self.metadata.get_or_init(|| read))
    }

    /// Cargo's target folder, wherever the environment put it.
    pub(crate) fn target(&self) -> Result<PathBuf> {
        Ok(self.metadata()?.target_directory.clone().into_std_path_buf())
    }

    /// Builds a binary of ours and says where it is.
    pub(crate) fn binary(&self, package: &str, name: &str, release: bool) -> Result<PathBuf> {
        let command = self.command("cargo").args(["build", "--locked", "--package", package, "--bin", name]);
        command.args(release.then_some("--release")).run().with_context(|| format!("{name} does not compile"))?;
        let profile = if release { "release" } else { "debug" };
        Ok(self.target()?.join(profile).join(format!("{name}{}", env::consts::EXE_SUFFIX)))
    }

    /// A command in the root of the repository.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Cmd<'_> {
        let command = self.shell.cmd(Path::new(program.as_ref()));
        // `npm test` exports npm's own configuration; an npm or node that we start must read the machine's.
        env::vars_os()
            .filter(|(name, _)| name.to_string_lossy().to_lowercase().starts_with("npm_"))
            .fold(command, |command, (name, _)| command.env_remove(name))
    }

    /// A program of `node_modules/.bin`, at the version that the lock file says.
    pub(crate) fn node_tool(&self, name: &str) -> Cmd<'_> {
        self.command(self.path("node_modules/.bin").join(name))
    }

    /// A program on PATH (our own tools first), if it is there.
    pub(crate) fn find(&self, program: &str) -> Option<PathBuf> {
        let path = self.shell.var_os("PATH")?;
        which::which_in(program, Some(path), &self.root).ok()
    }

    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }
}
