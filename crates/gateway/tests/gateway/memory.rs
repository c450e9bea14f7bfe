//! One budget of bytes: whatever comes too much of, the newcomer is refused, what is there goes on, and what is cleared
//! gives its bytes back.

use std::net::SocketAddr;

use guestwire_gateway::{DEMO_CLIENT, DEMO_SECRET, DEMO_TOKEN, Rates};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::messenger::{TOKEN, text};
use crate::world::{Answer, End, Guest, Socket, World, ack, in_time, request};

const MIB: usize = 1024 * 1024;
/// Far more than fits.
const MANY: usize = 20_000;

/// What `/control/memory` says.
#[derive(Debug)]
struct Memory {
    used: u64,
    allowed: u64,
    peak: u64,
    refused: u64,
    uses: Value,
}

impl Memory {
    fn of(&self, what: &str) -> u64 {
        self.uses[what].as_u64().expect("a number")
    }
}

/// A gateway with so many MiB and none of the services' own limits that come before.
async fn world(mib: usize) -> World {
    World::with(|settings| {
        settings.service.max_memory = mib * MIB;
        settings.service.web_messaging.rates = Rates {
            messages: None,
            requests: None,
            configures: None,
            histories: None,
            health_checks: None,
            connections: None,
        };
        settings.service.streams.api_rate = None;
        settings.service.streams.open_rate = None;
    })
    .await
}

impl World {
    async fn memory(&self) -> Memory {
        let told = self.control("GET", "memory", Value::Null).await;
        let number = |name: &str| told[name].as_u64().unwrap_or_else(|| panic!("{name}: {told}"));
        Memory {
            used: number("used"),
            allowed: number("allowed"),
            peak: number("peak"),
            refused: number("refused"),
            uses: told["uses"].clone(),
        }
    }

    /// It is within its budget, and an ordinary guest is served.
    async fn serves(&self, socket: &mut Socket, id: &str) {
        let memory = self.memory().await;
        assert!(memory.peak <= memory.allowed, "{memory:?}");
        assert_eq!(socket.send(id).await, ack(id));
    }
}

fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}

/// A request whose body is announced, with as much of it as is sent.
async fn begin(
    addr: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    length: usize,
    sent: &[u8],
) -> TcpStream {
    let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {addr}\r\nContent-Length: {length}\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    let mut stream = TcpStream::connect(addr).await.expect("it listens");
    in_time(stream.write_all(head.as_bytes())).await.expect("sent");
    in_time(stream.write_all(sent)).await.expect("sent");
    stream
}

/// The head of what is answered.
async fn head(stream: &mut TcpStream) -> Answer {
    let mut bytes = Vec::new();
    loop {
        let mut more = [0; 1024];
        let count = in_time(stream.read(&mut more)).await.expect("an answer");
        bytes.extend_from_slice(&more[..count]);
        if let Some(answer) = Answer::parse(&bytes) {
            return answer;
        }
        assert!(count > 0, "it ended without an answer: {}", String::from_utf8_lossy(&bytes));
    }
}

fn is_refused_for_now(answer: &Answer) {
    assert_eq!(answer.status, 503, "{}", String::from_utf8_lossy(&answer.body));
    let wait = answer.header("retry-after").expect("a wait").parse::<u32>().expect("seconds");
    assert!(wait > 0);
}

#[tokio::test]
async fn whoever_may_not_send_is_refused_before_their_body_comes() {
    let world = world(4).await;
    let guest = world.guest().await;
    let json = ("Content-Type", "application/json");
    let wrong = bearer("wrong");
    for (method, path, headers, status) in [
        ("PUT", "/uploads/wrong", vec![("x-amz-tagging", "role=guest")], 403),
        ("POST", guest.messages().as_str(), vec![("Authorization", wrong.as_str()), json], 401),
        ("POST", "/api/v2/webchat/guests", vec![("Authorization", wrong.as_str()), json], 401),
        ("PUT", "/api/v2/notifications/channels/x/subscriptions", vec![("Authorization", wrong.as_str()), json], 401),
    ] {
        let mut stream = begin(world.addr, method, path, &headers, 100_000, b"").await;
        assert_eq!(head(&mut stream).await.status, status, "{path}");
    }
    assert_eq!(world.memory().await.of("bodies"), 0);
}

