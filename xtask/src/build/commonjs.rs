//! The package for `require`: each script of Node once more as CommonJS, beside the original and around the same modules. Scripts
//! are translated one by one, so the entries share here too what they share there.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use regex_lite::{Captures, Regex};
use walkdir::WalkDir;

use crate::workspace::Workspace;

/// CommonJS has no `import.meta`; what stands for its `url` is made first in each script.
const TRANSLATE: &[&str] = &[
    "--format=cjs",
    "--platform=node",
    "--target=es2022",
    "--minify",
    "--line-limit=120",
    "--define:import.meta.url=place",
    "--banner:js=const place=require('node:url').pathToFileURL(__filename).href;",
    "--out-extension:.js=.cjs",
    "--outdir=dist",
    "--log-level=warning",
];

/// The settings, for the stamp of the step that this is a part of.
pub(super) fn settings() -> &'static [&'static str] {
    TRANSLATE
}

/// Translates all that lies in `dist/`.
pub(super) fn make(workspace: &Workspace, dist: &Path) -> Result<()> {
    let scripts = ending(dist, ".js")?;
    let named = scripts.iter().map(|script| script.strip_prefix(&workspace.root).map(OsString::from));
    workspace.node_tool("esbuild").args(named.collect::<Result<Vec<_>, _>>()?).args(TRANSLATE).quiet().run()?;
    for script in scripts {
        let translated = script.with_extension("cjs");
        fs::write(&translated, required(&fs::read_to_string(&translated)?)?)?;
    }
    // TypeScript takes `.d.ts` for the types of ES modules here, which it lets no CommonJS file import.
    for types in ending(dist, ".d.ts")? {
        fs::write(types.with_extension("cts"), imported(&fs::read_to_string(&types)?)?)?;
    }
    Ok(())
}

fn ending(folder: &Path, end: &str) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in WalkDir::new(folder).sort_by_file_name() {
        let path = entry?.into_path();
        if path.to_string_lossy().ends_with(end) {
            found.push(path);
        }
    }
    Ok(found)
}

/// A script's `require` of its neighbours.
fn required(script: &str) -> Result<String> {
    renamed(script, r#"(\brequire\(["']\./[\w-]+)\.js(["']\))"#)
}

/// A declaration's imports of its neighbours.
fn imported(declaration: &str) -> Result<String> {
    renamed(declaration, r#"(\b(?:from |import\()["']\.{1,2}/[\w./-]+)\.js(["'])"#)
}

fn renamed(text: &str, of: &str) -> Result<String> {
    Ok(Regex::new(of)?.replace_all(text, |found: &Captures<'_>| [&found[1], ".cjs", &found[2]].concat()).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_required_in_the_same_form_and_nothing_else_is_touched() -> Result<()> {
        let script =
            r#"var a=require("./guestwire.js"),b=require("node:fs"),c="./index.js";f(require('./web-messaging.js'))"#;
        let expected =
            r#"var a=require("./guestwire.cjs"),b=require("node:fs"),c="./index.js";f(require('./web-messaging.cjs'))"#;
        assert_eq!(required(script)?, expected);
        Ok(())
    }

    #[test]
    fn declarations_follow_their_neighbours_through_folders() -> Result<()> {
        let types = "export * from \"../common.js\";\nexport type A = import('./a.js').A;\n// see ./b.js";
        let expected = "export * from \"../common.cjs\";\nexport type A = import('./a.cjs').A;\n// see ./b.js";
        assert_eq!(imported(types)?, expected);
        Ok(())
    }
}
