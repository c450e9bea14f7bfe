//! The whole of a message as the service sent it, for the application: what we know of it and what we
//! do not. A module whose service sends nothing beside a text has nothing of it.

use crate::checkpoint::{Keep, Writer};
#[cfg(feature = "replay")]
use crate::checkpoint::{Malformed, Reader};
use crate::detail::{Detail, Field};
#[cfg(any(feature = "web-messaging", feature = "streams"))]
use crate::text::{MARK, stir};
use crate::value::Value;
use core::fmt;

#[cfg(any(feature = "web-messaging", feature = "streams"))]
type Whole = Value;
/// It takes no room where nothing is in it.
#[cfg(not(any(feature = "web-messaging", feature = "streams")))]
type Whole = core::convert::Infallible;

/// See the module. Its `Debug` form shows nothing of it, and a checkpoint and a trace neither: what the
/// client does never depends on it.
#[derive(Clone, Default, PartialEq)]
pub struct Body(Option<Whole>);

impl Body {
    /// What the service sent.
    #[must_use]
    #[cfg_attr(not(any(feature = "web-messaging", feature = "streams")), allow(unused_variables))]
    pub fn new(value: &Value) -> Self {
        #[cfg(any(feature = "web-messaging", feature = "streams"))]
        return Self(Some(value.clone()));
        #[cfg(not(any(feature = "web-messaging", feature = "streams")))]
        Self(None)
    }

    /// What the service sent; none: no more than a text.
    #[must_use]
    #[inline(always)]
    pub fn value(&self) -> Option<&Value> {
        #[cfg(any(feature = "web-messaging", feature = "streams"))]
        return self.0.as_ref();
        #[cfg(not(any(feature = "web-messaging", feature = "streams")))]
        None
    }

    /// Its kind and its time, where the service gave them, and all of it.
    pub(crate) fn tell(&self, to: &mut Detail) {
        let Some(value) = self.value() else { return };
        let time = value.get("channel").and_then(|channel| channel.get("time"));
        to.text("type", value.get("type").and_then(Value::text)).text("time", time.and_then(Value::text));
        to.with("body", Field::Value(value.clone()));
    }

    /// Takes back what was told of one.
    pub(crate) fn untell(to: &mut Detail) {
        if crate::built::WEB_MESSAGING && to.last() == Some("body") {
            to.cut(3);
        }
    }
}

#[cfg(any(feature = "web-messaging", feature = "streams"))]
impl Body {
    /// A number by which it, with these texts, is known again (FNV-1a, 64 bits).
    pub(crate) fn mark(&self, beside: &[&str]) -> u64 {
        let mut mark = MARK;
        for text in beside {
            stir(&mut mark, text.as_bytes());
        }
        if let Some(value) = self.value() {
            mark_value(&mut mark, value);
        }
        mark
    }
}

#[cfg(not(any(feature = "web-messaging", feature = "streams")))]
impl Body {
    /// There is nothing to be known again.
    pub(crate) fn mark(&self, _: &[&str]) -> u64 {
        0
    }
}

/// It nests no deeper than what is read ([`crate::limits::VALUE_DEPTH`]).
#[cfg(any(feature = "web-messaging", feature = "streams"))]
fn mark_value(mark: &mut u64, value: &Value) {
    match value {
        Value::Null | Value::Cut => stir(mark, b"n"),
        Value::Bool(flag) => stir(mark, if *flag { b"t" } else { b"f" }),
        Value::Number(number) => stir(mark, &number.to_bits().to_le_bytes()),
        Value::Text(text) => stir(mark, text.as_bytes()),
        Value::List(items) => {
            stir(mark, b"[");
            items.iter().for_each(|item| mark_value(mark, item));
        }
        Value::Map(members) => {
            stir(mark, b"{");
            for (name, member) in members {
                stir(mark, name.as_bytes());
                mark_value(mark, member);
            }
        }
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

impl Keep for Body {
    fn keep(&self, _: &mut Writer) {}

    #[cfg(feature = "replay")]
    fn restore(_: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self::default())
    }
}
