//! The glue of one instance, on built-ins of its own and behind a fuse. Pages with old libraries replace the built-ins of the platform after
//! it was loaded; the bundle takes globals from `js/src/builtins.ts`, and here what is called on objects is called as it was when the script
//! was loaded. What the module opens on the platform it opens through its fuse (`js/src/fuse.ts`), and so it is entered.

use anyhow::{Result, bail};
use regex_lite::{Captures, Regex};

/// What stands in each entry's glue, and what stands there instead.
const PARTS: &[(&str, &str)] = &[
    (r"globalThis\.crypto\.", "crypto."),
    (r"new Object\(\)", "{}"),
    (r"new Array\(\)", "[]"),
    (r"const ret = arg0\.push\(arg1\);", "arg0[arg0.length] = arg1;\n            const ret = arg0.length;"),
    // What is awaited need be no promise.
    (r"Promise\.resolve\(arg0\)", "arg0"),
    (r"\barg0\.then\(", "then(arg0, "),
    (r"Reflect\.get\(", "member("),
    (
        r"Uint8Array\.prototype\.set\.call\(getArrayU8FromWasm0\(arg0, arg1\), arg2\)",
        "getUint8ArrayMemory0().set(arg2, arg0 >>> 0)",
    ),
    // A view of its own for each: what `subarray` makes is of whatever class its species names.
    (
        r"cachedDataViewMemory0 === null \|\| .*cachedDataViewMemory0\.buffer !== (wasm\.\w+)\.buffer\)\)",
        "cachedDataViewMemory0?.buffer !== $1.buffer)",
    ),
    (r"getUint8ArrayMemory0\(\)\.subarray\(ptr / 1, ptr / 1 \+ len\)", "viewOf(ptr, len)"),
    (r"getUint8ArrayMemory0\(\)\.subarray\(ptr, ptr \+ len\)", "viewOf(ptr, len)"),
    (r"getUint8ArrayMemory0\(\)\.subarray\(ptr \+ offset, ptr \+ len\)", "viewOf(ptr + offset, len - offset)"),
    (
        r"let cachedUint8ArrayMemory0 = null;",
        "function viewOf(ptr, len) {\n    return new Uint8Array(getUint8ArrayMemory0().buffer, ptr, len);\n}\n\nlet cachedUint8ArrayMemory0 = null;",
    ),
    (r"\b(arg\d?)\.charCodeAt\(", "charCodeAt($1, "),
    (r"\barg\.slice\(", "slice(arg, "),
    // The lists of a call's arguments are spread by an iterator, which can be replaced too. No import has more arguments than these, and
    // no closure more than one.
    (
        r"\(\.\.\.args\) => \{\n        try \{\n            return f\(\.\.\.args\);",
        "(a, b, c, d, e, g, h, i) => {\n        try {\n            return f(a, b, c, d, e, g, h, i);",
    ),
    // One that was dropped is deaf, whoever still calls it.
    (r"const real = \(\.\.\.args\) => \{", "const real = fuse.heard((arg) => {\n        if (!state.a) return;"),
    (r"\n    \};\n    real\._wbg_cb_unref", "\n    });\n    real._wbg_cb_unref"),
    (r"new FinalizationRegistry\((\w+ => wasm\.\w+\(.*\))\);", "new FinalizationRegistry(fuse.heard($1));"),
    (r"throw takeFromExternrefTable0\((ret\[\d\])\);", "throw fuse.refusal(takeFromExternrefTable0($1));"),
    // What is open, and what closes it.
    (r"const ret = setTimeout\(arg0, arg1\);", "const ret = fuse.opens(() => setTimeout(arg0, arg1), clearTimeout);"),
    (r"const ret = clearTimeout\(arg0\);", "fuse.closes(arg0);\n            const ret = clearTimeout(arg0);"),
    (
        r"arg0\.addEventListener\(getStringFromWasm0\(arg1, arg2\), arg3\);",
        "const name = getStringFromWasm0(arg1, arg2);
            const listen = () => {
                arg0.addEventListener(name, arg3);
                return arg3;
            };
            fuse.opens(listen, () => arg0.removeEventListener(name, arg3));",
    ),
    (r"arg0\.removeEventListener\(getString", "fuse.closes(arg3);\n            arg0.removeEventListener(getString"),
    // With another `new.target` it is only asked whether that can make something. Where sockets are event emitters, an error that nobody
    // hears would end the process.
    (
        r"const ret = Reflect\.construct\(arg0, arg1, arg2\);",
        "const make = () => Reflect.construct(arg0, arg1, arg2);
            const close = (socket) => {
                socket.onerror = () => {};
                invoke(socket, \"close\", 1000);
            };
            const ret = arg0 === arg2 ? fuse.opens(make, close) : make();",
    ),
    (r"arg0\.close\(arg1\);", "fuse.closes(arg0);\n            arg0.close(arg1);"),
    (
        r"const ret = new AbortController\(\);",
        "const ret = fuse.opens(() => new AbortController(), (made) => made.abort());",
    ),
    (r"arg0\.abort\(\);", "fuse.closes(arg0);\n            arg0.abort();"),
    (r"arg0\.send\(", "fuse.check();\n            arg0.send("),
    // Where the module fails before it has followed them, an abort makes them reject, and nobody hears that.
    (r"const ret = (fetch\(arg0\)|arg0\.read\(\));", "const ret = $1;\n            quiet(ret);"),
    (r", \.\.\.args\);", ", arg);"),
    (r"wasm = instance\.exports;", "wasm = member(instance, \"exports\");\n    HOLD"),
];

/// What is called on the face's own objects, and on closures.
const OWN: &[&str] = &["deliver", "requestToken", "given", "refused", "_wbg_cb_unref"];

/// Members that are the language's, of texts and lists, and of the face's own objects.
const PLAIN: &[&str] = &["length", "WebSocket"];

/// What wasm-bindgen's glue ends with.
const EXPORTS: &str = "export { initSync, __wbg_init as default };\n";

const OF_ONE_INSTANCE: &str = "export function glue(fuse) {\n";

const INSTANTIATED: &str = "return { imports: __wbg_get_imports(), begin: (instance) => {\n";

/// The glue, with short names or without. Fails where it does not look as expected: a new version of wasm-bindgen wants a look.
pub(super) fn bind(glue: &str) -> Result<String> {
    let mut bound = glue.to_owned();
    for (found, by) in PARTS {
        let found = Regex::new(found)?;
        if !found.is_match(&bound) {
            bail!("the glue has no {found}");
        }
        bound = found.replace_all(&bound, *by).into_owned();
    }
    let unless = |names: &[&str], found: &Captures<'_>, by: String| {
        if names.contains(&&found[2]) { found[0].to_owned() } else { by }
    };
    let called = Regex::new(r"\b(arg\d)\.(\w+)\(")?;
    bound = called
        .replace_all(&bound, |found: &Captures<'_>| {
            unless(OWN, found, format!("invoke({}, \"{}\", ", &found[1], &found[2]))
        })
        .into_owned();
    let read = Regex::new(r"= (arg\d)\.(\w+);")?;
    bound = read
        .replace_all(&bound, |found: &Captures<'_>| {
            unless(PLAIN, found, format!("= member({}, \"{}\");", &found[1], &found[2]))
        })
        .into_owned();
    let (memory, table) =
        (name(&bound, r"new Uint8Array\(wasm\.(\w+)\.buffer\)")?, name(&bound, r"const table = wasm\.(\w+);")?);
    let hold = format!("hold(wasm.{memory}, WebAssembly.Memory);\n    hold(wasm.{table}, WebAssembly.Table);");
    bound = bound.replace("HOLD", &hold);
    let class = Regex::new(r"(?m)^export class (\w+)")?;
    let parts: Vec<_> = class.captures_iter(&bound).map(|it| format!("{0}: fuse.around({0})", &it[1])).collect();
    let parts = format!("    begin(instance);\n    return {{ {} }};\n", parts.join(", "));
    bound = class.replace_all(&bound, "class $1").into_owned();
    bound = bound.replace(EXPORTS, "");
    bound = format!("{OF_ONE_INSTANCE}{bound}{INSTANTIATED}{parts}}} }};\n}}\n");
    match ["...args", ".call(", ".apply(", ".bind(", "export {"].iter().find(|left| bound.contains(**left)) {
        Some(left) => bail!("the bound glue still has {left}"),
        None => Ok(bound),
    }
}

