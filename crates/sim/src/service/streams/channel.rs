//! The channels of all applications: made, used, and the one that goes when there are too many.

use std::collections::BTreeMap;

use super::topic::Topics;
use crate::service::budget::Reservation;
use crate::service::limits::CHANNEL_WEIGHT;
use crate::service::{ConnectionId, Millis, weight};

/// A notification channel. Its id is all that it takes to open its socket.
#[derive(Debug)]
pub(super) struct Channel {
    /// The application that made it.
    pub(super) client: String,
    /// The token that made it.
    pub(super) token: String,
    pub(super) since: Millis,
    /// When it was last used in any way.
    pub(super) used_at: Millis,
    pub(super) expires_at: Millis,
    pub(super) topics: Topics,
    /// One at a time.
    pub(super) connection: Option<ConnectionId>,
    /// How many sockets it ever had.
    pub(super) opened: u64,
    /// How many of these were opened while another was live.
    pub(super) replaced: u64,
    /// With its topics.
    pub(super) weight: Reservation,
}

#[derive(Debug, Default)]
pub(super) struct Channels {
    /// By the number of their making, so that what is asked of all is in that order.
    by_number: BTreeMap<u64, (String, Channel)>,
    numbers: std::collections::HashMap<String, u64>,
    made: u64,
}

impl Channel {
    /// What one of these weighs with these topics.
    pub(super) fn weight(client: &str, token: &str, topics: &Topics) -> usize {
        CHANNEL_WEIGHT + weight::text(client) + weight::text(token) + topics.bytes()
    }
}

impl Channels {
    pub(super) fn insert(&mut self, id: String, channel: Channel) {
        self.made += 1;
        self.numbers.insert(id.clone(), self.made);
        self.by_number.insert(self.made, (id, channel));
    }

    pub(super) fn get(&self, id: &str) -> Option<&Channel> {
        self.by_number.get(self.numbers.get(id)?).map(|(_, channel)| channel)
    }

    pub(super) fn get_mut(&mut self, id: &str) -> Option<&mut Channel> {
        self.by_number.get_mut(self.numbers.get(id)?).map(|(_, channel)| channel)
    }

    pub(super) fn remove(&mut self, id: &str) -> Option<Channel> {
        self.by_number.remove(&self.numbers.remove(id)?).map(|(_, channel)| channel)
    }

    /// In order of making.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &Channel)> {
        self.by_number.values().map(|(id, channel)| (id.as_str(), channel))
    }

    /// The channels that a question is true of, in order of making.
    pub(super) fn of(&self, is: impl Fn(&Channel) -> bool) -> Vec<String> {
        self.iter().filter(|(_, channel)| is(channel)).map(|(id, _)| id.to_owned()).collect()
    }

    /// The channels without a socket are gone.
    pub(super) fn forget_unconnected(&mut self) {
        self.by_number.retain(|_, (_, channel)| channel.connection.is_some());
        self.numbers.retain(|_, number| self.by_number.contains_key(number));
    }

    /// How many were ever made.
    pub(super) fn made(&self) -> u64 {
        self.made
    }

    /// Which of an application's channels makes room: the one used longest ago, those without a socket first.
    pub(super) fn first_to_go(&self, client: &str) -> Option<String> {
        let own = self.iter().filter(|(_, channel)| channel.client == client);
        let first = own.min_by_key(|(_, channel)| (channel.connection.is_some(), channel.used_at));
        first.map(|(id, _)| id.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::budget::{Budget, Use};

    fn channel(used_at: Millis, connected: bool) -> Channel {
        Channel {
            client: "app".into(),
            token: String::new(),
            since: 0,
            used_at,
            expires_at: 0,
            topics: Topics::default(),
            connection: connected.then_some(ConnectionId(1)),
            opened: 0,
            replaced: 0,
            weight: Budget::new(1).charge(Use::Streams, 0),
        }
    }

    #[test]
    fn the_one_used_longest_ago_goes_first_and_those_without_a_socket_before_all() {
        let mut channels = Channels::default();
        channels.insert("old and live".into(), channel(1, true));
        assert_eq!(channels.first_to_go("app").as_deref(), Some("old and live"));
        channels.insert("newer".into(), channel(3, false));
        channels.insert("older".into(), channel(2, false));
        assert_eq!(channels.first_to_go("app").as_deref(), Some("older"));
        assert_eq!(channels.first_to_go("another"), None);
        assert!(channels.remove("older").is_some() && channels.remove("older").is_none());
        assert_eq!(channels.first_to_go("app").as_deref(), Some("newer"));
    }
}
