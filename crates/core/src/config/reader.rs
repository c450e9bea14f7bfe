//! Reads single options out of a neutral value, each with its own error.

use crate::error::OptionError;
use crate::value::Value;
use std::borrow::Cow;

/// A view of one object of options; `prefix` is the name of the object, for errors.
pub(super) struct Reader<'a> {
    prefix: &'static str,
    members: &'a [(String, Value)],
}

impl<'a> Reader<'a> {
    pub(super) fn new(prefix: &'static str, value: &'a Value) -> Result<Self, OptionError> {
        match value {
            Value::Map(members) => Ok(Self { prefix, members }),
            _ => Err(OptionError {
                option: if prefix.is_empty() { "options".to_owned() } else { prefix.to_owned() },
                problem: "is no object".into(),
                remedy: "give an object".into(),
            }),
        }
    }

    pub(super) fn error(
        &self,
        name: &str,
        problem: impl Into<Cow<'static, str>>,
        remedy: impl Into<Cow<'static, str>>,
    ) -> OptionError {
        let mut option = String::from(self.prefix);
        if !option.is_empty() {
            option.push('.');
        }
        option.push_str(name);
        OptionError { option, problem: problem.into(), remedy: remedy.into() }
    }

    /// Refuses every name that is not in the list.
    pub(super) fn only(&self, names: &[&str]) -> Result<(), OptionError> {
        match self.names().find(|name| !names.contains(name)) {
            None => Ok(()),
            Some(name) => {
                let mut remedy = String::from("known here: ");
                remedy.push_str(&names.join(", "));
                Err(self.error(name, "is unknown", remedy))
            }
        }
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &'a str> {
        self.members.iter().map(|(name, _)| name.as_str())
    }

    /// An object in this one; absent counts as empty.
    pub(super) fn nested(&self, name: &'static str, names: &[&str]) -> Result<Reader<'a>, OptionError> {
        let nested = self.nested_any(name)?;
        nested.only(names)?;
        Ok(nested)
    }

    pub(super) fn nested_any(&self, name: &'static str) -> Result<Reader<'a>, OptionError> {
        match self.find(name) {
            None => Ok(Reader { prefix: name, members: &[] }),
            Some(value) => Reader::new(name, value),
        }
    }

    pub(super) fn required_text(&self, name: &str) -> Result<&'a str, OptionError> {
        match self.find(name) {
            Some(Value::Text(text)) => Ok(text),
            None => Err(self.error(name, "is missing", "give it as text")),
            Some(_) => Err(self.error(name, "is no text", "give it as text")),
        }
    }

    pub(super) fn text(&self, name: &str, default: &str) -> Result<String, OptionError> {
        const LONGEST: usize = 1_024;
        match self.find(name) {
            None => Ok(default.to_owned()),
            Some(Value::Text(text)) if text.len() <= LONGEST => Ok(text.clone()),
            Some(_) => Err(self.error(name, "is no text, or too long", "give at most 1024 bytes of text")),
        }
    }

    pub(super) fn flag(&self, name: &str, default: bool) -> Result<bool, OptionError> {
        match self.find(name) {
            None => Ok(default),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(_) => Err(self.error(name, "is neither true nor false", "give true or false")),
        }
    }

    pub(super) fn whole(&self, name: &str, default: u64, least: u64, most: u64) -> Result<u64, OptionError> {
        match self.find(name) {
            None => Ok(default),
            Some(value) => value
                .whole()
                .filter(|number| (least..=most).contains(number))
                .ok_or_else(|| self.out_of_range(name, "a whole number", least, most)),
        }
    }

    pub(super) fn count(&self, name: &str, default: usize, most: usize) -> Result<usize, OptionError> {
        Ok(self.whole(name, default as u64, 1, most as u64)? as usize)
    }

    pub(super) fn optional_count(&self, name: &str, most: u64) -> Result<Option<u64>, OptionError> {
        self.find(name).map(|_| self.whole(name, 1, 1, most)).transpose()
    }

    /// A number over 0, at most `most` (which is whole).
    pub(super) fn fraction(&self, name: &str, default: f64, most: f64) -> Result<f64, OptionError> {
        match self.find(name) {
            None => Ok(default),
            Some(value) => value
                .number()
                .filter(|&number| number > 0.0 && number <= most)
                .ok_or_else(|| self.out_of_range(name, "a number over 0 and", 0, most as u64)),
        }
    }

    pub(super) fn one_of<T: Copy>(&self, name: &str, choices: &[(&str, T)]) -> Result<T, OptionError> {
        let chosen = match self.find(name) {
            None => choices.first(),
            Some(Value::Text(text)) => choices.iter().find(|(choice, _)| choice == text),
            Some(_) => None,
        };
        chosen.map(|&(_, value)| value).ok_or_else(|| {
            let mut remedy = String::from("use one of ");
            for (place, (choice, _)) in choices.iter().enumerate() {
                if place > 0 {
                    remedy.push_str(", ");
                }
                remedy.push_str(choice);
            }
            self.error(name, "is none of its choices", remedy)
        })
    }

    fn find(&self, name: &str) -> Option<&'a Value> {
        self.members.iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    fn out_of_range(&self, name: &str, what: &str, least: u64, most: u64) -> OptionError {
        let mut remedy = String::from("give ");
        remedy.push_str(what);
        remedy.push_str(" from ");
        remedy.push_str(&least.to_string());
        remedy.push_str(" to ");
        remedy.push_str(&most.to_string());
        self.error(name, "is of the wrong type or out of range", remedy)
    }
}
