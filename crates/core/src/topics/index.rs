//! Names that are found soon: there may be ten thousand of them, and as many that are asked for.

use crate::gather::gather;
use core::cmp::Ordering;

/// Names that one is soon found in.
pub(super) struct Index<'a> {
    names: Vec<&'a str>,
    places: Vec<usize>,
}

impl<'a> Index<'a> {
    pub(super) fn new(names: Vec<&'a str>) -> Self {
        let places = sorted(names.len(), &|one, other| names[one].cmp(names[other]));
        Self { names, places }
    }

    pub(super) fn of(names: &'a [String]) -> Self {
        Self::new(gather(names.iter().map(String::as_str)))
    }

    /// Where it stands first.
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        let at = self.places.partition_point(|&place| self.names[place] < name);
        self.places.get(at).copied().filter(|&place| self.names[place] == name)
    }
}

/// The places of so many, in order; equals in the order of their places. One sort for all: each weighs kilobytes.
pub(super) fn sorted(count: usize, order: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut places = gather(0..count);
    places.sort_unstable_by(|&one, &other| order(one, other).then(one.cmp(&other)));
    places
}
