//! Any text as an HTTP answer: a status, headers, an empty line, a body. It is given to each kind of request that a client
//! makes: for a session, for a message, whether a session lives, and for a page of the history.

use guestwire_core::config::{ClientCredentials, well_formed};
use guestwire_core::connection::State;
use guestwire_core::event::Event;
use guestwire_core::io::{AnswerBody, HttpAnswer, Input, Output};
use guestwire_core::limits;
use guestwire_core::protocol::{Answer, Spoken};
use guestwire_core::retry_after;
use guestwire_core::tokens::{self, Tokens};
use guestwire_core::value::{Value, read};

use crate::dialects::{DIALECTS, Dialect};
use crate::driven::{Driven, START, config};

pub(crate) fn body(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let answer = answer(&text);
    for dialect in DIALECTS {
        let options = &dialect.plain();
        if Spoken::new(&config(options)).history().is_some() {
            for_a_page(&dialect, &answer);
        } else {
            for_a_session(options, &answer);
            for_a_message(options, &answer);
            for_a_check(options, &answer);
        }
    }
    for_a_token(&answer);
}

/// Lenient, so that what a fuzzer makes up has a meaning.
fn answer(text: &str) -> HttpAnswer {
    let mut lines = text.lines();
    let status = lines.next().unwrap_or_default().trim();
    let mut answer = HttpAnswer { status: status.parse().unwrap_or(200), ..HttpAnswer::default() };
    for line in lines.by_ref().take_while(|line| !line.is_empty()) {
        let Some((name, value)) = line.split_once(':') else { continue };
        let header = match name.to_ascii_lowercase().as_str() {
            "retry-after" => &mut answer.retry_after,
            "date" => &mut answer.date,
            _ => continue,
        };
        *header = Some(value.to_owned());
    }
    let body = lines.collect::<Vec<_>>().join("\n");
    answer.body = AnswerBody::read(&body, limits::ANSWER_BYTES);
    answer
}

