//! The floods: what each opens, sends and leaves unread. What they return is held until they were measured.

use std::net::{SocketAddr, TcpStream};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use super::wire::{self, connect, frame_head, head, hear, open, push, request, say, status_now};

const BEARER: (&str, &str) = ("Authorization", "Bearer demo-token-0000000000");
const JSON: (&str, &str) = ("Content-Type", "application/json");
const GUESTS: &str = "/api/v2/webchat/guests";
const DEPLOYMENT: &str = "11111111-2222-4333-8444-555555555555";

/// What a flood holds, and how many it was told to come back later.
#[derive(Default)]
pub(super) struct Flood {
    pub(super) held: Vec<TcpStream>,
    pub(super) refused: usize,
}

pub(super) struct Kind {
    pub(super) name: &'static str,
    pub(super) run: fn(SocketAddr, usize) -> Result<Flood>,
}

pub(super) const KINDS: &[Kind] = &[
    Kind { name: "connections that say nothing", run: silent_connections },
    Kind { name: "half a head, 12 kB", run: half_heads },
    Kind { name: "half a body, 128 of 256 kB", run: half_bodies },
    Kind { name: "uploads with a wrong key, 11 MB announced", run: wrong_uploads },
    Kind { name: "half an upload, 5 of 10 MB", run: half_uploads },
    Kind { name: "sockets with one message each", run: sockets },
    Kind { name: "half a frame, 128 of 256 kB", run: half_frames },
    Kind { name: "a frame of 256 kB each", run: large_frames },
    Kind { name: "guests who do not read 100 kB messages", run: deaf_guests },
    Kind { name: "messages of 16 kB", run: messages },
    Kind { name: "messages with metadata, 32 kB", run: metadata },
    Kind { name: "histories that nobody reads", run: unread_histories },
    Kind { name: "ledgers that nobody reads, 200", run: unread_ledgers },
    Kind { name: "sessions, 40 a connection", run: sessions },
    Kind { name: "topics, combined", run: topics },
    Kind { name: "events of 100 kB to all", run: events },
];

/// A guest's conversation and token.
pub(super) struct Guest {
    conversation: String,
    token: String,
}

impl Guest {
    pub(super) fn new(addr: SocketAddr) -> Result<Self> {
        let made = request(addr, "POST", GUESTS, &[BEARER, JSON], r#"{"guest":{}}"#)?.json()?;
        let text = |name: &str| made[name].as_str().map(str::to_owned).with_context(|| format!("{made}"));
        Ok(Self { conversation: text("webchatInstanceId")?, token: text("token")? })
    }

    fn messages(&self) -> String {
        format!("/api/v2/webchat/instances/{}/messages", self.conversation)
    }

    pub(super) fn socket(&self) -> String {
        format!("/api/v2/webchat/instances/{}/websocket?access_token={}", self.conversation, self.token)
    }
}

impl Flood {
    /// Opens as many as it can, each by this.
    fn of(count: usize, mut one: impl FnMut(usize) -> Result<std::result::Result<TcpStream, u16>>) -> Result<Self> {
        let mut flood = Self::default();
        for number in 0..count {
            match one(number)? {
                Ok(stream) => flood.held.push(stream),
                Err(_) => flood.refused += 1,
            }
        }
        Ok(flood)
    }

