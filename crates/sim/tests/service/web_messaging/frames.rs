//! The frames that others have seen (`tests/data/web-messaging-frames.json`, each with its source): what clients say
//! is understood, and what the service says looks like what services said.

use std::collections::{BTreeMap, BTreeSet};

use guestwire_sim::service::{ConnectionId, Upload, WebMessagingConfig};
use serde_json::{Value, json};

use super::world::{BASE, DEPLOYMENT, World, config};

struct Example {
    name: String,
    frame: Value,
}

/// The examples of one side and one channel.
fn examples(direction: &str, channel: &str) -> Vec<Example> {
    let all: Vec<Value> = serde_json::from_str(include_str!("../../data/web-messaging-frames.json")).expect("JSON");
    assert!(all.iter().all(|example| example["source"].as_str().is_some_and(|source| !source.is_empty())));
    let ours = all.into_iter().filter(|example| example["direction"] == direction && example["channel"] == channel);
    ours.map(|example| Example {
        name: example["name"].as_str().expect("a name").to_owned(),
        frame: example["frame"].clone(),
    })
    .collect()
}

/// A file in the guest's session under this id.
fn has_file(world: &mut World, guest: ConnectionId, token: &str, id: &str) {
    let offer = world.answer(
        guest,
        token,
        json!({ "action": "onAttachment", "attachmentId": id, "fileName": "foo.png", "fileType": "image/png" }),
    );
    let url = offer["body"]["url"].as_str().expect("an address");
    let upload = Upload { tagging: offer["body"]["headers"]["x-amz-tagging"].as_str(), bytes: b"image" };
    assert_eq!(world.service.upload(world.now, url.rsplit('/').next().expect("a key"), upload).status, 200);
    world.pass(0);
    assert_eq!(world.classes(guest), ["UploadSuccessEvent"]);
}

/// What answers a client's frame where all is well.
fn wanted(frame: &Value) -> &'static [&'static str] {
    let event = &frame["message"]["events"][0];
    match frame["action"].as_str().expect("an action") {
        "configureSession" | "closeSession" => &["SessionResponse"],
        // The token in the example is nobody's: it is refused as the document has it, and tried with a true one below.
        "configureAuthenticatedSession" => &["string"],
        "onMessage" if event["eventType"] == "Typing" => &[],
        "onMessage" if event["presence"]["type"] == "Clear" => {
            &["StructuredMessage", "SessionClearedEvent", "ConnectionClosedEvent"]
        }
        "onMessage" | "echo" => &["StructuredMessage"],
        "getJwt" => &["JwtResponse"],
        "onAttachment" | "getAttachment" => &["PresignedUrlResponse"],
        "deleteAttachment" => &["AttachmentDeletedResponse"],
        "getConfiguration" => &["GetConfigurationResponse"],
        action => panic!("what answers {action}?"),
    }
}

#[test]
fn every_client_frame_is_understood() {
    for Example { name, frame } in examples("client", "ws") {
        let mut world = World::new(config());
        let guest = world.open();
        let token = frame["token"].as_str().unwrap_or("<token>");
        if !frame["action"].as_str().expect("an action").starts_with("configure") {
            world.configure(guest, token, false);
        }
        let sent_with = &frame["message"]["content"][0]["attachment"]["id"];
        for id in [sent_with, &frame["attachmentId"]] {
            if let (Some(id), false) = (id.as_str(), frame["action"] == "onAttachment") {
                has_file(&mut world, guest, token, id);
            }
        }
        world.say(guest, &frame);
        let heard = world.heard(guest);
        let classes: Vec<&str> = heard.iter().map(|frame| frame["class"].as_str().expect("a class")).collect();
        assert_eq!(classes, wanted(&frame), "{name}: {heard:#?}");
        if let Some(answer) = heard.first() {
            assert_eq!(answer.get("tracingId"), frame.get("tracingId"), "{name}");
        }
        if let Some(metadata) = frame["message"]["metadata"].as_object() {
            for (key, value) in metadata {
                assert_eq!(&heard[0]["body"]["metadata"][key], value, "{name}: it comes back");
            }
        }
    }
}

