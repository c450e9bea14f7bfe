//! The flight recorder: the latest inputs and outputs with their times, and the client's whole state
//! from where they begin, so that what happened in the field can be run again elsewhere. Content is
//! written down as its length, tokens and addresses as a stand-in, before anything is kept.

mod entries;
mod of_streams;
mod received;
#[cfg(feature = "replay")]
pub mod replay;

use crate::Client;
use crate::checkpoint::{Keep, Writer};
use crate::detail::Detail;
use crate::draft::{Attributes, Draft};
use crate::error::conversation::CannotAsk;
use crate::error::streaming::CannotSubscribe;
use crate::error::{FileError, SendError};
use crate::files::Offer;
use crate::grant::Grant;
use crate::io::{Input, Output};
use crate::limits;
use crate::offer::OfferAnswer;
use crate::protocol::Inquiry;
use crate::time::Now;
use core::ops::Deref;
pub(crate) use of_streams::alias;
use uuid::Uuid;

/// What the layout of a trace is called. A trace is read by the version of the client that wrote it.
pub const FORMAT: &str = concat!("guestwire-trace/", env!("CARGO_PKG_VERSION"));
/// What stands for every token and every address. It is as well-formed as they are.
pub const STAND_IN: &str = "stand-in.invalid";
/// …and for an address that somebody is to follow, which is one too.
const STAND_IN_ADDRESS: &str = "https://stand-in.invalid";
/// The same without encryption.
const STAND_IN_PLAIN_ADDRESS: &str = "http://stand-in.invalid";

/// A client whose inputs and outputs are written down. It drives like a [`Client`].
pub struct Recorder {
    client: Client,
    /// Entries at which a half is full; 0: nothing is kept.
    most: usize,
    /// The older half goes when the newer one is full, so that the window begins at a checkpoint.
    older: Half,
    newer: Half,
}

#[derive(Default)]
struct Half {
    /// The state before the first entry.
    start: String,
    entries: Vec<Detail>,
    /// Bytes of texts in them.
    bytes: usize,
}

impl Half {
    fn begin(&mut self, client: &Client) {
        self.entries.clear();
        self.bytes = 0;
        let mut writer = Writer(core::mem::take(&mut self.start));
        writer.0.clear();
        client.keep(&mut writer);
        self.start = writer.0;
    }

    fn push(&mut self, entry: Detail) {
        self.bytes += entry.text_bytes();
        self.entries.push(entry);
    }
}

impl Recorder {
    /// Records what happens to a client from now on, as far as its option `trace` says.
    #[must_use]
    pub fn new(client: Client) -> Self {
        Self { most: client.config.trace.div_ceil(2), client, older: Half::default(), newer: Half::default() }
    }

    /// See [`Client::connect`].
    pub fn connect(&mut self, now: Now) {
        let drained = self.begin(now, entries::command("connect"));
        self.client.connect(now);
        self.end(drained);
    }

    /// See [`Client::reconnect_now`].
    pub fn reconnect_now(&mut self, now: Now) {
        let drained = self.begin(now, entries::command("reconnect_now"));
        self.client.reconnect_now(now);
        self.end(drained);
    }

    /// See [`Client::send`].
    pub fn send(&mut self, now: Now, content: &str) -> Result<Uuid, SendError> {
        if let Some(along) = self.client.carried(&[]) {
            return self.send_with(now, &Draft::text(content), Some(along));
        }
        let drained = self.begin(now, entries::send(content));
        let sent = self.client.send(now, content);
        self.end(drained);
        sent
    }

    /// See [`Client::send_draft`].
    pub fn send_draft(&mut self, now: Now, draft: &Draft) -> Result<Uuid, SendError> {
        let along = self.client.carried(&draft.attributes);
        self.send_with(now, draft, along)
    }

    fn send_with(&mut self, now: Now, draft: &Draft, along: Option<Attributes>) -> Result<Uuid, SendError> {
        let drained = self.begin(now, entries::draft(draft, along.as_deref()));
        let sent = self.client.send_with(now, draft, along);
        self.end(drained);
        sent
    }

    /// See [`Client::set_attributes`].
    pub fn set_attributes(&mut self, now: Now, attributes: Attributes) -> Result<(), SendError> {
        let drained = self.begin(now, entries::set_attributes(&attributes));
        let set = self.client.set_attributes(now, attributes);
        self.end(drained);
        set
    }

    /// See [`Client::join`].
    pub fn join(&mut self, now: Now) -> Result<bool, CannotAsk> {
        let drained = self.begin(now, entries::command("join"));
        let asked = self.client.join(now);
        self.end(drained);
        asked
    }

    /// See [`Client::answer_offer`].
    pub fn answer_offer(&mut self, now: Now, answer: &OfferAnswer) -> bool {
        let drained = self.begin(now, entries::answer_offer(answer));
        let leaves = self.client.answer_offer(now, answer);
        self.end(drained);
        leaves
    }

    /// See [`Client::typing`].
    pub fn typing(&mut self, now: Now) -> bool {
        let drained = self.begin(now, entries::command("typing"));
        let leaves = self.client.typing(now);
        self.end(drained);
        leaves
    }

    /// See [`Client::cancel`].
    pub fn cancel(&mut self, now: Now, id: Uuid) -> bool {
        let drained = self.begin(now, entries::cancel(id));
        let cancelled = self.client.cancel(now, id);
        self.end(drained);
        cancelled
    }

    /// See [`Client::attach`].
    pub fn attach(&mut self, now: Now, offer: Offer) -> Result<Uuid, FileError> {
        let drained = self.begin(now, entries::attach(&offer));
        let attached = self.client.attach(now, offer);
        self.end(drained);
        attached
    }

