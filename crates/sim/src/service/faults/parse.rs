//! Faults as a person or a program writes them. Strict: a field that is not understood is refused
//! by name, because a fault with a typing error that does nothing wastes an afternoon.

use serde_json::{Map, Value};

use super::{
    Act, After, Condition, Corruption, Fault, FaultKind, Foreign, On, Refusal, RetryAfter, RetryAfterForm, Scope,
};
use crate::service::Millis;
use crate::service::ledger::Via;
use crate::service::limits::{MAX_CLOSE_REASON, MAX_FAULT_MS, MAX_FAULTS, MAX_FOREIGN_BODY};

/// Why a fault was not understood, in words for whoever wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadFault(pub String);

const KINDS: &str = "close, reset, silence, raw_frame, expire_session, restart, refuse_socket, \
                     stall_socket, refuse_rest, foreign, refuse_message, delay, lose_acks, duplicate_acks, corrupt_frames, late, fail_upload, \
                     socket_closing, auth_error, evict_channel, revoke_token, lose_heartbeats";

/// Reads one fault, or a list of faults.
pub fn parse(value: Value) -> Result<Vec<Fault>, BadFault> {
    let list = match value {
        Value::Array(list) => list,
        one => vec![one],
    };
    if list.len() > MAX_FAULTS {
        return Err(BadFault(format!("over {MAX_FAULTS} faults at once")));
    }
    list.into_iter().map(fault).collect()
}

