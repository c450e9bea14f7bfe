//! The laws that hold at every step of every scenario, whatever the scenario is about.

use super::service::Service;
use guestwire_core::event::Event;
use guestwire_core::io::{Input, Output};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use uuid::Uuid;

const FINAL: [&str; 5] = ["delivered", "rejected", "expired", "cancelled", "unconfirmed"];

pub struct Checks {
    max_opens: usize,
    opens: VecDeque<u64>,
    /// The socket that is open or being opened.
    socket: Option<u32>,
    /// Messages on the socket that were neither answered nor lost with it.
    on_socket: BTreeSet<String>,
    /// The message request under way.
    post: Option<u32>,
    calls: BTreeSet<u32>,
    contents: Vec<String>,
    /// Every accepted message, in order, and how it ended.
    pub messages: Vec<(Uuid, String)>,
    pub ended: BTreeMap<String, &'static str>,
    steps_at: (u64, u32),
}

impl Checks {
    pub fn new(max_opens: usize) -> Self {
        Self {
            max_opens,
            opens: VecDeque::new(),
            socket: None,
            on_socket: BTreeSet::new(),
            post: None,
            calls: BTreeSet::new(),
            contents: Vec::new(),
            messages: Vec::new(),
            ended: BTreeMap::new(),
            steps_at: (0, 0),
        }
    }

    pub fn accepted(&mut self, id: Uuid, content: &str) {
        self.messages.push((id, content.to_owned()));
        if content.len() >= 8 {
            self.contents.push(content.to_owned());
        }
    }

    /// Every message that was accepted has ended.
    pub fn all_ended(&self) -> bool {
        self.ended.len() == self.messages.len()
    }

    /// The client must not ask to be woken without end at one moment.
    pub fn step(&mut self, now: u64) {
        self.steps_at = if self.steps_at.0 == now { (now, self.steps_at.1 + 1) } else { (now, 0) };
        assert!(self.steps_at.1 < 5_000, "the client goes in circles at {now}");
    }

    pub fn input(&mut self, input: &Input) {
        match input {
            Input::SocketClosed(generation, ..) | Input::SocketRefused(generation, _)
                if self.socket == Some(*generation) =>
            {
                self.socket_is_gone();
            }
            Input::SocketFrame(generation, frame) if self.socket == Some(*generation) => {
                let id = frame.body.as_ref().ok().and_then(|body| body.get("messageId")?.text());
                id.map(|id| self.on_socket.remove(id));
            }
            Input::Answered(id, _) | Input::Unanswered(id, _) => self.call_is_over(*id),
            _ => {}
        }
    }

    fn socket_is_gone(&mut self) {
        self.socket = None;
        self.on_socket.clear();
    }

    fn call_is_over(&mut self, id: u32) {
        self.calls.remove(&id);
        self.post.take_if(|post| *post == id);
    }

    pub fn output(&mut self, now: u64, output: &Output) {
        match output {
            Output::OpenSocket(generation, _) => {
                assert_eq!(self.socket, None, "a second socket at {now}");
                self.socket = Some(*generation);
                self.opens.push_back(now);
                while self.opens.front().is_some_and(|&at| now - at > 20_000) {
                    self.opens.pop_front();
                }
                assert!(self.opens.len() <= self.max_opens, "{} opens in 20 s at {now}", self.opens.len());
            }
            Output::CloseSocket(generation, _) => {
                assert_eq!(self.socket, Some(*generation), "a socket is closed that is not there");
                self.socket_is_gone();
            }
            Output::SendFrame(generation, text) => {
                assert_eq!(self.socket, Some(*generation), "a frame for a socket that is gone");
                if let Some((_, id)) = text.split_once(r#""messageId":""#) {
                    assert_eq!(self.post, None, "two writers at {now}: a frame while a request is under way");
                    self.on_socket.insert(id[..36].to_owned());
                }
            }
            Output::Request(id, request) => {
                self.calls.insert(*id);
                if request.method == "POST" && request.url.expose().ends_with("/messages") {
                    assert_eq!(self.post, None, "two requests with messages at {now}");
                    assert!(self.on_socket.is_empty(), "two writers at {now}: a request while frames are in flight");
                    self.post = Some(*id);
                }
            }
            Output::AbortRequest(id) => {
                assert!(self.calls.contains(id), "a request is aborted that is not under way");
                self.call_is_over(*id);
            }
            Output::Upload(..) | Output::ReleaseFile(_) => panic!("this service takes no files"),
            Output::RequestToken(..) => {}
            Output::Event(event) => self.event(event),
        }
    }

    fn event(&mut self, event: &Event) {
        let Event::Delivery(delivery) = event else { return };
        let before = self.ended.get(&delivery.id);
        assert_eq!(before, None, "a message that had ended is told of again: {delivery:?}");
        if FINAL.contains(&delivery.state) {
            self.ended.insert(delivery.id.clone(), delivery.state);
            self.on_socket.remove(&delivery.id);
        }
    }

    /// No token stands in anything that can be logged, and content in nothing but a `message`.
    pub fn search_for_secrets(&self, output: &Output, service: &Service) {
        let mut text = format!("{output:?}");
        let mut is_message = false;
        if let Output::Event(event) = output {
            is_message = matches!(event, Event::Message(_));
            text.push_str(&serde_json::to_string(&event.detail().1).expect("an event can be written as JSON"));
        }
        let tokens = service.sessions.iter().map(|session| session.token.as_str()).chain([super::CREDENTIAL]);
        for token in tokens {
            assert!(!text.contains(token), "a token is shown: {text}");
        }
        let said = self.contents.iter().filter(|_| !is_message);
        for content in said {
            assert!(!text.contains(content.as_str()), "content is shown: {text}");
        }
        assert!(is_message || !text.contains("agent-secret"), "the agent's content is shown: {text}");
    }
}