    /// See [`Client::detach`].
    pub fn detach(&mut self, now: Now, id: Uuid) -> Result<(), FileError> {
        let drained = self.begin(now, entries::detach(id));
        let detached = self.client.detach(now, id);
        self.end(drained);
        detached
    }

    /// See [`Client::attachment_url`].
    pub fn attachment_url(&mut self, now: Now, file: &str) -> Result<u32, FileError> {
        let drained = self.begin(now, entries::attachment_url(file));
        let asked = self.client.attachment_url(now, file);
        self.end(drained);
        asked
    }

    /// See [`Client::inquire`].
    pub fn inquire(&mut self, now: Now, what: Inquiry) -> Result<u32, CannotAsk> {
        let drained = self.begin(now, entries::command(what.name()));
        let asked = self.client.inquire(now, what);
        self.end(drained);
        asked
    }

    /// See [`Client::close`].
    pub fn close(&mut self, now: Now, grace: Option<u64>) {
        let drained = self.begin(now, entries::close(grace));
        self.client.close(now, grace);
        self.end(drained);
    }

    /// See [`Client::start_new`].
    pub fn start_new(&mut self, now: Now) -> Result<(), CannotAsk> {
        let drained = self.begin(now, entries::command("start_new"));
        let asked = self.client.start_new(now);
        self.end(drained);
        asked
    }

    /// See [`Client::clear`].
    pub fn clear(&mut self, now: Now) -> Result<(), CannotAsk> {
        let drained = self.begin(now, entries::command("clear"));
        let asked = self.client.clear(now);
        self.end(drained);
        asked
    }

    /// See [`Client::sign_in`].
    pub fn sign_in(&mut self, now: Now, grant: Grant) -> Result<(), CannotAsk> {
        let drained = self.begin(now, entries::sign_in(&grant));
        let asked = self.client.sign_in(now, grant);
        self.end(drained);
        asked
    }

    /// See [`Client::grant_unavailable`].
    pub fn grant_unavailable(&mut self, now: Now) {
        let drained = self.begin(now, entries::command("grant_unavailable"));
        self.client.grant_unavailable(now);
        self.end(drained);
    }

    /// See [`Client::sign_out`].
    pub fn sign_out(&mut self, now: Now) -> Result<(), CannotAsk> {
        let drained = self.begin(now, entries::command("sign_out"));
        let asked = self.client.sign_out(now);
        self.end(drained);
        asked
    }

    /// See [`Client::subscribe`].
    pub fn subscribe(&mut self, now: Now, topics: &[String]) -> Result<u32, CannotSubscribe> {
        let drained = self.begin(now, entries::topics("subscribe", topics));
        let number = self.client.subscribe(now, topics);
        self.end(drained);
        number
    }

    /// See [`Client::unsubscribe`].
    pub fn unsubscribe(&mut self, now: Now, topics: &[String]) -> Result<u32, CannotSubscribe> {
        let drained = self.begin(now, entries::topics("unsubscribe", topics));
        let number = self.client.unsubscribe(now, topics);
        self.end(drained);
        number
    }

    /// See [`Client::resynced`].
    pub fn resynced(&mut self, now: Now, gap: u32) {
        let drained = self.begin(now, entries::numbered("resynced", "gap", gap));
        self.client.resynced(now, gap);
        self.end(drained);
    }

    /// See [`Client::handle`].
    pub fn handle(&mut self, now: Now, input: Input) {
        let drained = self.begin(now, entries::input(&input, &*self.client.dialect));
        self.client.handle(now, input);
        self.end(drained);
    }

    /// See [`Client::poll_output`].
    pub fn poll_output(&mut self) -> Option<Output> {
        self.client.poll_output()
    }

    /// The window's frame: `format`, the state before it (`start`) and now (`end`).
    #[must_use]
    pub fn frame(&self) -> Detail {
        let end = checkpoint(&self.client);
        let starts = [&self.older.start, &self.newer.start];
        let start = starts.into_iter().find(|start| !start.is_empty()).unwrap_or(&end);
        let mut frame = Detail::default();
        frame.word("format", FORMAT).text("start", Some(start)).text("end", Some(&end));
        frame
    }

    /// What happened in it, in order. An entry with `in` came at `monotonic` and `wall`, ms; those with
    /// `out` follow from it.
    pub fn entries(&self) -> impl Iterator<Item = &Detail> {
        self.older.entries.iter().chain(&self.newer.entries)
    }

    /// Writes down what is about to be done. Gives how many outputs there are already.
    fn begin(&mut self, now: Now, mut entry: Detail) -> usize {
        let waiting = self.client.outputs.len();
        if self.most > 0 {
            let full = self.newer.entries.len() >= self.most || self.newer.bytes >= limits::TRACE_BYTES;
            // An output that waits is part of no checkpoint.
            if self.newer.start.is_empty() || full && waiting == 0 {
                // What the older half had room for is used again: the window must not grow by being kept.
                core::mem::swap(&mut self.older, &mut self.newer);
                self.newer.begin(&self.client);
            }
            entry.whole("monotonic", now.monotonic).whole("wall", now.wall);
            self.newer.push(entry);
        }
        waiting
    }

    /// Writes down what follows from it.
    fn end(&mut self, waiting: usize) {
        if self.most > 0 {
            let all = self.client.outputs.len();
            let most = all.min(waiting + limits::TRACE_OUTPUTS);
            for place in waiting..most {
                self.newer.push(entries::output(&self.client.outputs[place]));
            }
            if all > most {
                self.newer.push(entries::more(all - most));
            }
        }
    }
}

/// To look at the client; what changes it is recorded.
impl Deref for Recorder {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

fn checkpoint(client: &Client) -> String {
    let mut writer = Writer::default();
    client.keep(&mut writer);
    writer.0
}
