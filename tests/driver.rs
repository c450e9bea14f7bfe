//! The module in a page, over real sockets, judged by the gateway's ledger: what an application
//! sees of a connection from its first `connect()` to `free()`.
#![cfg(target_arch = "wasm32")]

mod common;

use common::{Guest, TOKEN, control, eventually, gateway, ledger, neutral, options, sockets, taken, texts};
use guestwire_core::value::Value;
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen_test]
async fn a_message_reaches_the_service_and_its_sender_knows() {
    let guest = Guest::new(&options(""));
    let early = guest.send("written before there was a connection");
    assert!(guest.told("statechange").is_empty(), "nothing happens before connect()");
    let conversation = guest.connected().await;
    let late = guest.send("and after: é … 😀 \"\\\u{0}");
    for id in [&early, &late] {
        let end = guest.delivered(id).await;
        assert_eq!((end.text("via"), end.whole("attempts")), ("socket", Some(1)));
    }
    let taken = taken(&conversation).await;
    assert_eq!(texts(&taken, "messageId"), [early, late]);
    assert_eq!(texts(&taken, "content"), ["written before there was a connection", "and after: é … 😀 \"\\\u{0}"]);
    let path: Vec<String> = guest
        .told("statechange")
        .iter()
        .filter(|told| told.text("from") != told.text("to"))
        .map(|told| format!("{} to {}", told.text("from"), told.text("to")))
        .collect();
    assert_eq!(path, ["idle to connecting", "connecting to connected"]);
}

