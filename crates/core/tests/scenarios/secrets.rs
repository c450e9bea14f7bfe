//! No token, and no content but the agent's own `message`, in anything that can be logged. The law
//! itself stands in `world/checks.rs` and is checked in every scenario; here a life that shows all
//! kinds of outputs and inputs passes through it.

use crate::world::World;
use crate::world::service::{says, says_later};
use guestwire_core::io::{AnswerBody, Frame, HttpAnswer, Input};
use guestwire_core::value::read;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn logs_show_neither_tokens_nor_what_was_said() {
    let mut world = World::new().ready();
    let content = "my card number is 4111";
    world.send(content);
    world.run(500);
    world.network.say(world.ms(), r#"{"type":"message","content":"agent-secret","messageId":"a1"}"#.into());
    world.run(500);
    world.frame("not json agent-secret");
    world.frame(r#"{"type":"error","code":400,"message":"agent-secret"}"#);
    world.service.posts.extend([says(500), says_later(429, "1")]);
    world.service.handshakes_always = crate::world::service::Handshake::Refused;
    world.network.reset(world.ms());
    world.send(content);
    world.run(30_000);
    assert_eq!(world.service.contents(), [content, content]);
    assert_eq!(world.heard(), ["agent-secret"]);
    world.service.end_sessions(404);
    world.service.handshakes_always = crate::world::service::Handshake::Opens;
    world.send(content);
    world.run(60_000);
    world.close(Some(0));
    assert!(world.outputs.len() > 50);
}

#[test]
fn what_comes_in_is_not_shown_either() {
    let body = |text| read(text, 1_000).unwrap();
    let answer = HttpAnswer {
        status: 200,
        body: AnswerBody::Json(body(r#"{"webchatInstanceId":"i","token":"guest-secret","expiresIn":3600}"#)),
        ..HttpAnswer::default()
    };
    let frame = Frame { bytes: 10, body: Ok(body(r#"{"type":"message","content":"agent-secret"}"#)) };
    for input in [Input::Answered(1, answer), Input::SocketFrame(1, frame)] {
        assert!(!format!("{input:?}").contains("-secret"), "{input:?}");
    }
}