    /// Counts those that were answered meanwhile.
    fn look(mut self) -> Self {
        self.refused += self.held.iter_mut().filter_map(status_now).count();
        self
    }
}

fn silent_connections(addr: SocketAddr, count: usize) -> Result<Flood> {
    Ok(Flood::of(count, |_| Ok(Ok(connect(addr)?)))?.look())
}

fn half_heads(addr: SocketAddr, count: usize) -> Result<Flood> {
    let half = format!("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Long: {}", "x".repeat(12_000));
    let flood = Flood::of(count, |_| {
        let mut stream = connect(addr)?;
        push(&mut stream, half.as_bytes());
        Ok(Ok(stream))
    })?;
    Ok(flood.look())
}

fn half_bodies(addr: SocketAddr, count: usize) -> Result<Flood> {
    let guest = Guest::new(addr)?;
    let token = format!("Bearer {}", guest.token);
    let head = head("POST", &guest.messages(), &[("Authorization", &token), JSON], 256 * 1024);
    let half = vec![b' '; 128 * 1024];
    let flood = Flood::of(count, |_| {
        let mut stream = connect(addr)?;
        let _refused_meanwhile = push(&mut stream, head.as_bytes()) && push(&mut stream, &half);
        Ok(Ok(stream))
    })?;
    Ok(flood.look())
}

fn wrong_uploads(addr: SocketAddr, count: usize) -> Result<Flood> {
    let head = head("PUT", "/uploads/wrong", &[("x-amz-tagging", "x")], 11_000_000);
    let part = vec![0; 64 * 1024];
    let flood = Flood::of(count, |_| {
        let mut stream = connect(addr)?;
        let _refused_meanwhile = push(&mut stream, head.as_bytes()) && push(&mut stream, &part);
        Ok(Ok(stream))
    })?;
    Ok(flood.look())
}

/// A guest of web messaging in a session, on a socket.
fn messenger(addr: SocketAddr, token: &str) -> Result<TcpStream> {
    let Ok(mut socket) = open(addr, &format!("/v1?deploymentId={DEPLOYMENT}"))? else { bail!("no socket") };
    say(&mut socket, &json!({ "action": "configureSession", "deploymentId": DEPLOYMENT, "token": token }).to_string());
    hear(&mut socket).context("no session")?;
    Ok(socket)
}

fn ask(socket: &mut TcpStream, what: &Value) -> Option<Value> {
    say(socket, &what.to_string());
    serde_json::from_str(&hear(socket)?).ok()
}

/// Parts are sent in turn, so that all of them are in the making at once.
fn half_uploads(addr: SocketAddr, count: usize) -> Result<Flood> {
    let mut socket = messenger(addr, "uploads")?;
    let mut flood = Flood::default();
    for _ in 0..count.min(500) {
        let offer =
            json!({ "action": "onAttachment", "token": "uploads", "fileName": "a.png", "fileType": "image/png" });
        let offer = ask(&mut socket, &offer).context("no offer")?;
        let url = offer["body"]["url"].as_str().with_context(|| format!("{offer}"))?;
        let path = url.split_once("127.0.0.1").context("no path")?.1;
        let tagging = offer["body"]["headers"]["x-amz-tagging"].as_str().context("no tagging")?;
        let mut stream = connect(addr)?;
        push(&mut stream, head("PUT", path, &[("x-amz-tagging", tagging)], 10_000_000).as_bytes());
        flood.held.push(stream);
    }
    let part = vec![b'x'; 500_000];
    for _ in 0..10 {
        for stream in &mut flood.held {
            let _refused_meanwhile = push(stream, &part);
        }
    }
    flood.held.push(socket);
    Ok(flood.look())
}

fn sockets(addr: SocketAddr, count: usize) -> Result<Flood> {
    let guest = Guest::new(addr)?;
    Flood::of(count, |number| {
        let mut opened = open(addr, &guest.socket())?;
        if let Ok(socket) = &mut opened {
            say(socket, &json!({ "type": "message", "messageId": format!("s{number}"), "content": "x" }).to_string());
            hear(socket);
        }
        Ok(opened)
    })
}

fn half_frames(addr: SocketAddr, count: usize) -> Result<Flood> {
    let guest = Guest::new(addr)?;
    let half = vec![b' '; 128 * 1024];
    let mut flood = Flood::of(count, |_| open(addr, &guest.socket()))?;
    for socket in &mut flood.held {
        let _refused_meanwhile = push(socket, &frame_head(256 * 1024)) && push(socket, &half);
    }
    Ok(flood)
}

fn large_frames(addr: SocketAddr, count: usize) -> Result<Flood> {
    let guest = Guest::new(addr)?;
    let large = " ".repeat(256 * 1024);
    let mut flood = Flood::of(count, |_| open(addr, &guest.socket()))?;
    for socket in &mut flood.held {
        if say(socket, &large) {
            hear(socket);
        }
    }
    Ok(flood)
}

fn control(addr: SocketAddr, path: &str, body: &Value) -> Result<u16> {
    Ok(request(addr, "POST", path, &[], &body.to_string())?.status)
}

fn deaf_guests(addr: SocketAddr, count: usize) -> Result<Flood> {
    let guest = Guest::new(addr)?;
    let mut flood = Flood::of(count, |_| open(addr, &guest.socket()))?;
    let said = json!({ "content": "x".repeat(100_000), "conversation": guest.conversation });
    for _ in 0..40 {
        flood.refused += usize::from(control(addr, "/control/say", &said)? != 200);
    }
    Ok(flood)
}

fn messages(addr: SocketAddr, count: usize) -> Result<Flood> {
    let guest = Guest::new(addr)?;
    let Ok(mut socket) = open(addr, &guest.socket())? else { bail!("no socket") };
    let content = "x".repeat(16 * 1024);
    let mut flood = Flood::default();
    for number in 0..count * 4 {
        say(
            &mut socket,
            &json!({ "type": "message", "messageId": format!("l{number}"), "content": content }).to_string(),
        );
        let Some(answer) = hear(&mut socket) else { break };
        flood.refused += usize::from(answer.contains(r#""code":503"#));
    }
    flood.held.push(socket);
    Ok(flood)
}

fn heavy(token: &str, number: usize) -> Value {
    let members = (0..2_000).map(|member| (format!("k{member}"), Value::from("v")));
    let metadata: serde_json::Map<String, Value> = members.collect();
    let message = json!({ "type": "Text", "text": "x", "metadata": metadata });
    json!({ "action": "onMessage", "token": token, "tracingId": number.to_string(), "message": message })
}

fn metadata(addr: SocketAddr, count: usize) -> Result<Flood> {
    let mut socket = messenger(addr, "metadata")?;
    let mut flood = Flood::default();
    for number in 0..count {
        let Some(answer) = ask(&mut socket, &heavy("metadata", number)) else { break };
        flood.refused += usize::from(answer["code"] != 200);
    }
    flood.held.push(socket);
    Ok(flood)
}

fn unread_histories(addr: SocketAddr, count: usize) -> Result<Flood> {
    let mut socket = messenger(addr, "history")?;
    let text = "x".repeat(4_000);
    for number in 0..1_000 {
        let message = json!({ "type": "Text", "text": text });
        let frame =
            json!({ "action": "onMessage", "token": "history", "tracingId": number.to_string(), "message": message });
        ask(&mut socket, &frame).context("no echo")?;
    }
    let jwt = ask(&mut socket, &json!({ "action": "getJwt", "token": "history" })).context("no JWT")?;
    let bearer = format!("bearer {}", jwt["body"]["jwt"].as_str().context("no JWT")?);
    let headers = [("Authorization", bearer.as_str()), ("Origin", "http://127.0.0.1")];
    let head = head("GET", "/api/v2/webmessaging/messages?pageSize=500", &headers, 0);
    let mut flood = Flood::of(count, |_| {
        let mut stream = connect(addr)?;
        push(&mut stream, head.as_bytes());
        Ok(Ok(stream))
    })?;
    flood.refused += flood.held.iter_mut().filter_map(status_now).filter(|status| *status != 200).count();
    flood.held.push(socket);
    Ok(flood)
}

fn unread_ledgers(addr: SocketAddr, count: usize) -> Result<Flood> {
    let mut filled = messages(addr, 500)?;
    let head = head("GET", "/control/ledger", &[], 0);
    // Fewer: these callers are of this machine, and what is set aside is theirs.
    let flood = Flood::of(count / 25, |_| {
        let mut stream = connect(addr)?;
        push(&mut stream, head.as_bytes());
        Ok(Ok(stream))
    })?;
    filled.held.extend(flood.held);
    filled.refused += filled.held.iter_mut().filter_map(status_now).filter(|status| *status != 200).count();
    Ok(filled)
}

/// On connections that stay, forty times the answer that there is room.
fn sessions(addr: SocketAddr, count: usize) -> Result<Flood> {
    let body = r#"{"guest":{}}"#;
    let asked = format!("{}{body}", head("POST", GUESTS, &[BEARER, JSON], body.len()));
    let mut flood = Flood::of(count, |_| Ok(Ok(connect(addr)?)))?;
    for _ in 0..40 {
        for stream in &mut flood.held {
            let _refused_meanwhile = push(stream, asked.as_bytes());
        }
    }
    Ok(flood)
}

fn topics(addr: SocketAddr, count: usize) -> Result<Flood> {
    let form = ("Content-Type", "application/x-www-form-urlencoded");
    let body = "grant_type=client_credentials&client_id=demo-client&client_secret=demo-secret-0000000000";
    let token = request(addr, "POST", "/oauth/token", &[form], body)?.json()?;
    let token = token["access_token"].as_str().context("no token")?;
    let parts = vec!["p"; 40].join("&");
    let topics: Vec<String> = (0..900).map(|number| format!("v2.{number:0>100}?{parts}")).collect();
    let subscribe = json!({ "type": "subscribe", "data": { "topics": topics } }).to_string();
    let mut flood = Flood::of(count, |_| open(addr, &format!("/events?access_token={token}")))?;
    for socket in flood.held.iter_mut().take(200) {
        if say(socket, &subscribe) {
            let answer = hear(socket);
            flood.refused += usize::from(answer.is_none_or(|answer| answer.contains(r#""code":503"#)));
        }
    }
    Ok(flood)
}

fn events(addr: SocketAddr, count: usize) -> Result<Flood> {
    let form = ("Content-Type", "application/x-www-form-urlencoded");
    let body = "grant_type=client_credentials&client_id=demo-client&client_secret=demo-secret-0000000000";
    let token = request(addr, "POST", "/oauth/token", &[form], body)?.json()?;
    let token = token["access_token"].as_str().context("no token")?;
    let mut flood = Flood::of(count, |_| open(addr, &format!("/events?access_token={token}")))?;
    let subscribe = json!({ "type": "subscribe", "data": { "topics": ["v2.x"] } }).to_string();
    for socket in &mut flood.held {
        say(socket, &subscribe);
        hear(socket);
    }
    let event = json!({ "topic": "v2.x", "body": { "x": "x".repeat(100_000) }, "count": 20 });
    flood.refused += usize::from(wire::request(addr, "POST", "/control/emit", &[], &event.to_string())?.status != 200);
    Ok(flood)
}
