//! What a trace has of what a service says: the members that are read, each as it may be shown.

/// How a member of what a service says stands in a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// As it is: an id, a flag.
    Whole,
    /// A word of the service's: as it is where the dialect knows it ([`Dialect::words`](super::Dialect::words)), else its length. Services
    /// have quoted tokens and what guests wrote in such places.
    Word,
    /// A figure, which may be written as a text; another text by its length.
    Figure,
    /// An error's: its sentence by what is read of it, else its length; what is no text as it is.
    Sentence,
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
    /// The endings of files' names: such as are short.
    Endings,
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
