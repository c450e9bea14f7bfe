//! A copy of the tree in `target/mutants`, in which one file at a time is broken, built and tried. Its target folder is
//! kept, so that only the core and the world are built anew.

use std::fmt;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use walkdir::WalkDir;

use super::table::Mutant;
use crate::workspace::Workspace;

/// What the copy is made of.
const COPIED: &[&str] = &["Cargo.toml", "Cargo.lock", "rust-toolchain.toml", "crates", "src", "xtask"];
/// Of these, what a verdict depends on.
const MAKING: &[&str] = &["Cargo.toml", "Cargo.lock", "rust-toolchain.toml", "crates/core", "crates/sim"];
/// What the world's first line says when a seed failed.
const MARKED_BY: &str = " failed:";
/// How its last line ends when none did.
const ALL_WELL: &str = "lost 0, duplicated 0, reordered 0, stuck 0";
/// Most broken cores are caught in their first lives, so it counts how soon they are built.
const BUILT_SOON: &[&str] = &[
    "profile.release.incremental=true",
    "profile.release.package.guestwire-core.opt-level=1",
    "profile.release.package.guestwire-sim.opt-level=1",
];
/// Said in its place of a core that never came back.
const HUNG: &str = "hung";
/// A broken core can go in circles inside one call; then it never comes back.
const PATIENCE: Duration = Duration::from_secs(600);
/// Or it fills the memory. Where there is no such limit, it does without.
const LIMITED: &str = r#"ulimit -v 4000000 2>/dev/null; exec "$0" "$@""#;

/// What became of a core in the world.
#[derive(Debug)]
pub(super) enum Verdict {
    Caught {
        seed: u64,
        broken: Vec<Broken>,
    },
    Panicked {
        seed: u64,
    },
    /// It went in circles, or filled the memory.
    Hung,
    Passed,
}

/// A law, and how it was broken.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Broken {
    pub(super) law: String,
    pub(super) why: String,
}

/// The laws that were broken, each once, in the order in which they were.
pub(super) fn laws(broken: &[Broken]) -> Vec<&str> {
    let mut laws = Vec::new();
    for Broken { law, .. } in broken {
        if !laws.contains(&law.as_str()) {
            laws.push(law.as_str());
        }
    }
    laws
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Caught { broken, seed } => write!(f, "caught by {} at seed {seed}", laws(broken).join(", ")),
            Self::Panicked { seed } => write!(f, "panicked at seed {seed}"),
            Self::Hung => write!(f, "hung"),
            Self::Passed => write!(f, "survived"),
        }
    }
}

pub(super) struct Tree {
    root: PathBuf,
    target: PathBuf,
    /// What was said of each core, by what it and the world are made of: a run that was broken off goes on.
    said: PathBuf,
    made_of: u64,
    /// Held as long as the copy is in use.
    _lock: fs::File,
}

impl Tree {
    /// Brings the copy up to date. Files that are the same keep their age, so that cargo builds only what changed.
    pub(super) fn copy(workspace: &Workspace) -> Result<Self> {
        let scratch = workspace.target()?.join("mutants");
        let (root, said) = (scratch.join("tree"), scratch.join("said"));
        fs::create_dir_all(&said)?;
        let lock = fs::File::create(scratch.join("lock"))?;
        lock.lock().context("the copy cannot be locked")?;
        let mut made_of = DefaultHasher::new();
        for wanted in COPIED {
            for entry in WalkDir::new(workspace.path(wanted)).sort_by_file_name() {
                let entry = entry?;
                if entry.file_type().is_file() {
                    let relative = entry.path().strip_prefix(&workspace.root)?;
                    let bytes = fs::read(entry.path())?;
                    write_if_other(&root.join(relative), &bytes)?;
                    if MAKING.iter().any(|making| relative.starts_with(making)) {
                        (relative, bytes).hash(&mut made_of);
                    }
                }
            }
        }
        forget_what_is_gone(&root, workspace)?;
        Ok(Self { root, target: scratch.join("build"), said, made_of: made_of.finish(), _lock: lock })
    }

    /// Breaks the core, tries it with so many seeds, and mends it again.
    pub(super) fn with(&self, mutant: &Mutant, seeds: u64) -> Result<Verdict> {
        let said = self.said(&(mutant.file, mutant.from, mutant.to, mutant.dialect, seeds));
        if let Ok(said) = fs::read_to_string(&said) {
            return read(&said);
        }
        let path = self.root.join(mutant.path());
        let sound = fs::read_to_string(&path)?;
        fs::write(&path, sound.replacen(mutant.from, mutant.to, 1))?;
        let outcome = self.build_and_lead(&said, mutant.dialect, seeds);
        fs::write(&path, sound)?;
        outcome
    }

    /// Tries the core as it is.
    pub(super) fn as_it_is(&self, dialect: &str, seeds: u64) -> Result<Verdict> {
        let said = self.said(&("sound", dialect, seeds));
        match fs::read_to_string(&said) {
            Ok(said) => read(&said),
            Err(_) => self.build_and_lead(&said, dialect, seeds),
        }
    }