/// A name that wasm-opt has made.
fn name(glue: &str, found: &str) -> Result<String> {
    match Regex::new(found)?.captures(glue) {
        Some(name) => Ok(name[1].to_owned()),
        None => bail!("the glue has no {found}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GLUE: &str = "\
        E: caught((arg0, arg1) => {
            globalThis.crypto.getRandomValues(getArrayU8FromWasm0(arg0, arg1));
        }),
        a: () => {
            const ret = new Object();
        b: () => {
            const ret = new Array();
            const ret = arg0.push(arg1);
            const ret = Promise.resolve(arg0);
            const ret = arg0.then(arg1, arg2);
            const ret = Reflect.get(arg0, arg1);
            Uint8Array.prototype.set.call(getArrayU8FromWasm0(arg0, arg1), arg2);
            const ret = arg0.charCodeAt(arg1 >>> 0);
            const ret = arg0.length;
            const ret = arg0.data;
            const ret = arg0.getReader();
            arg0.addEventListener(getStringFromWasm0(arg1, arg2), arg3);
            arg0.removeEventListener(getStringFromWasm0(arg1, arg2), arg3);
            const ret = setTimeout(arg0, arg1);
            const ret = clearTimeout(arg0);
            const ret = Reflect.construct(arg0, arg1, arg2);
            arg0.close(arg1);
            const ret = new AbortController();
            arg0.abort();
            arg0.send(arg1);
            const ret = fetch(arg0);
            const ret = arg0.read();
            arg0.deliver(getStringFromWasm0(arg1, arg2), arg3);
            const table = wasm.nb;
const CLOSURE_DTORS = new FinalizationRegistry(state => wasm.Wa(state.a, state.b));
            throw takeFromExternrefTable0(ret[1]);
    return getUint8ArrayMemory0().subarray(ptr / 1, ptr / 1 + len);
    if (cachedDataViewMemory0 === null || cachedDataViewMemory0.buffer.detached === true || (cachedDataViewMemory0.buffer.detached === undefined && cachedDataViewMemory0.buffer !== wasm.Ha.buffer)) {
    return decodeText(getUint8ArrayMemory0().subarray(ptr, ptr + len));
let cachedUint8ArrayMemory0 = null;
        cached = new Uint8Array(wasm.Ha.buffer);
        const view = getUint8ArrayMemory0().subarray(ptr + offset, ptr + len);
    return (...args) => {
        try {
            return f(...args);
    const real = (...args) => {
            return f(state.a, state.b, ...args);
    };
    real._wbg_cb_unref = () => {
        const code = arg.charCodeAt(offset);
            arg = arg.slice(offset);
    wasm = instance.exports;
export class RawClient {
export class RawTokens {
export { initSync, __wbg_init as default };
";

    #[test]
    fn what_is_called_on_objects_is_called_as_it_was_when_the_script_was_loaded() -> Result<()> {
        let expected = "\
export function glue(fuse) {
E: caught((arg0, arg1) => {
            crypto.getRandomValues(getArrayU8FromWasm0(arg0, arg1));
        }),
        a: () => {
            const ret = {};
        b: () => {
            const ret = [];
            arg0[arg0.length] = arg1;
            const ret = arg0.length;
            const ret = arg0;
            const ret = then(arg0, arg1, arg2);
            const ret = member(arg0, arg1);
            getUint8ArrayMemory0().set(arg2, arg0 >>> 0);
            const ret = charCodeAt(arg0, arg1 >>> 0);
            const ret = arg0.length;
            const ret = member(arg0, \"data\");
            const ret = invoke(arg0, \"getReader\", );
            const name = getStringFromWasm0(arg1, arg2);
            const listen = () => {
                invoke(arg0, \"addEventListener\", name, arg3);
                return arg3;
            };
            fuse.opens(listen, () => invoke(arg0, \"removeEventListener\", name, arg3));
            fuse.closes(arg3);
            invoke(arg0, \"removeEventListener\", getStringFromWasm0(arg1, arg2), arg3);
            const ret = fuse.opens(() => setTimeout(arg0, arg1), clearTimeout);
            fuse.closes(arg0);
            const ret = clearTimeout(arg0);
            const make = () => Reflect.construct(arg0, arg1, arg2);
            const close = (socket) => {
                socket.onerror = () => {};
                invoke(socket, \"close\", 1000);
            };
            const ret = arg0 === arg2 ? fuse.opens(make, close) : make();
            fuse.closes(arg0);
            invoke(arg0, \"close\", arg1);
            const ret = fuse.opens(() => new AbortController(), (made) => made.abort());
            fuse.closes(arg0);
            invoke(arg0, \"abort\", );
            fuse.check();
            invoke(arg0, \"send\", arg1);
            const ret = fetch(arg0);
            quiet(ret);
            const ret = invoke(arg0, \"read\", );
            quiet(ret);
            arg0.deliver(getStringFromWasm0(arg1, arg2), arg3);
            const table = wasm.nb;
const CLOSURE_DTORS = new FinalizationRegistry(fuse.heard(state => wasm.Wa(state.a, state.b)));
            throw fuse.refusal(takeFromExternrefTable0(ret[1]));
    return viewOf(ptr, len);
    if (cachedDataViewMemory0?.buffer !== wasm.Ha.buffer) {
    return decodeText(viewOf(ptr, len));
function viewOf(ptr, len) {
    return new Uint8Array(getUint8ArrayMemory0().buffer, ptr, len);
}

let cachedUint8ArrayMemory0 = null;
        cached = new Uint8Array(wasm.Ha.buffer);
        const view = viewOf(ptr + offset, len - offset);
    return (a, b, c, d, e, g, h, i) => {
        try {
            return f(a, b, c, d, e, g, h, i);
    const real = fuse.heard((arg) => {
        if (!state.a) return;
            return f(state.a, state.b, arg);
    });
    real._wbg_cb_unref = () => {
        const code = charCodeAt(arg, offset);
            arg = slice(arg, offset);
    wasm = member(instance, \"exports\");
    hold(wasm.Ha, WebAssembly.Memory);
    hold(wasm.nb, WebAssembly.Table);
class RawClient {
class RawTokens {
return { imports: __wbg_get_imports(), begin: (instance) => {
    begin(instance);
    return { RawClient: fuse.around(RawClient), RawTokens: fuse.around(RawTokens) };
} };
}
";
        assert_eq!(bind(GLUE)?, expected);
        Ok(())
    }

    #[test]
    fn glue_of_another_shape_is_refused() {
        assert!(bind("wasm = instance.exports;").is_err());
        assert!(bind(&GLUE.replace("arg0.deliver(", "arg0.deliver.call(")).is_err());
    }
}
