//! Files: each is brought to the service once, or ends with the reason why not.

use crate::files::{DOWNLOAD, NAME, UPLOAD};
use crate::line::Line;
use guestwire_core::error::FileError;
use guestwire_core::event::Event;
use guestwire_core::io::{HttpAnswer, Input};
use guestwire_core::limits;
use guestwire_core::secret::Secret;
use guestwire_core::trace::replay::replay;
use serde_json::json;
use uuid::Uuid;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn a_file_is_uploaded_when_the_service_says_that_it_has_arrived() {
    let mut line = Line::connected(json!({}));
    let id = line.attach();
    let asked = line.offer();
    assert_eq!(asked["attachmentId"], json!(id.to_string()));
    assert_eq!((&asked["fileName"], &asked["fileType"]), (&json!(NAME), &json!("image/png")));
    assert_eq!((&asked["fileSize"], &asked["errorsAsJson"]), (&json!(5_000), &json!(true)));
    let upload = &line.uploads[0].1;
    assert_eq!((upload.attachment, upload.url.expose()), (id, UPLOAD));
    let headers: Vec<_> = upload.headers.iter().map(|(name, value)| (name.as_str(), value.expose())).collect();
    assert_eq!(headers, [("x-amz-tagging", "a=b"), ("Content-Type", "image/png")]);
    line.put(Some(200));
    assert_eq!(line.last(id).0, "uploading", "the answer to the upload is no success");
    line.arrives(id);
    assert_eq!(line.states(id), ["presigning", "uploading", "uploaded"]);
    let told = line.told_of(id);
    let last = told.last().unwrap();
    assert_eq!((&*last.name, last.kind.as_str(), last.size), (NAME, "image/png", 5_000));
    assert_eq!(last.url.as_ref().map(Secret::expose), Some(DOWNLOAD));
    line.run(600_000);
    assert_eq!(line.told_of(id).last().unwrap().state, "uploaded", "and it stays so");
}

#[test]
fn that_an_upload_begins_and_that_it_has_left_is_told() {
    let mut line = Line::connected(json!({}));
    line.attach();
    line.offer();
    line.put(Some(200));
    let loaded: Vec<(u64, u64)> = line
        .events
        .iter()
        .filter_map(
            |event| if let Event::Progress(it) = event { it.get().map(|it| (it.loaded, it.total)) } else { None },
        )
        .collect();
    assert_eq!(loaded, [(0, 5_000), (5_000, 5_000)]);
}

#[test]
fn a_word_of_arrival_that_overtakes_the_answer_to_the_upload_is_as_good() {
    let mut line = Line::connected(json!({}));
    let id = line.attach();
    line.offer();
    line.arrives(id);
    assert!(line.uploads.is_empty(), "its answer says nothing any more");
    let progress = line.events.iter().rev().find_map(|event| match event {
        Event::Progress(it) => it.get().map(|it| (it.loaded, it.total)),
        _ => None,
    });
    assert_eq!(progress, Some((5_000, 5_000)));
    assert_eq!(line.states(id), ["presigning", "uploading", "uploaded"]);
}

#[test]
fn what_the_session_does_not_take_is_refused_before_anything_leaves() {
    let inbound = json!({ "fileTypes": [{ "type": "image/*" }, { "type": "text/plain" }], "maxFileSizeKB": 10 });
    let mut line =
        Line::announcing(json!({ "allowedMedia": { "inbound": inbound }, "blockedExtensions": [".exe", "BAT"] }));
    for (name, kind, size, error) in [
        ("a.png", "image/png", 0, FileError::Empty),
        ("photo", "image/png", 1, FileError::Name),
        ("a.pdf", "application/pdf", 1, FileError::Type),
        ("a.Exe", "image/png", 1, FileError::Type),
        ("a.bat", "text/plain", 1, FileError::Type),
        ("a.png", "image/png", 10_001, FileError::TooLarge),
    ] {
        assert_eq!(line.try_attach(name, kind, size), Err(error), "{name} {kind} {size}");
    }
    assert!(line.frames.is_empty() && line.events.iter().all(|event| !matches!(event, Event::Attachment(_))));
    assert!(line.try_attach("a.png", "IMAGE/png", 10_000).is_ok());
}

