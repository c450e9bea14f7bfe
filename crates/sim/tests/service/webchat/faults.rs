use guestwire_sim::service::{ControlError, Cut, Frame, Output, Speech, parse_faults};
use serde_json::{Value, json};

use super::world::{World, ack, config, message};

#[test]
fn a_close_comes_with_its_code_and_nothing_is_processed_after_it() {
    let mut world = World::new(config());
    let guest = world.guest();
    let connection = world.open(&guest);
    world.fault(json!({"fault":"close","code":1012,"reason":"soon"}));
    let close = Output::Close { connection, code: 1012, reason: "soon".into() };
    assert_eq!(world.take(), [close]);
    world.receive(connection, &message("a", "lost"));
    assert!(world.take().is_empty() && world.ledger().is_empty());
}

#[test]
fn codes_that_no_close_frame_can_carry_end_the_connection_without_one() {
    for code in [1005, 1006, 1015] {
        let mut world = World::new(config());
        let guest = world.guest();
        let connection = world.open(&guest);
        world.fault(json!({"fault":"close","code":code}));
        assert_eq!(world.take(), [Output::Cut { connection, how: Cut::End }]);
    }
}

#[test]
fn a_reset_happens_to_the_conversation_that_it_names() {
    let mut world = World::new(config());
    let (guest, other) = (world.guest(), world.guest());
    let (ours, theirs) = (world.open(&guest), world.open(&other));
    world.fault(json!({"fault":"reset","conversation":guest.conversation}));
    assert_eq!(world.take(), [Output::Cut { connection: ours, how: Cut::Reset }]);
    assert_eq!(world.send(theirs, "a"), ack("a"));
}

#[test]
fn a_fault_without_a_victim_waits_for_the_next_that_opens() {
    let mut world = World::new(config());
    let guest = world.guest();
    world.fault(json!({"fault":"reset"}));
    let connection = world.open(&guest);
    assert_eq!(world.take(), [Output::Cut { connection, how: Cut::Reset }]);
    let next = world.open(&guest);
    assert_eq!(world.send(next, "a"), ack("a"));
}

#[test]
fn after_so_many_messages_by_any_path_and_after_the_answer_it_happens() {
    let mut world = World::new(config());
    let guest = world.guest();
    let connection = world.open(&guest);
    world.fault(json!({"fault":"reset","after":{"messages":3}}));
    world.send(connection, "1");
    world.send(connection, "1");
    world.post(&guest, "2");
    assert!(world.take().is_empty(), "a copy is no message");
    world.receive(connection, &message("3", "x"));
    assert_eq!(world.frames(connection), [ack("3")]);
    assert_eq!(world.take(), [Output::Cut { connection, how: Cut::Reset }]);
}

#[test]
fn after_so_many_milliseconds_it_happens() {
    let mut world = World::new(config());
    let guest = world.guest();
    let connection = world.open(&guest);
    world.fault(json!({"fault":"close","code":1001,"after":{"ms":300}}));
    world.pass(299);
    assert!(world.take().is_empty());
    world.pass(1);
    assert!(matches!(world.take()[..], [Output::Close { code: 1001, .. }]));
    world.receive(connection, &message("late", "x"));
    assert!(world.ledger().is_empty());
}

#[test]
fn on_open_each_new_connection_is_hit_until_cleared() {
    let mut world = World::new(config());
    let guest = world.guest();
    let before = world.open(&guest);
    world.fault(json!({"fault":"close","code":1012,"on":"open"}));
    for _ in 0..3 {
        world.open(&guest);
        assert!(matches!(world.take()[..], [Output::Close { code: 1012, .. }]));
    }
    assert_eq!(world.send(before, "a"), ack("a"));
    assert_eq!(world.service.clear_faults(world.now), 1);
    world.open(&guest);
    assert!(world.take().is_empty());
}

#[test]
fn on_open_with_a_count_and_a_delay_of_each_connections_own() {
    let mut world = World::new(config());
    let guest = world.guest();
    world.fault(json!({"fault":"reset","on":"open","count":2,"after":{"ms":100}}));
    world.fault(json!({"fault":"silence","ms":50,"on":"open","count":1,"after":{"messages":1}}));
    let first = world.open(&guest);
    world.pass(60);
    let second = world.open(&guest);
    let third = world.open(&guest);
    world.pass(40);
    assert_eq!(world.take(), [Output::Cut { connection: first, how: Cut::Reset }]);
    world.pass(60);
    assert_eq!(world.take(), [Output::Cut { connection: second, how: Cut::Reset }]);
    world.pass(1_000);
    assert_eq!(world.send(third, "a"), ack("a"));
}

