//! One direction of a connection, as a stream of bytes: what left first arrives first, no faster than the bandwidth
//! allows, and the stream can end at any byte. A frame of which a byte is missing is never received.

use super::weather::Weather;

#[derive(Debug, Default)]
pub(super) struct Way {
    /// Nothing passes any more.
    pub(super) dead: bool,
    /// What is on its way is lost too.
    pub(super) discards: bool,
    /// When the last byte has left.
    free_at: u64,
    /// When what left last arrives.
    arrives_at: u64,
    /// Bytes that have left.
    sent: u64,
    /// The byte that never leaves, and nothing after it.
    cut_at: Option<u64>,
}

/// What becomes of a frame.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Passage {
    /// It arrives at this moment.
    Arrives(u64),
    /// It is cut in the middle, and with it the connection, at this moment.
    Breaks(u64),
    /// It vanishes, and nobody says so.
    Vanishes,
}

impl Way {
    pub(super) fn carry(&mut self, now: u64, bytes: u64, weather: &Weather, latency: u64) -> Passage {
        if self.dead {
            return Passage::Vanishes;
        }
        let begins = self.free_at.max(now);
        if let Some(cut_at) = self.cut_at.filter(|cut_at| self.sent + bytes > *cut_at) {
            self.dead = true;
            self.free_at = begins + weather.transmission(cut_at - self.sent);
            return Passage::Breaks(self.free_at);
        }
        self.sent += bytes;
        self.free_at = begins + weather.transmission(bytes);
        Passage::Arrives(self.ends(now, latency))
    }

    /// When the end of the stream arrives, if it ends now: after all that left before.
    pub(super) fn ends(&mut self, now: u64, latency: u64) -> u64 {
        self.arrives_at = self.arrives_at.max(self.free_at.max(now) + latency);
        self.arrives_at
    }

    /// Nothing leaves for so long.
    pub(super) fn stall(&mut self, until: u64) {
        self.free_at = self.free_at.max(until);
    }

    /// The stream ends after so many bytes from here.
    pub(super) fn cut_after(&mut self, bytes: u64) {
        self.cut_at = Some(self.sent + bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slow() -> Weather {
        Weather { bandwidth: 1_000, ..Weather::calm(0) }
    }

    #[test]
    fn a_large_frame_delays_those_behind_it() {
        let mut way = Way::default();
        assert_eq!(way.carry(0, 2_000, &slow(), 10), Passage::Arrives(2_010));
        assert_eq!(way.carry(500, 100, &slow(), 10), Passage::Arrives(2_110));
        assert_eq!(way.carry(9_000, 100, &slow(), 10), Passage::Arrives(9_110));
        assert_eq!(way.carry(9_000, 100, &Weather::calm(0), 10), Passage::Arrives(9_110), "the queue was not empty");
    }

    #[test]
    fn a_frame_overtakes_none_that_left_before_it() {
        let mut way = Way::default();
        assert_eq!(way.carry(0, 1, &Weather::calm(0), 900), Passage::Arrives(900));
        assert_eq!(way.carry(1, 1, &Weather::calm(0), 5), Passage::Arrives(900));
    }

    #[test]
    fn the_stream_ends_at_its_byte_and_the_frame_that_holds_it_never_arrives() {
        for (cut, arrives) in [(0, 0), (99, 0), (100, 1), (150, 1), (199, 1), (200, 2)] {
            let mut way = Way::default();
            way.cut_after(cut);
            let frames = [100, 100, 100].map(|bytes| way.carry(0, bytes, &slow(), 0));
            assert_eq!(frames.iter().filter(|it| matches!(it, Passage::Arrives(_))).count(), arrives, "{cut}");
            assert_eq!(frames[arrives], Passage::Breaks(cut), "the bytes before it took their time");
            assert!(frames[arrives + 1..].iter().all(|it| *it == Passage::Vanishes), "{cut}");
        }
    }
}
