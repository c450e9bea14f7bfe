//! From JavaScript's values to the core's neutral ones. The host parses JSON; this walks the result
//! by the core's one rule of reading. The native reader in the core must take and refuse the same texts.

use guestwire_core::error::OptionError;
use guestwire_core::limits;
use guestwire_core::value::{Unreadable, Value};
use js_sys::{Array, JsString, Reflect};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    // An option: the generated code leaks the place of a plain value that a throw has kept from coming.
    #[wasm_bindgen(catch, js_namespace = JSON, js_name = parse)]
    fn parse(text: &JsString) -> Result<Option<JsValue>, JsValue>;
    // Options may be proxies, which can throw at anything that is asked of them.
    #[wasm_bindgen(catch, js_namespace = Array, js_name = isArray)]
    fn is_array(value: &JsValue) -> Result<bool, JsValue>;
    #[wasm_bindgen(catch, js_namespace = Object, js_name = keys)]
    fn keys(value: &JsValue) -> Result<Array, JsValue>;
}

/// A text, if it is well-formed: a lone surrogate has no UTF-8 and would arrive as something else.
pub(crate) fn text(text: &JsString) -> Option<String> {
    text.is_valid_utf16().then(|| String::from(text))
}

/// The same of what may be anything, if it has at most so many UTF-16 units: what is longer than its limit is not copied, since
/// the module's memory never shrinks. (No text has fewer bytes of UTF-8 than units.)
pub(crate) fn short(value: &JsValue, most: usize) -> Option<String> {
    value.dyn_ref::<JsString>().filter(|it| it.length() as usize <= most).and_then(text)
}

/// A JSON text of at most so many bytes, and its length.
pub fn read(json: &JsString, most: usize) -> (usize, Result<Value, Unreadable>) {
    let units = json.length() as usize;
    if units > most {
        return (units, Err(Unreadable::TooLarge));
    }
    let bytes = String::from(json).len();
    if bytes > most {
        return (bytes, Err(Unreadable::TooLarge));
    }
    let value = parse(json).ok().and_then(|value| convert(&value.unwrap_or(JsValue::NULL), 0, &mut None));
    (bytes, value.ok_or(Unreadable::NotJson))
}

/// A user's options. What no option can be (a function, a symbol, not a number) becomes `null`, so
/// that the check names the option at fault.
pub fn options(options: &JsValue) -> Result<Value, OptionError> {
    convert(options, 0, &mut Some(limits::VALUE_NODES)).ok_or_else(|| OptionError {
        option: "options".to_owned(),
        problem: "cannot be read, are too many or nest too deep".into(),
        remedy: "give a plain object".into(),
    })
}

/// Takes a value's share, and that of a text, of what options may still have. What is too much is not copied.
fn spend(left: &mut Option<usize>, text: Option<&JsString>) -> Option<()> {
    if let Some(left) = left {
        let units = text.map_or(0, JsString::length) as usize;
        *left = left.checked_sub(1 + units / limits::VALUE_UNITS)?;
    }
    Some(())
}

/// `left`: how many values options may still have; none: it is JSON, which is read tolerantly.
fn convert(value: &JsValue, depth: usize, left: &mut Option<usize>) -> Option<Value> {
    spend(left, value.dyn_ref())?;
    let strict = left.is_some();
    if depth >= limits::VALUE_DEPTH {
        return (!strict).then_some(Value::Cut);
    }
    let said = |it: &JsString| if strict { text(it) } else { Some(String::from(it)) };
    Some(if let Some(it) = value.as_bool() {
        Value::Bool(it)
    } else if let Some(it) = value.as_f64().filter(|it| it.is_finite()) {
        Value::Number(it)
    } else if let Some(it) = value.dyn_ref::<JsString>() {
        said(it).map_or(Value::Null, Value::Text)
    } else if value.is_object() && !value.is_function() {
        let listed = is_array(value).ok()?;
        let (mut items, mut members) = (Vec::new(), Vec::new());
        for name in keys(value).ok()?.iter() {
            let member = Reflect::get(value, &name).ok()?;
            if member.is_undefined() {
                continue;
            }
            let member = convert(&member, depth + 1, left)?;
            if listed {
                items.push(member);
            } else {
                let name = name.unchecked_ref();
                spend(left, Some(name))?;
                members.push((said(name)?, member));
            }
        }
        if listed { Value::List(items) } else { Value::Map(members) }
    } else {
        Value::Null
    })
}
