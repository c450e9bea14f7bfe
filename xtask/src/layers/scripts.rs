//! The JavaScript side: the face knows nothing of the demo and has no dependency at run time; the demo sees the
//! package by its name only, as any consumer does.

use std::fs;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context, Result};
use regex_lite::Regex;
use walkdir::{DirEntry, WalkDir};

/// `import … from "x"`, `export … from "x"`, `import "x"`, `import("x")`, an address made beside the module, and a
/// page's `<script src="x">`.
const SPECIFIERS: &[&str] = &[
    r#"(?m)^\s*(?:import|export)\b[^;"'=()]*?\bfrom\s*["']([^"']+)["']"#,
    r#"(?m)^\s*import\s*["']([^"']+)["']"#,
    r#"\bimport\(\s*["']([^"']+)["']"#,
    r#"\bnew URL\(\s*["']([^"']+)["']\s*,\s*import\.meta\.url"#,
    r#"<script[^>]*\bsrc=["']([^"']+)["']"#,
];

const SCRIPTS: &[&str] = &["ts", "mts", "js", "mjs", "html"];

/// Every import of `js/` and `www/` under `root` that the design forbids, in words.
pub(super) fn violations(root: &Path) -> Result<Vec<String>> {
    let mut broken = check(root, "js/src", |_, specifier| {
        (!specifier.starts_with("node:"))
            .then_some("the package has no dependencies at run time, and knows nothing of www")
    })?;
    let allowed = demo_packages(root)?;
    broken.extend(check(root, "www", |file, specifier| {
        let package = specifier.split('/').next().unwrap_or(specifier);
        // What builds the pages runs in Node, and is no part of them.
        let builds = file.to_string_lossy().ends_with(".config.mjs") && specifier.starts_with("node:");
        (!builds && !allowed.iter().any(|name| name == package))
            .then_some("the demo uses `guestwire` and declared packages, by name")
    })?);
    Ok(broken)
}

/// `judge` sees which file imports what is not one of the folder itself; an answer is the rule that it breaks.
fn check(root: &Path, folder: &str, judge: impl Fn(&Path, &str) -> Option<&'static str>) -> Result<Vec<String>> {
    let specifiers = SPECIFIERS.iter().map(|pattern| Regex::new(pattern)).collect::<Result<Vec<_>, _>>()?;
    let base = root.join(folder);
    let mut broken = Vec::new();
    if !base.exists() {
        return Ok(broken);
    }
    for entry in WalkDir::new(&base).sort_by_file_name().into_iter().filter_entry(|entry| !is_made(entry)) {
        let entry = entry?;
        if !entry.path().extension().is_some_and(|extension| SCRIPTS.iter().any(|script| extension == *script)) {
            continue;
        }
        let text = fs::read_to_string(entry.path()).with_context(|| entry.path().display().to_string())?;
        for found in specifiers.iter().flat_map(|pattern| pattern.captures_iter(&text)) {
            let specifier = found.get(1).map_or("", |part| part.as_str());
            let why = if specifier.starts_with('.') {
                leaves(entry.path(), specifier, &base).then_some("a relative import must stay inside its folder")
            } else if specifier.starts_with('/') || specifier.contains("://") {
                None // An address of the server, not a module of ours.
            } else {
                judge(entry.path(), specifier)
            };
            if let Some(why) = why {
                let file = entry.path().strip_prefix(root).unwrap_or(entry.path());
                broken.push(format!("{} imports {specifier}: {why}", file.display()));
            }
        }
    }
    Ok(broken)
}

fn is_made(entry: &DirEntry) -> bool {
    entry.file_type().is_dir() && (entry.file_name() == "dist" || entry.file_name() == "node_modules")
}

/// Whether `specifier`, seen from `file`, lies outside `base`.
fn leaves(file: &Path, specifier: &str, base: &Path) -> bool {
    let mut target = file.parent().map(PathBuf::from).unwrap_or_default();
    for component in Path::new(specifier).components() {
        match component {
            Component::ParentDir => {
                target.pop();
            }
            Component::Normal(part) => target.push(part),
            _ => {}
        }
    }
    !target.starts_with(base)
}

/// The package itself, and what `package.json` declares for development; nothing that merely happens to be installed.
fn demo_packages(root: &Path) -> Result<Vec<String>> {
    let manifest: serde_json::Value = serde_json::from_str(&fs::read_to_string(root.join("package.json"))?)?;
    let declared = manifest["devDependencies"].as_object().into_iter().flatten().map(|(name, _)| name.clone());
    Ok(declared.chain([manifest["name"].as_str().unwrap_or_default().to_owned()]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(files: &[(&str, &str)]) -> Result<Vec<String>> {
        let root = tempfile::tempdir()?;
        fs::write(root.path().join("package.json"), r#"{"name":"guestwire","devDependencies":{"uplot":"1"}}"#)?;
        for (name, text) in files {
            let file = root.path().join(name);
            fs::create_dir_all(file.parent().context("a folder")?)?;
            fs::write(file, text)?;
        }
        violations(root.path())
    }

    #[test]
    fn a_face_and_a_demo_that_keep_to_themselves_are_accepted() -> Result<()> {
        let broken = found(&[
            (
                "js/src/index.ts",
                "import init from \"./glue.js\";\nimport { readFileSync } from 'node:fs';\n * import ws from 'ws';\nconst say = 'as the one from \"ws\"';",
            ),
            (
                "www/main.ts",
                "import { GuestClient } from \"guestwire\";\nimport uPlot from \"uplot\";\nimport \"uplot/dist/uPlot.min.css\";",
            ),
            ("www/vite.config.mjs", "import { readFileSync } from \"node:fs\";"),
            ("www/dist/assets/x.js", "import \"../../../js/src/index.js\""),
        ])?;
        assert!(broken.is_empty(), "{broken:?}");
        Ok(())
    }

    #[test]
    fn a_demo_that_reaches_around_the_package_is_refused() -> Result<()> {
        let broken = found(&[(
            "www/src/main.ts",
            "import { GuestClient } from \"../../dist/index.js\";\nimport { readFileSync } from \"node:fs\";",
        )])?;
        assert_eq!(broken.len(), 2, "{broken:?}");
        Ok(())
    }

    #[test]
    fn a_face_that_imports_the_demo_or_a_library_is_refused() -> Result<()> {
        let broken =
            found(&[("js/src/client.ts", "export * from '../../www/main.js';\nconst late = import(\"uplot\");")])?;
        assert_eq!(broken.len(), 2, "{broken:?}");
        Ok(())
    }
}
