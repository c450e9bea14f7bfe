//! HTTP and WebSocket by hand: enough to flood with, and nothing that would buffer or hide.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// An answer: its status and its body.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Vec<u8>,
}

impl Answer {
    pub(super) fn json(&self) -> Result<Value> {
        serde_json::from_slice(&self.body)
            .with_context(|| format!("{}: {}", self.status, String::from_utf8_lossy(&self.body)))
    }
}

pub(super) fn connect(addr: SocketAddr) -> Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&addr, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// The head of a request whose body has this length.
pub(super) fn head(method: &str, path: &str, headers: &[(&str, &str)], length: usize) -> String {
    let mut head = format!("{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {length}\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    head
}

/// Sends what can be sent; whoever is refused meanwhile hears no more of it.
pub(super) fn push(stream: &mut TcpStream, bytes: &[u8]) -> bool {
    stream.write_all(bytes).is_ok()
}

/// One request on a connection of its own. Its answer is read to the end.
pub(super) fn request(
    addr: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Result<Answer> {
    let mut stream = connect(addr)?;
    let headers: Vec<_> = headers.iter().copied().chain([("Connection", "close")]).collect();
    push(&mut stream, head(method, path, &headers, body.len()).as_bytes());
    push(&mut stream, body.as_bytes());
    let mut bytes = Vec::new();
    // A refusal may end in a reset; what came before it counts.
    let ended = stream.read_to_end(&mut bytes);
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n");
    let Some(end) = end else { bail!("no answer to {method} {path}: {ended:?}") };
    let status = std::str::from_utf8(&bytes[..end])?.split(' ').nth(1).context("no status")?.parse()?;
    Ok(Answer { status, body: bytes.split_off(end + 4) })
}

/// A socket, or the status with which it was refused; 0 where there was none.
pub(super) fn open(addr: SocketAddr, path: &str) -> Result<std::result::Result<TcpStream, u16>> {
    let mut stream = connect(addr)?;
    let asked = format!(
        "GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: http://127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    push(&mut stream, asked.as_bytes());
    // Byte by byte: what follows the head is the first frame's.
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        match stream.read(&mut byte) {
            Ok(1) => answer.push(byte[0]),
            _ => return Ok(Err(0)),
        }
    }
    let status = std::str::from_utf8(&answer)?.split(' ').nth(1).context("no status")?.parse()?;
    Ok(if status == 101 { Ok(stream) } else { Err(status) })
}

/// The head of a masked text frame of this length. The mask is zero.
pub(super) fn frame_head(length: usize) -> Vec<u8> {
    let mut bytes = vec![0x81, 0xFF];
    bytes.extend_from_slice(&(length as u64).to_be_bytes());
    bytes.extend_from_slice(&[0; 4]);
    bytes
}

pub(super) fn say(stream: &mut TcpStream, text: &str) -> bool {
    let mut bytes = frame_head(text.len());
    bytes.extend_from_slice(text.as_bytes());
    push(stream, &bytes)
}

/// The next frame's text; `None` where the socket ended.
pub(super) fn hear(stream: &mut TcpStream) -> Option<String> {
    let mut head = [0; 2];
    stream.read_exact(&mut head).ok()?;
    let length = match head[1] {
        126 => {
            let mut long = [0; 2];
            stream.read_exact(&mut long).ok()?;
            u64::from(u16::from_be_bytes(long))
        }
        127 => {
            let mut long = [0; 8];
            stream.read_exact(&mut long).ok()?;
            u64::from_be_bytes(long)
        }
        short => short.into(),
    };
    let mut payload = vec![0; usize::try_from(length).ok()?];
    stream.read_exact(&mut payload).ok()?;
    (head[0] == 0x81).then(|| String::from_utf8(payload).ok())?
}

/// The status that came meanwhile on a connection that waits for one.
pub(super) fn status_now(stream: &mut TcpStream) -> Option<u16> {
    stream.set_nonblocking(true).ok()?;
    let mut bytes = [0; 64];
    let read = stream.read(&mut bytes);
    stream.set_nonblocking(false).ok()?;
    match read {
        Ok(count) if count > 12 => std::str::from_utf8(&bytes[9..12]).ok()?.parse().ok(),
        Err(error) if error.kind() == ErrorKind::WouldBlock => None,
        Ok(_) | Err(_) => Some(0),
    }
}
