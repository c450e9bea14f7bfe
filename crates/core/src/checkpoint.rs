//! The whole state of a client as one line of text, from which it can go on elsewhere (the flight
//! recorder, [`crate::trace`]). Each part lists its fields once (`keep!`), in order; the module only
//! writes, and the native replay reads the same list back. Secrets leave no trace, content its length.

use crate::json;
use core::fmt;

/// A part of the state that can be written down and, natively, read back.
pub(crate) trait Keep: Sized {
    /// Appends this part.
    fn keep(&self, to: &mut Writer);

    /// Reads the same part back.
    #[cfg(feature = "replay")]
    fn restore(from: &mut Reader<'_>) -> Result<Self, Malformed>;
}

/// A checkpoint under construction: numbers, and texts with their length before them.
#[derive(Default)]
pub(crate) struct Writer(pub(crate) String);

impl Writer {
    // Never inlined: each is called a hundred times, and a call is smaller than what it does.
    #[inline(never)]
    pub(crate) fn number(&mut self, number: u64) {
        json::decimal(&mut self.0, number);
        self.0.push(' ');
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.0.push_str(text);
        self.0.push(' ');
    }
}

/// What is no checkpoint of this version, or no trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed(pub &'static str);

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl core::error::Error for Malformed {}

/// Reads what [`Writer`] wrote.
#[cfg(feature = "replay")]
pub(crate) struct Reader<'a> {
    pub(crate) rest: &'a str,
    /// Bytes of content that it may still stand for.
    pub(crate) content: usize,
}

#[cfg(feature = "replay")]
impl<'a> Reader<'a> {
    pub(crate) fn number(&mut self) -> Result<u64, Malformed> {
        let (number, rest) = self.rest.split_once(' ').ok_or(Malformed("the checkpoint ends too early"))?;
        self.rest = rest;
        number.parse().map_err(|_| Malformed("the checkpoint has a number that is none"))
    }

    pub(crate) fn text(&mut self) -> Result<&'a str, Malformed> {
        let cut = || Malformed("the checkpoint has a text that is cut off");
        let length = usize::try_from(self.number()?).map_err(|_| cut())?;
        let (text, rest) = self.rest.split_at_checked(length).ok_or_else(cut)?;
        self.rest = rest.strip_prefix(' ').ok_or_else(cut)?;
        Ok(text)
    }

    /// So many bytes of content are made up.
    pub(crate) fn stands_for(&mut self, bytes: usize) -> Result<(), Malformed> {
        let left = self.content.checked_sub(bytes);
        self.content = left.ok_or(Malformed("the checkpoint has more content than a client holds"))?;
        Ok(())
    }

    /// A place in a list of so many.
    pub(crate) fn place(&mut self, of: usize) -> Result<usize, Malformed> {
        let place = usize::try_from(self.number()?).unwrap_or(usize::MAX);
        if place < of { Ok(place) } else { Err(Malformed("the checkpoint names what does not exist")) }
    }
}

/// The fields of a struct, each once; `when` names those that are as new unless another one says that they may not be,
/// `and` those that follow from the others.
macro_rules! keep {
    (
        $type:ty { $($field:ident),* $(,)? }
        $(when $says:ident: $may:path { $($sometimes:ident),* $(,)? })*
        $(and { $($derived:ident: $value:expr),* $(,)? })?
    ) => {
        impl $crate::checkpoint::Keep for $type {
            fn keep(&self, to: &mut $crate::checkpoint::Writer) {
                $(self.$field.keep(to);)*
                $(if $may(&self.$says) {
                    $(self.$sometimes.keep(to);)*
                })*
            }

            #[cfg(feature = "replay")]
            fn restore(
                from: &mut $crate::checkpoint::Reader<'_>,
            ) -> Result<Self, $crate::checkpoint::Malformed> {
                $(let $field = $crate::checkpoint::Keep::restore(from)?;)*
                $(
                    let may = $may(&$says);
                    $(let $sometimes = if may { $crate::checkpoint::Keep::restore(from)? } else { Default::default() };)*
                )*
                Ok(Self { $($($derived: $value,)*)? $($($sometimes,)*)* $($field),* })
            }
        }
    };
}

