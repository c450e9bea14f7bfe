//! Runs a trace again, natively, through the same client, and compares. The trace is somebody's file:
//! whatever is wrong with it is an error, and a state that no client has ever had is one too.

use super::{FORMAT, checkpoint, entries};
use crate::checkpoint::{Keep, Malformed, Reader};
use crate::client::Client;
use crate::content::Content;
use crate::detail::Detail;
use crate::draft::{self, Attributes, Choice, Draft, Reply, ReplyKind};
use crate::error::Ended;
use crate::failure::ErrorCode;
use crate::files::Offer;
use crate::grant::Grant;
use crate::io::{AnswerBody, Environment, Frame, HttpAnswer, Input};
use crate::limits;
use crate::offer::OfferAnswer;
use crate::protocol::Inquiry;
use crate::protocol::streaming::Streaming;
use crate::secret::Secret;
use crate::time::Now;
use crate::value::{Unreadable, Value};
use serde_json::Value as Json;
use std::panic::{AssertUnwindSafe, catch_unwind};
use uuid::Uuid;

/// One input, and all that followed from it.
#[derive(Clone, Debug)]
pub struct Step {
    /// When.
    pub now: Now,
    /// What happened, as the trace has it.
    pub input: Json,
    /// What followed, all of it: the trace itself counts the last of very many.
    pub outputs: Vec<Json>,
}

/// Where the second run left the first.
#[derive(Clone, Debug, PartialEq)]
pub enum Difference {
    /// After the input at this place, something else followed.
    Outputs {
        /// Which step.
        step: usize,
        /// What the trace has there.
        recorded: Vec<Json>,
        /// What came out now.
        replayed: Vec<Json>,
    },
    /// All the same followed, and yet the client's state is another.
    End,
}

/// A trace that was run again.
#[derive(Clone, Debug)]
pub struct Replayed {
    /// All of it, in order.
    pub steps: Vec<Step>,
    /// The first difference; none: bit for bit the same.
    pub difference: Option<Difference>,
}

/// Runs a trace again.
pub fn replay(trace: &Json) -> Result<Replayed, Malformed> {
    // What is read back is what was written down; but a file can say anything.
    catch_unwind(AssertUnwindSafe(|| run(trace))).unwrap_or(Err(Malformed("the recorded state cannot be")))
}

fn run(trace: &Json) -> Result<Replayed, Malformed> {
    if trace["format"] != FORMAT {
        return Err(Malformed("this is no trace, or one of another version of the client"));
    }
    let text = |name: &str| trace[name].as_str().ok_or(Malformed("the trace lacks a checkpoint"));
    let mut client = restore(text("start")?)?;
    let mut recorded = trace["entries"].as_array().ok_or(Malformed("the trace lacks its entries"))?.as_slice();
    let mut replayed = Replayed { steps: Vec::new(), difference: None };
    while let Some((input, rest)) = recorded.split_first() {
        let count = rest.iter().take_while(|entry| entry.get("in").is_none()).count();
        let (followed, rest) = rest.split_at(count);
        recorded = rest;
        let now = Now { monotonic: whole(&input["monotonic"])?, wall: whole(&input["wall"])? };
        act(&mut client, now, input)?;
        let outputs: Vec<Json> =
            client.outputs.drain(..).map(|output| as_json(&entries::output(&output))).collect::<Result<_, _>>()?;
        let mut limited = outputs.clone();
        if let Some(more) = outputs.len().checked_sub(limits::TRACE_OUTPUTS).filter(|more| *more > 0) {
            limited.truncate(limits::TRACE_OUTPUTS);
            limited.push(as_json(&entries::more(more))?);
        }
        let step = replayed.steps.len();
        replayed.steps.push(Step { now, input: input.clone(), outputs });
        if followed.len() != limited.len() || !followed.iter().zip(&limited).all(|(one, other)| same(one, other)) {
            let (recorded, replayed_outputs) = (followed.to_vec(), limited);
            replayed.difference = Some(Difference::Outputs { step, recorded, replayed: replayed_outputs });
            return Ok(replayed);
        }
    }
    if checkpoint(&client) != text("end")? {
        replayed.difference = Some(Difference::End);
    }
    Ok(replayed)
}