#[test]
fn what_was_taken_on_before_the_session_is_held_against_its_words() {
    let mut line = Line::new(json!({}));
    let large = line.attach();
    let small = line.try_attach("a.png", "image/png", 10).unwrap();
    line.connect();
    let media = json!({ "inbound": { "fileTypes": [{ "type": "*/*" }], "maxFileSizeKB": 1 } });
    line.says("SessionResponse", json!({ "connected": true, "newSession": true, "allowedMedia": media }), None);
    assert_eq!(line.last(large), ("failed", Some("file_too_large"), None));
    assert_eq!(line.released, [large]);
    assert_eq!(line.question("onAttachment")["attachmentId"], json!(small.to_string()));
}

#[test]
fn so_many_files_and_no_more_wait_at_a_time() {
    let mut line = Line::new(json!({}));
    for _ in 0..limits::ATTACHMENTS {
        line.attach();
    }
    assert_eq!(line.try_attach(NAME, "image/png", 1), Err(FileError::TooMany));
}

#[test]
fn addresses_are_asked_for_one_by_one_and_within_the_ration() {
    let mut line = Line::connected(json!({}));
    let (first, second) = (line.attach(), line.attach());
    assert_eq!(line.frames.len(), 1, "the second waits for the answer to the first");
    assert_eq!(line.offer()["attachmentId"], json!(first.to_string()));
    assert_eq!(line.question("onAttachment")["attachmentId"], json!(second.to_string()));
    let mut line = Line::connected(json!({}));
    let mut times = Vec::new();
    for _ in 0..900 {
        if line.url_of("any").is_ok() {
            for asked in line.left("getAttachment") {
                times.push(line.now().monotonic);
                let tracing = asked["tracingId"].as_str().unwrap().to_owned();
                line.says_with_code("string", 4009, json!("attachment not found"), Some(&tracing));
            }
        }
        line.run(200);
    }
    assert!(times.len() > 100, "{}", times.len());
    for window in times.windows(61) {
        assert!(window[60] - window[0] > 60_000, "{times:?}");
    }
}

#[test]
fn an_upload_that_fails_is_tried_again_at_another_address() {
    let mut line = Line::connected(json!({}));
    let id = line.attach();
    for status in [None, Some(503), Some(403)] {
        line.offer();
        assert!(line.frames.is_empty());
        line.put(status);
        assert_eq!(line.last(id).0, "presigning");
        line.run(9_000);
    }
    line.offer();
    line.put(Some(200));
    line.arrives(id);
    assert_eq!(line.last(id).0, "uploaded");
    let reasons: Vec<_> = line.told_of(id).iter().filter_map(|it| Some((it.reason?, it.code))).collect();
    assert_eq!(reasons, [("network", None), ("unavailable", Some(503)), ("upload_refused", Some(403))]);
}

#[test]
fn an_upload_that_never_succeeds_ends_with_its_reason() {
    let mut line = Line::connected(json!({}));
    let id = line.attach();
    for _ in 0..limits::UPLOAD_ATTEMPTS {
        line.until_asked();
        line.offer();
        line.put(Some(500));
    }
    line.run(60_000);
    assert_eq!(line.last(id), ("failed", Some("unavailable"), Some(500)));
    assert_eq!(line.released, [id]);
    assert!(line.left("onAttachment").is_empty());
}

#[test]
fn a_store_that_asks_for_time_gets_it() {
    let mut line = Line::connected(json!({}));
    let id = line.attach();
    line.offer();
    let wait =
        |seconds: &str| HttpAnswer { status: 503, retry_after: Some(seconds.to_owned()), ..HttpAnswer::default() };
    let (request, _) = line.uploads.remove(0);
    line.input(Input::Answered(request, wait("40")));
    line.run(39_000);
    assert!(line.left("onAttachment").is_empty());
    line.run(12_000);
    line.offer();
    let (request, _) = line.uploads.remove(0);
    line.input(Input::Answered(request, wait("4000")));
    assert_eq!(line.last(id), ("failed", Some("rate_limited"), Some(503)));
}

