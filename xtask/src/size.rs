//! `cargo xtask size`: what a browser downloads. Each file of the package counts as a server would send it: by itself,
//! at the highest setting of each compression. `--parts` also says where in the module the bytes are.

mod parts;

use std::fs;
use std::io::Write;

use anyhow::{Result, bail};
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

/// `cargo xtask size [--parts]`.
pub(crate) fn run(workspace: &Workspace, mut arguments: lexopt::Parser) -> Result<()> {
    let mut by_part = false;
    while let Some(argument) = arguments.next()? {
        match argument {
            lexopt::Arg::Long("parts") => by_part = true,
            other => return Err(other.unexpected().into()),
        }
    }
    build::package(workspace)?;
    if by_part {
        parts::print(workspace)?;
    }
    check(workspace)
}

/// Prints the table; fails over the budget.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    progress::step("Weighing the package");
    let rows = weigh(workspace)?;
    let total = sum(&rows);
    println!("{:<20} {:>9} {:>9} {:>9}", "bytes", "raw", "gzip -9", "brotli 11");
    for row in rows.iter().chain([&total]) {
        println!("{:<20} {:>9} {:>9} {:>9}", row.name, row.raw, row.gzip, row.brotli);
    }
    if total.brotli > BUDGET {
        bail!("{} bytes are {} over the budget of {BUDGET}", total.brotli, total.brotli - BUDGET);
    }
    progress::note(&format!("{} bytes are left of the budget of {BUDGET}", BUDGET - total.brotli));
    Ok(())
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
        assert!(0 < total.brotli && total.brotli < total.gzip && total.gzip < total.raw);
        Ok(())
    }
}
