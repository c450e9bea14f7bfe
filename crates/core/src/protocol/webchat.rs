//! The `webchat` dialect: our founding contract (protocols/webchat.md).

use super::{
    Address, Answer, Beat, Dialect, Entry, Members, Ready, Received, Refusal, Request, Sender, Shown, heartbeat,
};
use crate::base64::{self, Alphabet};
use crate::body::Body;
use crate::close::Close;
use crate::config::{Config, Credential, Guest, Host, SocketAuth};
use crate::content::Content;
use crate::json::Object;
use crate::limits;
use crate::retry_after::seconds;
use crate::secret::Secret;
use crate::session::{Granted, GuestSession};
use crate::value::{self, Value};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::borrow::Cow;
use uuid::Uuid;

/// Everything but RFC 3986's unreserved characters.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// See the module.
#[derive(Debug)]
pub struct Webchat {
    host: Host,
    credential: Credential,
    socket_auth: SocketAuth,
    close_codes: Vec<(u16, Close)>,
}

impl Webchat {
    /// The dialect for one client's options.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        Self {
            host: config.host.clone(),
            credential: config.credential.clone(),
            socket_auth: config.socket_auth,
            close_codes: config.close_codes.clone(),
        }
    }

    fn messages(&self, session: &GuestSession) -> Secret {
        Secret::new(self.host.http(&instance(session, "/messages")))
    }
}

impl Dialect for Webchat {
    fn session_request(&self, guest: &Guest, bearer: Option<&Secret>) -> Option<Request> {
        let credential = match (bearer, &self.credential) {
            (Some(token), _) | (None, Credential::Bearer(token)) => Some(("Authorization", authorization(token))),
            (None, Credential::ApiKey(key)) => Some(("api_key", key.clone())),
            (None, Credential::Provider | Credential::None) => None,
        };
        let guest = Object::default()
            .text("email", &guest.email)
            .text("firstName", &guest.first_name)
            .text("lastName", &guest.last_name);
        Some(Request {
            method: "POST",
            url: Secret::new(self.host.http("/api/v2/webchat/guests")),
            headers: credential.into_iter().chain([json_body()]).collect(),
            body: Some(Object::default().object("guest", guest).finish()),
        })
    }

    fn session_granted(&self, body: &Value) -> Option<Granted> {
        let short = |token: &&str| (1..=limits::IDENTIFIER_BYTES).contains(&token.len());
        let sound = |token: &&str| short(token) && token.bytes().all(|byte| byte.is_ascii_graphic());
        let token = body.get("token").and_then(Value::text).filter(sound)?;
        // A dot segment would change the path that the id stands in.
        let id = value::id(body.get("webchatInstanceId")).ok().filter(|id| !matches!(&**id, "." | ".."))?;
        // Where the service does not say how long it lives, it is used until it is refused.
        let life = match body.get("expiresIn") {
            None => limits::TOKEN_LIFE,
            Some(life) => seconds(life.number()?)?,
        };
        Some(Granted {
            id: id.into_owned(),
            token: Secret::new(token.to_owned()),
            expires_in: Some(life).filter(|&life| life > 0)?,
            token_in_frames: false,
        })
    }

    fn session_check(&self, session: &GuestSession) -> Option<Request> {
        Some(Request {
            method: "GET",
            url: self.messages(session),
            headers: vec![("Authorization", authorization(&session.granted.token))],
            body: None,
        })
    }

    fn socket(&self, session: &GuestSession) -> Option<Address> {
        let token = session.granted.token.expose();
        let mut url = self.host.socket(&instance(session, "/websocket"));
        let mut protocols = Vec::new();
        match self.socket_auth {
            SocketAuth::Query => {
                url.push_str("?access_token=");
                url.extend(utf8_percent_encode(token, ENCODED));
            }
            SocketAuth::Subprotocol => {
                let mut protocol = String::from("bearer.");
                base64::push(&mut protocol, token.as_bytes(), Alphabet::Url);
                protocols.push(Secret::new(protocol));
            }
            SocketAuth::None => {}
        }
        Some(Address { url: Secret::new(url), protocols, origin: None, authorization: None })
    }

    fn ready(&self) -> Ready {
        Ready::After(2_000) // webchat.md, "Ready"
    }

    fn heartbeat(&self, _session: &GuestSession, beat: &Beat) -> Option<String> {
        heartbeat::frame(beat, limits::HEARTBEAT_BYTES)
    }

    fn message_frame(&self, _session: &GuestSession, id: Uuid, content: &Content) -> Option<String> {
        Some(
            Object::default()
                .text("type", "message")
                .text("content", content)
                .text("messageId", id.as_hyphenated().encode_lower(&mut Uuid::encode_buffer()))
                .finish(),
        )
    }

