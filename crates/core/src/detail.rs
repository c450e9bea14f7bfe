//! How events, figures and errors leave the core: as names and values, in order. One small type
//! that is serialised once, instead of code derived for each of a dozen structs (docs/size.md).

use crate::built;
use crate::value::Value;
use serde::ser::{Serialize, SerializeMap, Serializer};

/// The names and values of one thing that is told.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Detail(Vec<(&'static str, Field)>);

/// One value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Field {
    Nothing,
    Word(&'static str),
    Text(String),
    Number(f64),
    Flag(bool),
    Detail(Detail),
    List(Vec<Field>),
    Value(Value),
}

// Never inlined: each is called dozens of times, and a call is smaller than what it does.
impl Detail {
    /// A word of ours.
    #[inline(never)]
    pub fn word(&mut self, name: &'static str, word: &'static str) -> &mut Self {
        self.with(name, Field::Word(word))
    }

    /// A word of ours; none is `null`.
    #[inline(never)]
    pub fn word_or_none(&mut self, name: &'static str, word: Option<&'static str>) -> &mut Self {
        self.with(name, word.map_or(Field::Nothing, Field::Word))
    }

    /// A text; none is `null`.
    #[inline(never)]
    pub fn text(&mut self, name: &'static str, text: Option<&str>) -> &mut Self {
        self.with(name, text.map_or(Field::Nothing, |text| Field::Text(text.to_owned())))
    }

    /// A number; none is `null`.
    #[inline(never)]
    pub fn number(&mut self, name: &'static str, number: Option<f64>) -> &mut Self {
        self.with(name, number.map_or(Field::Nothing, Field::Number))
    }

    /// A whole number.
    #[inline(never)]
    pub fn whole(&mut self, name: &'static str, number: u64) -> &mut Self {
        self.number(name, Some(number as f64))
    }

    /// A whole number; none is `null`.
    #[inline(never)]
    pub fn whole_or_none(&mut self, name: &'static str, number: Option<u64>) -> &mut Self {
        self.number(name, number.map(|number| number as f64))
    }

    /// `true` or `false`.
    pub fn flag(&mut self, name: &'static str, flag: bool) -> &mut Self {
        self.with(name, Field::Flag(flag))
    }

    /// Something with names of its own; none is `null`.
    pub fn detail(&mut self, name: &'static str, detail: Option<Detail>) -> &mut Self {
        self.with(name, detail.map_or(Field::Nothing, Field::Detail))
    }

    #[inline(never)]
    pub(crate) fn with(&mut self, name: &'static str, field: Field) -> &mut Self {
        self.0.push((name, field));
        self
    }

    /// Puts something else in the place of what stands there.
    pub(crate) fn replace(&mut self, name: &'static str, field: Field) {
        if let Some(member) = self.0.iter_mut().find(|member| member.0 == name) {
            member.1 = field;
        }
    }

    /// The name that stands last.
    pub(crate) fn last(&self) -> Option<&'static str> {
        self.0.last().map(|member| member.0)
    }

    /// Takes the last ones away.
    pub(crate) fn cut(&mut self, count: usize) {
        self.0.truncate(self.0.len().saturating_sub(count));
    }

    /// How many bytes its texts take.
    pub(crate) fn text_bytes(&self) -> usize {
        self.0.iter().map(|member| member.1.text_bytes()).sum()
    }
}

impl Field {
    fn text_bytes(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Detail(detail) => detail.text_bytes(),
            Self::List(items) if built::BODIES => items.iter().map(Self::text_bytes).sum(),
            _ => 0,
        }
    }
}

impl Serialize for Detail {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, field) in &self.0 {
            map.serialize_entry(name, field)?;
        }
        map.end()
    }
}

impl Serialize for Field {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Nothing => serializer.serialize_unit(),
            Self::Word(text) => serializer.serialize_str(text),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Number(number) => serializer.serialize_f64(*number),
            Self::Flag(flag) => serializer.serialize_bool(*flag),
            Self::Detail(detail) => detail.serialize(serializer),
            Self::List(items) if built::BODIES => serializer.collect_seq(items),
            Self::Value(value) if built::BODIES => value.serialize(serializer),
            Self::List(_) | Self::Value(_) => serializer.serialize_unit(),
        }
    }
}

/// As the service sent it. A name that would put something else in the place of an object's prototype is left out.
impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null | Self::Cut => serializer.serialize_unit(),
            Self::Bool(flag) => serializer.serialize_bool(*flag),
            Self::Number(number) => serializer.serialize_f64(*number),
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(items) => serializer.collect_seq(items),
            Self::Map(members) => {
                let safe = members.iter().filter(|(name, _)| name != "__proto__");
                serializer.collect_map(safe.map(|(name, value)| (name, value)))
            }
        }
    }
}
