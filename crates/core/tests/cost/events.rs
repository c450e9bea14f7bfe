//! Events that wait.

use crate::stream::{Line, event};
use crate::{cost, does_not_grow};
use guestwire_core::io::{Frame, Input};
use guestwire_core::value;
use serde_json::json;

#[test]
fn an_event_costs_the_same_however_many_wait_for_the_application() {
    does_not_grow(2_000, |waiting| {
        let mut line = Line::connected(json!({ "resync": true, "trace": 0 }));
        let (socket, _) = line.opened[0].clone();
        line.drops(socket);
        assert_eq!(line.told("gap").len(), 1, "it catches up");
        let (socket, _) = line.opened[1].clone();
        let frame = |number: usize| {
            let text = json!({ "topicName": "t", "eventBody": number }).to_string();
            Input::SocketFrame(socket, Frame { bytes: text.len(), body: value::read(&text, 1 << 20) })
        };
        for number in 0..waiting {
            line.input(frame(number));
        }
        let frames: Vec<_> = (0..50).map(frame).collect();
        cost(|| frames.into_iter().for_each(|frame| line.client.handle(line.now(), frame)))
    });
}

#[test]
fn an_event_costs_the_same_however_many_came_while_there_were_two_sockets() {
    does_not_grow(250, |seen| {
        let mut line = Line::connected(json!({ "handover": "second-channel", "trace": 0 }));
        line.hands_over();
        let (old, _) = line.opened[0].clone();
        for number in 0..u32::try_from(seen).unwrap() {
            line.says_on(old, &event(number));
        }
        let frames: Vec<_> = (0..50)
            .map(|number| {
                let text = event(1_000_000 + number).to_string();
                Input::SocketFrame(old, Frame { bytes: text.len(), body: value::read(&text, 1 << 20) })
            })
            .collect();
        cost(|| frames.into_iter().for_each(|frame| line.client.handle(line.now(), frame)))
    });
}