/// A message of a few kilobytes that takes far more in memory: many small members.
fn heavy(number: usize) -> Value {
    let mut message = text(&format!("m{number}"), "x");
    let members = (0..1_000).map(|member| (format!("k{member}"), Value::from("v")));
    message["message"]["metadata"] = members.collect::<serde_json::Map<_, _>>().into();
    message
}

#[tokio::test]
async fn a_flood_of_metadata_is_refused_and_clearing_gives_the_bytes_back() {
    let world = world(8).await;
    let mut socket = world.messenger().await;
    // A socket's buffers keep the size of the largest message.
    assert_eq!(socket.ask(&heavy(MANY)).await["class"], "StructuredMessage");
    world.control("DELETE", "ledger", Value::Null).await;
    let base = world.memory().await;
    let mut taken = 0;
    let refused = loop {
        let answer = socket.ask(&heavy(taken)).await;
        if answer["class"] != "StructuredMessage" {
            break answer;
        }
        taken += 1;
        assert!(taken < MANY);
    };
    assert_eq!(refused["code"], 5000, "{refused}");
    assert!(taken > 10, "{taken}");
    let full = world.memory().await;
    assert!(full.peak <= full.allowed && full.used > full.allowed / 2, "{full:?}");
    assert_eq!(world.ledger().await.len(), taken, "nothing that was taken is lost");
    world.control("DELETE", "ledger", Value::Null).await;
    let cleared = world.memory().await;
    assert_eq!((cleared.of("ledger"), cleared.of("conversations")), (0, 0), "{cleared:?}");
    for what in ["sessions", "files", "streams", "reports", "frames", "answers", "bodies"] {
        assert_eq!(cleared.of(what), base.of(what), "{what}: {base:?} {cleared:?}");
    }
    in_time(async { while world.memory().await.used > base.used {} }).await;
    assert_eq!(socket.ask(&heavy(taken)).await["class"], "StructuredMessage");
}

#[tokio::test]
async fn messages_that_wait_to_be_taken_are_counted() {
    let world = world(4).await;
    let mut socket = world.messenger().await;
    world.fault(json!({ "fault": "late", "ms": 3_600_000 })).await;
    let mut number = 0;
    let refused = loop {
        let before = world.memory().await.of("conversations");
        socket.say(heavy(number).to_string()).await;
        number += 1;
        let waits = async { while world.memory().await.of("conversations") == before {} };
        // Until it waits, or is refused.
        tokio::select! {
            refused = socket.hear_json() => break refused,
            () = waits => assert!(number < MANY),
        }
    };
    assert_eq!(refused["code"], 5000, "{refused}");
    let full = world.memory().await;
    assert!(full.of("conversations") > full.allowed / 2 && full.peak <= full.allowed, "{full:?}");
}

#[tokio::test]
async fn half_sent_bodies_stay_within_the_budget_and_a_guest_is_served() {
    let world = world(4).await;
    let guest = world.guest().await;
    let mut socket = world.open(&guest).await;
    let token = bearer(&guest.token);
    let headers = [("Authorization", token.as_str()), ("Content-Type", "application/json")];
    let half = vec![b' '; 100_000];
    let mut open = Vec::new();
    for number in 0.. {
        let before = world.memory().await;
        let mut stream = begin(world.addr, "POST", &guest.messages(), &headers, 200_000, &half).await;
        let read = async { while world.memory().await.of("bodies") < before.of("bodies") + 100_000 {} };
        // Until it was read, or is answered.
        let refused = in_time(async {
            tokio::select! {
                readable = stream.readable() => readable.is_ok(),
                () = read => false,
            }
        })
        .await;
        if refused {
            is_refused_for_now(&head(&mut stream).await);
            break;
        }
        open.push(stream);
        assert!(number < MANY);
    }
    assert!(open.len() > 10, "{}", open.len());
    world.serves(&mut socket, "a").await;
    drop(open);
    in_time(async { while world.memory().await.of("bodies") > 0 {} }).await;
    assert_eq!(world.post(&guest, "b").await.status, 200);
}