fn restore(text: &str) -> Result<Client, Malformed> {
    // The contents of a full buffer, and the guest's names.
    let mut reader = Reader { rest: text, content: limits::BUFFER_BYTES_MOST + limits::FILLER_BYTES };
    let client = Client::restore(&mut reader)?;
    if !reader.rest.is_empty() {
        return Err(Malformed("the checkpoint goes on after its end"));
    }
    if client.config.max_bytes > limits::BUFFER_BYTES_MOST {
        return Err(Malformed("the checkpoint has a buffer that no option allows"));
    }
    Ok(client)
}

fn as_json(detail: &Detail) -> Result<Json, Malformed> {
    serde_json::to_value(detail).map(as_in_a_file).map_err(|_| Malformed("an output has no JSON form"))
}

/// JavaScript writes a whole number without a fraction.
fn as_in_a_file(json: Json) -> Json {
    match json {
        Json::Number(number) => whole(&Json::Number(number.clone())).map_or(Json::Number(number), Json::from),
        Json::Object(map) => map.into_iter().map(|(name, value)| (name, as_in_a_file(value))).collect(),
        other => other,
    }
}

/// Numbers are doubles, however they are written.
fn same(one: &Json, other: &Json) -> bool {
    match (one, other) {
        (Json::Number(one), Json::Number(other)) => one.as_f64() == other.as_f64(),
        (Json::Array(one), Json::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Json::Object(one), Json::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(name, value)| other.get(name).is_some_and(|other| same(value, other)))
        }
        _ => one == other,
    }
}

fn whole(number: &Json) -> Result<u64, Malformed> {
    let number = number.as_f64().and_then(|number| Value::Number(number).whole());
    number.ok_or(Malformed("an entry has a number that is none"))
}

fn small<T: TryFrom<u64>>(number: &Json) -> Result<T, Malformed> {
    T::try_from(whole(number)?).map_err(|_| Malformed("an entry has a number that is too large"))
}

fn act(client: &mut Client, now: Now, entry: &Json) -> Result<(), Malformed> {
    match entry["in"].as_str().unwrap_or_default() {
        "connect" => client.connect(now),
        "reconnect_now" => client.reconnect_now(now),
        "send" => {
            // Refused it may have been, as it is now.
            let _refused = client.send(now, &filler(&entry["content"])?);
        }
        "draft" => {
            let along = entry.get("along").map(attributes).transpose()?;
            let _refused = client.send_with(now, &draft(entry)?, along);
        }
        "set_attributes" => drop(client.set_attributes(now, attributes(&entry["attributes"])?)),
        "join" => drop(client.join(now)),
        "answer_offer" => {
            let id = entry.get("id").map(|id| filler(id).map(String::from)).transpose()?;
            let (video, accepted) = (entry["video"] == true, entry["accepted"] == true);
            client.answer_offer(now, &OfferAnswer { video, accepted, id });
        }
        "typing" => {
            client.typing(now);
        }
        "cancel" => {
            let id = entry["id"].as_str().and_then(|id| Uuid::try_parse(id).ok());
            client.cancel(now, id.ok_or(Malformed("an entry has an id that is none"))?);
        }
        "attach" => {
            let word = |name: &str| entry[name].as_str().map(str::to_owned);
            let (Some(extension), Some(kind)) = (word("extension"), word("type")) else {
                return Err(Malformed("an entry has a file that is none"));
            };
            let offer = Offer { name: filler(&entry["name"])?, extension, kind, size: whole(&entry["size"])? };
            let _refused = client.attach(now, offer);
        }
        "detach" => {
            let id = entry["id"].as_str().and_then(|id| Uuid::try_parse(id).ok());
            let _refused = client.detach(now, id.ok_or(Malformed("an entry has an id that is none"))?);
        }
        "ask_history" | "ask_deployment" | "ask_domains" => {
            let what = Inquiry::ALL.into_iter().find(|what| Some(what.name()) == entry["in"].as_str());
            if let Some(what) = what {
                let _refused = client.inquire(now, what);
            }
        }
        "attachment_url" => {
            let id = entry["id"].as_str().ok_or(Malformed("an entry has an id that is none"))?;
            let _refused = client.attachment_url(now, id);
        }
        "sign_in" => {
            let bytes = small::<usize>(&entry["bytes"]).ok().filter(|bytes| *bytes <= limits::AUTHORISATION_BYTES);
            let bytes = bytes.ok_or(Malformed("an entry has a grant that cannot be"))?;
            let _refused = client.sign_in(now, Grant(Secret::stand_in(bytes)));
        }
        "grant_unavailable" => client.grant_unavailable(now),
        "sign_out" => {
            let _refused = client.sign_out(now);
        }
        "subscribe" => drop(client.subscribe(now, &topics(entry)?)),
        "unsubscribe" => drop(client.unsubscribe(now, &topics(entry)?)),
        "resynced" => client.resynced(now, small(&entry["gap"])?),
        "start_new" => drop(client.start_new(now)),
        "clear" => drop(client.clear(now)),
        "close" => {
            // The only number that a caller gives as it is: the driver's cast saturates, and so does this one.
            let grace = entry["grace"].as_f64().map(|grace| grace as u64);
            client.close(now, grace);
        }
        "frame" if entry["confirmed"] == true => {
            // As the application knows it.
            let confirmation = client.dialect.streaming().map(Streaming::confirmation);
            let confirmation = confirmation.ok_or(Malformed("a frame confirms what nobody asked for"))?;
            let frame = Frame { bytes: small(&entry["bytes"])?, body: Ok(cut(confirmation, entry)) };
            client.handle(now, Input::SocketFrame(small(&entry["socket"])?, frame));
        }
        name => client.handle(now, input(name, entry)?),
    }
    Ok(())
}

