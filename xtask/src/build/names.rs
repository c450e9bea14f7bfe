//! Short names between the module and its glue. wasm-bindgen names each of some sixty imports in full and with a hash,
//! in the module and again in the glue; wasm-opt can shorten them, and tells the pairs, which the glue then follows.

use std::collections::HashMap;

use anyhow::{Context, Result, bail};

/// What wasm-opt printed: the old and the new name of each import and export.
#[derive(Debug, serde::Deserialize)]
pub(super) struct Names {
    imports: Vec<(String, String, String)>,
    exports: Vec<(String, String)>,
}

/// The one module that wasm-bindgen's glue gives, and the name that wasm-opt gives to a first module.
const MODULE: (&str, &str) = ("\"./glue_bg.js\"", "\"a\"");

impl Names {
    pub(super) fn read(printed: &str) -> Result<Self> {
        serde_json::from_str(printed).context("wasm-opt did not print the names that it shortened")
    }

    /// The glue with the short names. Fails where a name is not found: half-renamed glue would only fail in a page.
    pub(super) fn apply(&self, glue: &str) -> Result<String> {
        let imports: HashMap<&str, &str> =
            self.imports.iter().map(|(_, old, new)| (old.as_str(), new.as_str())).collect();
        let exports: HashMap<&str, &str> = self.exports.iter().map(|(old, new)| (old.as_str(), new.as_str())).collect();
        let mut renamed = String::with_capacity(glue.len());
        let mut seen = HashMap::new();
        let mut rest = glue;
        while let Some(start) = rest.find(is_word) {
            renamed.push_str(&rest[..start]);
            rest = &rest[start..];
            let word = &rest[..rest.find(|c| !is_word(c)).unwrap_or(rest.len())];
            let of_module = renamed.ends_with("wasm.") || renamed.ends_with("exports.");
            let short = if of_module { exports.get(word) } else { imports.get(word) };
            if short.is_some() {
                seen.insert(word, ());
            }
            renamed.push_str(short.unwrap_or(&word));
            rest = &rest[word.len()..];
        }
        renamed.push_str(rest);
        if let Some(lost) = imports.keys().find(|name| !seen.contains_key(**name)) {
            bail!("the glue does not give the import {lost}");
        }
        if !renamed.contains(MODULE.0) {
            bail!("the glue does not name its module {}", MODULE.0);
        }
        Ok(renamed.replace(MODULE.0, MODULE.1))
    }
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '$'
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRINTED: &str =
        r#"{"imports":[["./glue_bg.js","__wbg_now_1b1e","A"]],"exports":[["memory","a"],["free","b"]]}"#;

    #[test]
    fn the_glue_follows_the_module() -> Result<()> {
        let glue = r#"const i={__wbg_now_1b1e:()=>now()};x["./glue_bg.js"]=i;wasm.free(free);wasm.memory"#;
        let renamed = Names::read(PRINTED)?.apply(glue)?;
        assert_eq!(renamed, r#"const i={A:()=>now()};x["a"]=i;wasm.b(free);wasm.a"#);
        Ok(())
    }

    #[test]
    fn glue_that_lacks_an_import_is_refused() -> Result<()> {
        assert!(Names::read(PRINTED)?.apply(r#"x["./glue_bg.js"]={}"#).is_err());
        assert!(Names::read("nonsense").is_err());
        Ok(())
    }
}
