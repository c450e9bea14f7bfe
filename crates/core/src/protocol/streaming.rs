//! What differs between event streams: how a channel is made and kept, how topics are subscribed to, what is said on the
//! socket. The stream's tokens and topics are the client's; a dialect only writes and reads.

use super::{Address, Beat, Request};
use crate::body::Body;
use crate::checkpoint::{Keep, Writer, keep};
#[cfg(feature = "replay")]
use crate::checkpoint::{Malformed, Reader};
use crate::raw::Raw;
use crate::secret::Secret;
use crate::topics::Telling;
use crate::value::Value;

/// How events come.
pub trait Streaming {
    /// How the service's channels are kept; none: the socket is there by itself.
    fn channels(&self) -> Option<&dyn Channels>;

    /// Where a plain event socket is; `token`: where one is needed.
    fn socket(&self, token: Option<&Secret>) -> Address;

    /// What is said to ask whether the link lives.
    fn heartbeat(&self, beat: &Beat) -> Option<String>;

    /// What the service can be told of ([`Topics::new`](crate::topics::Topics::new)).
    fn telling(&self) -> Telling;

    /// The frames that tell a plain event socket of topics.
    fn subscription(&self, change: &Change) -> Vec<String>;

    /// Whether the service confirms them ([`News::Confirmed`]).
    fn confirms(&self) -> bool;

    /// The frame by which it does, as far as it is known; a trace has no other words for it.
    fn confirmation(&self) -> Value;
}

/// A channel, as the service keeps it.
pub trait Channels {
    /// The request that makes one.
    fn make(&self, token: &Secret) -> Request;

    /// What it was answered with; none: malformed, or it leads somewhere else. `wall`: now, epoch ms.
    fn made(&self, body: &Value, wall: u64) -> Option<Channel>;

    /// The request that asks whether it is there.
    fn check(&self, token: &Secret, channel: &Channel) -> Request;

    /// The request for what there is, and until when.
    fn list(&self, token: &Secret) -> Request;

    /// How long this channel lives on, ms, by such an answer; none: it is not in it, or nobody says.
    fn left(&self, body: &Value, channel: &Channel, wall: u64) -> Option<u64>;

    /// The request that tells the channel of topics: all of them, or those that are added.
    fn subscribe(&self, token: &Secret, channel: &Channel, change: &Change) -> Request;

    /// What became of each, by such an answer; none: malformed.
    fn verdicts(&self, body: &Value) -> Option<Vec<Verdict>>;

    /// The service's word for why it refused a request, where it gives one.
    fn reason<'a>(&self, body: &'a Value) -> Option<&'a str>;

    /// Whether the address of a channel's socket is one that the service may give: whoever is there hears all.
    fn trusts(&self, uri: &str) -> bool;

    /// Where the channel's socket is.
    fn socket(&self, channel: &Channel) -> Address;
}

/// What a service is to be told of topics.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// `add` is all there is to be; else it comes on top of what there is.
    pub whole: bool,
    /// What it shall send events of, combined where that saves room.
    pub add: Vec<String>,
    /// What it shall send no events of any more.
    pub remove: Vec<String>,
}

/// A channel. Whoever knows its id or its address can listen: both are as secret as a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channel {
    /// The service's name of it.
    pub id: Secret,
    /// Where its socket is.
    pub uri: Secret,
    /// How long it lives from when it was made or renewed, ms.
    pub life: u64,
}

/// What became of one topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Which.
    pub topic: String,
    /// Why it is refused; none: it is subscribed to.
    pub refused: Option<Refused>,
}

/// Why a topic is refused.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refused {
    /// The service's word for it.
    pub reason: String,
    /// The permissions that were missing.
    pub missing: Vec<String>,
}

/// An event of a stream.
#[derive(Clone, Debug, PartialEq)]
pub struct Streamed {
    /// Of what.
    pub topic: String,
    /// What the service says about it.
    pub body: Body,
    /// How it wrote that, where it is kept.
    pub raw: Raw,
    /// Bytes that it takes, about.
    pub bytes: usize,
    /// By which the same event is known on two sockets.
    pub correlation: Option<String>,
}

/// What the service says about a stream itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// It lives. It says so by itself, so that silence means something.
    Beat,
    /// This socket will be closed soon.
    Closing,
    /// A channel is subscribed to nothing any more; none: this one.
    Unsubscribed(Option<Secret>),
    /// The token is of no use any more.
    TokenRevoked,
    /// What was asked for over the socket is done.
    Confirmed,
    /// Of what was asked for over the socket these topics are refused, for good, with this code.
    Refused(u16, Vec<String>),
    /// The channel, or what it was asked for, is not there.
    Gone,
}

keep!(Verdict { topic, refused });
keep!(Refused { reason, missing });
keep!(Streamed { topic, body, raw, bytes, correlation });

/// A checkpoint says how long it lives, and has a name for it by which nobody can listen.
impl Keep for Channel {
    fn keep(&self, to: &mut Writer) {
        self.life.keep(to);
        to.text(&crate::trace::alias(self.id.expose()));
    }

    #[cfg(feature = "replay")]
    fn restore(from: &mut Reader<'_>) -> Result<Self, Malformed> {
        let (life, id) = (Keep::restore(from)?, Keep::restore(from).map(Secret::new)?);
        Ok(Self { id, uri: Secret::new(crate::trace::STAND_IN.to_owned()), life })
    }
}
