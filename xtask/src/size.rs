//! `cargo xtask size`: what a browser downloads for each entry of the package: its script, what that imports, its module.
//! Each file counts as a server would send it: by itself, at the highest setting of each compression. `--document` also
//! writes it down in `docs/size.md`, with where in the modules the bytes are.

mod parts;

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, bail};
use flate2::Compression;
use flate2::write::GzEncoder;
use regex_lite::Regex;

use crate::build::{self, Entry};
use crate::progress;
use crate::workspace::Workspace;

struct Row {
    name: String,
    raw: usize,
    gzip: usize,
    brotli: usize,
}

/// What the command writes in `docs/size.md` stands between these.
const MARKS: (&str, &str) = ("<!-- measured -->\n", "<!-- end of what was measured -->");

/// `cargo xtask size [--document]`.
pub(crate) fn run(workspace: &Workspace, mut arguments: lexopt::Parser) -> Result<()> {
    let mut document = false;
    while let Some(argument) = arguments.next()? {
        match argument {
            lexopt::Arg::Long("document") => document = true,
            other => return Err(other.unexpected().into()),
        }
    }
    build::package(workspace)?;
    if document {
        write_down(workspace)?;
    }
    check(workspace)
}

/// Prints a table for each entry; fails over a budget.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    let mut over = Vec::new();
    for entry in build::ENTRIES {
        progress::step(&format!("Weighing what a page downloads for {}", entry.service));
        let rows = weigh(&workspace.path("dist"), entry)?;
        print!("{}", table(&rows));
        let (total, budget) = (sum(&rows).brotli, entry.budget);
        match budget.checked_sub(total) {
            Some(left) => progress::note(&format!("{left} bytes are left of the budget of {budget}")),
            None => over.push(format!("{}: {total} bytes are {} over {budget}", entry.service, total - budget)),
        }
    }
    if over.is_empty() { Ok(()) } else { bail!("over budget: {}", over.join("; ")) }
}

fn write_down(workspace: &Workspace) -> Result<()> {
    let file = workspace.path("docs/size.md");
    let mut measured = String::new();
    for entry in build::ENTRIES {
        let rows = table(&weigh(&workspace.path("dist"), entry)?);
        measured += &format!(
            "### {}, at most {}\n\n{rows}\n{}\n",
            entry.service,
            entry.budget,
            parts::table(workspace, entry)?
        );
    }
    let text = fs::read_to_string(&file)?;
    Ok(fs::write(file, between_marks(&text, &measured)?)?)
}

fn between_marks(text: &str, measured: &str) -> Result<String> {
    let (before, rest) = text.split_once(MARKS.0).context("docs/size.md has lost its first mark")?;
    let (_, after) = rest.split_once(MARKS.1).context("docs/size.md has lost its second mark")?;
    Ok([before, MARKS.0, measured, MARKS.1, after].concat())
}

fn table(rows: &[Row]) -> String {
    let mut table = String::from(
        "| file               |    raw | gzip 9 | brotli 11 |\n|--------------------|-------:|-------:|----------:|\n",
    );
    for row in rows.iter().chain([&sum(rows)]) {
        table += &format!("| {:<18} | {:>6} | {:>6} | {:>9} |\n", row.name, row.raw, row.gzip, row.brotli);
    }
    table
}

fn weigh(dist: &Path, entry: &Entry) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for name in downloaded(dist, entry)? {
        let bytes = fs::read(dist.join(&name))?;
        rows.push(Row { name, raw: bytes.len(), gzip: gzip(&bytes)?, brotli: brotli(&bytes)? });
    }
    rows.sort_by_key(|row| std::cmp::Reverse(row.brotli));
    Ok(rows)
}

/// The files that a page loads for an entry: its script and all that this imports, and its module.
fn downloaded(dist: &Path, entry: &Entry) -> Result<BTreeSet<String>> {
    let import = Regex::new(r#"\b(?:from|import)\s*\(?["']\./([\w-]+\.js)["']"#)?;
    let mut found = BTreeSet::from([entry.wasm.to_owned()]);
    let mut next = vec![entry.script.to_owned()];
    while let Some(script) = next.pop() {
        let text = fs::read_to_string(dist.join(&script)).with_context(|| format!("no {script} in dist"))?;
        if found.insert(script) {
            next.extend(import.captures_iter(&text).map(|found| found[1].to_owned()));
        }
    }
    Ok(found)
}

fn sum(rows: &[Row]) -> Row {
    let add = |pick: fn(&Row) -> usize| rows.iter().map(pick).sum();
    Row {
        name: "together".to_owned(),
        raw: add(|row| row.raw),
        gzip: add(|row| row.gzip),
        brotli: add(|row| row.brotli),
    }
}

fn gzip(bytes: &[u8]) -> Result<usize> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?.len())
}

fn brotli(bytes: &[u8]) -> Result<usize> {
    let mut packed = Vec::new();
    let (buffer, quality, window) = (4096, 11, 22);
    brotli::CompressorWriter::new(&mut packed, buffer, quality, window).write_all(bytes)?;
    Ok(packed.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_adds_each_column_and_compression_compresses() -> Result<()> {
        let bytes = b"guestwire ".repeat(100);
        let row = || -> Result<Row> {
            Ok(Row { name: String::new(), raw: bytes.len(), gzip: gzip(&bytes)?, brotli: brotli(&bytes)? })
        };
        let total = sum(&[row()?, row()?]);
        assert_eq!(total.raw, 2000);
        assert_eq!(table(&[row()?]).lines().count(), 4);
        assert!(0 < total.brotli && total.brotli < total.gzip && total.gzip < total.raw);
        Ok(())
    }

    #[test]
    fn a_page_downloads_an_entry_with_what_it_imports_and_nothing_of_the_others() -> Result<()> {
        let dist = tempfile::tempdir()?;
        for (name, text) in [
            ("index.js", "import{a as b}from\"./guestwire.js\";const c=\"./other.js\";"),
            ("guestwire.js", "export{a}from './base.js'"),
            ("base.js", "const a=await import(\"./late.js\")"),
            ("late.js", "import \"./guestwire.js\""),
            ("other.js", ""),
            ("guestwire.wasm", ""),
            ("web-messaging.wasm", ""),
        ] {
            fs::write(dist.path().join(name), text)?;
        }
        let found = downloaded(dist.path(), &build::ENTRIES[0])?;
        assert_eq!(
            found.into_iter().collect::<Vec<_>>(),
            ["base.js", "guestwire.js", "guestwire.wasm", "index.js", "late.js"]
        );
        Ok(())
    }

    #[test]
    fn what_was_measured_replaces_only_what_stands_between_the_marks() -> Result<()> {
        let text = format!("before\n{}old\n{}after", MARKS.0, MARKS.1);
        assert_eq!(between_marks(&text, "new\n")?, text.replace("old", "new"));
        assert!(between_marks("no marks", "new").is_err());
        Ok(())
    }
}