fn fault(value: Value) -> Result<Fault, BadFault> {
    let Value::Object(mut map) = value else {
        return Err(BadFault(r#"a fault is an object like {"fault":"reset"}"#.into()));
    };
    let name = match map.remove("fault") {
        Some(Value::String(name)) => name,
        _ => {
            return Err(BadFault(format!("`fault` is missing or not a string; it is one of {KINDS}")));
        }
    };
    let mut fields = Fields { fault: &name, map, known: Vec::new() };
    let kind = match name.as_str() {
        "close" => act(&mut fields, close)?,
        "reset" => act(&mut fields, |_| Ok(Act::Reset))?,
        "silence" => act(&mut fields, |f| Ok(Act::Silence { ms: f.duration("ms")? }))?,
        "raw_frame" => act(&mut fields, raw_frame)?,
        "expire_session" => FaultKind::Act { act: Act::ExpireSession, on: On::Now },
        "evict_channel" => FaultKind::Act { act: Act::EvictChannel, on: On::Now },
        "revoke_token" => FaultKind::Act { act: Act::RevokeToken, on: On::Now },
        "socket_closing" => act(&mut fields, |_| Ok(Act::SocketClosing))?,
        "auth_error" => act(&mut fields, auth_error)?,
        "lose_heartbeats" => {
            let answers = fields.optional_flag("answers")?.unwrap_or(false);
            FaultKind::Condition(Condition::LoseHeartbeats { answers })
        }
        "restart" => {
            let ms = fields.optional_duration("ms")?.unwrap_or(500);
            FaultKind::Act { act: Act::Restart { ms }, on: On::Now }
        }
        "refuse_socket" => FaultKind::Condition(Condition::RefuseSocket(refusal(&mut fields, "status")?)),
        "stall_socket" => {
            let ms = fields.duration("ms")?;
            FaultKind::Condition(Condition::StallSocket { ms })
        }
        "refuse_rest" => {
            let refusal = refusal(&mut fields, "status")?;
            let scope = scope(&mut fields, "scope", &SCOPES[1..])?.unwrap_or(Scope::Messages);
            FaultKind::Condition(Condition::RefuseRest { scope, refusal })
        }
        "foreign" => FaultKind::Condition(foreign(&mut fields)?),
        "refuse_message" => FaultKind::Condition(Condition::RefuseMessage(refusal(&mut fields, "code")?)),
        "delay" => {
            let ms = fields.duration("ms")?;
            FaultKind::Condition(Condition::Delay { ms })
        }
        "lose_acks" => {
            let via = via(&mut fields)?;
            FaultKind::Condition(Condition::LoseAcks { via })
        }
        "duplicate_acks" => FaultKind::Condition(Condition::DuplicateAcks),
        "corrupt_frames" => {
            let word = fields.one_of("how", &Corruption::ALL.map(|(name, _)| name))?.unwrap_or("cut");
            let how = Corruption::ALL.iter().find(|(name, _)| *name == word).map_or(Corruption::Cut, |(_, how)| *how);
            FaultKind::Condition(Condition::CorruptFrames { how })
        }
        "late" => {
            let ms = fields.duration("ms")?;
            FaultKind::Condition(Condition::Late { ms })
        }
        "fail_upload" => {
            let code = fields.optional_integer("code", 4000, 4999)?.unwrap_or(4003) as u16;
            FaultKind::Condition(Condition::FailUpload { code })
        }
        _ => {
            return Err(BadFault(format!("there is no fault `{name}`; it is one of {KINDS}")));
        }
    };
    common(fields, kind)
}

/// The fields that many faults share.
fn common(mut fields: Fields<'_>, kind: FaultKind) -> Result<Fault, BadFault> {
    let repeats = matches!(kind, FaultKind::Condition(_) | FaultKind::Act { on: On::Open, .. });
    let (count, lasts) = if repeats {
        (
            fields.optional_integer("count", 1, u64::from(u32::MAX))?.map(|n| n as u32),
            fields.optional_duration("lasts")?,
        )
    } else {
        (None, None)
    };
    let conversation = match &kind {
        FaultKind::Act { act: Act::Restart { .. }, .. } => None,
        _ => fields.optional_text("conversation", 200)?,
    };
    let after = after(&mut fields)?;
    fields.finish()?;
    Ok(Fault { kind, conversation, after, count, lasts })
}

fn act(
    fields: &mut Fields<'_>,
    read: impl FnOnce(&mut Fields<'_>) -> Result<Act, BadFault>,
) -> Result<FaultKind, BadFault> {
    let act = read(fields)?;
    let on = match fields.one_of("on", &["now", "open"])? {
        Some("open") => On::Open,
        _ => On::Now,
    };
    Ok(FaultKind::Act { act, on })
}

fn close(fields: &mut Fields<'_>) -> Result<Act, BadFault> {
    let code = fields.integer("code", 1000, 4999)? as u16;
    let reason = fields.optional_text("reason", MAX_CLOSE_REASON)?.unwrap_or_default();
    Ok(Act::Close { code, reason })
}

fn raw_frame(fields: &mut Fields<'_>) -> Result<Act, BadFault> {
    let text = fields.optional_text("text", usize::MAX)?;
    let text = text.ok_or_else(|| fields.bad("text", "is missing"))?;
    let binary = fields.optional_flag("binary")?.unwrap_or(false);
    Ok(Act::RawFrame { text: text.into(), binary })
}

fn auth_error(fields: &mut Fields<'_>) -> Result<Act, BadFault> {
    let code = fields.optional_integer("code", 400, 599)?.unwrap_or(401) as u16;
    let message = fields.optional_text("message", MAX_CLOSE_REASON)?;
    Ok(Act::AuthError { code, message: message.map_or_else(|| "authorization failed".into(), Into::into) })
}

fn foreign(fields: &mut Fields<'_>) -> Result<Condition, BadFault> {
    let scope = scope(fields, "path", &SCOPES)?.unwrap_or(Scope::All);
    let status = fields.optional_integer("status", 200, 599)?.unwrap_or(200) as u16;
    let body = fields.optional_text("body", MAX_FOREIGN_BODY)?.unwrap_or_else(|| "<h1>You are offline</h1>".into());
    let content_type = fields.optional_text("content_type", 200)?.unwrap_or_else(|| "text/html; charset=utf-8".into());
    let location = fields.optional_text("location", 2_000)?;
    let retry_after = fields.optional_integer("retry_after", 0, u64::from(u32::MAX))?.map(|seconds| seconds as u32);
    Ok(Condition::Foreign { scope, answer: Foreign { status, body, content_type, location, retry_after } })
}

/// The first is of `foreign` only: a `refuse_socket` refuses handshakes in the service's own words.
const SCOPES: [&str; 12] = [
    "socket",
    "messages",
    "guests",
    "probe",
    "history",
    "uploads",
    "auth",
    "token",
    "channels",
    "subscriptions",
    "deployment",
    "all",
];

fn scope(fields: &mut Fields<'_>, name: &'static str, of: &[&'static str]) -> Result<Option<Scope>, BadFault> {
    Ok(fields.one_of(name, of)?.map(|word| match word {
        "socket" => Scope::Socket,
        "guests" => Scope::Guests,
        "probe" => Scope::Probe,
        "history" => Scope::History,
        "uploads" => Scope::Uploads,
        "auth" => Scope::Auth,
        "token" => Scope::Token,
        "channels" => Scope::Channels,
        "subscriptions" => Scope::Subscriptions,
        "deployment" => Scope::Deployment,
        "all" => Scope::All,
        _ => Scope::Messages,
    }))
}

fn via(fields: &mut Fields<'_>) -> Result<Option<Via>, BadFault> {
    Ok(match fields.one_of("via", &["websocket", "rest", "all"])? {
        Some("rest") => Some(Via::Rest),
        Some("all") => None,
        _ => Some(Via::WebSocket),
    })
}

fn refusal(fields: &mut Fields<'_>, status: &'static str) -> Result<Refusal, BadFault> {
    let status = fields.integer(status, 400, 599)? as u16;
    let seconds = fields.optional_integer("retry_after", 0, MAX_FAULT_MS / 1000)?;
    let form = fields.one_of("retry_after_form", &["seconds", "http-date"])?;
    let place = fields.one_of("retry_after_in", &["both", "header", "body"])?;
    let Some(seconds) = seconds else {
        return match (form, place) {
            (None, None) => Ok(Refusal { status, retry_after: None }),
            (Some(_), _) => Err(fields.bad("retry_after_form", "needs retry_after")),
            (None, Some(_)) => Err(fields.bad("retry_after_in", "needs retry_after")),
        };
    };
    let form = match form {
        Some("http-date") => RetryAfterForm::HttpDate,
        _ => RetryAfterForm::Seconds,
    };
    Ok(Refusal {
        status,
        retry_after: Some(RetryAfter {
            seconds: seconds as u32,
            header: (place != Some("body")).then_some(form),
            in_body: place != Some("header"),
        }),
    })
}

fn after(fields: &mut Fields<'_>) -> Result<Option<After>, BadFault> {
    fields.known.push("after");
    let wanted = r#"is either {"messages":5} or {"ms":300}"#;
    let Some(value) = fields.map.remove("after") else {
        return Ok(None);
    };
    let map = match value {
        Value::Object(map) if map.len() == 1 => map,
        _ => return Err(fields.bad("after", wanted)),
    };
    let mut inner = Fields { fault: "after", map, known: Vec::new() };
    let messages = inner.optional_integer("messages", 1, u64::from(u32::MAX))?;
    let ms = inner.optional_duration("ms")?;
    match (messages, ms) {
        (Some(messages), _) => Ok(Some(After::Messages(messages as u32))),
        (None, Some(ms)) => Ok(Some(After::Ms(ms))),
        (None, None) => Err(fields.bad("after", wanted)),
    }
}

/// The fields of one fault: each is taken out as it is read, and what is left over is refused.
struct Fields<'a> {
    fault: &'a str,
    map: Map<String, Value>,
    known: Vec<&'static str>,
}

impl Fields<'_> {
    fn bad(&self, field: &str, what: &str) -> BadFault {
        BadFault(format!("`{field}` of `{}` {what}", self.fault))
    }

    fn take(&mut self, name: &'static str) -> Option<Value> {
        self.known.push(name);
        self.map.remove(name)
    }

    fn optional_integer(&mut self, name: &'static str, least: u64, most: u64) -> Result<Option<u64>, BadFault> {
        let Some(value) = self.take(name) else {
            return Ok(None);
        };
        match value.as_u64() {
            Some(number) if (least..=most).contains(&number) => Ok(Some(number)),
            _ => Err(self.bad(name, &format!("is not a whole number from {least} to {most}"))),
        }
    }

    fn integer(&mut self, name: &'static str, least: u64, most: u64) -> Result<u64, BadFault> {
        let number = self.optional_integer(name, least, most)?;
        number.ok_or_else(|| self.bad(name, &format!("is missing: a number from {least} to {most}")))
    }

    fn optional_duration(&mut self, name: &'static str) -> Result<Option<Millis>, BadFault> {
        self.optional_integer(name, 0, MAX_FAULT_MS)
    }

    fn duration(&mut self, name: &'static str) -> Result<Millis, BadFault> {
        self.integer(name, 0, MAX_FAULT_MS)
    }

    fn optional_text(&mut self, name: &'static str, most: usize) -> Result<Option<String>, BadFault> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::String(text)) if text.len() <= most => Ok(Some(text)),
            Some(Value::String(_)) => Err(self.bad(name, &format!("is over {most} bytes"))),
            Some(_) => Err(self.bad(name, "is not a string")),
        }
    }

    fn optional_flag(&mut self, name: &'static str) -> Result<Option<bool>, BadFault> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(flag)),
            Some(_) => Err(self.bad(name, "is not true or false")),
        }
    }

    fn one_of(&mut self, name: &'static str, words: &[&'static str]) -> Result<Option<&'static str>, BadFault> {
        let Some(value) = self.take(name) else {
            return Ok(None);
        };
        let word = words.iter().find(|word| value.as_str() == Some(**word));
        word.copied().map(Some).ok_or_else(|| self.bad(name, &format!("is not one of {}", words.join(", "))))
    }

    fn finish(self) -> Result<(), BadFault> {
        match self.map.keys().next() {
            None => Ok(()),
            Some(field) => {
                Err(BadFault(format!("`{}` has no field `{field}`; it takes {}", self.fault, self.known.join(", "))))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn one(value: Value) -> Fault {
        let mut faults = parse(value).unwrap_or_else(|BadFault(why)| panic!("{why}"));
        assert_eq!(faults.len(), 1);
        faults.remove(0)
    }

    fn refused(value: Value) -> String {
        parse(value).expect_err("must be refused").0
    }

    #[test]
    fn the_example_of_the_design_is_understood() {
        let fault = one(json!({"fault":"close","code":1012,"conversation":"c","after":{"messages":5}}));
        assert_eq!(fault.after, Some(After::Messages(5)));
        assert_eq!(fault.conversation.as_deref(), Some("c"));
        let act = Act::Close { code: 1012, reason: String::new() };
        assert_eq!(fault.kind, FaultKind::Act { act, on: On::Now });
    }

    #[test]
    fn retry_after_is_said_in_the_form_and_the_place_that_was_asked_for() {
        let said = |value| match one(value).kind {
            FaultKind::Condition(Condition::RefuseRest { refusal, .. }) => refusal.retry_after,
            other => panic!("{other:?}"),
        };
        assert_eq!(said(json!({"fault":"refuse_rest","status":503})), None);
        assert_eq!(said(json!({"fault":"refuse_rest","status":429,"retry_after":3})), Some(RetryAfter::seconds(3)));
        let body = said(json!({"fault":"refuse_rest","status":429,"retry_after":3,"retry_after_in":"body"}));
        assert_eq!(body, Some(RetryAfter { seconds: 3, header: None, in_body: true }));
        let date = said(json!({"fault":"refuse_rest","status":429,"retry_after":3,
            "retry_after_form":"http-date","retry_after_in":"header"}));
        let header = Some(RetryAfterForm::HttpDate);
        assert_eq!(date, Some(RetryAfter { seconds: 3, header, in_body: false }));
    }

    #[test]
    fn whatever_somebody_else_may_say_can_be_said() {
        let said = |value| match one(value).kind {
            FaultKind::Condition(Condition::Foreign { scope, answer }) => (scope, answer),
            other => panic!("{other:?}"),
        };
        let (scope, answer) = said(json!({"fault":"foreign"}));
        assert_eq!((scope, answer.status, answer.content_type.as_str()), (Scope::All, 200, "text/html; charset=utf-8"));
        assert!(answer.body.contains("offline"));
        let (scope, answer) = said(json!({"fault":"foreign","path":"guests","status":302,"body":"",
            "content_type":"text/plain","location":"https://portal.example/","retry_after":7,"count":2}));
        assert_eq!((scope, answer.status, answer.body.as_str()), (Scope::Guests, 302, ""));
        assert_eq!((answer.location.as_deref(), answer.retry_after), (Some("https://portal.example/"), Some(7)));
        assert!(refused(json!({"fault":"foreign","status":100})).contains("200 to 599"));
        assert!(refused(json!({"fault":"foreign","path":"nowhere"})).contains("`path`"));
        assert_eq!(said(json!({"fault":"foreign","path":"socket"})).0, Scope::Socket);
        assert!(refused(json!({"fault":"refuse_rest","status":503,"scope":"socket"})).contains("`scope`"));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let unknown = refused(json!({"fault":"close","code":1012,"cod":1}));
        assert!(unknown.contains("`cod`") && unknown.contains("code, reason"), "{unknown}");
        assert!(refused(json!({"fault":"explode"})).contains("`explode`"));
        assert!(refused(json!({"code":1})).contains("`fault` is missing"));
        assert!(refused(json!("reset")).contains("an object"));
        assert!(refused(json!({"fault":"close"})).contains("`code` of `close` is missing"));
        assert!(refused(json!({"fault":"close","code":999})).contains("1000 to 4999"));
        assert!(refused(json!({"fault":"close","code":"1006"})).contains("whole number"));
        assert!(refused(json!({"fault":"reset","after":{}})).contains("`after`"));
        assert!(refused(json!({"fault":"reset","after":{"messages":1,"ms":1}})).contains("either"));
        assert!(refused(json!({"fault":"reset","after":{"hours":1}})).contains("`after`"));
        assert!(refused(json!({"fault":"reset","count":2})).contains("`count`"));
        assert!(refused(json!({"fault":"restart","conversation":"c"})).contains("`conversation`"));
        assert!(refused(json!({"fault":"lose_acks","count":0})).contains("from 1"));
        assert!(refused(json!({"fault":"delay","ms":-1})).contains("`ms`"));
        assert!(refused(json!({"fault":"refuse_rest","status":200})).contains("400 to 599"));
        let form = refused(json!({"fault":"refuse_rest","status":429,"retry_after_form":"seconds"}));
        assert!(form.contains("needs retry_after"), "{form}");
        let reason = refused(json!({"fault":"close","code":1000,"reason":"x".repeat(124)}));
        assert!(reason.contains("123 bytes"), "{reason}");
    }

    #[test]
    fn one_bad_fault_refuses_the_whole_list() {
        refused(json!([{"fault":"reset"},{"fault":"close"}]));
        let faults = parse(json!([{"fault":"reset"},{"fault":"delay","ms":5}])).expect("good");
        assert_eq!(faults.len(), 2);
    }
}
