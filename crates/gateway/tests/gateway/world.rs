//! A gateway of the test's own, and clients that see what is on the wire.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use guestwire_gateway::{DEMO_TOKEN, Gateway, Settings};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::handshake::client::Response;
use tokio_tungstenite::tungstenite::{Error, Message};

/// Far longer than anything takes: a test that meets it has failed.
const DEADLINE: Duration = Duration::from_secs(20);

pub(crate) async fn in_time<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(DEADLINE, what).await.expect("nothing came in time")
}

/// An HTTP response, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(header, _)| header.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|_| panic!("not JSON: {}", String::from_utf8_lossy(&self.body)))
    }

    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
        let head = std::str::from_utf8(&bytes[..end]).ok()?;
        let mut lines = head.split("\r\n");
        let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
        let headers = lines.filter_map(|line| line.split_once(": "));
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let mut answer = Self { status, headers, body: bytes[end + 4..].to_vec() };
        if answer.header("transfer-encoding") == Some("chunked") {
            answer.body = unchunked(&answer.body)?;
        }
        Some(answer)
    }
}

/// A body that came in pieces, each behind its length.
fn unchunked(mut bytes: &[u8]) -> Option<Vec<u8>> {
    let mut whole = Vec::new();
    loop {
        let end = bytes.windows(2).position(|window| window == b"\r\n")?;
        let length = usize::from_str_radix(std::str::from_utf8(&bytes[..end]).ok()?, 16).ok()?;
        if length == 0 {
            return Some(whole);
        }
        whole.extend_from_slice(bytes.get(end + 2..end + 2 + length)?);
        bytes = bytes.get(end + 4 + length..)?;
    }
}

/// One request on a connection of its own.
pub(crate) async fn request(
    addr: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> io::Result<Answer> {
    let mut head = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n");
    if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
        head.push_str(&format!("Host: {addr}\r\n"));
    }
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str(&format!("Content-Length: {}\r\n\r\n", body.len()));
    in_time(async {
        let mut stream = TcpStream::connect(addr).await?;
        stream.write_all(head.as_bytes()).await?;
        stream.write_all(body.as_bytes()).await?;
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).await?;
        Answer::parse(&bytes).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    })
    .await
}

pub(crate) struct World {
    pub(crate) addr: SocketAddr,
    pub(crate) gateway: Gateway,
}

#[derive(Clone)]
pub(crate) struct Guest {
    pub(crate) conversation: String,
    pub(crate) token: String,
}

impl Guest {
    pub(crate) fn messages(&self) -> String {
        format!("/api/v2/webchat/instances/{}/messages", self.conversation)
    }

    pub(crate) fn socket(&self) -> String {
        format!("/api/v2/webchat/instances/{}/websocket", self.conversation)
    }
}

pub(crate) fn message(id: &str) -> String {
    json!({ "type": "message", "content": "hello", "messageId": id }).to_string()
}