/// The first half of a masked frame of this length.
async fn half_a_frame(socket: &mut Socket, length: u32) {
    let mut bytes = vec![0x81, 0xFF];
    bytes.extend_from_slice(&u64::from(length).to_be_bytes());
    bytes.extend_from_slice(&[0; 4]);
    bytes.resize(bytes.len() + length as usize / 2, b' ');
    // It may be refused while it is sent.
    let _ = in_time(socket.0.get_mut().write_all(&bytes)).await;
}

#[tokio::test]
async fn half_sent_frames_stay_within_the_budget_and_a_guest_is_served() {
    let world = world(4).await;
    let guest = world.guest().await;
    let mut socket = world.open(&guest).await;
    let mut open = Vec::new();
    for _ in 0..20 {
        open.push(world.open(&guest).await);
    }
    let mut held = 0;
    let mut refused = None;
    for one in &mut open {
        let before = world.memory().await;
        half_a_frame(one, 200_000).await;
        let read = async { while world.memory().await.of("connections") < before.of("connections") + 150_000 {} };
        // Until it was read, or is closed.
        tokio::select! {
            end = one.end() => {
                refused = Some(end);
                break;
            }
            () = read => held += 1,
        }
    }
    assert!(matches!(refused, Some(End::Close(1013, _))), "{refused:?}");
    assert!(held > 5, "{held}");
    world.serves(&mut socket, "a").await;
    drop(open);
    in_time(async { while world.memory().await.of("connections") > MIB as u64 {} }).await;
}

#[tokio::test]
async fn guests_who_do_not_read_stay_within_the_budget_and_a_guest_is_served() {
    let world = world(8).await;
    let (deaf, other) = (world.guest().await, world.guest().await);
    let mut socket = world.open(&other).await;
    let mut all = Vec::new();
    for _ in 0..20 {
        all.push(world.open(&deaf).await);
    }
    let long = "x".repeat(200_000);
    let mut most = 0;
    in_time(async {
        loop {
            most = most.max(world.memory().await.of("frames"));
            let said = json!({ "content": long, "conversation": deaf.conversation });
            let answer = world.request("POST", "/control/say", &[], &said.to_string()).await;
            // Full of what was said, which is kept to be repeated.
            if answer.status == 503 {
                world.control("DELETE", "ledger", Value::Null).await;
            }
            let report = world.control("GET", "connections", Value::Null).await;
            if report["connections"].as_array().is_some_and(|live| live.len() == 1) {
                return;
            }
        }
    })
    .await;
    assert!(most > 200_000, "{most}");
    world.serves(&mut socket, "a").await;
    world.control("DELETE", "ledger", Value::Null).await;
    in_time(async { while world.memory().await.of("frames") > 0 {} }).await;
}

#[tokio::test]
async fn sessions_are_counted_and_clearing_forgets_those_that_nobody_is_in() {
    let world = world(4).await;
    let guest = world.guest().await;
    let mut socket = world.open(&guest).await;
    let token = bearer(DEMO_TOKEN);
    let mut made = 0;
    let refused = loop {
        let answer = world.create("Authorization", &token).await;
        if answer.status != 200 {
            break answer;
        }
        made += 1;
        assert!(made < MANY);
    };
    is_refused_for_now(&refused);
    assert!(made > 100, "{made}");
    world.serves(&mut socket, "a").await;
    world.control("DELETE", "memory", Value::Null).await;
    world.serves(&mut socket, "b").await;
    assert_eq!(world.create("Authorization", &token).await.status, 200);
    assert!(world.memory().await.used < MIB as u64);
}

#[tokio::test]
async fn sockets_are_counted_and_the_control_surface_answers_when_they_are_too_many() {
    let world = world(4).await;
    let guest = world.guest().await;
    let path = format!("{}?access_token={}", guest.socket(), guest.token);
    let mut open = Vec::new();
    let refused = loop {
        match world.try_open(&path, None).await {
            Ok((socket, _)) => open.push(socket),
            Err(refused) => break refused,
        }
        assert!(open.len() < MANY);
    };
    is_refused_for_now(&refused);
    // Each with the connection under it.
    assert!((30..110).contains(&open.len()), "{}", open.len());
    let memory = world.memory().await;
    assert!(memory.peak <= memory.allowed, "{memory:?}");
    open.truncate(10);
    in_time(async { while world.memory().await.of("connections") > MIB as u64 {} }).await;
    assert_eq!(open[0].send("b").await, ack("b"));
}