#[wasm_bindgen_test]
async fn what_the_agent_says_is_told_once_and_in_order() {
    let guest = Guest::new(&options(""));
    let conversation = guest.connected().await;
    for content in ["hello", "are you there?", "hello"] {
        let say = format!(r#"{{"conversation":"{conversation}","content":"{content}"}}"#);
        control("POST", "say", Some(&say)).await;
    }
    eventually("three messages", async || guest.told("message").len() >= 3).await;
    // On a new socket the gateway says them all again.
    control("POST", "faults", Some(&format!(r#"{{"fault":"reset","conversation":"{conversation}"}}"#))).await;
    eventually("they came again", async || guest.figure("duplicates") >= 3).await;
    let contents: Vec<String> = guest.told("message").iter().map(|told| told.text("content").to_owned()).collect();
    assert_eq!(contents, ["hello", "are you there?", "hello"]);
}

#[wasm_bindgen_test]
async fn a_reset_link_comes_back_and_loses_nothing() {
    let guest = Guest::new(&options(""));
    let conversation = guest.connected().await;
    let reset = format!(r#"{{"fault":"reset","conversation":"{conversation}","after":{{"messages":5}}}}"#);
    control("POST", "faults", Some(&reset)).await;
    let ids: Vec<String> = (0..20).map(|number| guest.send(&format!("message {number}"))).collect();
    for id in &ids {
        guest.delivered(id).await;
    }
    assert_eq!(texts(&taken(&conversation).await, "messageId"), ids);
    assert_eq!(guest.figure("reconnects"), 1);
    let states: Vec<String> = guest.told("statechange").iter().map(|told| told.text("to").to_owned()).collect();
    let lost = states.iter().position(|state| state == "reconnecting").expect("reconnecting");
    assert_eq!(states.last().map(String::as_str), Some("connected"));
    assert!(lost < states.len() - 1);
    assert_eq!(sockets(&conversation).await, 1, "the old socket is gone");
}

#[wasm_bindgen_test]
async fn frames_of_any_size_and_kind_leave_the_client_connected() {
    let guest = Guest::new(&options(r#","maxFrame":65536"#));
    let conversation = guest.connected().await;
    let message =
        |content: &str| format!(r#"{{\"type\":\"message\",\"messageId\":\"big\",\"content\":\"{content}\"}}"#);
    let frames = [
        format!(r#""text":"{}""#, message(&"x".repeat(65_536))),
        format!(r#""text":"{}""#, message(&"é".repeat(32_768))),
        format!(r#""text":"{}""#, "[".repeat(60_000)),
        r#""text":"{}""#.to_owned(),
        r#""text":"{\"type\":\"message\"}","binary":true"#.to_owned(),
        r#""text":"","binary":true"#.to_owned(),
        r#""text":"""#.to_owned(),
        r#""text":"{\"type\":\"message\",\"content\":\"\\ud800\"}""#.to_owned(),
    ];
    for frame in &frames {
        let fault = format!(r#"{{"fault":"raw_frame","conversation":"{conversation}",{frame}}}"#);
        control("POST", "faults", Some(&fault)).await;
    }
    let fits = format!(r#""text":"{}""#, message(&"y".repeat(60_000)));
    control("POST", "faults", Some(&format!(r#"{{"fault":"raw_frame","conversation":"{conversation}",{fits}}}"#)))
        .await;
    eventually("the frame that fits", async || guest.told("message").len() > 1).await;
    let told: Vec<_> = guest.told("message").iter().map(|told| told.text("content").to_owned()).collect();
    assert_eq!((told.len(), &*told[0], told[1].len()), (2, "\u{fffd}", 60_000), "half a character is told");
    let what: Vec<String> = guest.told("error").iter().map(|told| told.text("code").to_owned()).collect();
    assert!(what.iter().all(|code| code == "malformed_frame"), "{what:?}");
    assert_eq!(guest.figure("malformed") + guest.figure("ignored"), frames.len() as u64 - 1);
    guest.delivered(&guest.send("still here")).await;
    assert_eq!(guest.figure("reconnects"), 0);
    assert_eq!(ledger(&conversation).await, ["still here"]);
}

#[wasm_bindgen_test]
async fn a_token_provider_is_asked_and_asked_again_when_it_cannot_answer() {
    let host = gateway();
    let text = format!(r#"{{"host":"{host}","credential":{{"kind":"provider"}},"backoff":{{"base":10,"cap":50}}}}"#);
    let guest = Guest::new(&js_sys::JSON::parse(&text).expect("JSON"));
    let asked = |count: usize| {
        let guest = &guest;
        async move {
            eventually("a token is asked for", async || guest.told("token").len() >= count).await;
            guest.told("token")[count - 1].whole("request").expect("a number") as u32
        }
    };
    let id = guest.send("hello");
    guest.raw().connect();
    assert_eq!(guest.told("token").len(), 1, "asked at once, and only noted");
    let first = asked(1).await;
    guest.raw().refuse_token(first, None);
    let second = asked(2).await;
    // Answers to questions that nobody asked, or that are over, change nothing.
    guest.raw().provide_token(first, &TOKEN.into(), None);
    guest.raw().provide_token(second + 1_000, &TOKEN.into(), None);
    guest.raw().refuse_token(first, None);
    assert_eq!(guest.stats().get("step").and_then(Value::text), Some("session"));
    guest.raw().provide_token(second, &TOKEN.into(), None);
    guest.reaches("connected").await;
    guest.raw().provide_token(second, &TOKEN.into(), None);
    guest.delivered(&id).await;
    assert_eq!(ledger(&guest.conversation()).await, ["hello"]);
    assert_eq!(guest.told("token").len(), 2);
}

#[wasm_bindgen_test]
async fn a_token_that_the_service_refuses_is_asked_for_once_more_and_is_then_final() {
    let host = gateway();
    let text = format!(r#"{{"host":"{host}","credential":{{"kind":"provider"}},"backoff":{{"base":10,"cap":50}}}}"#);
    let guest = Guest::new(&js_sys::JSON::parse(&text).expect("JSON"));
    let id = guest.send("hello");
    guest.raw().connect();
    for (place, renew) in [(0, false), (1, true)] {
        eventually("a token is asked for", async || guest.told("token").len() > place).await;
        let asked = guest.told("token").swap_remove(place);
        assert_eq!(asked.detail.get("renew"), Some(&Value::Bool(renew)));
        guest.raw().provide_token(
            asked.whole("request").expect("a number") as u32,
            &"not-a-token-of-theirs".into(),
            None,
        );
    }
    guest.reaches("closed").await;
    let end = guest.end(&id).await;
    assert_eq!((end.text("state"), end.text("reason")), ("cancelled", "unauthorized"));
    let everything = format!("{:?}", guest.told("statechange")) + &format!("{:?}", guest.told("audit"));
    assert!(!everything.contains("not-a-token-of-theirs"));
}

#[wasm_bindgen_test]
async fn closing_lets_go_of_the_socket_and_connecting_starts_anew() {
    let guest = Guest::new(&options(""));
    let first = guest.connected().await;
    guest.delivered(&guest.send("one")).await;
    guest.raw().close(None);
    guest.raw().close(Some(f64::NAN));
    guest.raw().close(Some(0.0));
    guest.reaches("closed").await;
    let refused = guest.raw().send(&"after the end".into()).expect_err("closed");
    assert_eq!(neutral(&refused).get("code").and_then(Value::text), Some("closed"));
    eventually("the gateway sees it closed", async || sockets(&first).await == 0).await;
    let second = guest.connected().await;
    guest.delivered(&guest.send("two")).await;
    let mut all = ledger(&first).await;
    if second != first {
        all.extend(ledger(&second).await);
    }
    assert_eq!(all, ["one", "two"]);
}

#[wasm_bindgen_test]
async fn what_cannot_be_sent_is_refused_at_once() {
    let guest = Guest::new(&options(r#","maxMessages":1,"maxContent":8"#));
    let refusal = |content: JsValue| {
        let error = guest.raw().send(&content).expect_err("refused");
        neutral(&error).get("code").and_then(Value::text).unwrap_or_default().to_owned()
    };
    assert_eq!(refusal("".into()), "empty");
    assert_eq!(refusal("ééééé".into()), "too_large");
    for content in [JsValue::UNDEFINED, JsValue::NULL, 7.into(), js_sys::Object::new().into(), JsValue::symbol(None)] {
        assert_eq!(refusal(content), "malformed");
    }
    assert_eq!(refusal(js_sys::JsString::from_char_code(&[0xd83d]).into()), "malformed");
    guest.send("ok");
    assert_eq!(refusal("ok".into()), "buffer_full");
    assert!(!guest.raw().cancel("not an id"));
    assert!(!guest.raw().cancel("7d444840-9dc0-11d1-b245-5ffdce74fad2"));
}

#[wasm_bindgen_test]
async fn whatever_is_given_as_options_is_taken_or_refused_by_name() {
    for entry in common::hostile_options() {
        let entry: js_sys::Array = entry.unchecked_into();
        let name = entry.get(0).as_string().expect("a name");
        let page = common::Page::new(&JsValue::UNDEFINED);
        let error = match guestwire::RawClient::new(&entry.get(1), page.clone().unchecked_into()) {
            Ok(_) => panic!("{name} was taken"),
            Err(error) => neutral(&error),
        };
        let member = |name: &str| error.get(name).and_then(Value::text).unwrap_or_default().to_owned();
        assert_eq!(member("code"), "bad_option", "{name}: {error:?}");
        assert!(!member("option").is_empty() && !member("remedy").is_empty(), "{name}: {error:?}");
        assert_eq!(page.calls(), 0);
    }
}

#[wasm_bindgen_test]
async fn freed_at_any_moment_it_is_silent_and_its_socket_is_closed() {
    for moment in ["idle", "connecting", "session", "socket", "ready", "sending"] {
        let guest = Guest::new(&options(""));
        let reached = || guest.told("statechange").iter().any(|told| told.text("step") == moment);
        let mut conversation = None;
        match moment {
            "idle" => drop(guest.send("never sent")),
            "connecting" => guest.raw().connect(),
            "sending" => {
                conversation = Some(guest.connected().await);
                (0..50).for_each(|_| drop(guest.send("under way")));
            }
            _ => {
                guest.raw().connect();
                eventually(moment, async || reached()).await;
            }
        }
        if let Some(session) = guest.told("session").last() {
            conversation = Some(session.text("id").to_owned());
        }
        let calls = guest.page.calls();
        guest.free();
        if let Some(conversation) = conversation {
            eventually("the gateway sees it closed", async || sockets(&conversation).await == 0).await;
        }
        // Another client's whole life: time enough for any answer or event that was still on its way.
        let other = Guest::new(&options(""));
        other.connected().await;
        other.delivered(&other.send("hello")).await;
        assert_eq!(guest.page.calls(), calls, "freed while {moment}");
    }
}

#[wasm_bindgen_test]
async fn freed_from_a_page_it_is_gone_and_says_so() {
    let page = common::Page::new(&JsValue::UNDEFINED);
    let raw = guestwire::RawClient::new(&options(""), page.clone().unchecked_into()).expect("options");
    let raw = JsValue::from(raw);
    let call = |name: &str| {
        let method: js_sys::Function = js_sys::Reflect::get(&raw, &name.into()).expect("a method").unchecked_into();
        method.call0(&raw)
    };
    call("connect").expect("connects");
    let calls = page.calls();
    call("free").expect("is freed");
    for method in ["connect", "stats", "pending", "session", "close"] {
        assert!(call(method).is_err(), "{method} of what is gone");
    }
    assert_eq!(page.calls(), calls);
}