/// A token manager's request. Whoever waits is given a token, or refused, or waits for a moment that comes.
fn for_a_token(answer: &HttpAnswer) {
    let options = r#"{"region":"eu-central-1","clientId":"an-id","clientSecret":"a-secret"}"#;
    let credentials = read(options, 1_000).ok().and_then(|value| ClientCredentials::from_value(&value).ok());
    let mut tokens = Tokens::new(credentials.expect("good options"), [7; 16], START);
    tokens.ask(START, 1, None);
    tokens.answered(START, 1, Some(answer));
    let (mut requests, mut answered) = (0, 0);
    while let Some(output) = tokens.poll_output() {
        let shown = format!("{output:?}");
        match output {
            tokens::Output::Request(..) => requests += 1,
            tokens::Output::Given(1, token, left) => {
                assert!((200..300).contains(&answer.status) && well_formed(token.expose()) && left > 0);
                assert!(!shown.contains(token.expose()));
                answered += 1;
            }
            tokens::Output::Refused(1, report) => {
                // Whatever the status: it may ask to wait for longer than anybody does.
                assert!((answer.status >= 400 || report.code == "rate_limited") && !report.remedy.is_empty());
                answered += 1;
            }
            tokens::Output::Audit(_) | tokens::Output::Repeated(_) => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(requests, 1);
    match tokens.next_wake() {
        None => assert_eq!(answered, 1),
        Some(at) => {
            assert_eq!(answered, 0);
            assert!(at.saturating_sub(START.monotonic) <= limits::RETRY_AFTER_MOST * 5 / 4 + limits::BACKOFF_CAP);
            let asked = answer.retry_after.as_deref();
            let asked = asked.and_then(|asked| retry_after::parse(asked, answer.date.as_deref(), START.wall));
            // A stranger's wish is heard, up to half an hour.
            let most = if answer.is_foreign() { limits::RETRY_AFTER_MOST / 2 } else { u64::MAX };
            let asked = asked.map_or(0, |asked| asked.min(most));
            assert!(at >= START.monotonic.saturating_add(asked), "before the wait is over");
        }
    }
}

fn for_a_session(options: &str, answer: &HttpAnswer) {
    let dialect = Spoken::new(&config(options));
    let granted = answer.json().and_then(|body| dialect.session_granted(body));
    let mut life = Driven::new(config(options));
    life.secret("credential-of-the-account");
    life.connect();
    life.answer(answer.clone());
    let good = (200..300).contains(&answer.status);
    match (granted, good) {
        (Some(granted), true) => {
            assert!((1..=limits::IDENTIFIER_BYTES).contains(&granted.id.len()) && granted.expires_in > 0);
            let token = granted.token.expose();
            assert!(
                !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic()),
                "no header takes {token:?}"
            );
            // A short one stands in some record by chance, and an id may be the same text.
            if token.len() >= 12 && !granted.id.contains(token) && !token.contains("credential") {
                life.secret(token);
            }
            let address = life.latest.iter().find_map(|output| match output {
                Output::OpenSocket(_, address) => Some(address.clone()),
                _ => None,
            });
            stays_in_its_place(address.expect("a granted session is used").url.expose());
        }
        (None, true) => assert_eq!(life.state(), State::Reconnecting, "a session was made of nothing"),
        (_, false) => {
            assert!(life.socket.is_none(), "a session was made by a refusal");
            waits_as_asked(&life, answer);
        }
    }
    life.wake(0);
    life.finish();
}

/// What the service names cannot lead a request to another host or path.
fn stays_in_its_place(url: &str) {
    let rest = url.strip_prefix("wss://chat.example/").expect("another host");
    let path = rest.split('?').next().unwrap_or_default();
    assert!(url.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#' && byte != b'\\'), "{url}");
    assert!(path.split('/').all(|segment| !matches!(segment, "" | "." | "..")), "{url}");
    assert!(rest.matches('?').count() <= 1, "{url}");
}

/// `Retry-After` is never undercut, and over an hour it is the end.
fn waits_as_asked(life: &Driven, answer: &HttpAnswer) {
    let header = answer.retry_after.as_deref();
    let Some(asked) = header.and_then(|header| retry_after::parse(header, answer.date.as_deref(), START.wall)) else {
        return;
    };
    let state = life.latest.iter().rev().find_map(|output| match output {
        Output::Event(Event::StateChange(change)) => Some(change),
        _ => None,
    });
    let Some(change) = state else { return };
    match change.wait {
        Some(wait) => assert!(wait >= asked && asked <= limits::RETRY_AFTER_MOST, "{asked} ms asked, {wait} ms waited"),
        None => assert!(life.next_wake().is_none() || life.next_wake() >= Some(START.monotonic + asked)),
    }
}

fn for_a_message(options: &str, answer: &HttpAnswer) {
    let dialect = Spoken::new(&config(options));
    let mut life = Driven::with_session(options);
    let id = life.send("by another way").expect("accepted");
    let second = life.send("and this").expect("accepted");
    // The socket cannot be had, so that REST takes over.
    for _ in 0..2 {
        life.input(Input::SocketClosed(life.sockets, 1006, None));
        while life.socket.is_none() && life.requests.is_empty() {
            life.wake(0);
        }
    }
    while !life.requests.iter().any(|(_, request)| request.body.is_some()) {
        // Before it posts it asks whether the service is there.
        match life.requests.first() {
            Some(&(question, _)) => {
                let there =
                    HttpAnswer { status: 200, body: AnswerBody::Json(Value::Map(vec![])), ..Default::default() };
                life.input(Input::Answered(question, there));
            }
            None => life.wake(0),
        }
    }
    let (request, _) = life.requests.iter().find(|(_, request)| request.body.is_some()).cloned().expect("a request");
    life.input(Input::Answered(request, answer.clone()));
    let names = answer.json().is_some_and(|body| dialect.names_message(body, id));
    let header = answer.retry_after.as_deref();
    let asked = header
        .and_then(|header| retry_after::parse(header, answer.date.as_deref(), life.now.wall))
        .or_else(|| dialect.retry_after(answer.json()?));
    let fate = life.ended.get(&id.to_string()).copied();
    match dialect.answer(answer.status, names, asked.is_some()) {
        // Only what names the message proves that the service has it.
        Answer::Acknowledged if names => assert_eq!(fate, Some("delivered")),
        Answer::Acknowledged => assert_eq!(fate, None),
        Answer::Rejected => assert_eq!(fate, Some("rejected")),
        Answer::Forbidden => assert_eq!((life.state(), fate), (State::Closed, Some("cancelled"))),
        Answer::SessionRefused | Answer::SessionGone | Answer::Paused { .. } | Answer::Failed => assert_eq!(fate, None),
    }
    life.cancel(second);
    life.wake(0);
    life.finish();
}

fn for_a_check(options: &str, answer: &HttpAnswer) {
    let mut life = Driven::with_session(options);
    for _ in 0..limits::UNOPENED_BEFORE_PROBE {
        life.input(Input::SocketClosed(life.sockets, 1006, None));
        while life.socket.is_none() && life.requests.is_empty() {
            life.wake(0);
        }
    }
    assert!(life.requests.iter().any(|(_, request)| request.method == "GET"), "the session is not asked for");
    life.answer(answer.clone());
    assert!(life.state().is_active(), "{:?}", life.state());
    life.wake(0);
    life.finish();
}

/// A message is uncertain; whether the service has it is looked up.
fn for_a_page(dialect: &Dialect, answer: &HttpAnswer) {
    let mut life = Driven::connected(dialect);
    life.secret("key-to-the-history");
    life.send("did it arrive?").expect("accepted");
    life.input(Input::SocketClosed(life.sockets, 1006, None));
    while life.socket.is_none() {
        life.wake(0);
    }
    life.opens(dialect);
    for _ in 0..8 {
        life.frame(dialect.key);
        if !life.requests.is_empty() {
            break;
        }
        life.wake(0);
    }
    assert!(!life.requests.is_empty(), "the history is not asked for");
    life.answer(answer.clone());
    for _ in 0..3 {
        life.wake(0);
    }
    life.finish();
}