#[tokio::test]
async fn connections_that_say_nothing_leave_room_for_the_control_surface() {
    let world = world(4).await;
    let mut idle = Vec::new();
    // Until no ordinary one has room.
    while world.memory().await.refused == 0 {
        idle.push(TcpStream::connect(world.addr).await.expect("it listens"));
        assert!(idle.len() < MANY);
    }
    assert!(idle.len() > 100, "{}", idle.len());
    let headers = [("Authorization", "Bearer x"), ("Content-Type", "application/json")];
    let refused = world.request("POST", "/api/v2/webchat/guests", &headers, "{}").await;
    is_refused_for_now(&refused);
    is_refused_for_now(&world.request("GET", "/", &[], "").await);
    assert!(world.ledger().await.is_empty());
    drop(idle);
    in_time(async { while world.memory().await.of("connections") > MIB as u64 {} }).await;
    world.guest().await;
}

#[tokio::test]
async fn as_many_connections_as_there_may_be_leave_some_for_the_control_surface() {
    let world = World::with(|settings| settings.service.max_connections = 0).await;
    let mut idle = Vec::new();
    for _ in 0..512 {
        idle.push(TcpStream::connect(world.addr).await.expect("it listens"));
    }
    assert!(world.ledger().await.is_empty());
    let token = bearer(DEMO_TOKEN);
    is_refused_for_now(&world.create("Authorization", &token).await);
    drop(idle);
    in_time(async { while world.create("Authorization", &token).await.status != 200 {} }).await;
}

/// Where a file may be put, and its `x-amz-tagging`.
async fn offer(world: &World, socket: &mut Socket) -> (String, String) {
    let offer = socket
        .ask(&json!({ "action": "onAttachment", "token": TOKEN, "fileName": "a.png", "fileType": "image/png" }))
        .await;
    let url = offer["body"]["url"].as_str().unwrap_or_else(|| panic!("{offer}"));
    let path = url.strip_prefix(&format!("http://{}", world.addr)).expect("our own address").to_owned();
    (path, offer["body"]["headers"]["x-amz-tagging"].as_str().expect("a text").to_owned())
}

#[tokio::test]
async fn files_are_counted_also_while_somebody_fetches_them() {
    let world = world(8).await;
    let mut socket = world.messenger().await;
    let content = "x".repeat(500_000);
    let mut addresses = Vec::new();
    let refused = loop {
        let (path, tagging) = offer(&world, &mut socket).await;
        let answer = world.request("PUT", &path, &[("x-amz-tagging", &tagging)], &content).await;
        if answer.status != 200 {
            break answer;
        }
        let told = socket.hear_json().await;
        assert_eq!(told["class"], "UploadSuccessEvent", "{told}");
        addresses.push(told["body"]["downloadUrl"].as_str().expect("an address").to_owned());
        assert!(addresses.len() < MANY);
    };
    is_refused_for_now(&refused);
    assert!((5..16).contains(&addresses.len()), "{}", addresses.len());
    let path = addresses[0].strip_prefix(&format!("http://{}", world.addr)).expect("our own address").to_owned();
    assert_eq!(world.request("GET", &path, &[], "").await.body.len(), content.len());
    let memory = world.memory().await;
    assert!(memory.peak <= memory.allowed, "{memory:?}");
    world.control("DELETE", "memory", Value::Null).await;
    assert_eq!(world.memory().await.of("files"), 0);
    let (path, tagging) = offer(&world, &mut socket).await;
    assert_eq!(world.request("PUT", &path, &[("x-amz-tagging", &tagging)], &content).await.status, 200);
}