#[test]
fn an_upload_that_takes_longer_than_its_bytes_explain_is_tried_anew() {
    let mut line = Line::connected(json!({}));
    let id = line.attach();
    line.offer();
    line.run(60_000);
    assert_eq!(line.uploads.len(), 1, "it may be slow, and alive");
    line.run(1_000);
    assert!(line.uploads.is_empty(), "it is let go of");
    assert_eq!(line.told_of(id).last().unwrap().reason, Some("timeout"));
}

#[test]
fn what_the_service_says_of_the_file_itself_is_final() {
    for (code, reason) in [
        (4000, "not_enabled"),
        (4001, "file_type"),
        (4002, "file_too_large"),
        (4003, "file_content"),
        (4004, "file_name"),
        (4005, "file_name"),
        (4102, "file_empty"),
        (400, "refused"),
    ] {
        let mut line = Line::connected(json!({}));
        // By its id, in the form of one source; by its tracing id and nothing else, in the other's.
        for by_id in [true, false] {
            let id = line.attach();
            let asked = line.question("onAttachment");
            let mut body = json!({ "errorCode": code, "errorMessage": "no" });
            if by_id {
                body["attachmentId"] = json!(id.to_string());
            }
            line.says_with_code("GenerateUrlError", 400, body, asked["tracingId"].as_str().filter(|_| !by_id));
            assert_eq!(line.last(id), ("failed", Some(reason), Some(code)));
        }
        if code == 400 {
            continue;
        }
        // As bare text it names nothing, and can mean one file only.
        let (id, other) = (line.attach(), line.attach());
        line.question("onAttachment");
        line.says_with_code("string", code, json!("no"), None);
        assert_eq!(line.last(id), ("failed", Some(reason), Some(code)));
        assert_eq!(line.last(other).0, "presigning");
        // And what arrived can still be found bad.
        line.offer();
        line.put(Some(200));
        line.says("UploadFailureEvent", json!({ "attachmentId": other.to_string(), "errorCode": code }), None);
        assert_eq!(line.last(other), ("failed", Some(reason), Some(code)));
    }
}

#[test]
fn a_question_that_meets_a_limit_waits() {
    let mut line = Line::connected(json!({}));
    let id = line.attach();
    let asked = line.question("onAttachment");
    let body = json!({ "retryAfter": 20, "errorCode": 4029, "errorMessage": "too many" });
    line.says_with_code("TooManyRequestsErrorMessage", 429, body, asked["tracingId"].as_str());
    let message = line.send("hello");
    line.run(19_000);
    assert!(line.left("onAttachment").is_empty() && line.left("onMessage").is_empty());
    line.run(7_000);
    line.offer();
    line.echoes(&message, "hello");
    assert_eq!(line.last(id).0, "uploading");
}

#[test]
fn an_address_that_does_not_come_is_asked_for_again() {
    let mut line = Line::connected(json!({}));
    let id = line.attach();
    line.question("onAttachment");
    line.run(11_500);
    assert_eq!(line.told_of(id).last().unwrap().reason, Some("timeout"));
    line.offer();
    assert_eq!(line.uploads.len(), 1);
}

#[test]
fn what_cannot_be_followed_is_no_address() {
    let mut line = Line::connected(json!({}));
    let id = line.attach();
    for body in [json!({ "url": "javascript:alert(1)" }), json!({ "url": UPLOAD, "headers": { "Cookie": "a" } })] {
        let asked = line.question("onAttachment");
        line.says("PresignedUrlResponse", body, asked["tracingId"].as_str());
        assert_eq!(line.told_of(id).last().unwrap().reason, Some("malformed_answer"));
        line.run(9_000);
    }
    line.offer();
    assert_eq!(line.uploads.len(), 1);
}

#[test]
fn nobody_is_asked_to_put_a_file_on_a_line_that_others_read() {
    let mut line = Line::connected(json!({}));
    let id = line.attach();
    let asked = line.question("onAttachment");
    let body = json!({ "attachmentId": id.to_string(), "url": "http://uploads.example/a", "headers": { "x-amz-tagging": "a" } });
    line.says("PresignedUrlResponse", body, asked["tracingId"].as_str());
    assert!(line.uploads.is_empty());
    assert_eq!(line.told_of(id).last().unwrap().reason, Some("malformed_answer"));
}

