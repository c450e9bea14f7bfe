//! The WebSocket: a handshake that is refused with real statuses, and a task per socket that
//! carries frames between it and the model.

use std::io;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use guestwire_sim::service::limits::NO_ROOM;
use guestwire_sim::service::{Frame, Incoming, RestAnswer, Use};

use crate::answer::deliver;
use crate::hub::{OpenSocket, ToSocket};
use crate::limits::{CLOSE_TIMEOUT, SMALL_MESSAGE, SOCKET_BUFFER, WRITE_TIMEOUT};
use crate::link::Link;

/// The close code of a socket for whose message there is no room (IANA's registry of close codes).
const TRY_AGAIN_LATER: u16 = 1013;

/// Answers a handshake: with a refusal, or with a socket whose frames go to and from the model.
pub(crate) async fn answer(
    upgrade: WebSocketUpgrade,
    opened: Result<OpenSocket, RestAnswer>,
    link: &Arc<Link>,
    protocol: Option<String>,
    max_frame: usize,
) -> Response {
    let socket = match opened {
        Ok(socket) => socket,
        Err(refused) => return deliver(refused, link).await,
    };
    upgrade
        .protocols(protocol)
        .max_frame_size(max_frame)
        .max_message_size(max_frame)
        .read_buffer_size(SOCKET_BUFFER)
        .write_buffer_size(SOCKET_BUFFER)
        .on_upgrade(|stream| run(stream, socket))
}

async fn run(mut stream: WebSocket, mut socket: OpenSocket) {
    let link = Arc::clone(&socket.link);
    link.is_socket();
    tokio::select! {
        biased;
        () = link.is_cut() => {}
        () = carry(&mut stream, &mut socket) => {}
    }
}

/// Returns when the connection is over and may be dropped.
async fn carry(stream: &mut WebSocket, socket: &mut OpenSocket) {
    // The buffer for what is written keeps the size of the largest frame.
    let budget = socket.hub.budget().clone();
    let Ok(mut written) = budget.reserve_to_answer(Use::Connections, 0) else { return };
    loop {
        tokio::select! {
            told = socket.outgoing.recv() => match told {
                Some(ToSocket::Send(frame, held)) => {
                    let length = match &frame {
                        Frame::Text(text) => text.len(),
                        Frame::Binary(bytes) => bytes.len(),
                    };
                    if length > SMALL_MESSAGE.max(written.bytes()) && written.resize(length).is_err() {
                        return close(stream, socket, TRY_AGAIN_LATER, NO_ROOM.into()).await;
                    }
                    let message = match frame {
                        Frame::Text(text) => Message::Text(text.into()),
                        Frame::Binary(bytes) => Message::Binary(Bytes::from(bytes)),
                    };
                    if !write(stream, message).await {
                        return;
                    }
                    drop(held);
                }
                Some(ToSocket::Close { code, reason }) => {
                    return close(stream, socket, code, reason).await;
                }
                Some(ToSocket::Silence) => socket.link.silence(),
                Some(ToSocket::End) => return socket.link.linger(),
                None => return,
            },
            came = stream.recv() => match came {
                Some(Ok(message)) => {
                    match &message {
                        Message::Text(_) | Message::Binary(_) => socket.link.message_came(),
                        Message::Ping(payload) | Message::Pong(payload) => {
                            socket.link.control_frame_came(payload.len());
                        }
                        Message::Close(_) => {}
                    }
                    let incoming = match &message {
                        Message::Text(text) => Incoming::Text(text),
                        Message::Binary(_) => Incoming::Binary,
                        // Answered below, in the WebSocket.
                        Message::Ping(_) | Message::Pong(_) | Message::Close(_) => continue,
                    };
                    socket.hub.with(|service, now| service.receive(now, socket.id, incoming));
                }
                Some(Err(error)) => return fail(stream, socket, error).await,
                None => return,
            },
        }
    }
}

async fn write(stream: &mut WebSocket, message: Message) -> bool {
    matches!(tokio::time::timeout(WRITE_TIMEOUT, stream.send(message)).await, Ok(Ok(())))
}

/// Sends the close frame and gives the guest a moment to answer it.
async fn close(stream: &mut WebSocket, socket: &OpenSocket, code: u16, reason: String) {
    let frame = CloseFrame { code, reason: reason.into() };
    if !write(stream, Message::Close(Some(frame))).await {
        return;
    }
    let answered = async { while let Some(Ok(_)) = stream.recv().await {} };
    if tokio::time::timeout(CLOSE_TIMEOUT, answered).await.is_err() {
        tracing::debug!(connection = %socket.id, "the guest did not answer a close frame");
    }
}

/// What came cannot be read on from: says why, as RFC 6455 (section 7.4.1) has it, and ends.
async fn fail(stream: &mut WebSocket, socket: &mut OpenSocket, error: axum::Error) {
    use tungstenite::Error;
    let code = match error.into_inner().downcast::<Error>().map(|error| *error) {
        Ok(Error::Capacity(_)) => {
            socket.hub.with(|service, now| service.receive(now, socket.id, Incoming::TooLarge));
            1009
        }
        Ok(Error::Utf8(_)) => 1007,
        Ok(Error::Io(error)) if error.kind() == io::ErrorKind::OutOfMemory => TRY_AGAIN_LATER,
        Ok(Error::Protocol(_)) => 1002,
        _ => return,
    };
    tracing::debug!(connection = %socket.id, code, "a guest broke the WebSocket protocol");
    let frame = CloseFrame { code, reason: "".into() };
    if write(stream, Message::Close(Some(frame))).await {
        socket.link.linger();
    }
}
