//! Nothing is dropped without a gap: a frame that cannot be read may have been anybody's word.

use crate::world::World;
use guestwire_core::event::Event;
use guestwire_core::io::{Environment, Frame, Input};
use guestwire_core::value::Unreadable;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// From when to when, epoch ms.
fn gaps(world: &World) -> Vec<(u64, u64)> {
    let gap = |(_, event): &(u64, Event)| match event {
        Event::Gap(gap) => Some((gap.from, gap.to)),
        _ => None,
    };
    world.events.iter().filter_map(gap).collect()
}

/// The service lives: it has said something else.
fn beats(world: &mut World) {
    world.frame(r#"{"type":"tomorrow"}"#);
}

fn is_dropped(world: &mut World, frame: Result<&str, Unreadable>) {
    match frame {
        Ok(text) => world.frame(text),
        Err(unreadable) => {
            let generation = world.network.latest();
            world.input(Input::SocketFrame(generation, Frame { bytes: 10, body: Err(unreadable) }));
        }
    }
}

#[test]
fn each_way_to_be_dropped_is_followed_by_a_gap_from_what_was_heard_before() {
    let large = format!(r#"{{"type":"message","content":"{}","messageId":"m"}}"#, "x".repeat(256 * 1024));
    for frame in [
        Ok("<html>"),
        Ok(r#"{"type":"message","content":"hel"#),
        Ok(r#"{"type":"message","messageId":"m"}"#),
        Ok(r#"["message"]"#),
        Ok(large.as_str()),
        Err(Unreadable::Binary),
        Err(Unreadable::TooLarge),
    ] {
        let mut world = World::new().ready();
        beats(&mut world);
        let heard = world.now().wall;
        world.run(3_000);
        is_dropped(&mut world, frame);
        assert_eq!(gaps(&world), [(heard, world.now().wall)], "{frame:?}");
        world.run(300_000);
        assert_eq!(gaps(&world).len(), 1, "{frame:?}");
    }
}

#[test]
fn what_can_be_read_and_says_nothing_is_no_gap() {
    let mut world = World::new().ready();
    for frame in [
        r#"{"type":"tomorrow","content":"c"}"#,
        r#"{"type":"KEEP_ALIVE_ACK","timestamp":{}}"#,
        r#"{"type":"messageReceived","messageId":4711}"#,
        r#"{"type":"message","content":"c"}"#,
        r#"{"type":"message","content":"c","messageId":"m"}"#,
        r#"{"type":"message","content":"c","messageId":"m"}"#,
    ] {
        world.frame(frame);
        world.run(70_000);
    }
    assert_eq!((gaps(&world), world.heard()), (vec![], vec!["c", "c"]));
}

#[test]
fn gaps_come_at_most_once_a_minute_and_the_later_one_reaches_back_over_it() {
    let mut world = World::new().ready();
    is_dropped(&mut world, Err(Unreadable::Binary));
    let first = world.now().wall;
    world.run(10_000);
    beats(&mut world);
    let heard = world.now().wall;
    for _ in 0..20 {
        world.run(1_000);
        is_dropped(&mut world, Err(Unreadable::Binary));
    }
    assert_eq!(gaps(&world).len(), 1);
    world.run(29_000);
    assert_eq!(gaps(&world).len(), 1, "the minute is not over");
    world.run(2_000);
    let told = gaps(&world);
    assert_eq!((told.len(), told[1]), (2, (heard, first + 60_000)));
    world.run(300_000);
    assert_eq!(gaps(&world).len(), 2);
}

#[test]
fn what_was_dropped_in_that_minute_is_told_for_when_the_client_ends_or_the_connection_comes_back() {
    for ends in [true, false] {
        let mut world = World::new().ready();
        is_dropped(&mut world, Err(Unreadable::Binary));
        world.run(1_000);
        beats(&mut world);
        let heard = world.now().wall;
        world.run(1_000);
        is_dropped(&mut world, Err(Unreadable::Binary));
        beats(&mut world);
        if ends {
            world.close(Some(0));
        } else {
            let generation = world.network.latest();
            world.input(Input::SocketClosed(generation, 1006, None));
            world.until("ready", 30_000, |world| world.client.state().name() == "connected");
        }
        assert_eq!(gaps(&world).len(), 2, "{ends}");
        assert_eq!(gaps(&world)[1].0, heard, "{ends}");
        world.run(300_000);
        assert_eq!(gaps(&world).len(), 2, "{ends}");
    }
}

#[test]
fn what_is_dropped_while_the_client_closes_is_told_for_at_its_end_and_keeps_nobody_busy() {
    let mut world = World::new().ready();
    world.service.lose_acks = 10;
    let id = world.send("hello");
    world.close(Some(3_000));
    is_dropped(&mut world, Err(Unreadable::TooLarge));
    assert!(world.client.next_wake() > Some(world.now().monotonic), "nothing is due now");
    world.run(4_000);
    assert_eq!((gaps(&world).len(), world.fate(id)), (1, "unconfirmed"));
}

#[test]
fn a_clock_that_is_set_back_moves_no_gap_behind_what_was_dropped() {
    let mut world = World::new().ready();
    beats(&mut world);
    world.service.answers_heartbeats = false;
    world.step_wall(20_000);
    world.environment(Environment::Visible);
    world.step_wall(-40_000);
    is_dropped(&mut world, Err(Unreadable::Binary));
    is_dropped(&mut world, Err(Unreadable::Binary));
    let dropped = world.now().wall;
    world.run(2_000);
    world.close(None);
    let gaps = gaps(&world);
    assert!(gaps.len() == 2 && gaps[1].0 <= dropped, "{gaps:?}, {dropped}");
}

#[test]
fn what_nests_too_deep_is_a_gap_and_the_rest_is_told() {
    let mut world = World::new().ready();
    let deep = "[".repeat(40) + &"]".repeat(40);
    world.frame(&format!(r#"{{"type":"message","content":"told","messageId":"m","card":{deep}}}"#));
    assert_eq!((world.heard(), gaps(&world).len(), world.errors().len()), (vec!["told"], 1, 0));
}

#[test]
fn the_remedy_of_what_is_too_large_names_the_option() {
    let mut world = World::new().ready();
    is_dropped(&mut world, Err(Unreadable::TooLarge));
    let remedies: Vec<_> = world
        .events
        .iter()
        .filter_map(|(_, event)| if let Event::Error(report) = event { Some(&*report.remedy) } else { None })
        .collect();
    assert_eq!(remedies, ["raise the option maxFrame"]);
}

#[test]
fn what_nests_too_deep_and_ends_the_client_is_a_gap_before_its_end() {
    let mut world = World::new().ready();
    let deep = format!("{}{}", "[".repeat(40), "]".repeat(40));
    world.frame(&format!(r#"{{"type":"error","code":403,"message":"no","deep":{deep}}}"#));
    assert_eq!((world.client.state().name(), gaps(&world).len()), ("closed", 1));
}
