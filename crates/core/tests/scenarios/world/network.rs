//! The network and the platform between client and service: sockets with generations, requests,
//! latency, cuts, half-open links. Frames of one socket never overtake each other.

use super::service::{Handshake, Service, Socket};
use guestwire_core::failure::ErrorCode;
use guestwire_core::io::{AnswerBody, Frame, HttpAnswer, Input, Output};
use guestwire_core::value;
use std::collections::BTreeMap;

/// A request on its way.
#[derive(Clone, Debug)]
pub struct Call {
    pub what: &'static str,
    pub session: String,
    pub token: String,
    pub credential: Option<(String, String)>,
    pub body: Option<String>,
}

#[derive(Clone, Debug)]
enum Happening {
    Handshake(u32),
    Opened(u32),
    Up(u32, String),
    Down(u32, String),
    /// The end of a socket reaches the client.
    Ended(u32, u16),
    Arrives(u32, Box<Call>),
    Answered(u32, Option<Box<HttpAnswer>>),
    Given(Input),
}

#[derive(Clone, Debug)]
struct Link {
    socket: Socket,
    open: bool,
    was_open: bool,
    /// Nothing passes any more, either way.
    silent: bool,
    /// The client has let go of it.
    detached: bool,
    up_at: u64,
    down_at: u64,
}

pub struct Network {
    /// One way, ms.
    pub latency: u64,
    /// A random part of it, ms.
    pub jitter: u64,
    queue: BTreeMap<(u64, u64), Happening>,
    order: u64,
    links: BTreeMap<u32, Link>,
    requests: Vec<u32>,
    random: u64,
    /// When each socket was asked for.
    pub opens: Vec<u64>,
    /// Every frame that the client sent: when, on which socket, what.
    pub sent: Vec<(u64, u32, String)>,
    /// Addresses of sockets, with their subprotocols.
    pub addresses: Vec<(String, Vec<String>)>,
    /// Sockets that the client closed, with the code.
    pub closed: Vec<(u32, u16)>,
    /// Requests that the client aborted.
    pub aborted: Vec<u32>,
    /// Everything that was asked over HTTP.
    pub calls: Vec<Call>,
    /// Close code and delay for each socket that opens.
    pub close_after_open: Option<(u64, u16)>,
    /// The platform's code of whatever fails.
    pub why: Option<ErrorCode>,
    /// What handshakes are refused with, where the platform shows it.
    pub refusal: Option<HttpAnswer>,
}

impl Network {
    pub fn new() -> Self {
        Self {
            latency: 20,
            jitter: 0,
            queue: BTreeMap::new(),
            order: 0,
            links: BTreeMap::new(),
            requests: Vec::new(),
            random: 0x9e37_79b9_7f4a_7c15,
            opens: Vec::new(),
            sent: Vec::new(),
            addresses: Vec::new(),
            closed: Vec::new(),
            aborted: Vec::new(),
            calls: Vec::new(),
            close_after_open: None,
            why: None,
            refusal: None,
        }
    }

    /// The generation of the latest socket.
    pub fn latest(&self) -> u32 {
        self.links.keys().next_back().copied().unwrap_or(0)
    }

    pub fn seed(&mut self, seed: u64) {
        self.random = seed.wrapping_mul(0x2545_f491_4f6c_dd1d) | 1;
    }

