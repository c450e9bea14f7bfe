//! Reads single options out of a neutral value. The first fault is kept and every read goes on with
//! the default: one check at the end instead of one at each of two dozen reads, in a module where
//! bytes count.

use crate::error::OptionError;
use crate::gather::gather;
use crate::json::decimal;
use crate::value::Value;
use std::borrow::Cow;
use std::cell::RefCell;

/// The first fault found.
#[derive(Default)]
pub(super) struct Fault(RefCell<Option<OptionError>>);

impl Fault {
    pub(super) fn keep(&self, error: OptionError) {
        self.0.borrow_mut().get_or_insert(error);
    }

    pub(super) fn check(self) -> Result<(), OptionError> {
        self.0.into_inner().map_or(Ok(()), Err)
    }
}

/// A view of one object of options; `prefix` is the name of the object, for errors.
pub(super) struct Reader<'a> {
    prefix: &'static str,
    members: &'a [(String, Value)],
    fault: &'a Fault,
}

impl<'a> Reader<'a> {
    pub(super) fn new(prefix: &'static str, value: &'a Value, fault: &'a Fault) -> Self {
        let reader = |members| Self { prefix, members, fault };
        match value {
            Value::Map(members) => reader(members),
            _ => {
                let option = if prefix.is_empty() { "options" } else { prefix };
                fault.keep(OptionError {
                    option: option.to_owned(),
                    problem: "is no object".into(),
                    remedy: "give an object".into(),
                });
                reader(&[])
            }
        }
    }

    /// Keeps a fault of the option `name`.
    pub(super) fn fault(&self, name: &str, problem: &'static str, remedy: impl Into<Cow<'static, str>>) {
        let mut option = String::from(self.prefix);
        if !option.is_empty() {
            option.push('.');
        }
        option.push_str(name);
        self.fault.keep(OptionError { option, problem: problem.into(), remedy: remedy.into() });
    }

    /// Refuses every name that is not in the list.
    pub(super) fn only(&self, names: &[&str]) {
        self.only_of(&[names]);
    }

    /// Refuses every name that is in none of the lists.
    pub(super) fn only_of(&self, lists: &[&[&str]]) {
        if let Some(name) = self.names().find(|name| !lists.iter().any(|names| names.contains(name))) {
            self.fault(name, "is unknown", listed("known here: ", lists));
        }
    }

    /// Whether there is anything of this name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.names().any(|given| given == name)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &'a str> {
        self.members.iter().map(|(name, _)| name.as_str())
    }

    /// An object in this one; absent counts as empty.
    pub(super) fn nested(&self, name: &'static str, names: &[&str]) -> Reader<'a> {
        let nested = self.nested_any(name);
        nested.only(names);
        nested
    }

    pub(super) fn nested_any(&self, name: &'static str) -> Reader<'a> {
        match self.find(name) {
            None => Reader { prefix: name, members: &[], fault: self.fault },
            Some(value) => Reader::new(name, value, self.fault),
        }
    }

    /// The text, if it is one.
    pub(super) fn maybe_text(&self, name: &str) -> Option<&'a str> {
        self.find(name).and_then(Value::text)
    }

    pub(super) fn required_text(&self, name: &str) -> &'a str {
        match self.find(name) {
            Some(Value::Text(text)) => text,
            found => {
                let problem = if found.is_none() { "is missing" } else { "is no text" };
                self.fault(name, problem, "give it as text");
                ""
            }
        }
    }

    pub(super) fn text(&self, name: &str, default: &str) -> String {
        const LONGEST: usize = 1_024;
        let text = match self.find(name) {
            None => default,
            Some(Value::Text(text)) if text.len() <= LONGEST => text,
            Some(_) => {
                self.fault(name, "is no text, or too long", "give at most 1024 bytes of text");
                default
            }
        };
        text.to_owned()
    }

    /// The texts of a list; absent counts as empty.
    pub(super) fn texts(&self, name: &str) -> Vec<String> {
        let texts = match self.find(name) {
            None => Some(Vec::new()),
            Some(Value::List(items)) => {
                let texts = gather(items.iter().filter_map(Value::text).map(str::to_owned));
                Some(texts).filter(|texts| texts.len() == items.len())
            }
            Some(_) => None,
        };
        texts.unwrap_or_else(|| {
            self.fault(name, "is no list of texts", "give a list of texts");
            Vec::new()
        })
    }

    pub(super) fn flag(&self, name: &str, default: bool) -> bool {
        match self.find(name) {
            None => default,
            Some(Value::Bool(flag)) => *flag,
            Some(_) => {
                self.fault(name, "is neither true nor false", "give true or false");
                default
            }
        }
    }

    pub(super) fn whole(&self, name: &str, default: u64, least: u64, most: u64) -> u64 {
        let Some(value) = self.find(name) else { return default };
        match number(value).and_then(Value::whole).filter(|number| (least..=most).contains(number)) {
            Some(number) => number,
            None => {
                self.out_of_range(name, "a whole number", least, most);
                default
            }
        }
    }

    pub(super) fn count(&self, name: &str, default: usize, most: usize) -> usize {
        self.whole(name, default as u64, 1, most as u64) as usize
    }

    pub(super) fn optional_count(&self, name: &str, most: u64) -> Option<u64> {
        self.find(name).map(|_| self.whole(name, 1, 1, most))
    }

    /// A number over 0, at most `most` (which is whole).
    pub(super) fn fraction(&self, name: &str, default: f64, most: f64) -> f64 {
        let Some(value) = self.find(name) else { return default };
        match number(value).and_then(Value::number).filter(|&number| number > 0.0 && number <= most) {
            Some(number) => number,
            None => {
                self.out_of_range(name, "a number over 0 and", 0, most as u64);
                default
            }
        }
    }

    /// The place of the chosen word in the list; absent: the first.
    pub(super) fn choice(&self, name: &str, choices: &[&str]) -> usize {
        let chosen = match self.find(name) {
            None => Some(0),
            Some(Value::Text(text)) => choices.iter().position(|choice| choice == text),
            Some(_) => None,
        };
        chosen.unwrap_or_else(|| {
            self.fault(name, "is none of its choices", listed("use one of ", &[choices]));
            0
        })
    }

    fn find(&self, name: &str) -> Option<&'a Value> {
        self.members.iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    fn out_of_range(&self, name: &str, what: &str, least: u64, most: u64) {
        let mut remedy = listed("give ", &[&[what]]);
        remedy.push_str(" from ");
        decimal(&mut remedy, least);
        remedy.push_str(" to ");
        decimal(&mut remedy, most);
        self.fault(name, "is of the wrong type or out of range", remedy);
    }
}

/// A number of the caller's, who can write one. (What a service says is read as [`Value::number`] has it.)
fn number(value: &Value) -> Option<&Value> {
    Some(value).filter(|value| matches!(value, Value::Number(_)))
}

fn listed(text: &str, lists: &[&[&str]]) -> String {
    let mut listed = String::from(text);
    for name in lists.iter().copied().flatten() {
        if listed.len() > text.len() {
            listed.push_str(", ");
        }
        listed.push_str(name);
    }
    listed
}
