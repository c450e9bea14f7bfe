//! What becomes of files when links, answers, sessions and the client end; how they are taken back, and where they are.

use crate::files::{DOWNLOAD, NAME};
use crate::line::Line;
use guestwire_core::error::FileError;
use guestwire_core::limits;
use serde_json::json;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn a_link_that_ends_before_the_address_came_asks_again_on_the_next() {
    let mut line = Line::connected(json!({}));
    let id = line.attach();
    line.question("onAttachment");
    line.reconnects();
    assert_eq!(line.offer()["attachmentId"], json!(id.to_string()));
    assert_eq!(line.uploads.len(), 1);
}

#[test]
fn an_upload_goes_on_while_the_link_is_away_and_is_looked_for_after_it() {
    let mut line = Line::connected(json!({}));
    let id = line.attach();
    line.offer();
    line.breaks();
    line.put(Some(200));
    line.run(2_000);
    line.open();
    line.says("SessionResponse", json!({ "connected": true, "newSession": false }), None);
    // The event may have gone to the link that is gone.
    let asked = line.question("getAttachment");
    assert_eq!(asked["attachmentId"], json!(id.to_string()));
    let body = json!({ "attachmentId": id.to_string(), "url": DOWNLOAD, "headers": {}, "fileSize": 5_000 });
    line.says("PresignedUrlResponse", body, asked["tracingId"].as_str());
    assert_eq!(line.last(id).0, "uploaded");
    assert!(line.left("onAttachment").is_empty());
}

#[test]
fn an_event_that_was_lost_is_asked_about_and_what_did_not_arrive_is_put_again() {
    let mut line = Line::connected(json!({}));
    let id = line.attach();
    line.offer();
    line.put(Some(200));
    line.run(limits::UPLOAD_JUDGED + 1_000);
    let asked = line.question("getAttachment");
    line.says_with_code("string", 4010, json!("not successfully uploaded"), asked["tracingId"].as_str());
    assert_eq!(line.last(id), ("presigning", Some("not_uploaded"), Some(4010)));
    line.run(9_000);
    line.offer();
    assert_eq!(line.uploads.len(), 1);
    // The first one turns out to have arrived: the second is not needed.
    line.arrives(id);
    assert_eq!(line.last(id).0, "uploaded");
    assert!(line.uploads.is_empty());
}

#[test]
fn what_was_put_into_a_lost_session_is_brought_to_the_next() {
    let mut line = Line::connected(json!({}));
    let id = line.uploaded();
    let (waiting, under_way) = (line.attach(), line.attach());
    line.offer();
    assert_eq!(line.uploads.len(), 1);
    line.breaks();
    line.run(2_000);
    line.open();
    line.says("SessionResponse", json!({ "connected": true, "newSession": true }), None);
    assert!(line.uploads.is_empty(), "that address was the old session's");
    assert_eq!(line.last(id), ("presigning", Some("session_lost"), None));
    for file in [id, waiting, under_way] {
        assert_eq!(line.offer()["attachmentId"], json!(file.to_string()));
        line.put(Some(200));
        line.arrives(file);
        assert_eq!(line.last(file).0, "uploaded");
    }
}

#[test]
fn a_file_that_was_never_asked_for_is_taken_back_without_a_word() {
    let mut line = Line::new(json!({}));
    let id = line.attach();
    assert_eq!(line.detach(id), Ok(()));
    assert_eq!(line.states(id), ["presigning", "detached"]);
    assert_eq!(line.released, [id]);
    assert_eq!(line.detach(id), Err(FileError::Unknown));
    line.connect();
    line.says("SessionResponse", json!({ "connected": true, "newSession": true }), None);
    assert!(line.left("onAttachment").is_empty() && line.left("deleteAttachment").is_empty());
}

#[test]
fn a_file_is_removed_from_the_service_in_whatever_state_it_is() {
    for phase in 0..3 {
        let mut line = Line::connected(json!({}));
        let id = line.attach();
        if phase > 0 {
            line.offer();
        }
        if phase > 1 {
            line.put(Some(200));
        }
        assert_eq!(line.detach(id), Ok(()));
        assert!(line.uploads.is_empty());
        assert_eq!(line.last(id).0, "detaching");
        let asked = line.question("deleteAttachment");
        assert_eq!(asked["attachmentId"], json!(id.to_string()));
        // Neither its success nor its failure matters any more.
        line.arrives(id);
        assert_eq!(line.last(id).0, "detaching");
        assert_eq!(line.detach(id), Ok(()));
        // The answer is lost with the link.
        line.reconnects();
        line.question("deleteAttachment");
        line.says("AttachmentDeletedResponse", json!({ "attachmentId": id.to_string() }), None);
        assert_eq!(line.last(id).0, "detached");
        assert_eq!(line.released, [id]);
    }
}

