//! The glue without what no page of ours needs. wasm-bindgen writes it for every platform and every way of use; the face gives
//! bytes or a compiled module, and the package is for platforms of ES2022 (docs/size.md).

use anyhow::{Context, Result, bail};
use regex_lite::Regex;

/// From the first of these to the second, which stays, the third stands instead.
const PARTS: &[(&str, &str, &str)] = &[
    // The face fetches, compiles and instantiates by itself.
    ("let wasmModule, wasmInstance, wasm;", "export { initSync, __wbg_init as default };", BEGIN),
    // It has stood in browsers for longer than private members have.
    ("if (!('encodeInto' in cachedTextEncoder)) {", "let WASM_VECTOR_LEN", ""),
    // The module always says how memory grows.
    ("    if (realloc === undefined) {", "    let len = arg.length;", ""),
    ("function handleError(", "function isLikeNone(", CAUGHT),
];

/// What stands there once for each class or closure.
const EACH: &[(&str, &str)] = &[
    // Nobody but the face has these classes.
    (r"(?m)^if \(Symbol\.dispose\) \w+\.prototype\[Symbol\.dispose\] = .*\n", ""),
    // As with `encodeInto`.
    (r"\(typeof FinalizationRegistry === 'undefined'\)\s*\? \{.*\}\s*: new", "new"),
];

/// One instance, which the face has made.
const BEGIN: &str = "\
let wasm;
function begin(instance) {
    wasm = instance.exports;
    wasm.__wbindgen_start();
}

";

/// What a function throws goes to the module.
const CAUGHT: &str = "\
function caught(f) {
    return (...args) => {
        try {
            return f(...args);
        } catch (e) {
            wasm.__wbindgen_exn_store(addToExternrefTable0(e));
        }
    };
}
";

/// Functions that use neither `this` nor `arguments`, once the second of these is done.
const ARROWS: &[(&str, &str)] = &[
    (r"function\(\) \{ return handleError\(function \(([^)]*)\) \{", "caught(($1) => {"),
    (r"\}, arguments\); \}", "})"),
    (r": function\(([^)]*)\) \{", ": ($1) => {"),
];

/// The glue without them. Fails where it does not look as expected: a new version of wasm-bindgen wants a look.
pub(super) fn shorten(glue: &str) -> Result<String> {
    let mut short = glue.to_owned();
    for (from, to, by) in PARTS {
        short = replace(&short, from, to, by)?;
    }
    for (found, by) in EACH {
        let found = Regex::new(found)?;
        if !found.is_match(&short) {
            bail!("the glue has no {found}");
        }
        short = found.replace_all(&short, *by).into_owned();
    }
    for (found, by) in ARROWS {
        short = Regex::new(found)?.replace_all(&short, *by).into_owned();
    }
    match ["handleError", ", arguments"].iter().find(|word| short.contains(**word)) {
        Some(word) => bail!("the shortened glue still has {word}"),
        None => Ok(short),
    }
}

fn replace(text: &str, from: &str, to: &str, by: &str) -> Result<String> {
    let (before, rest) = text.split_once(from).with_context(|| format!("the glue has no {from:?}"))?;
    let at = rest.find(to).with_context(|| format!("the glue has no {to:?} after {from:?}"))?;
    Ok([before, by, &rest[at..]].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    const GLUE: &str = "\
if (Symbol.dispose) RawClient.prototype[Symbol.dispose] = free;
export class RawTokens {}
if (Symbol.dispose) RawTokens.prototype[Symbol.dispose] = free;
function __wbg_get_imports() {
        a: function(arg0, arg1) {
            return arg0 + arg1;
        },
        b: function() { return handleError(function (arg0) {
            return arg0.go();
        }, arguments); },
}
const A = (typeof FinalizationRegistry === 'undefined')
    ? { register: () => {} }
    : new FinalizationRegistry(ptr => 1);
const B = (typeof FinalizationRegistry === 'undefined')
    ? { register: () => {} }
    : new FinalizationRegistry(state => 2);
function handleError(f, args) {
    try { return f.apply(this, args); } catch (e) {}
}
function isLikeNone(x) {
function pass(arg, malloc, realloc) {
    if (realloc === undefined) {
        return 1;
    }
    let len = arg.length;
}
if (!('encodeInto' in cachedTextEncoder)) {
    cachedTextEncoder.encodeInto = 1;
}
let WASM_VECTOR_LEN = 0;

let wasmModule, wasmInstance, wasm;
function __wbg_finalize_init(instance, module) {}
async function __wbg_load(module) { fetch(module) }
function initSync(module) { console.warn() }
let __wbg_init_promise;
async function __wbg_init(url) {}
export { initSync, __wbg_init as default };
";

    #[test]
    fn only_what_other_platforms_and_uses_need_is_replaced() -> Result<()> {
        let expected = [
            "\
export class RawTokens {}
function __wbg_get_imports() {
        a: (arg0, arg1) => {
            return arg0 + arg1;
        },
        b: caught((arg0) => {
            return arg0.go();
        }),
}
const A = new FinalizationRegistry(ptr => 1);
const B = new FinalizationRegistry(state => 2);
",
            CAUGHT,
            "\
function isLikeNone(x) {
function pass(arg, malloc, realloc) {
    let len = arg.length;
}
let WASM_VECTOR_LEN = 0;

",
            BEGIN,
            "export { initSync, __wbg_init as default };\n",
        ];
        assert_eq!(shorten(GLUE)?, expected.concat());
        Ok(())
    }

    #[test]
    fn glue_of_another_shape_is_refused() {
        assert!(shorten("async function __wbg_load() {}").is_err());
        let other = GLUE.replace("b: function() { return handleError", "b: function () { return handleError");
        assert!(shorten(&other).is_err());
    }
}
