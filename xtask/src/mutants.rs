//! `cargo xtask mutants`: cores that are broken on purpose, one after another, each tried in the simulated world until
//! a checker says so. A checker that nothing breaks, or a breakage that nothing catches, is a hole in the proof.
//! `npm test` looks whether every breakage still finds its text, and tries a few (docs/testing.md).

mod checks;
mod run;
mod table;

use std::fs;

use anyhow::{Context, Result, bail, ensure};
use regex_lite::Regex;

use crate::progress;
use crate::sim::DIALECTS;
use crate::workspace::Workspace;
use checks::{BY_TEST, Check};
use run::{Tree, Verdict};
use table::Mutant;

/// Seeds that a broken core is tried with at most. The sound core passes them all.
const SEEDS: u64 = 20_000;
/// Seeds in `npm test`, which tries only those that are caught soon.
const SEEDS_IN_TESTS: u64 = 1_000;
/// What `--document` writes stands between these in docs/testing.md.
const MARKS: (&str, &str) = ("<!-- mutants -->\n", "<!-- end of mutants -->");

/// `cargo xtask mutants [--only TEXT] [--document]`.
pub(crate) fn run(workspace: &Workspace, mut arguments: lexopt::Parser) -> Result<()> {
    let (mut only, mut document) = (String::new(), false);
    while let Some(argument) = arguments.next()? {
        match argument {
            lexopt::Arg::Long("only") => only = arguments.value()?.to_string_lossy().into_owned(),
            lexopt::Arg::Long("document") => document = true,
            other => return Err(other.unexpected().into()),
        }
    }
    ensure!(only.is_empty() || !document, "--document wants all of them");
    try_those_like(workspace, &only, document)
}

/// Every breakage, and every checker must have been made to speak.
pub(crate) fn all(workspace: &Workspace) -> Result<()> {
    try_those_like(workspace, "", false)
}

fn try_those_like(workspace: &Workspace, only: &str, document: bool) -> Result<()> {
    let checks = well_kept(workspace)?;
    let tree = Tree::copy(workspace)?;
    if only.is_empty() {
        progress::step("The core as it is");
        for dialect in DIALECTS {
            match tree.as_it_is(dialect, SEEDS)? {
                Verdict::Passed => progress::note(&format!("passes seeds 0 to {} in {dialect}", SEEDS - 1)),
                other => bail!("the sound core fails too, in {dialect}: {other}"),
            }
        }
    }
    let wanted: Vec<&Mutant> =
        table::all().filter(|mutant| mutant.does.contains(only) || mutant.file.contains(only)).collect();
    ensure!(!wanted.is_empty(), "there is no mutant like {only:?}");
    let rows = tried(&tree, &wanted, SEEDS)?;
    let mut holes = not_caught(&rows);
    if only.is_empty() {
        holes.extend(unheard(&checks, &rows));
    }
    print!("{}", markdown(&checks, &rows));
    ensure!(holes.is_empty(), "{}", holes.join("\n"));
    if document { write_down(workspace, &checks, &rows) } else { Ok(()) }
}

/// What a test run has time for: that the table is well kept, and the mutants that are caught at once.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    well_kept(workspace)?;
    let quick: Vec<&Mutant> = table::all().filter(|mutant| mutant.in_tests).collect();
    let rows = tried(&Tree::copy(workspace)?, &quick, SEEDS_IN_TESTS)?;
    let holes = not_caught(&rows);
    ensure!(holes.is_empty(), "{}", holes.join("\n"));
    Ok(())
}

fn tried<'a>(tree: &Tree, wanted: &[&'a Mutant], seeds: u64) -> Result<Vec<(&'a Mutant, Verdict)>> {
    let mut rows = Vec::new();
    for (number, &mutant) in wanted.iter().enumerate() {
        progress::step(&format!("{} of {}: {} {}", number + 1, wanted.len(), mutant.file, mutant.does));
        let verdict = tree.with(mutant, seeds).with_context(|| format!("{} that {}", mutant.file, mutant.does))?;
        progress::note(&verdict.to_string());
        rows.push((mutant, verdict));
    }
    Ok(rows)
}

