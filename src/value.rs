//! From JavaScript's values to the core's neutral ones. The host parses JSON; this walks the result
//! within the core's limits. The native reader in the core must take and refuse the same texts.

use guestwire_core::error::OptionError;
use guestwire_core::value::{Budget, Unreadable, Value};
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
    let value = parse(json)
        .map_err(|_| Unreadable::NotJson)
        .and_then(|value| convert(&value.unwrap_or(JsValue::NULL), 0, &mut Budget::default(), Strictness::Json));
    (bytes, value)
}

/// A user's options. What no option can be (a function, a symbol, not a number) becomes `null`, so
/// that the check names the option at fault.
pub fn options(options: &JsValue) -> Result<Value, OptionError> {
    convert(options, 0, &mut Budget::default(), Strictness::Options).map_err(|_| OptionError {
        option: "options".to_owned(),
        problem: "cannot be read, are too many or nest too deep".into(),
        remedy: "give a plain object".into(),
    })
}

#[derive(Clone, Copy, PartialEq)]
enum Strictness {
    Json,
    Options,
}

fn convert(value: &JsValue, depth: usize, budget: &mut Budget, how: Strictness) -> Result<Value, Unreadable> {
    budget.take(depth)?;
    if let Some(it) = value.as_bool() {
        Ok(Value::Bool(it))
    } else if let Some(it) = value.as_f64() {
        representable(it.is_finite().then_some(Value::Number(it)), how)
    } else if let Some(it) = value.dyn_ref::<JsString>() {
        representable(text(it).map(Value::Text), how)
    } else if value.is_object() && !value.is_function() {
        let listed = is_array(value).map_err(unreadable)?;
        let (mut items, mut members) = (Vec::new(), Vec::new());
        for name in keys(value).map_err(unreadable)?.iter() {
            let member = Reflect::get(value, &name).map_err(unreadable)?;
            if member.is_undefined() {
                continue;
            }
            let member = convert(&member, depth + 1, budget, how)?;
            if listed {
                items.push(member);
            } else {
                let name = text(name.unchecked_ref::<JsString>()).ok_or(Unreadable::Unrepresentable)?;
                members.push((name, member));
            }
        }
        Ok(if listed { Value::List(items) } else { Value::Map(members) })
    } else {
        Ok(Value::Null)
    }
}

fn unreadable(_thrown: JsValue) -> Unreadable {
    Unreadable::Unrepresentable
}

fn representable(value: Option<Value>, how: Strictness) -> Result<Value, Unreadable> {
    match how {
        Strictness::Json => value.ok_or(Unreadable::Unrepresentable),
        Strictness::Options => Ok(value.unwrap_or(Value::Null)),
    }
}