#[test]
fn an_address_that_nobody_asked_for_is_not_followed() {
    let mut line = Line::connected(json!({}));
    let id = line.uploaded();
    for file in [id.to_string().as_str(), "0b7e4a52-9a1c-4a5e-8f3b-0f3f5e0d9a11", "odd"] {
        let body = json!({ "attachmentId": file, "url": UPLOAD, "headers": { "x-amz-tagging": "a" } });
        line.says("PresignedUrlResponse", body, None);
    }
    assert!(line.uploads.is_empty());
}

#[test]
fn another_tab_s_file_is_none_of_ours() {
    let mut line = Line::connected(json!({}));
    let id = line.attach();
    line.offer();
    let other: Uuid = "0b7e4a52-9a1c-4a5e-8f3b-0f3f5e0d9a11".parse().unwrap();
    line.arrives(other);
    line.says("UploadFailureEvent", json!({ "attachmentId": other.to_string(), "errorCode": 4001 }), None);
    line.says("AttachmentDeletedResponse", json!({ "attachmentId": other.to_string() }), None);
    line.says("GenerateUrlError", json!({ "attachmentId": other.to_string(), "errorCode": 4001 }), None);
    assert_eq!(line.last(id).0, "uploading");
    assert!(line.told_of(other).is_empty());
}

#[test]
fn a_recording_of_files_runs_again_and_shows_neither_names_nor_addresses() {
    let inbound = json!({ "fileTypes": [{ "type": "image/*" }], "maxFileSizeKB": 10 });
    let mut line =
        Line::announcing(json!({ "allowedMedia": { "inbound": inbound }, "blockedExtensions": [".exe", "BAT"] }));
    let _refused = line.try_attach("a.exe", "image/png", 1);
    let _refused = line.try_attach("a.pdf", "application/pdf", 1);
    let id = line.uploaded();
    line.attach();
    line.offer();
    line.put(Some(503));
    for headers in [json!({ "Cookie": "a" }), json!({}), json!({ "content-type": "image/png", "x-amz-a": "b" })] {
        line.until_asked();
        let asked = line.question("onAttachment");
        line.says("PresignedUrlResponse", json!({ "url": UPLOAD, "headers": headers }), asked["tracingId"].as_str());
        if !line.uploads.is_empty() {
            line.put(None);
        }
    }
    line.url_of(&id.to_string()).unwrap();
    line.reconnects();
    line.detach(id).unwrap();
    line.run(20_000);
    line.close();
    let mut trace = json!(line.client.frame());
    trace["entries"] = line.client.entries().map(|entry| json!(entry)).collect();
    let text = trace.to_string();
    for secret in ["secret", "passport", "Zo"] {
        assert!(!text.contains(secret), "{secret}");
    }
    let replayed = replay(&serde_json::from_str(&text).unwrap()).unwrap();
    assert_eq!(replayed.difference, None);
    assert!(replayed.steps.len() > 20);
    let shown = format!("{:?}", line.events);
    for secret in ["secret-", "passport", "Zo"] {
        assert!(!shown.contains(secret), "{secret}");
    }
}

#[test]
fn a_file_goes_with_one_message_and_is_sent_when_that_is_delivered() {
    let mut line = Line::connected(json!({}));
    let id = line.uploaded();
    let with_file = json!({ "text": "look", "attachment": id.to_string() });
    let message = line.draft(with_file.clone());
    assert_eq!(line.last(id), ("sending", None, None));
    assert_eq!(line.left("onMessage")[0]["message"]["content"][0]["attachment"]["id"], json!(id.to_string()));
    assert_eq!(line.refuses(with_file.clone()), "attachment_not_uploaded", "it goes with one");
    assert_eq!(line.detach(id), Err(FileError::Sending));
    line.echoes(&message, "look");
    assert_eq!(line.last(id), ("sent", None, None));
    assert_eq!(line.released, [id]);
    assert_eq!(line.refuses(with_file), "unknown_attachment", "and with no other after it");
}