/// Every breakage still finds its text, exactly once, and every law has a breakage that is meant to break it. Gives
/// what the checkers can say.
fn well_kept(workspace: &Workspace) -> Result<Vec<Check>> {
    let mut wrong = Vec::new();
    for mutant in table::all() {
        let text = fs::read_to_string(workspace.path(&mutant.path()))?;
        let places = text.matches(mutant.from).count();
        if places != 1 {
            wrong.push(format!("{}: {:?} stands there {places} times", mutant.path(), mutant.from));
        }
    }
    let known = laws(workspace)?;
    for law in table::all().flat_map(|mutant| mutant.laws) {
        if !known.iter().any(|known| known == law) {
            wrong.push(format!("there is no law {law}"));
        }
    }
    for law in known.iter().filter(|law| !table::all().any(|mutant| mutant.laws.contains(&law.as_str()))) {
        wrong.push(format!("no mutant is meant to break {law}"));
    }
    let checks = checks::all(workspace)?;
    for (says, _) in BY_TEST.iter().filter(|(says, _)| !checks.iter().any(|check| check.says == *says)) {
        wrong.push(format!("no checker says {says:?}"));
    }
    ensure!(wrong.is_empty(), "xtask/src/mutants: {}", wrong.join("\n"));
    Ok(checks)
}

/// The names of the laws, as the checkers have them.
fn laws(workspace: &Workspace) -> Result<Vec<String>> {
    let text = fs::read_to_string(workspace.path("crates/sim/src/checkers/mod.rs"))?;
    let (_, rest) = text.split_once("pub enum Law {").context("the checkers have no laws")?;
    let (body, _) = rest.split_once("\n}").context("the laws have no end")?;
    let name = Regex::new(r"(?m)^    ([A-Z]\w*),$")?;
    Ok(name.captures_iter(body).map(|found| found[1].to_owned()).collect())
}

/// What was not caught, or not by the law that it breaks.
fn not_caught(rows: &[(&Mutant, Verdict)]) -> Vec<String> {
    let mut holes = Vec::new();
    for (mutant, verdict) in rows {
        let expected = match verdict {
            Verdict::Caught { broken, .. } => broken.iter().any(|broken| mutant.laws.contains(&broken.law.as_str())),
            _ => false,
        };
        if !expected {
            holes.push(format!("{} {}: {verdict}, not by {}", mutant.file, mutant.does, mutant.laws.join(", ")));
        }
    }
    holes
}

/// What no checker said of any broken core, though it could; and what was held to be impossible and was said.
fn unheard(checks: &[Check], rows: &[(&Mutant, Verdict)]) -> Vec<String> {
    let mut holes = Vec::new();
    for check in checks {
        let by_test = BY_TEST.iter().any(|(says, _)| check.says == *says);
        match (heard(check, rows), by_test) {
            (0, false) => holes.push(format!("{}: nothing made a checker say {:?}", check.law, check.says)),
            (1.., true) => holes.push(format!("{}: a mutant made a checker say {:?}", check.law, check.says)),
            _ => {}
        }
    }
    holes
}

/// Of how many broken cores this was said.
fn heard(check: &Check, rows: &[(&Mutant, Verdict)]) -> usize {
    let says_it = |verdict: &Verdict| match verdict {
        Verdict::Caught { broken, .. } => broken.iter().any(|broken| check.is(&broken.law, &broken.why)),
        _ => false,
    };
    rows.iter().filter(|(_, verdict)| says_it(verdict)).count()
}

fn markdown(checks: &[Check], rows: &[(&Mutant, Verdict)]) -> String {
    let mut text = String::from("| law | the checker says | of so many cores |\n|---|---|---:|\n");
    for check in checks {
        let by_test = BY_TEST.iter().find(|(says, _)| check.says == *says).map(|(_, test)| format!("0: {test}"));
        let count = by_test.unwrap_or_else(|| heard(check, rows).to_string());
        text.push_str(&format!("| `{}` | {} | {count} |\n", check.law, check.in_words()));
    }
    text.push_str("\n| part | the broken core … | caught by | seed |\n|---|---|---|---:|\n");
    for (mutant, verdict) in rows {
        let (by, seed) = match verdict {
            Verdict::Caught { broken, seed } => (run::laws(broken).join(", "), seed.to_string()),
            other => (other.to_string(), String::new()),
        };
        let part = mutant.file.trim_end_matches(".rs").trim_start_matches("client/");
        text.push_str(&format!("| `{part}` | {} | {by} | {seed} |\n", mutant.does));
    }
    text
}

fn write_down(workspace: &Workspace, checks: &[Check], rows: &[(&Mutant, Verdict)]) -> Result<()> {
    let path = workspace.path("docs/testing.md");
    let text = fs::read_to_string(&path)?;
    let (before, rest) = text.split_once(MARKS.0).context("docs/testing.md has no mark where the mutants begin")?;
    let (_, after) = rest.split_once(MARKS.1).context("docs/testing.md has no mark where the mutants end")?;
    let summary = format!("{} broken cores, all caught; the sound one passes {SEEDS} seeds.\n\n", rows.len());
    fs::write(path, format!("{before}{}{summary}{}{}{after}", MARKS.0, markdown(checks, rows), MARKS.1))?;
    Ok(())
}

impl Mutant {
    fn path(&self) -> String {
        format!("crates/core/src/{}", self.file)
    }
}