#[test]
fn the_example_of_an_authenticated_session_opens_one_with_a_true_token() {
    let mut example = examples("client", "ws")
        .into_iter()
        .find(|example| example.frame["action"] == "configureAuthenticatedSession")
        .expect("there is one")
        .frame;
    let mut world = World::new(config());
    let guest = world.open();
    world.say(guest, &example);
    let refused = world.heard(guest).remove(0);
    assert_eq!((&refused["code"], &refused["body"]), (&json!(401), &json!("User is unauthorized")));
    let exchange = json!({ "deploymentId": DEPLOYMENT, "oauth": { "code": "c" } }).to_string();
    example["data"]["code"] = world.service.exchange_code(world.now, exchange.as_bytes()).body["jwt"].clone();
    world.say(guest, &example);
    assert_eq!(world.classes(guest), ["SessionResponse"]);
}

#[test]
fn every_client_request_is_understood() {
    let mut world = World::new(config());
    for Example { name, frame } in examples("client", "rest") {
        let body = frame.to_string();
        let answer = match name.split_whitespace().find(|word| word.starts_with('/')).expect("a path") {
            path if path.ends_with("oauthcodegrantjwtexchange") => {
                world.service.exchange_code(world.now, body.as_bytes())
            }
            // Nobody's token: refused, but understood.
            path if path.ends_with("refresh") => {
                let answer = world.service.refresh_jwt(world.now, body.as_bytes());
                assert_eq!(answer.status, 401);
                continue;
            }
            path if path.contains("pushdevices") => {
                world.service.register_device(world.now, DEPLOYMENT, "token", body.as_bytes())
            }
            path => panic!("whose is {path}?"),
        };
        assert!(matches!(answer.status, 200 | 204), "{name}: {answer:?}");
    }
}

/// The members of a value, as paths, with the types that they have. A list counts by its elements.
fn paths(at: &str, value: &Value, found: &mut BTreeMap<String, BTreeSet<&'static str>>) {
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "list",
        Value::Object(_) => "object",
    };
    found.entry(at.to_owned()).or_default().insert(kind);
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                paths(&format!("{at}.{name}"), member, found);
            }
        }
        Value::Array(elements) => {
            for element in elements {
                paths(&format!("{at}[]"), element, found);
            }
        }
        _ => {}
    }
}

fn paths_of(value: &Value) -> BTreeMap<String, BTreeSet<&'static str>> {
    let mut found = BTreeMap::new();
    paths("", value, &mut found);
    found
}

