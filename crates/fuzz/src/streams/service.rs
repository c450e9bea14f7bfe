//! What a stream's service does in a life: well, badly, or as any text says; and in the end well, until the stream is as it
//! is wanted.

use guestwire_core::connection::State;
use guestwire_core::error::Ended;
use guestwire_core::io::{AnswerBody, HttpAnswer, Input};
use guestwire_core::limits;
use guestwire_core::protocol::Request;
use guestwire_core::secret::Secret;
use serde_json::{Value as Json, json};

use super::life::{Life, names};
use std::collections::BTreeSet;

/// What is answered where something is refused; some with a wait.
const REFUSALS: [(u16, Option<&str>); 12] = [
    (401, None),
    (403, None),
    (404, None),
    (400, None),
    (409, None),
    (429, Some("7")),
    (429, None),
    (500, None),
    (503, Some("1")),
    (504, None),
    (200, None),
    (302, None),
];

impl Life {
    pub(super) fn give_token(&mut self, life: Option<u64>) {
        if self.wishes.is_empty() {
            return;
        }
        self.tokens += 1;
        let token = Secret::new(format!("a-token-of-{}", self.tokens));
        let request = self.wishes.remove(0);
        self.input(Input::Token(request, token, life));
    }

    pub(super) fn refuse_token(&mut self, is_final: bool) {
        if !self.wishes.is_empty() {
            let request = self.wishes.remove(0);
            self.input(Input::TokenRefused(request, is_final.then_some(Ended::Tokenless)));
        }
    }

    /// The oldest request is answered as a good service does.
    pub(super) fn answer_well(&mut self) {
        if self.requests.is_empty() {
            return;
        }
        let (id, request) = self.requests.remove(0);
        let body = self.good_answer(&request);
        self.takes_topics(&request);
        self.answered(id, 200, None, Some(&body.to_string()));
    }

    /// A channel has the topics that it was told of.
    fn takes_topics(&mut self, request: &Request) {
        let Some(body) = &request.body else { return };
        let path = request.url.expose().rsplit_once("/subscriptions").expect("topics are a channel's").0;
        let channel = path.rsplit('/').next().unwrap_or_default().to_owned();
        let topics: Json = serde_json::from_str(body).expect("topics are JSON");
        let ids = topics.as_array().into_iter().flatten().filter_map(|topic| topic["id"].as_str());
        let named: BTreeSet<String> = ids.flat_map(names).collect();
        let has = self.has.entry(channel).or_default();
        if request.method == "PUT" {
            has.clear();
        }
        has.extend(named);
    }

    fn good_answer(&mut self, request: &Request) -> Json {
        let url = request.url.expose();
        if let Some(body) = &request.body {
            let topics: Json = serde_json::from_str(body).expect("topics are JSON");
            let entity = |topic: &Json| {
                let state = if topic["id"] == "no" { "Rejected" } else { "Permitted" };
                json!({ "id": topic["id"], "state": state })
            };
            return json!({ "entities": topics.as_array().expect("a list").iter().map(entity).collect::<Vec<_>>() });
        }
        match request.method {
            "POST" => {
                self.channels += 1;
                let id = format!("streaming-0-{}", self.channels);
                let host =
                    if url.contains("127.0.0.1") { "ws://127.0.0.1:8787" } else { "wss://streaming.mypurecloud.de" };
                json!({ "id": id, "connectUri": format!("{host}/channels/{id}"), "expires": "2026-11-22T11:00:00.000Z" })
            }
            "GET" => {
                let id = format!("streaming-0-{}", self.channels);
                json!({ "entities": [{ "id": id, "expires": "2027-01-01T00:00:00.000Z" }] })
            }
            _ => Json::Null,
        }
    }

    /// The oldest request is refused, or answered with this text.
    pub(super) fn answer(&mut self, which: u8, body: Option<String>) {
        if self.requests.is_empty() {
            return;
        }
        let (id, request) = self.requests.remove(0);
        let (status, wait) = REFUSALS[usize::from(which) % REFUSALS.len()];
        if status == 200 {
            self.takes_topics(&request);
        }
        self.answered(id, status, wait, body.as_deref());
    }

