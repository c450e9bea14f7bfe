//! Many clients in one page: no client knows of another.
#![cfg(target_arch = "wasm32")]

mod common;

use common::{Guest, control, eventually, ledger, options};
use std::collections::HashSet;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

const CLIENTS: usize = 20;
const MESSAGES: usize = 10;

#[wasm_bindgen_test]
async fn twenty_clients_deliver_at_once_and_hear_only_what_is_theirs() {
    let guests: Vec<Guest> = (0..CLIENTS).map(|_| Guest::new(&options(""))).collect();
    let mut ids = Vec::new();
    for guest in &guests {
        guest.raw().connect();
    }
    // In turns, so that each client's work falls between the others'.
    for message in 0..MESSAGES {
        for (number, guest) in guests.iter().enumerate() {
            ids.push((number, guest.send(&format!("{message} of {number}"))));
        }
    }
    for (number, id) in &ids {
        guests[*number].delivered(id).await;
    }
    assert_eq!(ids.iter().map(|(_, id)| id).collect::<HashSet<_>>().len(), ids.len(), "every id is its own");
    let conversations: Vec<String> = guests.iter().map(Guest::conversation).collect();
    assert_eq!(conversations.iter().collect::<HashSet<_>>().len(), CLIENTS);
    for (number, conversation) in conversations.iter().enumerate() {
        let expected: Vec<String> = (0..MESSAGES).map(|message| format!("{message} of {number}")).collect();
        assert_eq!(ledger(conversation).await, expected);
        let say = format!(r#"{{"conversation":"{conversation}","content":"to {number}"}}"#);
        control("POST", "say", Some(&say)).await;
    }
    for (number, guest) in guests.iter().enumerate() {
        eventually("the agent's answer", async || !guest.told("message").is_empty()).await;
        let heard: Vec<String> = guest.told("message").iter().map(|told| told.text("content").to_owned()).collect();
        assert_eq!(heard, [format!("to {number}")]);
        let own: HashSet<&str> = ids.iter().filter(|(whose, _)| *whose == number).map(|(_, id)| id.as_str()).collect();
        for told in guest.told("delivery") {
            assert!(own.contains(told.text("id")), "{told:?} is not of client {number}");
        }
    }
}

#[wasm_bindgen_test]
async fn a_client_that_is_freed_or_reset_disturbs_no_other() {
    let guests: Vec<Guest> = (0..6).map(|_| Guest::new(&options(""))).collect();
    let mut conversations = Vec::new();
    for guest in &guests {
        conversations.push(guest.connected().await);
    }
    let ids: Vec<String> = guests.iter().map(|guest| guest.send("before")).collect();
    guests[0].free();
    guests[1].raw().close(Some(0.0));
    let reset = format!(r#"{{"fault":"reset","conversation":"{}"}}"#, conversations[2]);
    control("POST", "faults", Some(&reset)).await;
    let more: Vec<String> = guests[2..].iter().map(|guest| guest.send("after")).collect();
    for ((guest, before), after) in guests[2..].iter().zip(&ids[2..]).zip(&more) {
        guest.delivered(before).await;
        guest.delivered(after).await;
    }
    for (place, guest) in guests.iter().enumerate().skip(2) {
        assert_eq!(ledger(&conversations[place]).await, ["before", "after"]);
        assert_eq!(guest.figure("reconnects"), u64::from(place == 2));
    }
}