/// The variants of an enum without fields, each once.
macro_rules! keep_one_of {
    ($type:ident { $($variant:ident),* $(,)? }) => {
        impl $crate::checkpoint::Keep for $type {
            fn keep(&self, to: &mut $crate::checkpoint::Writer) {
                // The list is whole, and in the order of the variants' numbers, by which they are read back.
                match self {
                    $(Self::$variant)|* => {}
                }
                const ALL: &[$type] = &[$($type::$variant),*];
                const {
                    let mut place = 0;
                    while place < ALL.len() {
                        assert!(ALL[place] as usize == place);
                        place += 1;
                    }
                }
                to.number(*self as u64);
            }

            #[cfg(feature = "replay")]
            fn restore(
                from: &mut $crate::checkpoint::Reader<'_>,
            ) -> Result<Self, $crate::checkpoint::Malformed> {
                let all = [$($type::$variant),*];
                Ok(all[from.place(all.len())?])
            }
        }
    };
}

pub(crate) use {keep, keep_one_of};

macro_rules! keep_whole {
    ($($type:ty),*) => {$(
        impl Keep for $type {
            fn keep(&self, to: &mut Writer) {
                to.number(*self as u64);
            }

            #[cfg(feature = "replay")]
            fn restore(from: &mut Reader<'_>) -> Result<Self, Malformed> {
                Self::try_from(from.number()?).map_err(|_| Malformed("the checkpoint has a number that is too large"))
            }
        }
    )*};
}

keep_whole!(u8, u16, u32, u64, usize);

impl Keep for bool {
    fn keep(&self, to: &mut Writer) {
        to.number(u64::from(*self));
    }

    #[cfg(feature = "replay")]
    fn restore(from: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(from.place(2)? == 1)
    }
}

/// By its bits: nothing is rounded, and nothing has to be formatted.
impl Keep for f64 {
    fn keep(&self, to: &mut Writer) {
        to.number(self.to_bits());
    }

    #[cfg(feature = "replay")]
    fn restore(from: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self::from_bits(from.number()?))
    }
}

/// As two numbers, in the order in which the machine has them: nothing is turned round.
impl Keep for [u8; 16] {
    fn keep(&self, to: &mut Writer) {
        let (numbers, _) = self.as_chunks::<8>();
        for number in numbers {
            to.number(u64::from_le_bytes(*number));
        }
    }

    #[cfg(feature = "replay")]
    fn restore(from: &mut Reader<'_>) -> Result<Self, Malformed> {
        let (low, high) = (from.number()?, from.number()?);
        Ok((u128::from(high) << 64 | u128::from(low)).to_le_bytes())
    }
}

impl Keep for String {
    fn keep(&self, to: &mut Writer) {
        to.text(self);
    }

    #[cfg(feature = "replay")]
    fn restore(from: &mut Reader<'_>) -> Result<Self, Malformed> {
        from.text().map(str::to_owned)
    }
}

impl<T: Keep> Keep for Box<T> {
    fn keep(&self, to: &mut Writer) {
        (**self).keep(to);
    }

    #[cfg(feature = "replay")]
    fn restore(from: &mut Reader<'_>) -> Result<Self, Malformed> {
        T::restore(from).map(Box::new)
    }
}

impl<T: Keep> Keep for Option<T> {
    fn keep(&self, to: &mut Writer) {
        to.number(u64::from(self.is_some()));
        if let Some(value) = self {
            value.keep(to);
        }
    }

    #[cfg(feature = "replay")]
    fn restore(from: &mut Reader<'_>) -> Result<Self, Malformed> {
        if bool::restore(from)? { T::restore(from).map(Some) } else { Ok(None) }
    }
}

impl<T: Keep> Keep for Vec<T> {
    fn keep(&self, to: &mut Writer) {
        to.number(self.len() as u64);
        for item in self {
            item.keep(to);
        }
    }

    #[cfg(feature = "replay")]
    fn restore(from: &mut Reader<'_>) -> Result<Self, Malformed> {
        // Not made in one piece: the length is the text's word.
        let length = from.number()?;
        (0..length).map(|_| T::restore(from)).collect()
    }
}

impl<A: Keep, B: Keep> Keep for (A, B) {
    fn keep(&self, to: &mut Writer) {
        self.0.keep(to);
        self.1.keep(to);
    }

    #[cfg(feature = "replay")]
    fn restore(from: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok((A::restore(from)?, B::restore(from)?))
    }
}

impl Keep for uuid::Uuid {
    fn keep(&self, to: &mut Writer) {
        self.as_bytes().keep(to);
    }

    #[cfg(feature = "replay")]
    fn restore(from: &mut Reader<'_>) -> Result<Self, Malformed> {
        Keep::restore(from).map(Self::from_bytes)
    }
}