    fn answered(&mut self, id: u32, status: u16, wait: Option<&str>, body: Option<&str>) {
        let body = AnswerBody::read(body.unwrap_or_default(), limits::ANSWER_BYTES);
        let retry_after = wait.map(str::to_owned);
        self.input(Input::Answered(id, HttpAnswer { status, retry_after, body, ..HttpAnswer::default() }));
    }

    pub(super) fn leave_unanswered(&mut self) {
        if !self.requests.is_empty() {
            let (id, _) = self.requests.remove(0);
            self.input(Input::Unanswered(id, None));
        }
    }

    /// A handshake succeeds.
    pub(super) fn open(&mut self, which: usize) {
        let waiting: Vec<usize> = (0..self.sockets.len()).filter(|&place| !self.sockets[place].1).collect();
        if let Some(&place) = waiting.get(which % waiting.len().max(1)) {
            self.sockets[place].1 = true;
            let socket = self.sockets[place].0;
            self.input(Input::SocketOpened(socket));
        }
    }

    pub(super) fn close_socket(&mut self, which: usize, code: u16) {
        if !self.sockets.is_empty() {
            let (socket, _) = self.sockets.remove(which % self.sockets.len());
            self.input(Input::SocketClosed(socket, code, None));
        }
    }

    /// Any text, on the newest socket that is open.
    pub(super) fn says(&mut self, text: &str) {
        let open = self.sockets.iter().rev().find(|socket| socket.1);
        if let Some(&(socket, _)) = open {
            self.frame(socket, text);
        }
    }

    pub(super) fn beats(&mut self) {
        let frame = if self.plain {
            r#"{"type":"KEEP_ALIVE_ACK"}"#
        } else {
            r#"{"topicName":"channel.metadata","eventBody":{"message":"WebSocket Heartbeat"}}"#
        };
        self.says(frame);
    }

    pub(super) fn pongs(&mut self) {
        self.says(r#"{"topicName":"channel.metadata","eventBody":{"message":"pong"}}"#);
    }

    /// Something about the stream itself.
    pub(super) fn says_of_itself(&mut self, which: u8) {
        let id = format!("streaming-0-{}", self.channels);
        let named = |topic: &str, id: &str| json!({ "topicName": topic, "eventBody": { "channelId": id } }).to_string();
        let frame = match which % 10 {
            0 | 1 => r#"{"topicName":"v2.system.socket_closing","eventBody":{}}"#.to_owned(),
            2 => named(&format!("v2.system.no_longer_subscribed.{id}"), &id),
            3 => named("v2.system.no_longer_subscribed.streaming-0-other", "streaming-0-other"),
            4 => r#"{"topicName":"v2.system.no_longer_subscribed"}"#.to_owned(),
            5 => r#"{"topicName":"v2.system.token_revoked.x"}"#.to_owned(),
            6 => r#"{"result":"404"}"#.to_owned(),
            7 => r#"{"type":"error","code":401}"#.to_owned(),
            8 => r#"{"type":"subscribed"}"#.to_owned(),
            _ => r#"{"type":"error","code":429,"retryAfter":3}"#.to_owned(),
        };
        self.says(&frame);
    }

    /// All that is open is done, and well.
    pub(super) fn goes_well(&mut self) {
        while !self.wishes.is_empty() {
            self.give_token(None);
        }
        while !self.requests.is_empty() {
            self.answer_well();
        }
        self.open(0);
        for frame in core::mem::take(&mut self.frames) {
            if self.plain && (frame.contains("subscribe") || frame.contains("api-version")) {
                self.says(r#"{"type":"subscribed"}"#);
            }
        }
        self.beats();
    }

    /// From now on all goes well; the stream comes to be as it is wanted.
    pub(super) fn recovers(&mut self) {
        self.environment(guestwire_core::io::Environment::Online);
        for round in 0..400 {
            if !self.client.state().is_active() {
                self.connect();
            }
            self.goes_well();
            self.resynced(1);
            let settled = self.client.topics().iter().all(|topic| topic.state != "pending");
            if round > 20 && settled && self.client.state() == State::Connected && self.sockets.len() == 1 {
                break;
            }
            self.wake(0);
        }
        assert_eq!(self.client.state(), State::Connected, "all is well, and it is not connected");
        for topic in self.client.topics() {
            assert!(matches!(topic.state, "subscribed" | "refused"), "{} is {}", topic.topic, topic.state);
        }
        self.is_told();
    }
}