#[test]
fn what_the_service_does_not_have_need_not_be_removed() {
    let mut line = Line::connected(json!({}));
    let id = line.uploaded();
    line.detach(id).unwrap();
    let asked = line.question("deleteAttachment");
    line.says_with_code("string", 4009, json!("attachment not found"), asked["tracingId"].as_str());
    assert_eq!(line.last(id).0, "detached");
    let id = line.uploaded();
    line.detach(id).unwrap();
    line.question("deleteAttachment");
    line.says_with_code("string", 4009, json!("attachment not found"), None);
    assert_eq!(line.last(id).0, "detached");
}

#[test]
fn where_a_file_can_be_fetched_is_asked_afresh() {
    let mut line = Line::connected(json!({}));
    let id = line.uploaded();
    for (file, traced) in [(id.to_string(), true), ("their-file".to_owned(), true), ("their-other".to_owned(), false)] {
        let number = line.url_of(&file).unwrap();
        assert_eq!(line.url_of(&file), Ok(number), "who else asks shares the answer");
        let asked = line.question("getAttachment");
        assert_eq!(asked["attachmentId"], json!(file));
        let body = json!({ "attachmentId": file, "url": DOWNLOAD, "headers": {}, "fileSize": 5 });
        line.says("PresignedUrlResponse", body, asked["tracingId"].as_str().filter(|_| traced));
        assert_eq!(line.address(), Some((number, Some(DOWNLOAD), None)));
    }
    for (code, error) in [
        (4008, "attachment_expired"),
        (4009, "unknown_attachment"),
        (4010, "attachment_not_uploaded"),
        (5000, "refused"),
    ] {
        let number = line.url_of("gone").unwrap();
        let asked = line.question("getAttachment");
        line.says_with_code("string", code, json!("no"), asked["tracingId"].as_str());
        assert_eq!(line.address(), Some((number, None, Some(error))));
    }
}

#[test]
fn an_address_that_is_wanted_survives_a_link_and_not_the_client() {
    let mut line = Line::connected(json!({}));
    let number = line.url_of("theirs").unwrap();
    line.question("getAttachment");
    line.reconnects();
    line.question("getAttachment");
    line.breaks();
    line.run(limits::ADDRESS_TIMEOUT + 1_000);
    assert_eq!(line.address(), Some((number, None, Some("timeout"))));
    let number = line.url_of("theirs").unwrap();
    line.close();
    assert_eq!(line.address(), Some((number, None, Some("closed"))));
    assert_eq!(line.url_of("theirs"), Err(FileError::Closed));
}

#[test]
fn so_many_addresses_and_no_more_are_wanted_at_a_time() {
    let mut line = Line::new(json!({}));
    for number in 0..limits::ADDRESSES_WANTED {
        line.url_of(&format!("file-{number}")).unwrap();
    }
    assert_eq!(line.url_of("one-more"), Err(FileError::TooManyQuestions));
    for wrong in [String::new(), "x".repeat(limits::IDENTIFIER_BYTES + 1)] {
        assert_eq!(line.url_of(&wrong), Err(FileError::Unknown));
    }
}

#[test]
fn a_client_that_closes_gives_each_file_an_end() {
    let mut line = Line::connected(json!({}));
    let uploaded = line.uploaded();
    let (under_way, waiting) = (line.attach(), line.attach());
    line.offer();
    line.close();
    for id in [uploaded, under_way, waiting] {
        assert_eq!(line.last(id), ("failed", Some("closed"), None));
    }
    assert!(line.uploads.is_empty());
    assert_eq!(line.released.len(), 3);
    assert_eq!(line.try_attach(NAME, "image/png", 1), Err(FileError::Closed));
    assert_eq!(line.client.next_wake(), None);
}

#[test]
fn a_file_whose_message_nobody_can_tell_of_goes_with_no_other() {
    let mut line = Line::connected(json!({}));
    let id = line.uploaded();
    let message = line.draft(json!({ "attachment": id.to_string() }));
    line.breaks();
    line.close();
    assert_eq!(line.end_of(&message), Some(("unconfirmed", Some("closed"))));
    assert_eq!(line.last(id), ("failed", Some("unconfirmed"), None));
}

