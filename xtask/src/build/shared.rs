//! The scripts that entries share. esbuild makes one for each set of entries that have something in common, under a name that
//! changes with what is in it; shipped, each is named for the entries that load it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use regex_lite::Regex;

use super::ENTRIES;

/// The names, by the services whose entries load the script.
const NAMES: &[(&str, &[&str])] = &[
    ("guestwire.js", &["webchat", "web-messaging", "streams"]),
    ("guest.js", &["webchat", "web-messaging"]),
    ("questions.js", &["web-messaging", "streams"]),
];

/// Names the shared scripts in `dist/`, there and where they are imported.
pub(super) fn name(dist: &Path) -> Result<()> {
    let entries = ENTRIES.iter().map(|entry| (entry.service, entry.script));
    for (made, shipped) in names(dist, &entries.collect::<Vec<_>>(), NAMES)? {
        for script in fs::read_dir(dist)? {
            let path = script?.path();
            if path.extension().is_some_and(|extension| extension == "js") {
                let text = fs::read_to_string(&path)?;
                fs::write(&path, text.replace(&format!("./{made}\""), &format!("./{shipped}\"")))?;
            }
        }
        fs::rename(dist.join(made), dist.join(shipped))?;
    }
    Ok(())
}

/// The made name of each shared script, and the one that it gets.
fn names(
    dist: &Path,
    entries: &[(&'static str, &'static str)],
    known: &[(&'static str, &[&'static str])],
) -> Result<BTreeMap<String, &'static str>> {
    let shared = Regex::new(r#""\./(shared-\w+\.js)""#)?;
    let mut loaded_by: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for (service, script) in entries {
        let mut next = vec![(*script).to_owned()];
        while let Some(script) = next.pop() {
            let text = fs::read_to_string(dist.join(&script)).with_context(|| format!("no {script} in dist"))?;
            for found in shared.captures_iter(&text) {
                if loaded_by.entry(found[1].to_owned()).or_default().insert(service) {
                    next.push(found[1].to_owned());
                }
            }
        }
    }
    let mut named = BTreeMap::new();
    for (made, services) in loaded_by {
        let of_these = |known: &&(&str, &[&'static str])| services == known.1.iter().copied().collect();
        match known.iter().find(of_these) {
            Some((name, _)) if !named.values().any(|taken| taken == name) => named.insert(made, *name),
            _ => bail!("what is shared by {services:?} alone has no name: see shared.rs"),
        };
    }
    Ok(named)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENTRIES: &[(&str, &str)] = &[("a", "a.js"), ("b", "b.js"), ("c", "c.js")];
    const KNOWN: &[(&str, &[&str])] = &[("all.js", &["a", "b", "c"]), ("two.js", &["a", "b"])];

    fn dist(scripts: &[(&str, &str)]) -> Result<tempfile::TempDir> {
        let dist = tempfile::tempdir()?;
        for (name, text) in scripts {
            fs::write(dist.path().join(name), text)?;
        }
        Ok(dist)
    }

    #[test]
    fn a_shared_script_is_named_for_those_that_load_it_directly_or_not() -> Result<()> {
        let dist = dist(&[
            ("a.js", "import\"./shared-TWO.js\""),
            ("b.js", "import\"./shared-TWO.js\";import\"./shared-ALL.js\""),
            ("c.js", "import\"./shared-ALL.js\""),
            ("shared-TWO.js", "import\"./shared-ALL.js\""),
            ("shared-ALL.js", ""),
        ])?;
        let found = names(dist.path(), ENTRIES, KNOWN)?;
        let expected = [("shared-ALL.js", "all.js"), ("shared-TWO.js", "two.js")];
        assert_eq!(found.iter().map(|(made, name)| (made.as_str(), *name)).collect::<Vec<_>>(), expected);
        Ok(())
    }

    #[test]
    fn a_script_that_others_share_is_refused() -> Result<()> {
        let dist = dist(&[
            ("a.js", ""),
            ("b.js", "import\"./shared-BC.js\""),
            ("c.js", "import\"./shared-BC.js\""),
            ("shared-BC.js", ""),
        ])?;
        assert!(names(dist.path(), ENTRIES, KNOWN).is_err());
        Ok(())
    }
}