fn topics(entry: &Json) -> Result<Vec<String>, Malformed> {
    let topics = entry["topics"].as_array().ok_or(Malformed("an entry has no topics"))?;
    let text = |topic: &Json| topic.as_str().map(str::to_owned).ok_or(Malformed("an entry has a topic that is none"));
    topics.iter().map(text).collect()
}

fn draft(entry: &Json) -> Result<Draft, Malformed> {
    let text = |name: &str| filler(&entry[name]).map(String::from);
    let maybe = |name: &str| entry.get(name).map(|_| text(name)).transpose();
    let kind = entry["reply"].as_str().map(|name| ReplyKind::ALL.into_iter().find(|kind| kind.name() == name));
    let reply = match kind {
        None => None,
        Some(None) => return Err(Malformed("an entry has a reply of no kind that is known")),
        Some(Some(kind)) => {
            let choices = entry["choices"].as_array().ok_or(Malformed("an entry has no choices"))?;
            let choice = |it: &Json| {
                let text = |name: &str| filler(&it[name]).map(String::from);
                Ok(Choice { id: text("id")?, text: text("text")?, payload: text("payload")? })
            };
            Some(Reply {
                kind,
                choices: choices.iter().map(choice).collect::<Result<_, _>>()?,
                originating: maybe("originating")?,
                text: text("words")?,
                form: text("form")?,
            })
        }
    };
    let attachment = match entry["attachment"].as_str() {
        Some(id) => Some(id.to_owned()),
        None => maybe("attachment")?,
    };
    Ok(Draft { text: text("content")?, attributes: attributes(&entry["attributes"])?, reply, attachment })
}

fn attributes(entry: &Json) -> Result<Attributes, Malformed> {
    let count: usize = small(&entry["count"])?;
    if count > limits::VALUE_NODES {
        return Err(Malformed("an entry has more attributes than are read"));
    }
    Ok(draft::stand_in(count, filler(&entry["all"])?))
}

