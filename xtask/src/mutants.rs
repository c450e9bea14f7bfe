//! `cargo xtask mutants`: cores that are broken on purpose, one after another, each tried in the simulated world until
//! a checker says so. A checker that nothing breaks, or a breakage that nothing catches, is a hole in the proof. It is
//! no part of `npm test` but for its table: every breakage must still find its text (docs/testing.md).

mod run;
mod table;

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context, Result, bail, ensure};
use regex_lite::Regex;

use crate::progress;
use crate::workspace::Workspace;
use run::{Tree, Verdict};
use table::{MUTANTS, Mutant};

/// Seeds that a broken core is tried with at most. The sound core passes them all.
const SEEDS: u64 = 3_000;
/// What the world's first line says when a seed failed.
const MARKED_BY: &str = " failed:";
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
    check(workspace)?;
    let tree = Tree::copy(workspace)?;
    progress::step("The core as it is");
    match tree.try_core()? {
        Verdict::Passed => progress::note(&format!("passes seeds 0 to {}", SEEDS - 1)),
        other => bail!("the sound core fails too: {other:?}"),
    }
    let wanted: Vec<&Mutant> =
        MUTANTS.iter().filter(|mutant| mutant.does.contains(&only) || mutant.file.contains(&only)).collect();
    let mut rows = Vec::new();
    for (number, &mutant) in wanted.iter().enumerate() {
        progress::step(&format!("{} of {}: {} {}", number + 1, wanted.len(), mutant.file, mutant.does));
        let verdict = tree.with(mutant)?;
        progress::note(&verdict.to_string());
        rows.push((mutant, verdict));
    }
    let holes = holes(workspace, &rows, only.is_empty())?;
    if document && holes.is_empty() {
        write_down(workspace, &rows)?;
    }
    print!("{}", markdown(&rows));
    if !holes.is_empty() {
        bail!("{}", holes.join("\n"));
    }
    Ok(())
}

/// Every breakage still finds its text, exactly once, and every law has a breakage that is meant to break it.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    let mut wrong = Vec::new();
    for mutant in MUTANTS {
        let text = fs::read_to_string(workspace.path(&mutant.path()))?;
        let places = text.matches(mutant.from).count();
        if places != 1 {
            wrong.push(format!("{}: {:?} stands there {places} times", mutant.path(), mutant.from));
        }
    }
    let known = laws(workspace)?;
    for law in MUTANTS.iter().flat_map(|mutant| mutant.laws) {
        if !known.iter().any(|known| known == law) {
            wrong.push(format!("there is no law {law}"));
        }
    }
    for law in known.iter().filter(|law| !MUTANTS.iter().any(|mutant| mutant.laws.contains(&law.as_str()))) {
        wrong.push(format!("no mutant is meant to break {law}"));
    }
    ensure!(wrong.is_empty(), "xtask/src/mutants/table.rs: {}", wrong.join("\n"));
    Ok(())
}

/// The names of the laws, as the checkers have them.
fn laws(workspace: &Workspace) -> Result<Vec<String>> {
    let text = fs::read_to_string(workspace.path("crates/sim/src/checkers/mod.rs"))?;
    let (_, rest) = text.split_once("pub enum Law {").context("the checkers have no laws")?;
    let (body, _) = rest.split_once("\n}").context("the laws have no end")?;
    let name = Regex::new(r"(?m)^    ([A-Z]\w*),$")?;
    Ok(name.captures_iter(body).map(|found| found[1].to_owned()).collect())
}

/// What was not caught, or not by the law that it breaks; and, of a whole run, the laws that caught nothing.
fn holes(workspace: &Workspace, rows: &[(&Mutant, Verdict)], whole: bool) -> Result<Vec<String>> {
    let mut holes = Vec::new();
    let mut caught_by = BTreeMap::new();
    for (mutant, verdict) in rows {
        match verdict {
            Verdict::Caught { laws, .. } if laws.iter().any(|law| mutant.laws.contains(&law.as_str())) => {
                for law in laws {
                    *caught_by.entry(law.clone()).or_insert(0) += 1;
                }
            }
            other => holes.push(format!("{} {}: {other}, not by {:?}", mutant.file, mutant.does, mutant.laws)),
        }
    }
    if whole {
        let idle = laws(workspace)?.into_iter().filter(|law| !caught_by.contains_key(law));
        holes.extend(idle.map(|law| format!("{law} caught nothing")));
    }
    Ok(holes)
}

fn markdown(rows: &[(&Mutant, Verdict)]) -> String {
    let mut text = String::from("| part | the broken core … | caught by | seed |\n|---|---|---|---:|\n");
    for (mutant, verdict) in rows {
        let (by, seed) = match verdict {
            Verdict::Caught { laws, seed, .. } => (laws.join(", "), seed.to_string()),
            other => (other.to_string(), String::new()),
        };
        let part = mutant.file.trim_end_matches(".rs").trim_start_matches("client/");
        text.push_str(&format!("| `{part}` | {} | {by} | {seed} |\n", mutant.does));
    }
    text
}

fn write_down(workspace: &Workspace, rows: &[(&Mutant, Verdict)]) -> Result<()> {
    let path = workspace.path("docs/testing.md");
    let text = fs::read_to_string(&path)?;
    let (before, rest) = text.split_once(MARKS.0).context("docs/testing.md has no mark where the mutants begin")?;
    let (_, after) = rest.split_once(MARKS.1).context("docs/testing.md has no mark where the mutants end")?;
    let summary = format!("{} broken cores, all caught; the sound one passes {SEEDS} seeds.\n\n", rows.len());
    fs::write(path, format!("{before}{}{summary}{}{}{after}", MARKS.0, markdown(rows), MARKS.1))?;
    Ok(())
}

impl Mutant {
    fn path(&self) -> String {
        format!("crates/core/src/{}", self.file)
    }
}