pub(crate) fn ack(id: &str) -> Value {
    json!({ "type": "messageReceived", "messageId": id })
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(|_| ()).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = Settings::default();
        change(&mut settings);
        let gateway = Gateway::start(settings).await.expect("it starts");
        Self { addr: gateway.addr(), gateway }
    }

    pub(crate) async fn request(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let answer = request(self.addr, method, path, headers, body).await;
        answer.unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    pub(crate) async fn create(&self, name: &str, value: &str) -> Answer {
        let headers = [(name, value), ("Content-Type", "application/json")];
        self.request("POST", "/api/v2/webchat/guests", &headers, r#"{"guest":{"email":"a@b"}}"#).await
    }

    pub(crate) async fn guest(&self) -> Guest {
        let answer = self.create("Authorization", &format!("Bearer {DEMO_TOKEN}")).await.json();
        let text = |name: &str| answer[name].as_str().expect("a text").to_owned();
        Guest { conversation: text("webchatInstanceId"), token: text("token") }
    }

    pub(crate) async fn try_post(&self, guest: &Guest, id: &str) -> io::Result<Answer> {
        let token = format!("Bearer {}", guest.token);
        let headers = [("Authorization", token.as_str()), ("Content-Type", "application/json")];
        request(self.addr, "POST", &guest.messages(), &headers, &message(id)).await
    }

    pub(crate) async fn post(&self, guest: &Guest, id: &str) -> Answer {
        self.try_post(guest, id).await.expect("an answer")
    }

    pub(crate) async fn control(&self, method: &str, path: &str, body: Value) -> Value {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let answer = self.request(method, &format!("/control/{path}"), &[], &body).await;
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
        answer.json()
    }

    pub(crate) async fn fault(&self, fault: Value) {
        self.control("POST", "faults", fault).await;
    }

    /// `(messageId, copies)` of the ledger, in order.
    pub(crate) async fn ledger(&self) -> Vec<(String, u64)> {
        let ledger = self.control("GET", "ledger", Value::Null).await;
        let entries = ledger["messages"].as_array().expect("a list").iter();
        let entry = |entry: &Value| {
            let id = entry["messageId"].as_str().expect("an id").to_owned();
            (id, entry["copies"].as_u64().expect("a number"))
        };
        entries.map(entry).collect()
    }

    /// A socket, or the status with which it was refused.
    pub(crate) async fn try_open(&self, path: &str, protocol: Option<&str>) -> Result<(Socket, Response), Answer> {
        let protocol = protocol.map(|protocol| ("sec-websocket-protocol", protocol));
        self.try_open_with(path, protocol.as_slice()).await
    }

    pub(crate) async fn try_open_with(
        &self,
        path: &str,
        headers: &[(&'static str, &str)],
    ) -> Result<(Socket, Response), Answer> {
        use tokio_tungstenite::tungstenite::client::IntoClientRequest;
        let mut request = format!("ws://{}{path}", self.addr).into_client_request().expect("an address");
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().expect("a header"));
        }
        let stream = TcpStream::connect(self.addr).await.expect("it listens");
        match in_time(tokio_tungstenite::client_async(request, stream)).await {
            Ok((stream, response)) => Ok((Socket(stream), response)),
            Err(Error::Http(response)) => Err(Answer {
                status: response.status().as_u16(),
                headers: response
                    .headers()
                    .iter()
                    .map(|(name, value)| (name.to_string(), value.to_str().expect("text").to_owned()))
                    .collect(),
                body: response.body().clone().unwrap_or_default(),
            }),
            Err(error) => panic!("the handshake failed: {error}"),
        }
    }

    pub(crate) async fn refused(&self, path: &str, protocol: Option<&str>) -> Answer {
        match self.try_open(path, protocol).await {
            Ok(_) => panic!("the socket was let in"),
            Err(answer) => answer,
        }
    }

    pub(crate) async fn open(&self, guest: &Guest) -> Socket {
        let path = format!("{}?access_token={}", guest.socket(), guest.token);
        match self.try_open(&path, None).await {
            Ok((socket, _)) => socket,
            Err(answer) => panic!("the socket was refused: {answer:?}"),
        }
    }
}

/// How a socket ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum End {
    Close(u16, String),
    /// The stream ended with no close frame.
    NoFrame,
    /// The stream was reset.
    Reset,
}

pub(crate) struct Socket(pub(crate) WebSocketStream<TcpStream>);

impl Socket {
    pub(crate) async fn say(&mut self, text: impl Into<String>) {
        in_time(self.0.send(Message::text(text.into()))).await.expect("it can be sent");
    }

    /// The next text frame.
    pub(crate) async fn hear(&mut self) -> String {
        match in_time(self.0.next()).await {
            Some(Ok(Message::Text(text))) => text.to_string(),
            other => panic!("no text frame: {other:?}"),
        }
    }

    pub(crate) async fn hear_json(&mut self) -> Value {
        serde_json::from_str(&self.hear().await).expect("JSON")
    }

    /// Sends a message and returns what answers it.
    pub(crate) async fn send(&mut self, id: &str) -> Value {
        self.say(message(id)).await;
        self.hear_json().await
    }

    /// Waits for the end; frames on the way there fail the test.
    pub(crate) async fn end(&mut self) -> End {
        match in_time(self.0.next()).await {
            Some(Ok(Message::Close(Some(frame)))) => End::Close(frame.code.into(), frame.reason.to_string()),
            None | Some(Err(Error::Protocol(ProtocolError::ResetWithoutClosingHandshake))) => End::NoFrame,
            Some(Err(Error::Io(error))) if error.kind() == io::ErrorKind::ConnectionReset => End::Reset,
            other => panic!("no end: {other:?}"),
        }
    }
}
