//! `cargo xtask size`: what a browser downloads. Each file of the package counts as a server would send it: by itself,
//! at the highest setting of each compression. `--document` also writes it down in
//! `docs/size.md`, with where in the module the bytes are.

mod parts;

use std::fs;
use std::io::Write;

use anyhow::{Context, Result, bail};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::build;
use crate::progress;
use crate::workspace::Workspace;

/// The promise of the README, in bytes after brotli: the module and its JavaScript together.
const BUDGET: usize = 48_000;

/// The loader for Node is read from a disk, never downloaded.
const NOT_DOWNLOADED: &[&str] = &["node.js"];

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

/// Prints the table; fails over the budget.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    progress::step("Weighing the package");
    let rows = weigh(workspace)?;
    print!("{}", table(&rows));
    let total = sum(&rows).brotli;
    if total > BUDGET {
        bail!("{total} bytes are {} over the budget of {BUDGET}", total - BUDGET);
    }
    progress::note(&format!("{} bytes are left of the budget of {BUDGET}", BUDGET - total));
    Ok(())
}

fn write_down(workspace: &Workspace) -> Result<()> {
    let file = workspace.path("docs/size.md");
    let measured = format!("{}\n{}", table(&weigh(workspace)?), parts::table(workspace)?);
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
        "| file            |    raw | gzip 9 | brotli 11 |\n|-----------------|-------:|-------:|----------:|\n",
    );
    for row in rows.iter().chain([&sum(rows)]) {
        table += &format!("| {:<15} | {:>6} | {:>6} | {:>9} |\n", row.name, row.raw, row.gzip, row.brotli);
    }
    table
}

fn weigh(workspace: &Workspace) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for entry in fs::read_dir(workspace.path("dist"))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let shipped = name.ends_with(".wasm") || name.ends_with(".js");
        if !shipped || NOT_DOWNLOADED.contains(&name.as_str()) {
            continue;
        }
        let bytes = fs::read(entry.path())?;
        rows.push(Row { name, raw: bytes.len(), gzip: gzip(&bytes)?, brotli: brotli(&bytes)? });
    }
    rows.sort_by_key(|row| std::cmp::Reverse(row.brotli));
    Ok(rows)
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
    fn what_was_measured_replaces_only_what_stands_between_the_marks() -> Result<()> {
        let text = format!("before\n{}old\n{}after", MARKS.0, MARKS.1);
        assert_eq!(between_marks(&text, "new\n")?, text.replace("old", "new"));
        assert!(between_marks("no marks", "new").is_err());
        Ok(())
    }
}