/// Members that no example has, and where web-messaging.md has them.
const DOCUMENTED: &[(&str, &str, &str)] = &[
    // Section 3.1, SessionResponse.
    ("SessionResponse", ".body.readOnly", "bool"),
    ("SessionResponse", ".body.clearedExistingSession", "bool"),
    ("SessionResponse", ".body.allowedMedia", "object"),
    ("SessionResponse", ".body.allowedMedia.inbound", "object"),
    ("SessionResponse", ".body.allowedMedia.inbound.fileTypes", "list"),
    ("SessionResponse", ".body.allowedMedia.inbound.fileTypes[]", "object"),
    ("SessionResponse", ".body.allowedMedia.inbound.fileTypes[].type", "string"),
    ("SessionResponse", ".body.allowedMedia.inbound.maxFileSizeKB", "number"),
    ("SessionResponse", ".body.blockedExtensions", "list"),
    ("SessionResponse", ".body.blockedExtensions[]", "string"),
    ("SessionResponse", ".body.maxCustomDataBytes", "number"),
    ("SessionResponse", ".body.durationSeconds", "number"),
    ("SessionResponse", ".body.expirationDate", "number"),
    // Section 3.1, ConnectionClosedEvent, JwtResponse, TooManyRequestsErrorMessage, AttachmentDeletedResponse.
    ("ConnectionClosedEvent", ".body.reason", "string"),
    ("JwtResponse", ".body.jwt", "string"),
    ("JwtResponse", ".body.exp", "number"),
    ("TooManyRequestsErrorMessage", ".body.retryAfter", "number"),
    ("TooManyRequestsErrorMessage", ".body.errorCode", "number"),
    ("TooManyRequestsErrorMessage", ".body.errorMessage", "string"),
    ("AttachmentDeletedResponse", ".body.attachmentId", "string"),
    // The schema of errors (`ErrorMessage` and its like).
    ("TooManyRequestsErrorMessage", ".body.name", "string"),
    ("TooManyRequestsErrorMessage", ".body.message", "string"),
    ("GenerateUrlError", ".body.name", "string"),
    ("GenerateUrlError", ".body.message", "string"),
    // Section 3.2: metadata is a map of strings, `authenticated` among them; content types; participants.
    ("StructuredMessage", ".body.metadata.authenticated", "string"),
    ("StructuredMessage", ".body.metadata.id", "string"),
    ("StructuredMessage", ".body.channel.from.firstName", "string"),
    // Section 3.3: what a guest says of an offer.
    ("StructuredMessage", ".body.events[].video.type", "string"),
    ("StructuredMessage", ".body.content[].attachment", "object"),
    ("StructuredMessage", ".body.content[].attachment.id", "string"),
    ("StructuredMessage", ".body.content[].attachment.url", "string"),
    ("StructuredMessage", ".body.content[].attachment.filename", "string"),
    ("StructuredMessage", ".body.content[].attachment.mediaType", "string"),
    ("StructuredMessage", ".body.content[].attachment.mime", "string"),
    ("StructuredMessage", ".body.content[].attachment.fileSize", "number"),
];

/// Classes of which there is no example: the envelope is that of the others.
const WITHOUT_EXAMPLE: &[&str] = &["JwtResponse", "TooManyRequestsErrorMessage", "AttachmentDeletedResponse"];

/// Examples of what this service never says.
const NEVER_SAID: &[&str] = &["NotSupportedClassName"];

fn ask(world: &mut World, guest: ConnectionId, frame: Value, all: &mut Vec<Value>) -> Value {
    let heard = world.ask(guest, "t", frame);
    let first = heard.first().cloned().unwrap_or_default();
    all.extend(heard);
    first
}

/// Answers to what an agent offers.
fn offers() -> [Value; 2] {
    [
        json!({ "eventType": "CoBrowse", "coBrowse": { "type": "OfferingRejected", "sessionId": "s" } }),
        json!({ "eventType": "Video", "video": { "type": "OfferingAccepted", "offeringId": "o", "jwt": "j" } }),
    ]
}

