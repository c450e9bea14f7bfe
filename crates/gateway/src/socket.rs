//! The WebSocket: a handshake that is refused with real statuses, and a task per socket that
//! carries frames between it and the model.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::QueryRejection;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Extension, Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use guestwire_sim::service::{Frame, Incoming, SocketCredential};
use serde::Deserialize;

use crate::answer::{deliver, refusal};
use crate::hub::{Hub, OpenSocket, ToSocket};
use crate::limits::{CLOSE_TIMEOUT, WRITE_TIMEOUT};
use crate::server::Peer;

#[derive(Deserialize)]
pub(crate) struct SocketQuery {
    access_token: Option<String>,
}

/// `GET /api/v2/webchat/instances/{conversation}/websocket`
pub(crate) async fn open(
    State(hub): State<Arc<Hub>>,
    Extension(peer): Extension<Peer>,
    Path(conversation): Path<String>,
    query: Result<Query<SocketQuery>, QueryRejection>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let upgrade = match upgrade {
        Ok(upgrade) => upgrade,
        Err(rejection) => return rejection.into_response(),
    };
    let Ok(Query(query)) = query else {
        return refusal(StatusCode::BAD_REQUEST, "the query cannot be read");
    };
    let subprotocol = bearer_subprotocol(&headers);
    let credential = match (&query.access_token, &subprotocol) {
        (Some(token), _) => SocketCredential::Query(token),
        (None, Some((_, token))) => SocketCredential::Subprotocol(token),
        (None, None) => SocketCredential::Absent,
    };
    let socket = match hub.open_socket(&conversation, credential, Arc::clone(&peer.link)) {
        Ok(socket) => socket,
        Err(refused) => return deliver(refused, &peer.link).await,
    };
    let max_frame = hub.ask(|service, _| service.config().max_frame);
    upgrade
        .protocols(subprotocol.map(|(offered, _)| offered))
        .max_frame_size(max_frame)
        .max_message_size(max_frame)
        .on_upgrade(|stream| run(stream, socket))
}

/// The offered subprotocol that carries a token, and the token.
fn bearer_subprotocol(headers: &HeaderMap) -> Option<(String, String)> {
    let offers = headers.get_all(header::SEC_WEBSOCKET_PROTOCOL).iter();
    let offers = offers.filter_map(|offer| offer.to_str().ok());
    offers.flat_map(|offers| offers.split(',')).find_map(|offer| {
        let offer = offer.trim();
        let token = URL_SAFE_NO_PAD.decode(offer.strip_prefix("bearer.")?).ok()?;
        Some((offer.to_owned(), String::from_utf8(token).ok()?))
    })
}

async fn run(mut stream: WebSocket, mut socket: OpenSocket) {
    let link = Arc::clone(&socket.link);
    tokio::select! {
        biased;
        () = link.is_cut() => {}
        () = carry(&mut stream, &mut socket) => {}
    }
}

/// Returns when the connection is over and may be dropped.
async fn carry(stream: &mut WebSocket, socket: &mut OpenSocket) {
    loop {
        tokio::select! {
            told = socket.outgoing.recv() => match told {
                Some(ToSocket::Send(frame)) => {
                    let message = match frame {
                        Frame::Text(text) => Message::Text(text.into()),
                        Frame::Binary(bytes) => Message::Binary(Bytes::from(bytes)),
                    };
                    if !write(stream, message).await {
                        return;
                    }
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
        Ok(Error::Protocol(_)) => 1002,
        _ => return,
    };
    tracing::debug!(connection = %socket.id, code, "a guest broke the WebSocket protocol");
    let frame = CloseFrame { code, reason: "".into() };
    if write(stream, Message::Close(Some(frame))).await {
        socket.link.linger();
    }
}