#[test]
fn where_a_file_can_be_fetched_is_told_in_every_state_in_which_the_service_has_it() {
    let mut line = Line::connected(json!({}));
    let (sent, removed) = (line.uploaded(), line.uploaded());
    let with_file = json!({ "text": "look", "attachment": sent.to_string() });
    let refused = line.draft(with_file.clone());
    line.says_with_code("string", 4011, json!("too long"), Some(&refused));
    let message = line.draft(with_file);
    line.echoes(&message, "look");
    let mut told: Vec<_> = line.told_of(sent).iter().map(|it| (it.state, it.url.is_some())).collect();
    told.dedup();
    let [here, sending] = [("uploaded", true), ("sending", true)];
    assert_eq!(told, [("presigning", false), ("uploading", false), here, sending, here, sending, ("sent", true)]);
    line.detach(removed).expect("no message has it");
    line.run(1_000);
    line.says("AttachmentDeletedResponse", json!({ "attachmentId": removed.to_string() }), None);
    let told: Vec<_> = line.told_of(removed).iter().map(|it| (it.state, it.url.is_some())).collect();
    assert_eq!(told[told.len() - 3..], [here, ("detaching", true), ("detached", false)]);
    line.trace();
}

#[test]
fn a_file_that_has_not_arrived_goes_with_no_message() {
    let mut line = Line::connected(json!({}));
    let id = line.attach();
    let with_file = json!({ "attachment": id.to_string() });
    assert_eq!(line.refuses(with_file.clone()), "attachment_not_uploaded");
    line.offer();
    line.put(Some(200));
    assert_eq!(line.refuses(with_file), "attachment_not_uploaded");
}

#[test]
fn a_file_whose_message_was_refused_or_taken_back_can_go_with_another() {
    let mut line = Line::connected(json!({}));
    let id = line.uploaded();
    let with_file = json!({ "text": "look", "attachment": id.to_string() });
    let first = line.draft(with_file.clone());
    line.says_with_code("string", 4011, json!("too long"), Some(&first));
    assert_eq!(line.last(id), ("uploaded", Some("rejected"), None));
    line.send("hello");
    let second = line.draft(with_file.clone());
    assert!(line.cancel(&second));
    assert_eq!(line.last(id), ("uploaded", Some("cancelled"), None));
    line.draft(with_file);
    assert_eq!(line.last(id).0, "sending");
}

#[test]
fn a_file_that_the_service_does_not_have_any_more_is_at_its_end_with_its_message() {
    for (code, reason) in
        [(4008, "attachment_expired"), (4009, "unknown_attachment"), (4010, "attachment_not_uploaded")]
    {
        // By its name, and without one: only the message that takes a file along can be meant.
        for named in [true, false] {
            let mut line = Line::connected(json!({}));
            let id = line.uploaded();
            let message = line.draft(json!({ "attachment": id.to_string() }));
            line.says_with_code("string", code, json!("no"), Some(message.as_str()).filter(|_| named));
            assert_eq!(line.end_of(&message), Some(("rejected", Some("refused"))));
            assert_eq!(line.last(id), ("failed", Some(reason), Some(code)));
        }
        let mut line = Line::connected(json!({}));
        let message = line.send("no file");
        line.says_with_code("string", code, json!("no"), None);
        assert_eq!(line.end_of(&message), None, "it cannot mean this one");
    }
}

#[test]
fn a_file_does_not_wait_for_all_the_messages_that_wait_for_the_ration() {
    let mut line = Line::connected(json!({}));
    for _ in 0..200 {
        line.send("hello");
    }
    let mut since = None;
    for _ in 0..2_000 {
        for sent in line.left("onMessage") {
            line.echoes(sent["tracingId"].as_str().unwrap(), "hello");
            since = since.map(|count: u32| count + 1);
        }
        if line.now().monotonic > 20_000 && since.is_none() {
            // The ration of a minute is used up.
            line.attach();
            since = Some(0);
        }
        if !line.left("onAttachment").is_empty() {
            break;
        }
        line.run(100);
    }
    assert!(since.is_some_and(|count| count <= 1), "{since:?} messages left before it");
}
