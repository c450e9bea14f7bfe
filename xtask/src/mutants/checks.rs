//! What the checkers of the world can say, read from their source: each of these must have been said of some broken
//! core, or be on the short list of what no core can do.

use std::fs;

use anyhow::{Context, Result, ensure};
use regex_lite::{Regex, escape};
use walkdir::WalkDir;

use crate::workspace::Workspace;

/// What no change of the core makes a checker say, and the test that shows that the checker can.
pub(super) const BY_TEST: &[(&str, &str)] = &[];

/// One thing that a checker can say.
pub(super) struct Check {
    pub(super) law: String,
    /// As it stands in the source, placeholders and all.
    pub(super) says: String,
    pattern: Regex,
}

impl Check {
    fn new(law: &str, says: &str) -> Result<Self> {
        let placeholder = Regex::new(r"\{[^}]*\}")?;
        let mut pattern = String::from("^");
        let mut rest = 0;
        for found in placeholder.find_iter(says) {
            pattern.push_str(&escape(&says[rest..found.start()]));
            pattern.push_str(".*");
            rest = found.end();
        }
        pattern.push_str(&escape(&says[rest..]));
        pattern.push('$');
        Ok(Self { law: law.to_owned(), says: says.to_owned(), pattern: Regex::new(&pattern)? })
    }

    /// For people to read.
    pub(super) fn in_words(&self) -> String {
        let mut words = String::new();
        for (place, part) in self.says.split('{').enumerate() {
            words.push_str(if place == 0 { part } else { "…" });
            if place > 0 {
                words.push_str(part.split_once('}').map_or("", |(_, rest)| rest));
            }
        }
        words
    }

    /// Whether this is what was said.
    pub(super) fn is(&self, law: &str, why: &str) -> bool {
        self.law == law && self.pattern.is_match(why)
    }
}

/// Every one of them.
pub(super) fn all(workspace: &Workspace) -> Result<Vec<Check>> {
    let (mut checkers, mut world) = (String::new(), String::new());
    for entry in WalkDir::new(workspace.path("crates/sim/src")).sort_by_file_name() {
        let entry = entry?;
        let path = entry.path().to_string_lossy().replace('\\', "/");
        if !path.ends_with(".rs") || path.ends_with("/tests.rs") {
            continue;
        }
        let text = fs::read_to_string(entry.path())?;
        if path.contains("/checkers/") { &mut checkers } else { &mut world }.push_str(&text);
    }
    let checks = read(&checkers, &world)?;
    ensure!(!checks.is_empty(), "the checkers say nothing");
    Ok(checks)
}

/// A checker says it itself, or hands on what the world saw.
fn read(checkers: &str, world: &str) -> Result<Vec<Check>> {
    let mut checks = Vec::new();
    let said = Regex::new(r#"\.add\(\s*Law::(\w+),\s*(?:(?:format!\(\s*)?"([^"]*)"|why\.to_owned\(\))"#)?;
    for found in said.captures_iter(checkers) {
        if let Some(says) = found.get(2) {
            checks.push(Check::new(&found[1], says.as_str())?);
        }
    }
    let places = Regex::new(r"\.add\(\s*Law::")?.find_iter(checkers).count();
    ensure!(places == said.find_iter(checkers).count(), "a checker says something that is not read here");
    for (seen, law) in [("Stuck", "Stuck"), ("Astray", "Astray"), ("Misrecorded", "Recording")] {
        let handed_on = Regex::new(&format!(r#"&Seen::{seen}\(\s*(?:&format!\(\s*)?"([^"]*)""#))?;
        for found in handed_on.captures_iter(world) {
            checks.push(Check::new(law, found.get(1).context("what is said")?.as_str())?);
        }
        let places = Regex::new(&format!(r"&Seen::{seen}\("))?.find_iter(world).count();
        ensure!(places == handed_on.find_iter(world).count(), "the world says something that is not read here");
    }
    Ok(checks)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_checkers_say_is_found_in_their_source() {
        let checkers = r#"broken.add(Law::Lost, format!("{id} is gone ({} times)", 2));
            broken.add(
                Law::Stuck,
                "it hangs".to_owned(),
            ); broken.add(Law::Stuck, why.to_owned());"#;
        let world =
            r#"checkers.see(now, &Seen::Stuck("in circles")); &Seen::Misrecorded(&format!("it says {word:?}"))"#;
        let checks = read(checkers, world).unwrap();
        let said: Vec<_> = checks.iter().map(|check| (check.law.as_str(), check.says.as_str())).collect();
        let expected = [
            ("Lost", "{id} is gone ({} times)"),
            ("Stuck", "it hangs"),
            ("Stuck", "in circles"),
            ("Recording", "it says {word:?}"),
        ];
        assert_eq!(said, expected);
        assert!(checks[0].is("Lost", "a-b is gone (2 times)") && !checks[0].is("Lost", "a-b is gone (2 times) "));
        assert!(!checks[0].is("Stuck", "a-b is gone (2 times)"));
        assert!(read("broken.add(Law::Lost, reason);", "").is_err());
        assert!(read("", "checkers.see(now, &Seen::Stuck(why));").is_err());
    }
}