/// A day in the life of the service, in which it says everything that it can.
fn everything_said() -> Vec<Value> {
    let rates = guestwire_sim::service::Rates { messages: Some(5.0), ..guestwire_sim::service::Rates::NONE };
    let mut world = World::new(WebMessagingConfig { rates, echo_typing: true, session_life: 900, ..config() });
    let mut said = Vec::new();
    let all = &mut said;
    let guest = world.open();
    let other = world.guest("t");
    let message = |message: Value| json!({ "action": "onMessage", "tracingId": "m", "message": message });
    let event = |event: Value| json!({ "type": "Event", "events": [event] });
    ask(&mut world, guest, json!({ "action": "configureSession", "deploymentId": DEPLOYMENT, "tracingId": "c" }), all);
    ask(&mut world, guest, json!({ "action": "getConfiguration", "deploymentId": DEPLOYMENT }), all);
    ask(&mut world, guest, json!({ "action": "getJwt" }), all);
    ask(&mut world, guest, json!({ "action": "resumeToken" }), all);
    ask(&mut world, guest, json!({ "action": "echo", "message": { "type": "Text", "text": "ping" } }), all);
    ask(&mut world, guest, message(json!({ "type": "Text", "text": "hi", "metadata": { "id": "x" } })), all);
    ask(&mut world, guest, message(event(json!({ "eventType": "Typing", "typing": { "type": "On" } }))), all);
    ask(&mut world, guest, message(event(json!({ "eventType": "Presence", "presence": { "type": "Join" } }))), all);
    for offer in offers() {
        ask(&mut world, guest, message(event(offer)), all);
    }
    let upload = |name: &str| {
        json!({ "action": "onAttachment", "attachmentId": "f", "fileName": name, "fileType": "image/png",
            "errorsAsJson": true, "tracingId": "u" })
    };
    ask(&mut world, guest, upload("foo.exe"), all);
    ask(&mut world, guest, message(Value::Null), all);
    for bytes in [&b""[..], b"image"] {
        let offer = ask(&mut world, guest, upload("foo.png"), all);
        let key = offer["body"]["url"].as_str().expect("an address").rsplit('/').next().expect("a key").to_owned();
        let tagging = offer["body"]["headers"]["x-amz-tagging"].as_str();
        world.service.upload(world.now, &key, Upload { tagging, bytes });
        world.pass(0);
        all.extend(world.heard(guest));
    }
    ask(&mut world, guest, json!({ "action": "getAttachment", "attachmentId": "f" }), all);
    let part = json!({ "contentType": "Attachment", "attachment": { "id": "f" } });
    ask(&mut world, guest, message(json!({ "content": [part] })), all);
    ask(&mut world, guest, upload("bar.png"), all);
    world.answer(
        guest,
        "t",
        json!({ "action": "onAttachment", "attachmentId": "g", "fileName": "a.png", "fileType": "image/png" }),
    );
    ask(&mut world, guest, json!({ "action": "deleteAttachment", "attachmentId": "g" }), all);
    for _ in 0..6 {
        ask(&mut world, guest, message(json!({ "type": "Text", "text": "much" })), all);
    }
    world.pass(10_000);
    let exchange = json!({ "deploymentId": DEPLOYMENT, "oauth": { "code": "alice" } }).to_string();
    let jwt = world.service.exchange_code(world.now, exchange.as_bytes()).body["jwt"].clone();
    let signed_in =
        json!({ "action": "configureAuthenticatedSession", "deploymentId": DEPLOYMENT, "data": { "code": jwt } });
    let phone = world.open();
    world.ask(phone, "phone", signed_in.clone());
    ask(&mut world, guest, signed_in, all);
    all.extend(world.heard(phone));
    world.agent(&json!({ "type": "Text", "text": "hello" }));
    world.agent(&event(json!({ "eventType": "Presence", "presence": { "type": "Disconnect" } })));
    all.extend(world.heard(guest));
    world.pass(901_000);
    ask(&mut world, guest, json!({ "action": "echo", "message": { "type": "Text", "text": "ping" } }), all);
    ask(&mut world, guest, json!({ "action": "configureSession", "deploymentId": DEPLOYMENT }), all);
    ask(&mut world, guest, message(event(json!({ "eventType": "Presence", "presence": { "type": "Clear" } }))), all);
    all.extend(world.heard(other));
    let jwt = world.service.exchange_code(world.now, exchange.as_bytes()).body["jwt"].clone();
    let last = world.open();
    world.ask(
        last,
        "last",
        json!({ "action": "configureAuthenticatedSession", "deploymentId": DEPLOYMENT, "data": { "code": jwt } }),
    );
    world.service.revoke_jwt(world.now, jwt.as_str());
    all.extend(world.heard(last));
    let leaving = world.guest("leaving");
    let close = world.answer(leaving, "leaving", json!({ "action": "closeSession", "closeAllConnections": true }));
    assert_eq!(close["body"], json!({ "connected": false, "newSession": false, "readOnly": true }));
    said.push(close);
    said
}

