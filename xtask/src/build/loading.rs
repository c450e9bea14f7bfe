//! The glue's own way of loading the module takes addresses, requests, responses and forms of older versions. The face
//! fetches by itself and gives bytes or a compiled module, so the rest is replaced by the one case that is left.

use anyhow::{Context, Result};

/// From the first of these to the second, and from the third to the fourth, the glue deals with the other cases.
const LOAD: (&str, &str) = ("async function __wbg_load(", "function initSync(");
const INIT: (&str, &str) = ("let __wbg_init_promise;", "export { initSync, __wbg_init as default };");

const INSTANTIATE: &str = "\
async function __wbg_init({ module_or_path }) {
    const made = await WebAssembly.instantiate(module_or_path, __wbg_get_imports());
    return __wbg_finalize_init(made.instance ?? made, made.module ?? module_or_path);
}

";

/// The glue with the short way. Fails where it does not look as expected: a new version of wasm-bindgen wants a look.
pub(super) fn shorten(glue: &str) -> Result<String> {
    replace(&replace(glue, LOAD, "")?, INIT, INSTANTIATE)
}

fn replace(text: &str, (from, to): (&str, &str), by: &str) -> Result<String> {
    let (before, rest) = text.split_once(from).with_context(|| format!("the glue has no {from:?}"))?;
    let (_, after) = rest.split_once(to).with_context(|| format!("the glue has no {to:?} after {from:?}"))?;
    Ok([before, by, to, after].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_loading_is_replaced() -> Result<()> {
        let glue = [
            "keep1\n",
            LOAD.0,
            "m) { fetch }\n",
            LOAD.1,
            ") { keep2 }\n",
            INIT.0,
            " warn(\"deprecated\");\n",
            INIT.1,
            "\n",
        ];
        let expected = ["keep1\n", LOAD.1, ") { keep2 }\n", INSTANTIATE, INIT.1, "\n"];
        assert_eq!(shorten(&glue.concat())?, expected.concat());
        Ok(())
    }

    #[test]
    fn glue_of_another_shape_is_refused() {
        assert!(shorten("async function __wbg_load() {}").is_err());
    }
}