    /// Uniform below `most`.
    pub fn draw(&mut self, most: u64) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        (self.random >> 11) % most.max(1)
    }

    pub fn next(&self) -> Option<u64> {
        self.queue.keys().next().map(|key| key.0)
    }

    fn at(&mut self, at: u64, happening: Happening) {
        self.order += 1;
        self.queue.insert((at, self.order), happening);
    }

    fn delay(&mut self) -> u64 {
        self.latency + if self.jitter > 0 { self.draw(self.jitter) } else { 0 }
    }

    /// Something that the platform says at once.
    pub fn give(&mut self, now: u64, input: Input) {
        self.at(now, Happening::Given(input));
    }

    // What goes wrong.

    /// The service closes the socket that is open, with a code.
    pub fn close(&mut self, now: u64, code: u16) {
        let generation = self.latest();
        let delay = self.delay();
        let Some(link) = self.links.get_mut(&generation).filter(|link| link.open && !link.silent) else { return };
        link.open = false;
        let at = (now + delay).max(link.down_at);
        link.down_at = at;
        self.at(at, Happening::Ended(generation, code));
    }

    /// The connection is reset: what was on its way either way is lost.
    pub fn reset(&mut self, now: u64) {
        self.reset_with(now, 1006);
    }

    /// The same, with a code that the client reads all the same.
    pub fn reset_with(&mut self, now: u64, code: u16) {
        let generation = self.latest();
        let Some(link) = self.links.get_mut(&generation).filter(|link| link.open) else { return };
        link.open = false;
        link.silent = true;
        self.at(now, Happening::Ended(generation, code));
    }

    /// Half-open from now on; no end is ever told.
    pub fn silence(&mut self) {
        let generation = self.latest();
        if let Some(link) = self.links.get_mut(&generation) {
            link.silent = true;
        }
    }

    /// A frame from the service on the present socket.
    pub fn say(&mut self, now: u64, text: String) {
        let generation = self.latest();
        self.down(now, generation, text);
    }

    fn down(&mut self, now: u64, generation: u32, text: String) {
        let delay = self.delay();
        let Some(link) = self.links.get_mut(&generation).filter(|link| link.open && !link.silent) else { return };
        let at = (now + delay).max(link.down_at);
        link.down_at = at;
        self.at(at, Happening::Down(generation, text));
    }

    // What the client wants.

    pub fn output(&mut self, now: u64, output: Output) {
        match output {
            Output::OpenSocket(generation, address) => {
                self.opens.push(now);
                let protocols: Vec<String> = address.protocols.iter().map(|it| it.expose().to_owned()).collect();
                let url = address.url.expose().to_owned();
                let session = url.split('/').nth(7).unwrap_or_default().to_owned();
                let token = url.split_once("?access_token=").map_or(String::new(), |(_, token)| token.to_owned());
                self.addresses.push((url, protocols));
                let socket = Socket { generation, session, token, waits_for: None, refused: None };
                let link =
                    Link { socket, open: false, was_open: false, silent: false, detached: false, up_at: 0, down_at: 0 };
                self.links.insert(generation, link);
                let delay = self.delay();
                self.at(now + delay, Happening::Handshake(generation));
            }
            Output::SendFrame(generation, text) => {
                self.sent.push((now, generation, text.clone()));
                let delay = self.delay();
                let Some(link) = self.links.get_mut(&generation) else { return };
                let at = (now + delay).max(link.up_at);
                link.up_at = at;
                self.at(at, Happening::Up(generation, text));
            }
            Output::CloseSocket(generation, code) => {
                self.closed.push((generation, code));
                if let Some(link) = self.links.get_mut(&generation) {
                    link.detached = true;
                }
            }
            Output::Request(id, request) => {
                let url = request.url.expose();
                let header =
                    |name: &str| request.headers.iter().find(|it| it.0 == name).map(|it| it.1.expose().to_owned());
                let call = Call {
                    what: match (request.method, url.ends_with("/guests")) {
                        (_, true) => "guests",
                        ("GET", _) => "check",
                        _ => "messages",
                    },
                    session: url.split('/').nth(7).unwrap_or_default().to_owned(),
                    token: header("Authorization").unwrap_or_default().trim_start_matches("Bearer ").to_owned(),
                    credential: ["Authorization", "api_key"]
                        .iter()
                        .find_map(|name| Some(((*name).to_owned(), header(name)?))),
                    body: request.body.clone(),
                };
                self.calls.push(call.clone());
                self.requests.push(id);
                let delay = self.delay();
                self.at(now + delay, Happening::Arrives(id, Box::new(call)));
            }
            Output::AbortRequest(id) => {
                self.aborted.push(id);
                self.requests.retain(|it| *it != id);
            }
            Output::Upload(..) | Output::ReleaseFile(_) | Output::RequestToken(..) | Output::Event(_) => {}
        }
    }

    /// The next happening; gives what the client is told of it.
    pub fn take(&mut self, service: &mut Service, now: u64) -> Option<Input> {
        let (_, happening) = self.queue.pop_first()?;
        match happening {
            Happening::Given(input) => Some(input),
            Happening::Handshake(generation) => {
                let socket = self.links.get(&generation)?.socket.clone();
                let delay = self.delay();
                match service.handshake(now, &socket.session, Some(&socket.token)) {
                    Handshake::Opens => {
                        if let Some(link) = self.links.get_mut(&generation) {
                            (link.open, link.was_open) = (true, true);
                            link.down_at = now + delay;
                        }
                        self.at(now + delay, Happening::Opened(generation));
                        for text in service.greeting.clone() {
                            self.down(now, generation, text);
                        }
                        if let Some((after, code)) = self.close_after_open {
                            self.at(now + delay + after, Happening::Ended(generation, code));
                        }
                    }
                    Handshake::Refused => self.at(now + delay, Happening::Ended(generation, 1006)),
                    Handshake::Hangs => {}
                }
                None
            }
            Happening::Opened(generation) => self.listens(generation).then_some(Input::SocketOpened(generation)),
            Happening::Up(generation, text) => {
                let link = self.links.get_mut(&generation).filter(|link| link.open && !link.silent)?;
                let mut socket = link.socket.clone();
                let answers = service.frame(now, &mut socket, &text);
                link.socket = socket;
                for answer in answers {
                    self.down(now, generation, answer);
                }
                None
            }
            Happening::Down(generation, text) => {
                let silent = self.links.get(&generation).is_none_or(|link| link.silent);
                let body = value::read(&text, 256 * 1024);
                (self.listens(generation) && !silent)
                    .then_some(Input::SocketFrame(generation, Frame { bytes: text.len(), body }))
            }
            Happening::Ended(generation, code) => {
                let listens = self.listens(generation);
                if let Some(link) = self.links.get_mut(&generation) {
                    link.open = false;
                    link.detached = true;
                }
                let opened = self.links.get(&generation).is_some_and(|link| link.was_open);
                let input = match self.refusal.clone().filter(|_| !opened) {
                    Some(answer) => Input::SocketRefused(generation, answer),
                    None => Input::SocketClosed(generation, code, self.why.clone()),
                };
                listens.then_some(input)
            }
            Happening::Arrives(id, call) => {
                // An abort may or may not overtake what it aborts; here it does not.
                let answer = service.request(now, &call)?;
                let delay = self.delay();
                let answer = answer.map(|answer| {
                    Box::new(HttpAnswer {
                        status: answer.status,
                        retry_after: answer.retry_after,
                        date: answer.date,
                        redirected: answer.redirected,
                        body: AnswerBody::read(answer.body.as_deref().unwrap_or_default(), 1 << 20),
                    })
                });
                self.at(now + delay, Happening::Answered(id, answer));
                None
            }
            Happening::Answered(id, answer) => {
                let listens = self.requests.contains(&id);
                self.requests.retain(|it| *it != id);
                listens.then_some(match answer {
                    Some(answer) => Input::Answered(id, *answer),
                    None => Input::Unanswered(id, self.why.clone()),
                })
            }
        }
    }

    fn listens(&self, generation: u32) -> bool {
        self.links.get(&generation).is_some_and(|link| !link.detached)
    }
}