#[test]
fn what_the_service_says_looks_like_what_services_said() {
    let mut known: BTreeMap<String, BTreeMap<String, BTreeSet<&str>>> = BTreeMap::new();
    let mut always: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for Example { frame, .. } in examples("server", "ws") {
        let class = frame["class"].as_str().expect("a class").to_owned();
        let here = paths_of(&frame);
        let names: BTreeSet<String> = here.keys().cloned().collect();
        always.entry(class.clone()).and_modify(|always| always.retain(|path| names.contains(path))).or_insert(names);
        for (path, kinds) in here {
            known.entry(class.clone()).or_default().entry(path).or_default().extend(kinds);
        }
    }
    let said = everything_said();
    let classes: BTreeSet<&str> = said.iter().map(|frame| frame["class"].as_str().expect("a class")).collect();
    for class in known.keys().filter(|class| !NEVER_SAID.contains(&class.as_str())) {
        assert!(classes.contains(class.as_str()), "nothing of {class} was said");
    }
    for frame in &said {
        let class = frame["class"].as_str().expect("a class");
        let here = paths_of(frame);
        for (path, kinds) in &here {
            let example = known.get(class).and_then(|paths| paths.get(path));
            let in_document = DOCUMENTED.iter().filter(|(of, at, _)| *of == class && at == path).map(|entry| entry.2);
            let envelope = path.matches('.').count() < 2 && WITHOUT_EXAMPLE.contains(&class) || path == ".tracingId";
            let mut allowed: BTreeSet<&str> = example.into_iter().flatten().copied().chain(in_document).collect();
            if envelope {
                allowed.extend(kinds);
            }
            assert!(
                kinds.is_subset(&allowed),
                "{class}{path} is {kinds:?}, which nobody has seen ({allowed:?}): {frame:#}"
            );
        }
        // As every message and event that was recorded; what answers a health check has none.
        if class == "StructuredMessage" && frame["type"] == "message" {
            assert!(frame["body"]["metadata"]["correlationId"].is_string(), "{frame:#}");
        }
        if let "TooManyRequestsErrorMessage" | "GenerateUrlError" = class {
            assert_eq!(frame["body"]["message"], frame["body"]["errorMessage"], "{frame:#}");
            assert_eq!(frame["body"]["name"], class, "{frame:#}");
        }
        for path in always.get(class).into_iter().flatten() {
            assert!(here.contains_key(path), "{class} without {path}: {frame:#}");
        }
    }
}

#[test]
fn the_words_of_documented_errors_are_those_that_were_seen() {
    let seen: BTreeSet<(u64, String)> = examples("server", "ws")
        .into_iter()
        .filter(|example| example.frame["class"] == "string")
        .map(|Example { frame, .. }| (frame["code"].as_u64().expect("a code"), frame["body"].to_string()))
        .collect();
    let mut world = World::new(WebMessagingConfig { typing: false, deployments: vec![DEPLOYMENT.into()], ..config() });
    let guest = world.guest("t");
    let typing = json!({ "type": "Event", "events": [{ "eventType": "Typing", "typing": { "type": "On" } }] });
    let said = [
        world.answer(guest, "t", json!({ "action": "configureSession", "deploymentId": "elsewhere" })),
        world.answer(guest, "t", json!({ "action": "onMessage", "message": typing })),
        world.answer(guest, "x", json!({ "action": "getJwt" })),
        world.answer(
            guest,
            "t",
            json!({ "action": "configureAuthenticatedSession", "deploymentId": DEPLOYMENT, "data": { "code": "x" } }),
        ),
        {
            let end = json!([{ "eventType": "Presence", "presence": { "type": "Disconnect" } }]);
            world.agent(&json!({ "type": "Event", "events": end, "metadata": { "readOnly": "true" } }));
            world.heard(guest);
            world.answer(guest, "t", super::world::text("a", "x"))
        },
    ];
    for frame in said {
        let words = (frame["code"].as_u64().expect("a code"), frame["body"].to_string());
        assert!(seen.contains(&words), "{words:?}");
    }
}

