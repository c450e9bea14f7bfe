//! `cargo xtask size --document`: where the module's bytes are. The module is optimised once more with its names kept;
//! the bytes of each function are then counted for the part of the program that its name says. Raw bytes: compressed
//! ones cannot be told apart.

use std::collections::BTreeMap;
use std::fs;
use std::ops::Range;

use anyhow::{Context, Result};
use regex_lite::Regex;
use wasmparser::{KnownCustom, Name, Parser, Payload};

use crate::build::{self, Entry};
use crate::workspace::Workspace;

/// Parts smaller than this are summed up in one line.
const SMALL: u64 = 200;

/// The table, the largest part first.
pub(super) fn table(workspace: &Workspace, entry: &Entry) -> Result<String> {
    let module = fs::read(build::with_names(workspace, entry)?)?;
    let mut parts: Vec<_> = weigh(&module)?.into_iter().collect();
    parts.sort_by_key(|(name, bytes)| (std::cmp::Reverse(*bytes), name.clone()));
    let (mut rows, small): (Vec<_>, Vec<_>) = parts.into_iter().partition(|(_, bytes)| *bytes >= SMALL);
    rows.push((format!("{} smaller parts", small.len()), sum(&small)));
    let total = sum(&rows);
    rows.push(("together".to_owned(), total));
    let mut table = String::from("| part of the module | raw bytes | share |\n|---|---:|---:|\n");
    for (name, bytes) in rows {
        table += &format!("| {name} | {bytes} | {} % |\n", (bytes * 100 + total / 2) / total.max(1));
    }
    Ok(table)
}

fn sum(parts: &[(String, u64)]) -> u64 {
    parts.iter().map(|(_, bytes)| bytes).sum()
}

/// Bytes by part.
fn weigh(module: &[u8]) -> Result<BTreeMap<String, u64>> {
    let mut imported = 0;
    let mut bodies = Vec::new();
    let mut names = BTreeMap::new();
    let mut parts = BTreeMap::new();
    for payload in Parser::new(0).parse_all(module) {
        match payload? {
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    imported += u32::from(matches!(import?.ty, wasmparser::TypeRef::Func(_)));
                }
            }
            Payload::CodeSectionEntry(body) => bodies.push(length(body.range())),
            Payload::DataSection(section) => {
                parts.insert("data (texts, tables)".to_owned(), length(section.range()));
            }
            Payload::CustomSection(section) => {
                if let KnownCustom::Name(section) = section.as_known() {
                    for name in section {
                        if let Name::Function(map) = name? {
                            for naming in map {
                                let naming = naming?;
                                names.insert(naming.index, part_of(naming.name));
                            }
                        }
                    }
                }
            }
            _ => {}
        }
    }
    for (index, bytes) in bodies.into_iter().enumerate() {
        let index = imported + u32::try_from(index).context("more functions than a module can have")?;
        let part = names.get(&index).map_or("without a name", String::as_str);
        *parts.entry(part.to_owned()).or_default() += bytes;
    }
    Ok(parts)
}

fn length(range: Range<u64>) -> u64 {
    range.end - range.start
}

/// The part that a function belongs to: crate and module for our own, the crate for others.
fn part_of(mangled: &str) -> String {
    // Without the crates' hashes: wasm-bindgen has demangled some names already, in the long form.
    let name = Regex::new(r"\[[0-9a-f]{10,16}\]").map_or_else(
        |_| mangled.to_owned(),
        |hash| hash.replace_all(&format!("{:#}", rustc_demangle::demangle(mangled)), "").into_owned(),
    );
    // `<guestwire_core::outbox::Outbox as core::ops::Drop>::drop` belongs to `guestwire_core::outbox`.
    let path = name.trim_start_matches(['<', '&', '*', '[', '(']);
    let path = path.strip_prefix("dyn ").or_else(|| path.strip_prefix("mut ")).unwrap_or(path);
    let end =
        path.find(|letter: char| !(letter.is_alphanumeric() || letter == '_' || letter == ':')).unwrap_or(path.len());
    let mut segments = path[..end].split("::").filter(|segment| !segment.is_empty());
    let first = segments.next().unwrap_or("without a name");
    match segments.next() {
        Some(second) if first.starts_with("guestwire") && second.starts_with(char::is_lowercase) => {
            format!("{first}::{second}")
        }
        _ if path[..end].contains("::") => first.to_owned(),
        _ => "exports and start-up".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_is_counted_for_the_crate_and_our_module_that_it_comes_from() {
        for (name, part) in [
            ("_ZN14guestwire_core6outbox6Outbox4push17h0123456789abcdefE", "guestwire_core::outbox"),
            ("_ZN4core3fmt5write17h0123456789abcdefE", "core"),
            ("_ZN9guestwire9RawClient4send17h0123456789abcdefE", "guestwire"),
            ("<guestwire_core::event::Event as serde::Serialize>::serialize", "guestwire_core::event"),
            ("<dlmalloc[e24a27700634d609]::Dlmalloc<dlmalloc[e24a27700634d609]::System>>::free", "dlmalloc"),
            ("__wbindgen_malloc", "exports and start-up"),
        ] {
            assert_eq!(part_of(name), part, "{name}");
        }
    }
}