fn input(name: &str, entry: &Json) -> Result<Input, Malformed> {
    let socket = || small::<u32>(&entry["socket"]);
    let request = || small::<u32>(&entry["request"]);
    Ok(match name {
        "opened" => Input::SocketOpened(socket()?),
        "frame" => Input::SocketFrame(socket()?, frame(entry)?),
        "closed" => Input::SocketClosed(socket()?, small(&entry["code"])?, why(entry)?),
        "refused" => Input::SocketRefused(socket()?, answer(entry)?),
        "answered" => Input::Answered(request()?, answer(entry)?),
        "unanswered" => Input::Unanswered(request()?, why(entry)?),
        "token" => {
            let bytes = if entry["wellFormed"] == true { small::<u16>(&entry["bytes"])? } else { 0 };
            Input::Token(request()?, Secret::stand_in(bytes.into()), whole(&entry["expiresIn"]).ok())
        }
        "token_refused" => Input::TokenRefused(request()?, entry["final"].as_str().map(Ended::tokenless)),
        "online" => Input::Environment(Environment::Online),
        "offline" => Input::Environment(Environment::Offline),
        "visible" => Input::Environment(Environment::Visible),
        "resumed" => Input::Environment(Environment::Resumed),
        "time" => Input::Time,
        _ => return Err(Malformed("an entry is of no kind that is known")),
    })
}

fn frame(entry: &Json) -> Result<Frame, Malformed> {
    let body = match entry.get("unreadable") {
        None => Ok(body(entry)?),
        Some(why) => Err(unreadable(why)?),
    };
    Ok(Frame { bytes: small(&entry["bytes"])?, body })
}

fn body(entry: &Json) -> Result<Value, Malformed> {
    Ok(cut(value(&entry["body"], 0)?, entry))
}

/// What was left out of it stands at its end.
fn cut(mut body: Value, entry: &Json) -> Value {
    match &mut body {
        Value::Map(members) if entry["cut"] == true => members.push((String::new(), Value::Cut)),
        Value::List(items) if entry["cut"] == true => items.push(Value::Cut),
        _ => {}
    }
    body
}

fn unreadable(name: &Json) -> Result<Unreadable, Malformed> {
    let unreadable = Unreadable::ALL.into_iter().find(|unreadable| name == unreadable.name());
    unreadable.ok_or(Malformed("something was unreadable in a way that is not known"))
}

fn answer(entry: &Json) -> Result<HttpAnswer, Malformed> {
    let header = |name: &str| entry[name].as_str().map(str::to_owned);
    Ok(HttpAnswer {
        status: small(&entry["status"])?,
        retry_after: header("retryAfter"),
        date: header("date"),
        body: match (entry.get("body"), entry.get("unreadable")) {
            (Some(_), _) => AnswerBody::Json(body(entry)?),
            (None, Some(why)) => AnswerBody::Unreadable(unreadable(why)?),
            (None, None) => AnswerBody::Empty,
        },
        redirected: header("redirected"),
    })
}

fn why(entry: &Json) -> Result<Option<ErrorCode>, Malformed> {
    let code = |why: &str| ErrorCode::new(why).ok_or(Malformed("an entry has a cause that is no code"));
    entry["why"].as_str().map(code).transpose()
}

pub(super) fn value(json: &Json, depth: usize) -> Result<Value, Malformed> {
    if depth >= limits::VALUE_DEPTH {
        return Err(Malformed("an entry nests too deep"));
    }
    Ok(match json {
        Json::Null => Value::Null,
        Json::Bool(it) => Value::Bool(*it),
        Json::Number(it) => Value::Number(it.as_f64().ok_or(Malformed("an entry has a number that is none"))?),
        Json::String(it) => Value::Text(it.clone()),
        Json::Array(items) => Value::List(items.iter().map(|item| value(item, depth + 1)).collect::<Result<_, _>>()?),
        Json::Object(map) if map.contains_key("filler") => Value::Text(String::from(&*filler(json)?)),
        Json::Object(map) => Value::Map(
            map.iter().map(|(name, member)| Ok((name.clone(), value(member, depth + 1)?))).collect::<Result<_, _>>()?,
        ),
    })
}

fn filler(json: &Json) -> Result<Content, Malformed> {
    let wrong = Malformed("an entry has a content that cannot be");
    let length = |name: &str| small::<usize>(&json[name]).ok().filter(|length| *length <= limits::FILLER_BYTES);
    let (bytes, quoted) = (length("filler").ok_or(wrong)?, length("quoted").ok_or(wrong)?);
    Content::filler(bytes, quoted).ok_or(wrong)
}
