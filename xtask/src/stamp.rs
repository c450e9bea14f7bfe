//! Whether a step's inputs changed since it last succeeded. Contents count, not times: a checkout that only touches
//! files rebuilds nothing. The digest is for change, not for security.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use walkdir::WalkDir;

/// One step's memory: the digest of what it read when it last succeeded.
pub(crate) struct Stamp {
    file: PathBuf,
    digest: String,
}

impl Stamp {
    /// Digests `inputs` (files, or folders with all below them; one that is absent counts as empty) and `settings`,
    /// what else decides the outcome (flags, versions).
    pub(crate) fn of(file: PathBuf, inputs: &[PathBuf], settings: &str) -> Result<Self> {
        let mut hasher = DefaultHasher::new();
        settings.hash(&mut hasher);
        for input in inputs {
            digest_tree(input, &mut hasher)?;
        }
        Ok(Self { file, digest: format!("{:016x}", hasher.finish()) })
    }

    /// The step may be skipped: same inputs, and what it made is still there.
    pub(crate) fn is_fresh(&self, outputs: &[PathBuf]) -> bool {
        outputs.iter().all(|output| output.exists())
            && fs::read_to_string(&self.file).is_ok_and(|kept| kept == self.digest)
    }

    /// The step succeeded.
    pub(crate) fn keep(&self) -> Result<()> {
        if let Some(folder) = self.file.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&self.file, &self.digest).with_context(|| format!("cannot write {}", self.file.display()))
    }
}

fn digest_tree(input: &Path, hasher: &mut DefaultHasher) -> Result<()> {
    if !input.exists() {
        return Ok(());
    }
    for entry in WalkDir::new(input).sort_by_file_name() {
        let entry = entry?;
        if entry.file_type().is_file() {
            entry.path().hash(hasher);
            fs::read(entry.path()).with_context(|| format!("cannot read {}", entry.path().display()))?.hash(hasher);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_skipped_only_while_its_inputs_and_outputs_are_what_they_were() -> Result<()> {
        let folder = tempfile::tempdir()?;
        let (input, output) = (folder.path().join("in"), folder.path().join("out"));
        fs::write(&input, "one")?;
        let stamp = |settings| Stamp::of(folder.path().join("stamp"), std::slice::from_ref(&input), settings);
        let outputs = [output.clone()];

        stamp("-Oz")?.keep()?;
        assert!(!stamp("-Oz")?.is_fresh(&outputs), "the output is missing");
        fs::write(&output, "made")?;
        assert!(stamp("-Oz")?.is_fresh(&outputs));
        assert!(!stamp("-O3")?.is_fresh(&outputs), "other settings");
        fs::write(&input, "two")?;
        assert!(!stamp("-Oz")?.is_fresh(&outputs), "other contents");
        Ok(())
    }
}