#[test]
fn what_is_read_over_rest_looks_like_what_was_read_there() {
    let mut world = World::new(config());
    let guest = world.guest("t");
    world.answer(guest, "t", super::world::text("a", "x"));
    world.agent(&json!({ "type": "Structured", "text": "q", "content":
        [{ "contentType": "QuickReply", "quickReply": { "text": "a", "payload": "b", "action": "c" } }] }));
    let jwt = world.jwt(guest, "t");
    let exchange = json!({ "deploymentId": DEPLOYMENT, "oauth": { "code": "c" } }).to_string();
    for Example { name, frame } in examples("server", "rest") {
        let ours = match name.as_str() {
            name if name.contains("(empty)") => continue,
            name if name.contains("webmessaging/messages") => world.history_page(&jwt, "1", "25").body,
            name if name.contains("config.json") => world.service.deployment_config(world.now, DEPLOYMENT, BASE).body,
            name if name.contains("oauthcodegrantjwtexchange") => {
                world.service.exchange_code(world.now, exchange.as_bytes()).body
            }
            name if name.contains("push error") => world.history_page("x", "1", "25").body,
            name => panic!("whose is {name}?"),
        };
        for member in [".headlessMode.enabled", ".position.alignment", ".messenger.homeScreen.enabled"] {
            let configured = paths_of(&ours).contains_key(member);
            assert_eq!(configured, name.contains("config.json"), "{name}: {member}");
        }
        let ours = paths_of(&ours);
        // Events and their like depend on what was said.
        let theirs = paths_of(&frame).into_iter().filter(|(path, _)| !path.contains(".events"));
        for (path, kinds) in theirs {
            let here = ours.get(&path).unwrap_or_else(|| panic!("{name}: no {path}"));
            assert!(!here.is_disjoint(&kinds), "{name}: {path} is {here:?}, not {kinds:?}");
        }
    }
}

#[test]
fn what_a_guest_does_beside_messages_is_taken_and_told_as_it_came() {
    let mut world = World::new(config());
    let (guest, other) = (world.guest("t"), world.guest("t"));
    let message = |event: &Value| json!({ "type": "Event", "events": [event] });
    for offer in offers() {
        let echo =
            world.answer(guest, "t", json!({ "action": "onMessage", "tracingId": "o", "message": message(&offer) }));
        assert_eq!((&echo["class"], &echo["body"]["events"]), (&json!("StructuredMessage"), &json!([offer])));
        assert_eq!(world.heard(other), [echo], "the guest's other tabs hear it");
    }
    let mut join = message(&json!({ "eventType": "Presence", "presence": { "type": "Join" } }));
    join["channel"] = json!({ "metadata": { "customAttributes": { "page": "x" } } });
    world.answer(guest, "t", json!({ "action": "onMessage", "message": join }));
    let noted: Vec<Value> = world.service.guest_events().map(|event| json!(event)).collect();
    let [cobrowse, video] = offers();
    assert_eq!((&noted[0]["event"], &noted[1]["event"]), (&cobrowse, &video));
    assert_eq!((&noted[2]["event"], &noted[2]["customAttributes"]), (&join["events"][0], &json!({ "page": "x" })));
    for bad in [json!({ "type": "Taken" }), json!({}), Value::Null] {
        let event = json!({ "eventType": "CoBrowse", "coBrowse": bad });
        let refused = world.answer(guest, "t", json!({ "action": "onMessage", "message": message(&event) }));
        assert_eq!(refused["code"], 400, "{event}");
    }
}

#[test]
fn the_ledger_has_the_attributes_of_a_message_from_either_place() {
    let mut world = World::new(config());
    let guest = world.guest("t");
    let attributes = json!({ "metadata": { "customAttributes": { "plan": "gold" } } });
    let mut inside = super::world::text("a", "x");
    inside["message"]["channel"] = attributes.clone();
    let mut outside = super::world::text("b", "x");
    outside["channel"] = attributes;
    for frame in [inside, outside, super::world::text("c", "x")] {
        world.answer(guest, "t", frame);
    }
    let kept: Vec<_> = world.service.ledger().iter().map(|entry| entry.custom_attributes.clone()).collect();
    assert_eq!(kept, [Some(json!({ "plan": "gold" })), Some(json!({ "plan": "gold" })), None]);
}
