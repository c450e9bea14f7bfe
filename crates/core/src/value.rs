//! A small neutral value: what a frame, a REST body or an option is made of, whoever parsed it.
//! In the module the host's `JSON.parse` fills it; natively `serde_json` does. Both refuse what is
//! deeper or larger than the named limits, lone surrogates, and numbers that are not finite.

/// One JSON value. Numbers are doubles, as JavaScript has them.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A finite number.
    Number(f64),
    /// Text without lone surrogates.
    Text(String),
    /// An array.
    List(Vec<Value>),
    /// An object; a name stands once.
    Map(Vec<(String, Value)>),
}

/// Why a text is no value that we take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// It is not JSON.
    NotJson,
    /// It is longer than its limit.
    TooLarge,
    /// It nests deeper than [`crate::limits::VALUE_DEPTH`].
    TooDeep,
    /// It holds more values than [`crate::limits::VALUE_NODES`].
    TooMany,
    /// A text has a lone surrogate, or a number is not finite.
    Unrepresentable,
    /// It is binary where text is spoken.
    Binary,
}

impl Unreadable {
    /// All of them.
    #[cfg(feature = "replay")]
    pub(crate) const ALL: [Self; 6] =
        [Self::NotJson, Self::TooLarge, Self::TooDeep, Self::TooMany, Self::Unrepresentable, Self::Binary];

    /// A stable name for records.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::NotJson => "not_json",
            Self::TooLarge => "too_large",
            Self::TooDeep => "too_deep",
            Self::TooMany => "too_many_values",
            Self::Unrepresentable => "unrepresentable",
            Self::Binary => "binary",
        }
    }
}

impl Value {
    /// A member of an object.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        match self {
            Self::Map(members) => members.iter().find(|(key, _)| key == name).map(|(_, value)| value),
            _ => None,
        }
    }

    /// The text, if it is one.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The number, if it is one.
    #[must_use]
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// The number, if it is a whole one from 0 to 2^53.
    #[must_use]
    pub fn whole(&self) -> Option<u64> {
        const LARGEST: f64 = 9_007_199_254_740_992.0;
        let number = self.number()?;
        ((0.0..=LARGEST).contains(&number) && number.trunc() == number).then_some(number as u64)
    }
}

/// Counts depth and values while a tree is built, so that both readers share one rule.
#[derive(Debug)]
pub struct Budget {
    nodes: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { nodes: crate::limits::VALUE_NODES }
    }
}

impl Budget {
    /// Takes one value at a depth (the outermost is at 0).
    pub fn take(&mut self, depth: usize) -> Result<(), Unreadable> {
        if depth >= crate::limits::VALUE_DEPTH {
            return Err(Unreadable::TooDeep);
        }
        self.nodes = self.nodes.checked_sub(1).ok_or(Unreadable::TooMany)?;
        Ok(())
    }
}

/// Reads a text natively. The module's reader is in `src/value.rs`; a test compares the two.
#[cfg(any(test, feature = "json"))]
pub fn read(text: &str, most: usize) -> Result<Value, Unreadable> {
    fn convert(value: serde_json::Value, depth: usize, budget: &mut Budget) -> Result<Value, Unreadable> {
        budget.take(depth)?;
        Ok(match value {
            serde_json::Value::Null => Value::Null,
            serde_json::Value::Bool(it) => Value::Bool(it),
            serde_json::Value::Number(it) => Value::Number(it.as_f64().ok_or(Unreadable::Unrepresentable)?),
            serde_json::Value::String(it) => Value::Text(it),
            serde_json::Value::Array(items) => {
                Value::List(items.into_iter().map(|item| convert(item, depth + 1, budget)).collect::<Result<_, _>>()?)
            }
            serde_json::Value::Object(members) => Value::Map(
                members
                    .into_iter()
                    .map(|(name, member)| Ok((name, convert(member, depth + 1, budget)?)))
                    .collect::<Result<_, _>>()?,
            ),
        })
    }
    if text.len() > most {
        return Err(Unreadable::TooLarge);
    }
    let value = serde_json::from_str(text).map_err(|_| Unreadable::NotJson)?;
    convert(value, 0, &mut Budget::default())
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn a_frame_that_nests_too_deep_is_refused_before_it_costs_anything() {
        let text = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert!(read(&text(32), 1 << 20).is_ok());
        assert_eq!(read(&text(33), 1 << 20), Err(Unreadable::TooDeep));
        assert!(read(&text(100_000), 1 << 20).is_err());
    }

    #[test]
    fn what_javascript_could_not_hold_is_refused() {
        assert!(read(r#"{"content":"\ud800"}"#, 100).is_err());
        assert!(read("1e999", 100).is_err());
        assert_eq!(read("9007199254740993", 100), Ok(Value::Number(9_007_199_254_740_992.0)));
    }

    #[test]
    fn a_repeated_name_counts_once_and_the_last_wins() {
        let value = read(r#"{"a":1,"a":2}"#, 100).unwrap();
        assert_eq!(value.get("a").and_then(Value::whole), Some(2));
    }

    #[test]
    fn whole_numbers_are_whole_and_not_negative() {
        for (text, whole) in [("3600", Some(3600)), ("0", Some(0)), ("-1", None), ("1.5", None), ("1e30", None)] {
            assert_eq!(read(text, 100).unwrap().whole(), whole, "{text}");
        }
    }
}