#[test]
fn a_message_with_a_file_does_not_follow_into_another_session_and_its_file_does() {
    let mut line = Line::connected(json!({}));
    let id = line.uploaded();
    line.breaks();
    let waiting = line.draft(json!({ "attachment": id.to_string() }));
    let plain = line.send("hello");
    line.run(2_000);
    line.open();
    line.says("SessionResponse", json!({ "connected": true, "newSession": true }), None);
    assert_eq!(line.end_of(&waiting), Some(("cancelled", Some("session_lost"))));
    assert_eq!(line.last(id), ("presigning", Some("session_lost"), None));
    line.offer();
    line.put(Some(200));
    line.arrives(id);
    assert_eq!(line.last(id).0, "uploaded");
    line.echoes(&plain, "hello");
    assert_eq!(line.end_of(&plain), Some(("delivered", None)));
    let again = line.draft(json!({ "attachment": id.to_string() }));
    line.echoes(&again, "");
    assert_eq!(line.last(id).0, "sent");
}

#[test]
fn an_error_that_may_be_about_a_question_is_not_laid_on_the_message_nor_the_other_way_round() {
    let mut line = Line::connected(json!({}));
    let id = line.uploaded();
    let number = line.url_of("theirs").unwrap();
    let message = line.draft(json!({ "attachment": id.to_string() }));
    line.says_with_code("string", 4009, json!("attachment not found"), None);
    assert_eq!((line.end_of(&message), line.address()), (None, None));
    line.echoes(&message, "");
    assert_eq!(line.last(id).0, "sent");
    // With nobody else about, it is the question's.
    line.says_with_code("string", 4009, json!("attachment not found"), None);
    assert_eq!(line.address(), Some((number, None, Some("unknown_attachment"))));
}

#[test]
fn the_late_error_of_one_question_is_not_laid_on_the_next() {
    let mut line = Line::connected(json!({}));
    let first = line.attach();
    line.question("onAttachment");
    line.run(10_000);
    assert_eq!(line.last(first), ("presigning", Some("timeout"), None));
    let second = line.attach();
    assert_eq!(line.question("onAttachment")["attachmentId"], json!(second.to_string()));
    line.says_with_code("string", 4001, json!("File type not supported"), None);
    assert_eq!((line.last(first).0, line.last(second).0), ("presigning", "presigning"));
}

#[test]
fn a_conversation_that_can_only_be_read_takes_no_files_and_the_next_one_gets_what_there_is() {
    let mut line = Line::connected(json!({}));
    let uploaded = line.uploaded();
    let refused = line.attach();
    let asked = line.question("onAttachment");
    line.says_with_code("string", 409, json!("Session is read-only"), asked["tracingId"].as_str());
    assert_eq!(line.told("conversation").last().unwrap()["readOnly"], json!(true));
    assert_eq!(line.last(refused).0, "presigning");
    assert_eq!(line.try_attach(NAME, "image/png", 1), Err(FileError::ReadOnly));
    line.run(30_000);
    assert!(line.left("onAttachment").is_empty(), "it waits");
    // What is there can still be looked at.
    line.url_of("theirs").unwrap();
    line.question("getAttachment");
    line.says("GenerateUrlError", json!({ "attachmentId": "theirs", "errorCode": 4009 }), None);
    line.start_new().unwrap();
    line.says("SessionResponse", json!({ "connected": false, "readOnly": true }), Some("leave"));
    line.says("SessionResponse", json!({ "connected": true, "newSession": true, "readOnly": false }), Some("enter"));
    assert_eq!(line.last(uploaded), ("presigning", Some("session_lost"), None));
    for id in [uploaded, refused] {
        assert_eq!(line.offer()["attachmentId"], json!(id.to_string()));
        line.put(Some(200));
        line.arrives(id);
        assert_eq!(line.last(id).0, "uploaded");
    }
}

#[test]
fn a_file_that_has_to_be_brought_to_another_session_has_all_its_attempts_again() {
    let mut line = Line::connected(json!({}));
    let id = line.attach();
    for session in 0..2 {
        for _ in 1..limits::UPLOAD_ATTEMPTS {
            line.until_asked();
            line.offer();
            line.put(Some(500));
        }
        line.until_asked();
        line.offer();
        line.put(Some(200));
        line.arrives(id);
        assert_eq!(line.last(id).0, "uploaded", "in session {session}");
        line.breaks();
        line.run(2_000);
        line.open();
        line.says("SessionResponse", json!({ "connected": true, "newSession": true }), None);
        // It holds: two sessions that are lost in a row would be the end.
        line.run(6_000);
    }
}
