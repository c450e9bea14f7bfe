//! What a trace has of what a service says: the members that are read, each as it may be shown.

/// How a member of what a service says stands in a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// As it is: a kind, an id, a figure.
    Whole,
    /// What somebody wrote: its length.
    Content,
    /// The members that are read of a list or an object; of a text its length.
    Parts,
    /// A stand-in.
    Token,
    /// The same, as long as it is: it will stand where lengths are recorded.
    Measured,
    /// An address: a stand-in.
    Address,
    /// Headers: whether there are any, and whether they may be sent.
    Headers,
    /// A list of words of the service's own.
    Words,
    /// A topic. One of the system may end in the id of a channel: as [`Alias`](Self::Alias).
    Topic,
    /// The id of a channel, by which anybody could listen: a name that stands for it and for no other.
    Alias,
    /// An id that may be that of a channel.
    Named,
    /// The address of a channel's socket: a stand-in of the same kind, if it may be dialled.
    Socket,
    /// The members that are read, in a frame of the system; of others nothing.
    OfSystem,
    /// The texts of a list, in an error; of others nothing.
    OfError,
    /// A sentence of the service's: what is read of it. It may name anything.
    Said,
}

/// The members that a dialect reads, at whatever depth; of others a trace has nothing.
pub type Members = &'static [(&'static str, Shown)];