    /// Where what is said of this core is kept.
    fn said(&self, core: &impl Hash) -> PathBuf {
        let mut hash = DefaultHasher::new();
        (self.made_of, core).hash(&mut hash);
        self.said.join(format!("{:016x}.txt", hash.finish()))
    }

    /// Builds the world with the core as it stands, and leads lives until one fails.
    fn build_and_lead(&self, said: &Path, dialect: &str, seeds: u64) -> Result<Verdict> {
        let build =
            ["build", "--quiet", "--release", "--locked", "--package", "guestwire-sim", "--bin", "guestwire-sim"];
        let built = Command::new("cargo")
            .args(build)
            .arg("--target-dir")
            .arg(&self.target)
            .args(BUILT_SOON.iter().flat_map(|setting| ["--config", *setting]))
            .current_dir(&self.root)
            // A breakage may leave a variable or an import without a use.
            .env("RUSTFLAGS", "-Awarnings")
            .status()?;
        ensure!(built.success(), "it does not build");
        let words = self.lead_lives(dialect, seeds)?;
        let verdict = read(&words)?;
        fs::write(said, words)?;
        Ok(verdict)
    }

    /// What the world says of them, or [`HUNG`].
    fn lead_lives(&self, dialect: &str, seeds: u64) -> Result<String> {
        let world = self.target.join("release/guestwire-sim").with_extension(std::env::consts::EXE_EXTENSION);
        let said = self.target.join("said.txt");
        let mut child = Command::new("sh")
            .args(["-c", LIMITED])
            .arg(world)
            .args(["--seeds", &seeds.to_string(), "--dialect", dialect])
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
                return Ok(HUNG.to_owned());
            }
            thread::sleep(Duration::from_millis(50));
        };
        // It said nothing, as a signal ended it.
        if status.code().is_none() { Ok(HUNG.to_owned()) } else { Ok(fs::read_to_string(&said)?) }
    }
}

fn write_if_other(path: &Path, bytes: &[u8]) -> Result<()> {
    if fs::read(path).is_ok_and(|there| there == bytes) {
        return Ok(());
    }
    fs::create_dir_all(path.parent().context("a file has a folder")?)?;
    Ok(fs::write(path, bytes)?)
}

/// A file that was moved must not stand in two places.
fn forget_what_is_gone(copy: &Path, workspace: &Workspace) -> Result<()> {
    for entry in WalkDir::new(copy) {
        let entry = entry?;
        if entry.file_type().is_file() && !workspace.root.join(entry.path().strip_prefix(copy)?).exists() {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Reads `seed 12 failed:` and the violations below it, `  Lost at 4711 ms: …`; or that all was well.
fn read(said: &str) -> Result<Verdict> {
    if said == HUNG {
        return Ok(Verdict::Hung);
    }
    if said.trim_end().ends_with(ALL_WELL) {
        return Ok(Verdict::Passed);
    }
    let mut lines = said.lines().skip_while(|line| !line.contains(MARKED_BY));
    let seed = lines.next().and_then(|line| line.split_whitespace().nth(1)?.parse().ok());
    let Some(seed) = seed else { bail!("the world failed without saying how: {said}") };
    let mut broken: Vec<Broken> = Vec::new();
    for line in lines.take_while(|line| line.starts_with("  ")) {
        let law = line.trim_start().split_once(" at ");
        match law.and_then(|(law, rest)| Some((law, rest.split_once(" ms: ")?.1))) {
            Some((law, why)) => broken.push(Broken { law: law.to_owned(), why: why.to_owned() }),
            None if line.contains("panicked") => return Ok(Verdict::Panicked { seed }),
            None => bail!("the world says what is not understood: {line}"),
        }
    }
    ensure!(!broken.is_empty(), "the world names no law: {said}");
    Ok(Verdict::Caught { seed, broken })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_world_says_of_a_failure_is_read() {
        let said = "seed 12 failed:\n  Lost at 47 ms: x is delivered and not there\n  Untrue at 48 ms: y\n  Lost at 49 ms: z\nit still fails with the first 0 of its faults:\n";
        let Verdict::Caught { broken, seed: 12 } = read(said).unwrap() else { panic!("it was caught") };
        assert_eq!(laws(&broken), ["Lost", "Untrue"]);
        let first = Broken { law: "Lost".to_owned(), why: "x is delivered and not there".to_owned() };
        assert_eq!((broken.len(), &broken[0]), (3, &first));
        let said = "seed 3 failed:\n  the client or the world panicked\nreplay it with: …\n";
        assert!(matches!(read(said).unwrap(), Verdict::Panicked { seed: 3 }));
        let said = "3 lives, 1 client-hours, 0 messages (), 0 faults; lost 0, duplicated 0, reordered 0, stuck 0\n";
        assert!(matches!(read(said).unwrap(), Verdict::Passed));
        assert!(matches!(read(HUNG).unwrap(), Verdict::Hung));
        assert!(read("error: no such flag").is_err());
        assert!(read("").is_err());
    }
}