#[tokio::test]
async fn topics_are_counted_by_the_names_that_they_stand_for() {
    let world = world(4).await;
    let form = ("Content-Type", "application/x-www-form-urlencoded");
    let body = format!("grant_type=client_credentials&client_id={DEMO_CLIENT}&client_secret={DEMO_SECRET}");
    let token = world.request("POST", "/oauth/token", &[form], &body).await.json();
    let token = bearer(token["access_token"].as_str().expect("a token"));
    let headers = [("Authorization", token.as_str()), ("Content-Type", "application/json")];
    let channels = "/api/v2/notifications/channels";
    let made = world.request("POST", channels, &headers, "").await.json();
    let path = format!("{channels}/{}/subscriptions", made["id"].as_str().expect("an id"));
    // A text of 200 bytes, for fifty names of more than 100.
    let topic = |number: usize| {
        let parts = vec!["p"; 40].join("&");
        json!({ "id": format!("v2.{number:0>100}?{parts}") })
    };
    let topics = |count: usize| Value::from((0..count).map(topic).collect::<Vec<_>>()).to_string();
    let few = world.request("PUT", &path, &headers, &topics(10)).await;
    assert_eq!(few.status, 200, "{}", String::from_utf8_lossy(&few.body));
    is_refused_for_now(&world.request("POST", &path, &headers, &topics(900)).await);
    let kept = world.request("GET", &path, &headers, "").await.json();
    assert_eq!(kept["entities"].as_array().map(Vec::len), Some(10), "what was there stays");
    assert!(world.memory().await.of("streams") > 40_000);
    assert_eq!(world.request("DELETE", &path, &headers, "").await.status, 200);
    assert!(world.memory().await.of("streams") < 2_000);
}

#[tokio::test]
async fn reports_that_have_no_room_say_how_much_they_forgot() {
    let world = world(4).await;
    let guest = world.guest().await;
    // Full but for little.
    let content = "x".repeat(100_000);
    let mut said = 0;
    while {
        let said = json!({ "content": content, "conversation": guest.conversation }).to_string();
        world.request("POST", "/control/say", &[], &said).await.status == 200
    } {
        said += 1;
        assert!(said < MANY);
    }
    let probe = async |guest: &Guest| {
        let token = bearer(&guest.token);
        world.request("GET", &guest.messages(), &[("Authorization", &token)], "").await.status
    };
    for _ in 0..500 {
        assert_eq!(probe(&guest).await, 200);
    }
    let report = world.control("GET", "requests", Value::Null).await;
    let kept = report["requests"].as_array().expect("a list").len() as u64;
    assert_eq!(report["forgotten"].as_u64().map(|forgotten| forgotten + kept), Some(501), "{kept}");
    world.control("DELETE", "ledger", Value::Null).await;
    assert!(world.memory().await.used < MIB as u64);
}

#[tokio::test]
async fn a_long_report_comes_whole_and_is_not_held_in_memory() {
    let world = world(64).await;
    let guest = world.guest().await;
    let mut socket = world.open(&guest).await;
    let content = "x".repeat(10_000);
    for number in 0..300 {
        socket.say(json!({ "type": "message", "content": content, "messageId": number.to_string() }).to_string()).await;
        assert_eq!(socket.hear_json().await, ack(&number.to_string()));
    }
    let before = world.memory().await;
    // Nobody reads these; what is sent of them fills the buffers of the system, and no more.
    let mut unread = Vec::new();
    for _ in 0..10 {
        unread.push(begin(world.addr, "GET", "/control/ledger", &[], 0, b"").await);
    }
    let ledger = world.ledger().await;
    assert_eq!(ledger.len(), 300);
    assert_eq!(ledger[299].0, "299");
    let after = world.memory().await;
    assert!(after.peak < before.peak + 10 * 100_000, "{before:?} {after:?}");
}

#[tokio::test]
async fn a_message_that_had_no_room_is_taken_when_there_is_some_again() {
    let world = world(4).await;
    let guest = world.guest().await;
    let mut taken = 0;
    let content = "x".repeat(15_000);
    let refused = loop {
        let body = json!({ "type": "message", "content": content, "messageId": format!("m{taken}") }).to_string();
        let token = bearer(&guest.token);
        let headers = [("Authorization", token.as_str()), ("Content-Type", "application/json")];
        let answer = request(world.addr, "POST", &guest.messages(), &headers, &body).await.expect("an answer");
        if answer.status != 200 {
            break answer;
        }
        taken += 1;
        assert!(taken < MANY);
    };
    is_refused_for_now(&refused);
    let ledger = world.ledger().await;
    assert_eq!(ledger.len(), taken);
    world.control("DELETE", "ledger", Value::Null).await;
    assert_eq!(world.post(&guest, &format!("m{taken}")).await.status, 200);
    assert_eq!(world.open(&guest).await.send("again").await, ack("again"));
}