#[test]
fn a_silent_connection_processes_and_says_nothing_until_it_is_reset() {
    let mut world = World::new(config());
    let guest = world.guest();
    let connection = world.open(&guest);
    world.fault(json!({"fault":"silence","ms":200}));
    assert_eq!(world.take(), [Output::Silence { connection }]);
    world.receive(connection, &message("a", "lost"));
    world.receive(connection, r#"{"type":"KEEP_ALIVE","timestamp":1}"#);
    world.service.say(world.now, None, Speech::Text("hi"), None).expect("said");
    world.pass(199);
    assert!(world.take().is_empty() && world.ledger().is_empty());
    world.pass(1);
    assert_eq!(world.take(), [Output::Cut { connection, how: Cut::Reset }]);
    let next = world.open(&guest);
    assert_eq!(world.frames(next)[0]["content"], "hi");
}

#[test]
fn clearing_ends_a_silence_with_its_reset() {
    let mut world = World::new(config());
    let guest = world.guest();
    let connection = world.open(&guest);
    world.fault(json!({"fault":"silence","ms":86_400_000}));
    world.take();
    world.service.clear_faults(world.now);
    assert_eq!(world.take(), [Output::Cut { connection, how: Cut::Reset }]);
}

#[test]
fn sockets_are_refused_as_often_as_was_asked() {
    let mut world = World::new(config());
    let guest = world.guest();
    world.fault(json!({"fault":"refuse_socket","status":503,"count":2,"retry_after":7}));
    for _ in 0..2 {
        let refused = world.try_open(&guest).expect_err("refused");
        assert_eq!((refused.status, refused.retry_after.map(|r| r.seconds)), (503, Some(7)));
    }
    world.open(&guest);
}

#[test]
fn requests_are_refused_in_their_scope() {
    let mut world = World::new(config());
    let guest = world.guest();
    let post = |world: &mut World| world.post(&guest, "a").status;
    let probe = |world: &mut World| {
        let token = Some(guest.token.as_str());
        world.service.probe_session(world.now, &guest.conversation, token).status
    };
    let create = |world: &mut World| {
        let credential = guestwire_sim::service::Credential::Bearer(super::world::TOKEN);
        world.service.create_session(world.now, credential, br#"{"guest":{}}"#).status
    };
    for (scope, expected) in [
        (None, [503, 200, 200]),
        (Some("messages"), [503, 200, 200]),
        (Some("guests"), [200, 503, 200]),
        (Some("probe"), [200, 200, 503]),
        (Some("all"), [503, 503, 503]),
    ] {
        let mut fault = json!({"fault":"refuse_rest","status":503});
        if let Some(scope) = scope {
            fault["scope"] = scope.into();
        }
        world.fault(fault);
        assert_eq!([post(&mut world), create(&mut world), probe(&mut world)], expected, "{scope:?}");
        world.service.clear_faults(world.now);
    }
}

#[test]
fn a_refusal_that_lasts_a_minute_is_over_after_it() {
    let mut world = World::new(config());
    let guest = world.guest();
    world.fault(json!({"fault":"refuse_rest","status":429,"retry_after":1,"lasts":60_000}));
    world.pass(59_999);
    let refused = world.post(&guest, "a");
    assert_eq!((refused.status, &refused.body["retryAfter"]), (429, &json!(1)));
    world.pass(1);
    assert_eq!(world.post(&guest, "a").status, 200);
}

#[test]
fn a_refused_message_is_named_on_both_paths() {
    let mut world = World::new(config());
    let guest = world.guest();
    let socket = world.open(&guest);
    world.fault(json!({"fault":"refuse_message","code":403,"count":2}));
    let frame = world.send(socket, "a");
    assert_eq!((&frame["type"], &frame["code"], &frame["messageId"]), (&json!("error"), &json!(403), &json!("a")));
    let answer = world.post(&guest, "b");
    assert_eq!((answer.status, &answer.body["messageId"]), (403, &json!("b")));
    assert!(world.ledger().is_empty());
}

#[test]
fn a_lost_ack_leaves_the_message_taken() {
    let mut world = World::new(config());
    let guest = world.guest();
    let socket = world.open(&guest);
    world.fault(json!({"fault":"lose_acks","count":1}));
    assert!(!world.post(&guest, "r").lost, "sockets only, unless it is said otherwise");
    world.receive(socket, &message("a", "x"));
    assert!(world.frames(socket).is_empty());
    assert_eq!(world.send(socket, "a"), ack("a"));
    assert_eq!(world.ledger(), [("r", 1), ("a", 2)]);
    world.fault(json!({"fault":"lose_acks","count":1,"via":"rest"}));
    assert_eq!(world.send(socket, "b"), ack("b"));
    assert!(world.post(&guest, "c").lost);
    assert!(!world.post(&guest, "c").lost);
}

#[test]
fn a_doubled_ack_comes_twice() {
    let mut world = World::new(config());
    let guest = world.guest();
    let socket = world.open(&guest);
    world.fault(json!({"fault":"duplicate_acks","count":1}));
    world.receive(socket, &message("a", "x"));
    assert_eq!(world.frames(socket), [ack("a"), ack("a")]);
    assert_eq!(world.send(socket, "b"), ack("b"));
}

#[test]
fn corrupt_frames_are_no_json() {
    let mut world = World::new(config());
    let guest = world.guest();
    let socket = world.open(&guest);
    world.fault(json!({"fault":"corrupt_frames","count":1}));
    world.receive(socket, &message("a", "x"));
    assert!(serde_json::from_str::<Value>(&world.texts(socket)[0]).is_err());
    assert_eq!(world.send(socket, "b"), ack("b"));
}

#[test]
fn a_delay_holds_back_frames_in_order_and_answers_too() {
    let mut world = World::new(config());
    let guest = world.guest();
    let socket = world.open(&guest);
    world.fault(json!({"fault":"delay","ms":100}));
    world.receive(socket, &message("a", "x"));
    world.pass(50);
    assert_eq!(world.post(&guest, "r").delay, 100);
    world.service.clear_faults(world.now);
    world.receive(socket, &message("b", "x"));
    world.fault(json!({"fault":"close","code":1001}));
    assert!(world.take().is_empty());
    world.pass(50);
    assert_eq!(world.frames(socket), [ack("a"), ack("b")]);
    assert!(matches!(world.take()[..], [Output::Close { code: 1001, .. }]));
}

#[test]
fn each_delayed_frame_takes_its_own_time_though_nobody_else_acts() {
    let mut world = World::new(config());
    let guest = world.guest();
    let socket = world.open(&guest);
    world.fault(json!({"fault":"delay","ms":100}));
    world.receive(socket, &message("a", "x"));
    world.pass(60);
    world.receive(socket, &message("b", "x"));
    world.pass(99);
    assert_eq!(world.frames(socket), [ack("a")]);
    world.pass(1);
    assert_eq!(world.frames(socket), [ack("b")]);
}

#[test]
fn nothing_is_taken_while_a_close_is_on_its_way() {
    let mut world = World::new(config());
    let guest = world.guest();
    let socket = world.open(&guest);
    world.fault(json!({"fault":"delay","ms":100}));
    world.receive(socket, &message("a", "x"));
    world.fault(json!({"fault":"close","code":1001}));
    world.receive(socket, &message("b", "lost"));
    assert_eq!(world.ledger(), [("a", 1)]);
}

#[test]
fn a_condition_concerns_the_conversation_that_it_names() {
    let mut world = World::new(config());
    let (guest, other) = (world.guest(), world.guest());
    world.fault(json!({"fault":"refuse_rest","status":503,"conversation":guest.conversation}));
    assert_eq!(world.post(&other, "a").status, 200);
    assert_eq!(world.post(&guest, "a").status, 503);
}

#[test]
fn only_messages_of_the_named_conversation_are_waited_for() {
    let mut world = World::new(config());
    let (guest, other) = (world.guest(), world.guest());
    world.open(&guest);
    world.fault(json!({"fault":"reset","conversation":guest.conversation,"after":{"messages":1}}));
    world.post(&other, "a");
    assert!(world.take().is_empty());
    world.post(&guest, "a");
    assert!(matches!(world.take()[..], [Output::Cut { how: Cut::Reset, .. }]));
}

#[test]
fn a_raw_frame_goes_out_as_it_was_given() {
    let mut world = World::new(config());
    let guest = world.guest();
    let connection = world.open(&guest);
    world.fault(json!([{"fault":"raw_frame","text":"{\"not"},{"fault":"raw_frame","text":"b","binary":true}]));
    let sent = world.take().into_iter().map(|output| match output {
        Output::Send { connection: to, frame, .. } if to == connection => frame,
        other => panic!("no frame: {other:?}"),
    });
    let frames = [Frame::Text("{\"not".into()), Frame::Binary(b"b".to_vec())];
    assert_eq!(sent.collect::<Vec<_>>(), frames);
}

#[test]
fn an_expired_session_is_refused_everywhere_and_its_sockets_close_with_4401() {
    let mut world = World::new(config());
    let (guest, other) = (world.guest(), world.guest());
    world.open(&guest);
    let theirs = world.open(&other);
    world.fault(json!({"fault":"expire_session","conversation":guest.conversation}));
    assert!(matches!(world.take()[..], [Output::Close { code: 4401, .. }]));
    assert_eq!(world.try_open(&guest).expect_err("expired").status, 401);
    assert_eq!(world.post(&guest, "a").status, 401);
    assert_eq!(world.send(theirs, "a"), ack("a"));
    assert_eq!(world.post(&other, "a").status, 200);
    world.fault(json!({"fault":"expire_session"}));
    assert_eq!(world.post(&other, "b").status, 401);
    let fresh = world.guest();
    assert_eq!(world.post(&fresh, "a").status, 200);
}

#[test]
fn a_restart_forgets_the_connections_and_keeps_the_rest() {
    let mut world = World::new(config());
    let guest = world.guest();
    let connection = world.open(&guest);
    world.send(connection, "a");
    world.fault(json!({"fault":"restart","ms":250}));
    assert_eq!(world.take(), [Output::Restart { ms: 250 }]);
    assert!(world.service.is_down(world.now + 249) && !world.service.is_down(world.now + 250));
    world.receive(connection, &message("b", "lost"));
    world.pass(250);
    let next = world.open(&guest);
    assert_eq!(world.send(next, "a"), ack("a"));
    assert_eq!(world.ledger(), [("a", 2)]);
}

#[test]
fn the_queue_is_bounded_and_takes_all_or_none() {
    let mut world = World::new(config());
    let one = json!({"fault":"delay","ms":1});
    for _ in 0..255 {
        world.fault(one.clone());
    }
    let two = parse_faults(json!([one, one])).expect("good");
    assert_eq!(world.service.queue_faults(0, two), Err(ControlError::TooManyFaults));
    assert_eq!(world.service.faults(0).len(), 255);
    assert_eq!(world.service.clear_faults(0), 255);
}

#[test]
fn the_report_of_faults_says_what_is_left_of_them() {
    let mut world = World::new(config());
    let guest = world.guest();
    let socket = world.open(&guest);
    world.fault(json!([
        {"fault":"lose_acks","count":2,"conversation":guest.conversation},
        {"fault":"reset","after":{"ms":1_000}},
    ]));
    world.receive(socket, &message("a", "x"));
    let report = serde_json::to_value(world.service.faults(world.now)).expect("JSON");
    assert_eq!(
        report,
        json!([
            {"fault":"lose_acks","conversation":guest.conversation,"left":1,"holds":true},
            {"fault":"reset","holds":false},
        ])
    );
}

#[test]
fn what_waits_on_a_guest_is_bounded() {
    let mut world = World::new(config());
    let guest = world.guest();
    let connection = world.open(&guest);
    world.fault(json!({"fault":"delay","ms":60_000}));
    for _ in 0..10_001 {
        world.service.say(world.now, None, Speech::Text("x"), None).expect("said");
    }
    assert_eq!(world.take(), [Output::Cut { connection, how: Cut::Reset }]);
}

#[test]
fn when_the_service_goes_away_every_socket_is_told() {
    let mut world = World::new(config());
    let guest = world.guest();
    world.open(&guest);
    world.open(&guest);
    world.service.close_all(world.now, 1001, "bye");
    let closed = world.take();
    assert_eq!(closed.len(), 2);
    assert!(closed.iter().all(|output| matches!(output, Output::Close { code: 1001, .. })));
}
