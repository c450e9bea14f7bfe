//! The requests of a guest, as far as all of them share a form.

use serde_json::{Map, Value};

use super::problem::Problem;
use crate::service::limits::{MAX_MESSAGE_ID, MAX_TOKEN};

/// What a guest asks for (web-messaging.md, section 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    ConfigureSession,
    ConfigureAuthenticatedSession,
    OnMessage,
    Echo,
    GetJwt,
    GetConfiguration,
    OnAttachment,
    GetAttachment,
    DeleteAttachment,
    CloseSession,
    ResumeToken,
}

impl Action {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "configureSession" => Self::ConfigureSession,
            "configureAuthenticatedSession" => Self::ConfigureAuthenticatedSession,
            "onMessage" => Self::OnMessage,
            "echo" => Self::Echo,
            "getJwt" => Self::GetJwt,
            "getConfiguration" => Self::GetConfiguration,
            "onAttachment" => Self::OnAttachment,
            "getAttachment" => Self::GetAttachment,
            "deleteAttachment" => Self::DeleteAttachment,
            "closeSession" => Self::CloseSession,
            "resumeToken" => Self::ResumeToken,
            _ => return None,
        })
    }
}

/// A request. Members that the service does not know are ignored, as it must be with clients of any age.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) action: Action,
    /// Empty where none came: a widget in use leaves it out of its health checks.
    pub(super) token: String,
    pub(super) tracing_id: Option<String>,
    pub(super) members: Map<String, Value>,
}

/// What could not be read, and of which request, where that could be.
#[derive(Debug)]
pub(super) struct Unreadable {
    pub(super) tracing_id: Option<String>,
    pub(super) problem: Problem,
}

impl Request {
    pub(super) fn read(text: &str) -> Result<Self, Unreadable> {
        let unreadable = |problem| Unreadable { tracing_id: None, problem };
        let Ok(Value::Object(mut members)) = serde_json::from_str::<Value>(text) else {
            return Err(unreadable(Problem::bad_request("the frame is not a JSON object")));
        };
        let tracing_id = match members.remove("tracingId") {
            None | Some(Value::Null) => None,
            Some(Value::String(id)) if id.len() <= MAX_MESSAGE_ID => Some(id),
            Some(_) => return Err(unreadable(Problem::bad_request("tracingId is no string, or too long"))),
        };
        let unreadable = |problem| Unreadable { tracing_id: tracing_id.clone(), problem };
        let action = match members.remove("action") {
            Some(Value::String(name)) => {
                Action::named(&name).ok_or_else(|| unreadable(Problem::bad_request("there is no such action")))?
            }
            _ => return Err(unreadable(Problem::missing("action"))),
        };
        let token = match members.remove("token") {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(token)) if token.len() <= MAX_TOKEN => token,
            Some(_) => return Err(unreadable(Problem::bad_request("token is no string, or too long"))),
        };
        Ok(Self { action, token, tracing_id, members })
    }

    /// A member that must be there and be a text.
    pub(super) fn text(&self, name: &str) -> Result<&str, Problem> {
        match self.members.get(name) {
            Some(Value::String(text)) if !text.is_empty() => Ok(text),
            _ => Err(Problem::missing(name)),
        }
    }

    /// A member that is true or false, false where it is missing.
    pub(super) fn flag(&self, name: &str) -> bool {
        self.members.get(name).and_then(Value::as_bool).unwrap_or(false)
    }
}
