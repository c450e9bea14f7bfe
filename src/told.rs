//! What the core tells, as plain objects on their way to the face. The library that does this for all types weighs more than
//! what is here for the two that there are (docs/size.md).

use guestwire_core::built;
use guestwire_core::detail::{Detail, Field};
use guestwire_core::value::Value;
use js_sys::Array;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// An object of our own making: to set a member of it cannot fail.
    #[wasm_bindgen(js_name = Object)]
    type Plain;

    #[wasm_bindgen(constructor, js_class = "Object")]
    fn new() -> Plain;

    #[wasm_bindgen(method, indexing_setter)]
    fn set(this: &Plain, name: &str, value: &JsValue);
}

/// An object with the detail's own names; an absent value is `null`.
pub(crate) fn object(detail: &Detail) -> JsValue {
    let object = Plain::new();
    for (name, field) in detail.members() {
        object.set(name, &told(field));
    }
    object.into()
}

fn told(field: &Field) -> JsValue {
    match field {
        Field::Word(text) => JsValue::from_str(text),
        Field::Text(text) => JsValue::from_str(text),
        Field::Number(number) => JsValue::from_f64(*number),
        Field::Flag(flag) => JsValue::from_bool(*flag),
        Field::Detail(detail) => object(detail),
        Field::List(items) if built::BODIES => {
            let list = Array::new();
            for item in items {
                list.push(&told(item));
            }
            list.into()
        }
        Field::Value(value) if built::BODIES => sent(value),
        Field::Nothing | Field::List(_) | Field::Value(_) => JsValue::NULL,
    }
}

/// As the service sent it. A name that would put something else in the place of an object's prototype is left out.
fn sent(value: &Value) -> JsValue {
    match value {
        Value::Null => JsValue::NULL,
        Value::Bool(flag) => JsValue::from_bool(*flag),
        Value::Number(number) => JsValue::from_f64(*number),
        Value::Text(text) => JsValue::from_str(text),
        Value::List(items) => {
            let list = Array::new();
            for item in items {
                list.push(&sent(item));
            }
            list.into()
        }
        Value::Map(members) => {
            let object = Plain::new();
            for (name, value) in members.iter().filter(|(name, _)| name != "__proto__") {
                object.set(name, &sent(value));
            }
            object.into()
        }
    }
}
