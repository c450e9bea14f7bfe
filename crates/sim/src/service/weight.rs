//! What things weigh in memory: their bytes, and what an allocator and its containers add. Estimates from above.

use serde_json::{Map, Value};

/// What an allocation costs beside its bytes: the allocator's header, and rounding.
pub(super) const ALLOCATION: usize = 32;
/// A node of a map holds up to eleven members, and at least five where there are more than one.
const NODE: usize = 11 * (size_of::<String>() + size_of::<Value>()) + 150;
const NODE_MEMBERS: usize = 5;
/// An entry of a list or table that grows by doubling: it may stand there twice.
pub(super) const fn entry<T>() -> usize {
    2 * size_of::<T>() + 16
}

/// A text's bytes.
pub(super) fn text(text: &str) -> usize {
    text.len() + ALLOCATION
}

/// The bytes of a text that may be there.
pub(super) fn maybe(given: Option<&str>) -> usize {
    given.map_or(0, text)
}

/// What hangs on a JSON value.
pub(super) fn value(given: &Value) -> usize {
    match given {
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
        Value::String(given) => text(given),
        Value::Array(list) => list.capacity() * size_of::<Value>() + ALLOCATION + list.iter().map(value).sum::<usize>(),
        Value::Object(members) => map(members),
    }
}

/// What hangs on a JSON object.
pub(super) fn map(members: &Map<String, Value>) -> usize {
    let nodes = members.len().div_ceil(NODE_MEMBERS) * NODE;
    nodes + members.iter().map(|(name, member)| text(name) + value(member)).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_small_object_weighs_what_its_node_takes_and_not_what_its_text_does() {
        let nested = json!({ "a": { "a": { "a": {} } } });
        assert!(value(&nested) > 3 * 600, "{}", value(&nested));
        assert!(value(&json!([[], [], []])) >= 3 * size_of::<Value>());
        assert_eq!(value(&json!("four")), 4 + ALLOCATION);
    }
}
