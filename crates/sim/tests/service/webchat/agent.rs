use guestwire_sim::service::{ControlError, ServiceConfig, Speech, WebChatConfig};

use super::world::{World, ack, config, message};

fn contents(world: &mut World, socket: guestwire_sim::service::ConnectionId) -> Vec<String> {
    let frames = world.frames(socket).into_iter();
    frames.map(|frame| frame["content"].as_str().expect("a word").to_owned()).collect()
}

#[test]
fn the_agent_is_heard_on_every_socket_of_the_conversation() {
    let mut world = World::new(config());
    let (guest, other) = (world.guest(), world.guest());
    let sockets = [world.open(&guest), world.open(&guest), world.open(&other)];
    let said = world.service.say(0, Some(&guest.conversation), Speech::Text("hi"), None).expect("known");
    let frames = sockets.map(|socket| world.frames(socket));
    assert_eq!(frames[0][0]["messageId"], said[0].message_id);
    assert_eq!(frames[0], frames[1]);
    assert!(frames[2].is_empty());
}

#[test]
fn a_conversation_is_named_by_a_message_that_was_taken_from_it() {
    let mut world = World::new(config());
    let (guest, other) = (world.guest(), world.guest());
    let sockets = [world.open(&guest), world.open(&other)];
    world.send(sockets[1], "a");
    let said = world.service.say(world.now, Some("a"), Speech::Text("hi"), None).expect("known");
    assert_eq!(said[0].conversation, other.conversation);
    assert_eq!(sockets.map(|socket| contents(&mut world, socket).len()), [0, 1]);
}

#[test]
fn without_a_conversation_the_agent_speaks_to_all_that_live() {
    let mut world = World::new(WebChatConfig { token_life: 60, ..config() });
    let old = world.guest();
    world.pass(60_000);
    let (one, other) = (world.guest(), world.guest());
    let said = world.service.say(world.now, None, Speech::Text("hi"), None).expect("said");
    let heard: Vec<_> = said.iter().map(|said| said.conversation.as_str()).collect();
    assert_eq!(heard, [&one.conversation, &other.conversation]);
    assert!(!heard.contains(&old.conversation.as_str()));
}

#[test]
fn nobody_is_told_that_an_unknown_conversation_heard() {
    let mut world = World::new(config());
    let said = world.service.say(0, Some("nowhere"), Speech::Text("hi"), None);
    assert_eq!(said.expect_err("unknown"), ControlError::UnknownConversation);
}

#[test]
fn what_was_said_while_the_guest_was_away_comes_first_on_a_new_socket() {
    let mut world = World::new(WebChatConfig { replay: 2, ..config() });
    let guest = world.guest();
    for content in ["one", "two", "three"] {
        world.service.say(0, Some(&guest.conversation), Speech::Text(content), None).expect("known");
    }
    let socket = world.open(&guest);
    assert_eq!(contents(&mut world, socket), ["two", "three"]);
}

#[test]
fn without_replay_a_new_socket_is_quiet() {
    let mut world = World::new(WebChatConfig { replay: 0, ..config() });
    let guest = world.guest();
    world.service.say(0, None, Speech::Text("hi"), None).expect("said");
    let socket = world.open(&guest);
    assert!(world.frames(socket).is_empty());
}

#[test]
fn the_same_word_can_be_said_twice_under_one_id() {
    let mut world = World::new(config());
    let guest = world.guest();
    let socket = world.open(&guest);
    for _ in 0..2 {
        world.service.say(0, None, Speech::Text("hi"), Some("w")).expect("said");
    }
    let frames = world.frames(socket);
    assert_eq!((frames.len(), &frames[0]), (2, &frames[1]));
}

#[test]
fn the_echo_agent_answers_each_message_once_after_a_moment() {
    let mut world = World::new(ServiceConfig { echo: true, ..config().into() });
    let guest = world.guest();
    let socket = world.open(&guest);
    world.receive(socket, &message("a", "grüße"));
    world.receive(socket, &message("a", "grüße"));
    assert_eq!(world.frames(socket), [ack("a"), ack("a")]);
    world.pass(5_000);
    let words = contents(&mut world, socket);
    assert_eq!(words.len(), 1);
    assert!(words[0].contains("grüße"), "{}", words[0]);
}

#[test]
fn the_echo_agent_quotes_the_beginning_of_a_long_message() {
    let mut world = World::new(ServiceConfig { echo: true, ..config().into() });
    let guest = world.guest();
    let socket = world.open(&guest);
    world.receive(socket, &message("a", &"é".repeat(4_000)));
    world.frames(socket);
    world.pass(5_000);
    let words = contents(&mut world, socket);
    assert!(words[0].ends_with("…”") && words[0].len() < 1_000, "{}", words[0]);
}