    fn message_request(&self, session: &GuestSession, id: Uuid, content: &Content) -> Option<Request> {
        Some(Request {
            method: "POST",
            url: self.messages(session),
            headers: vec![("Authorization", authorization(&session.granted.token)), json_body()],
            body: self.message_frame(session, id, content),
        })
    }

    fn read(&self, frame: &Value) -> Result<Received, &'static str> {
        if !matches!(frame, Value::Map(_)) {
            return Err("not_an_object");
        }
        let kind = frame.get("type").and_then(Value::text).ok_or("no_type")?.to_ascii_lowercase();
        let id = frame.get("messageId");
        Ok(match kind.as_str() {
            // An id of another kind is none of ours; it is an acknowledgement of nothing.
            "messagereceived" => uuid(id).map_or(Received::Ignored, Received::Acked),
            "message" => {
                let content = frame.get("content").and_then(Value::text).ok_or("no_content")?;
                let entry = Entry {
                    id: String::new(),
                    also: None,
                    sender: Sender::Agent,
                    ours: None,
                    kept: None,
                    joins: false,
                    time: None,
                    spoken: true,
                    content: Content::new(content.to_owned()),
                    body: Body::default(),
                };
                Received::said(value::id(id).map(Cow::into_owned), entry)
            }
            "keep_alive_ack" => Received::Alive(frame.get("timestamp").and_then(Value::whole)),
            "error" => {
                let message = uuid(id);
                if id.is_some() && message.is_none() {
                    // It means one message, and none of ours. Read as if it named none, it would mean the whole client.
                    return Ok(Received::Ignored);
                }
                let code = frame.get("code").and_then(Value::code).ok_or("no_code")?;
                Received::Refused(Refusal { message, code, retry_after: self.retry_after(frame) })
            }
            _ => Received::Ignored,
        })
    }

    fn answer(&self, status: u16, names_message: bool, retry_after: bool) -> Answer {
        match status {
            200..=299 | 409 => Answer::Acknowledged,
            401 => Answer::SessionRefused,
            403 if names_message => Answer::Rejected,
            403 => Answer::Forbidden,
            404 | 410 => Answer::SessionGone,
            // "Too early", "too many" and "unavailable" say that nothing was taken; a timeout or a
            // gateway's error says only that no answer came.
            425 | 429 | 503 => Answer::Paused { certain: true },
            408 | 502 | 504 => Answer::Paused { certain: false },
            400..=499 if retry_after => Answer::Paused { certain: true },
            _ if retry_after => Answer::Paused { certain: false },
            400..=499 => Answer::Rejected,
            _ => Answer::Failed,
        }
    }

    fn names_message(&self, body: &Value, id: Uuid) -> bool {
        uuid(body.get("messageId")) == Some(id)
    }

    fn retry_after(&self, body: &Value) -> Option<u64> {
        // A bare number is a wait; a bare text may be anybody's word.
        let bare = Some(body).filter(|body| matches!(body, Value::Number(_)));
        seconds(body.get("retryAfter").or_else(|| body.get("retry_after")).or(bare)?.number()?)
    }

    fn words(&self) -> &'static [&'static str] {
        &["message", "messageReceived", "KEEP_ALIVE_ACK", "error"]
    }

    fn members(&self) -> Members {
        &[
            ("type", Shown::Word),
            ("messageId", Shown::Whole),
            ("timestamp", Shown::Figure),
            ("code", Shown::Figure),
            ("retryAfter", Shown::Figure),
            ("retry_after", Shown::Figure),
            ("webchatInstanceId", Shown::Whole),
            ("expiresIn", Shown::Figure),
            ("content", Shown::Content),
            ("token", Shown::Token),
        ]
    }

    fn close(&self, code: u16) -> Close {
        if let Some(&(_, close)) = self.close_codes.iter().find(|(overridden, _)| *overridden == code) {
            return close;
        }
        match code {
            1000 | 1002 | 1003 | 1007 | 1009 | 1010 | 3003 | 4003 | 4403 => Close::Stop,
            1013 | 4008 | 4029 | 4429 => Close::ReconnectSlowly,
            1008 | 3000 | 4001 | 4401 => Close::Renew,
            4004 | 4404 | 4410 => Close::SessionLost,
            _ => Close::Reconnect,
        }
    }
}

/// The id of a message of ours.
fn uuid(value: Option<&Value>) -> Option<Uuid> {
    Uuid::try_parse(value?.text()?).ok()
}

fn instance(session: &GuestSession, rest: &str) -> String {
    let mut path = String::from("/api/v2/webchat/instances/");
    path.extend(utf8_percent_encode(&session.granted.id, ENCODED));
    path.push_str(rest);
    path
}

fn authorization(token: &Secret) -> Secret {
    let mut value = String::from("Bearer ");
    value.push_str(token.expose());
    Secret::new(value)
}

fn json_body() -> (&'static str, Secret) {
    ("Content-Type", Secret::new("application/json".to_owned()))
}

#[cfg(test)]
mod tests;
