//! A copy of the tree in `target/mutants`, in which one file at a time is broken, built and tried. Its target folder is
//! kept, so that only the core and the world are built anew.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use walkdir::WalkDir;

use super::table::Mutant;
use super::{MARKED_BY, SEEDS};
use crate::workspace::Workspace;

/// What the copy is made of.
const COPIED: &[&str] = &["Cargo.toml", "Cargo.lock", "rust-toolchain.toml", "crates", "src", "xtask"];
/// A broken core can go in circles inside one call; then it never comes back.
const PATIENCE: Duration = Duration::from_secs(180);
/// Or it fills the memory. Where there is no such limit, it does without.
const LIMITED: &str = r#"ulimit -v 4000000 2>/dev/null; exec "$0" "$@""#;

/// What became of a core in the world.
#[derive(Debug)]
pub(super) enum Verdict {
    Caught {
        laws: Vec<String>,
        seed: u64,
    },
    Panicked {
        seed: u64,
    },
    /// It went in circles, or filled the memory.
    Hung,
    Passed,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Caught { laws, seed } => write!(f, "caught by {} at seed {seed}", laws.join(", ")),
            Self::Panicked { seed } => write!(f, "panicked at seed {seed}"),
            Self::Hung => write!(f, "hung"),
            Self::Passed => write!(f, "survived {SEEDS} seeds"),
        }
    }
}

pub(super) struct Tree {
    root: PathBuf,
    target: PathBuf,
}

impl Tree {
    /// Brings the copy up to date. Files that are the same keep their age, so that cargo builds only what changed.
    pub(super) fn copy(workspace: &Workspace) -> Result<Self> {
        let scratch = workspace.target()?.join("mutants");
        let tree = Self { root: scratch.join("tree"), target: scratch.join("build") };
        for wanted in COPIED {
            for entry in WalkDir::new(workspace.path(wanted)) {
                let entry = entry?;
                if entry.file_type().is_file() {
                    let relative = entry.path().strip_prefix(&workspace.root)?;
                    write_if_other(&tree.root.join(relative), &fs::read(entry.path())?)?;
                }
            }
        }
        Ok(tree)
    }

    /// Breaks the core, tries it, and mends it again.
    pub(super) fn with(&self, mutant: &Mutant) -> Result<Verdict> {
        let path = self.root.join(mutant.path());
        let sound = fs::read_to_string(&path)?;
        fs::write(&path, sound.replacen(mutant.from, mutant.to, 1))?;
        let verdict = self.try_core();
        fs::write(&path, sound)?;
        verdict
    }

    /// Builds the world with the core as it stands, and leads lives until one fails.
    pub(super) fn try_core(&self) -> Result<Verdict> {
        let build =
            ["build", "--quiet", "--release", "--locked", "--package", "guestwire-sim", "--bin", "guestwire-sim"];
        let built = Command::new("cargo")
            .args(build)
            .arg("--target-dir")
            .arg(&self.target)
            .current_dir(&self.root)
            // A breakage may leave a variable or an import without a use.
            .env("RUSTFLAGS", "-Awarnings")
            .status()?;
        ensure!(built.success(), "it does not build");
        self.lead_lives()
    }

    fn lead_lives(&self) -> Result<Verdict> {
        let world = self.target.join("release/guestwire-sim").with_extension(std::env::consts::EXE_EXTENSION);
        let said = self.target.join("said.txt");
        let mut child = Command::new("sh")
            .args(["-c", LIMITED])
            .arg(world)
            .args(["--seeds", &SEEDS.to_string()])
            .stdin(Stdio::null())
            .stdout(fs::File::create(&said)?)
            .stderr(Stdio::null())
            .spawn()?;
        let begun = Instant::now();
        let status = loop {
            if let Some(status) = child.try_wait()? {
                break status;
            }
            if begun.elapsed() > PATIENCE {
                child.kill()?;
                child.wait()?;
                return Ok(Verdict::Hung);
            }
            thread::sleep(Duration::from_millis(50));
        };
        let said = fs::read_to_string(&said)?;
        match (status.success(), status.code()) {
            (true, _) => Ok(Verdict::Passed),
            // It said nothing, as a signal ended it.
            (false, None) => Ok(Verdict::Hung),
            (false, Some(_)) => read(&said),
        }
    }
}

fn write_if_other(path: &Path, bytes: &[u8]) -> Result<()> {
    if fs::read(path).is_ok_and(|there| there == bytes) {
        return Ok(());
    }
    fs::create_dir_all(path.parent().context("a file has a folder")?)?;
    Ok(fs::write(path, bytes)?)
}

/// Reads `seed 12 failed:` and the violations below it, `  Lost at 4711 ms: …`.
fn read(said: &str) -> Result<Verdict> {
    let mut lines = said.lines().skip_while(|line| !line.contains(MARKED_BY));
    let seed = lines.next().and_then(|line| line.split_whitespace().nth(1)?.parse().ok());
    let Some(seed) = seed else { bail!("the world failed without saying how: {said}") };
    let mut laws: Vec<String> = Vec::new();
    for line in lines.by_ref().take_while(|line| line.starts_with("  ")) {
        match line.trim_start().split_once(" at ") {
            Some((law, _)) if !laws.iter().any(|known| known == law) => laws.push(law.to_owned()),
            Some(_) => {}
            None if line.contains("panicked") => return Ok(Verdict::Panicked { seed }),
            None => {}
        }
    }
    ensure!(!laws.is_empty(), "the world names no law: {said}");
    Ok(Verdict::Caught { laws, seed })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_world_says_of_a_failure_is_read() {
        let said = "seed 12 failed:\n  Lost at 47 ms: x is delivered and not there\n  Untrue at 48 ms: y\n  Lost at 49 ms: z\nreplay it with: …\n";
        let Verdict::Caught { laws, seed } = read(said).unwrap() else { panic!("it was caught") };
        assert_eq!((laws, seed), (vec!["Lost".to_owned(), "Untrue".to_owned()], 12));
        let said = "seed 3 failed:\n  the client or the world panicked\nreplay it with: …\n";
        assert!(matches!(read(said).unwrap(), Verdict::Panicked { seed: 3 }));
        assert!(read("error: no such flag").is_err());
    }
}
