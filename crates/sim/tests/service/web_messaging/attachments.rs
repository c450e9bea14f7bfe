//! Files: offered, put, judged, sent, fetched, withdrawn; and every way in which that is refused.

use guestwire_sim::service::{ConnectionId, Upload, WebMessagingConfig};
use serde_json::{Value, json};

use super::world::{World, config, text};

fn ask_upload(name: &str, kind: &str, size: u64) -> Value {
    json!({ "action": "onAttachment", "attachmentId": "file-1", "tracingId": "u",
        "fileName": name, "fileType": kind, "fileSize": size, "errorsAsJson": true })
}

fn with_file(id: &str) -> Value {
    let part = json!({ "contentType": "Attachment", "attachment": { "id": id } });
    json!({ "action": "onMessage", "tracingId": "m", "message": { "type": "Text", "text": "", "content": [part] } })
}

/// The last part of an address.
fn key(url: &Value) -> String {
    url.as_str().expect("an address").rsplit('/').next().expect("a part").to_owned()
}

fn put(world: &mut World, offer: &Value, bytes: &[u8]) -> u16 {
    let tagging = offer["body"]["headers"]["x-amz-tagging"].as_str();
    let answer = world.service.upload(world.now, &key(&offer["body"]["url"]), Upload { tagging, bytes });
    world.pass(0);
    answer.status
}

/// Offers, puts and waits for the event.
fn upload(world: &mut World, guest: ConnectionId, bytes: &[u8]) -> Value {
    let offer = world.answer(guest, "t", ask_upload("foo.png", "image/png", bytes.len().max(1) as u64));
    assert_eq!(offer["class"], "PresignedUrlResponse", "{offer}");
    assert_eq!(put(world, &offer, bytes), 200);
    world.heard(guest).remove(0)
}

#[test]
fn a_file_is_offered_put_announced_sent_and_fetched() {
    let mut world = World::new(config());
    let (guest, tab) = (world.guest("t"), world.guest("t"));
    let offer = world.answer(guest, "t", ask_upload("foo.png", "image/png", 5));
    assert_eq!((&offer["type"], &offer["tracingId"]), (&json!("response"), &json!("u")));
    assert_eq!(offer["body"]["attachmentId"], "file-1");
    assert_eq!(put(&mut world, &offer, b"image"), 200);
    for connection in [guest, tab] {
        let event = world.heard(connection).remove(0);
        assert_eq!((&event["type"], &event["class"]), (&json!("message"), &json!("UploadSuccessEvent")));
        assert_eq!(event["body"]["attachmentId"], "file-1");
        let download = world.service.download(world.now, &key(&event["body"]["downloadUrl"])).expect("there");
        assert_eq!(((*download.bytes).as_ref(), download.mime.as_str()), (b"image".as_slice(), "image/png"));
    }
    let echo = world.answer(guest, "t", with_file("file-1"));
    let file = &echo["body"]["content"][0]["attachment"];
    assert_eq!(
        (&file["filename"], &file["mediaType"], &file["fileSize"]),
        (&json!("foo.png"), &json!("Image"), &json!(5))
    );
    assert!(world.service.download(world.now, &key(&file["url"])).is_ok());
    let listed = &world.history(guest, "t")[0]["content"][0]["attachment"];
    assert_eq!(listed["id"], "file-1");
    assert_eq!(world.service.ledger()[0].structured.as_ref().expect("kept")[0]["attachment"]["id"], "file-1");
}

#[test]
fn what_may_not_be_sent_is_refused_before_it_is_put() {
    let own = WebMessagingConfig { file_types: vec!["image/*".into(), "text/plain".into()], ..config() };
    let mut world = World::new(own);
    let guest = world.guest("t");
    for (frame, code) in [
        (ask_upload("foo.tiff", "application/pdf", 5), 4001),
        (ask_upload("foo.exe", "image/png", 5), 4001),
        (ask_upload("foo.EXE", "image/png", 5), 4001),
        (ask_upload("foo.png", "image/png", 10_240_001), 4002),
        (ask_upload("foo", "image/png", 5), 4004),
        (ask_upload(".png", "image/png", 5), 4004),
        (ask_upload("a/foo.png", "image/png", 5), 4004),
        (ask_upload(&format!("{}.png", "x".repeat(1_020)), "image/png", 5), 4005),
        (ask_upload("foo.png", "image/png", 0), 4102),
        (json!({ "action": "onAttachment", "fileType": "image/png", "errorsAsJson": true, "tracingId": "u" }), 4020),
    ] {
        let refused = world.answer(guest, "t", frame.clone());
        assert_eq!((&refused["class"], &refused["tracingId"]), (&json!("GenerateUrlError"), &json!("u")), "{frame}");
        assert_eq!(refused["body"]["errorCode"], code, "{frame}");
        let mut plain = frame;
        plain["errorsAsJson"] = false.into();
        let refused = world.answer(guest, "t", plain);
        assert_eq!((&refused["class"], &refused["code"]), (&json!("string"), &json!(code)));
    }
    for good in [ask_upload("foo.tiff", "image/tiff", 10_240_000), ask_upload("a.txt", "text/plain", 1)] {
        assert_eq!(world.answer(guest, "t", good)["class"], "PresignedUrlResponse");
    }
}

#[test]
fn an_upload_that_succeeded_can_still_be_found_bad() {
    let mut world = World::new(WebMessagingConfig { max_file_kb: 1, ..config() });
    let guest = world.guest("t");
    for (bytes, code) in [(&[][..], 4102), (&[0; 1_001][..], 4002)] {
        let offer = world.answer(guest, "t", ask_upload("foo.png", "image/png", 1));
        assert_eq!(put(&mut world, &offer, bytes), 200);
        let event = world.heard(guest).remove(0);
        assert_eq!((&event["class"], &event["body"]["errorCode"]), (&json!("UploadFailureEvent"), &json!(code)));
        assert_eq!(world.answer(guest, "t", with_file("file-1"))["code"], 4010);
    }
    world.fault(json!({ "fault": "fail_upload", "code": 4003, "count": 1 }));
    let event = upload(&mut world, guest, b"ok");
    assert_eq!(event["body"]["errorCode"], 4003);
    assert_eq!(upload(&mut world, guest, b"ok")["class"], "UploadSuccessEvent", "and again");
}

#[test]
fn the_event_can_take_its_time() {
    let mut world = World::new(WebMessagingConfig { upload_takes: 2_000, ..config() });
    let guest = world.guest("t");
    let offer = world.answer(guest, "t", ask_upload("foo.png", "image/png", 5));
    assert_eq!(put(&mut world, &offer, b"image"), 200);
    assert_eq!(world.answer(guest, "t", with_file("file-1"))["code"], 4010, "the 200 of the PUT is no success");
    world.pass(2_000);
    assert_eq!(world.classes(guest), ["UploadSuccessEvent"]);
}

#[test]
fn addresses_expire_and_are_renewed() {
    let mut world = World::new(config());
    let guest = world.guest("t");
    let offer = world.answer(guest, "t", ask_upload("foo.png", "image/png", 5));
    world.pass(600_000);
    assert_eq!(put(&mut world, &offer, b"image"), 403);
    let event = upload(&mut world, guest, b"image");
    world.pass(600_000);
    let stale = key(&event["body"]["downloadUrl"]);
    assert_eq!(world.service.download(world.now, &stale).map_err(|refused| refused.status), Err(403));
    let fresh = world.answer(guest, "t", json!({ "action": "getAttachment", "attachmentId": "file-1" }));
    assert_eq!((&fresh["class"], &fresh["body"]["headers"]), (&json!("PresignedUrlResponse"), &json!({})));
    assert_eq!((&fresh["body"]["fileSize"], &fresh["body"]["fileName"]), (&json!(5), &json!("foo.png")));
    assert!(world.service.download(world.now, &key(&fresh["body"]["url"])).is_ok());
}

#[test]
fn what_was_signed_must_come_with_the_upload() {
    let mut world = World::new(config());
    let guest = world.guest("t");
    let offer = world.answer(guest, "t", ask_upload("foo.png", "image/png", 5));
    let address = key(&offer["body"]["url"]);
    for tagging in [None, Some("organizationId=other")] {
        let upload = Upload { tagging, bytes: b"image" };
        assert_eq!(world.service.upload(world.now, &address, upload).status, 403);
    }
    assert!(world.heard(guest).is_empty());
}

#[test]
fn a_message_takes_one_file_that_is_there_and_its_own() {
    let mut world = World::new(config());
    let (guest, stranger) = (world.guest("t"), world.guest("stranger"));
    upload(&mut world, guest, b"image");
    assert_eq!(world.answer(stranger, "stranger", with_file("file-1"))["code"], 4009);
    assert_eq!(world.answer(guest, "t", with_file("file-2"))["code"], 4009);
    let mut two = with_file("file-1");
    let part = two["message"]["content"][0].clone();
    two["message"]["content"] = json!([part, part]);
    assert_eq!(world.answer(guest, "t", two)["code"], 400);
    world.pass(15 * 24 * 3_600_000);
    let guest = world.guest("t");
    assert_eq!(world.answer(guest, "t", text("a", "x"))["code"], 200);
}

#[test]
fn files_are_kept_for_a_while() {
    let mut world = World::new(WebMessagingConfig { file_life: 60, ..config() });
    let guest = world.guest("t");
    upload(&mut world, guest, b"image");
    world.pass(60_000);
    assert_eq!(world.answer(guest, "t", with_file("file-1"))["code"], 4008);
}

#[test]
fn a_file_can_be_withdrawn_until_it_is_sent() {
    let mut world = World::new(config());
    let guest = world.guest("t");
    let delete = json!({ "action": "deleteAttachment", "attachmentId": "file-1", "tracingId": "d" });
    assert_eq!(world.answer(guest, "t", delete.clone())["code"], 4009);
    upload(&mut world, guest, b"image");
    let deleted = world.answer(guest, "t", delete.clone());
    assert_eq!(
        (&deleted["class"], &deleted["body"]["attachmentId"]),
        (&json!("AttachmentDeletedResponse"), &json!("file-1"))
    );
    assert_eq!(world.answer(guest, "t", with_file("file-1"))["code"], 4009);
    upload(&mut world, guest, b"image");
    world.answer(guest, "t", with_file("file-1"));
    assert_eq!(world.answer(guest, "t", delete)["code"], 400);
}

#[test]
fn without_an_id_of_the_guests_the_service_gives_one() {
    let mut world = World::new(config());
    let guest = world.guest("t");
    let frame = json!({ "action": "onAttachment", "fileName": "photo.png", "fileSize": 5, "fileType": "image/png" });
    let offer = world.answer(guest, "t", frame);
    let id = offer["body"]["attachmentId"].as_str().expect("an id").to_owned();
    assert_eq!(id.len(), 36);
    put(&mut world, &offer, b"image");
    assert_eq!(world.heard(guest)[0]["body"]["attachmentId"], id);
}

#[test]
fn files_can_be_switched_off() {
    let mut world = World::new(WebMessagingConfig { attachments: false, ..config() });
    let guest = world.guest("t");
    let refused = world.answer(guest, "t", ask_upload("foo.png", "image/png", 5));
    assert_eq!(refused["body"]["errorCode"], 4000);
}

#[test]
fn uploads_can_be_refused_by_a_fault() {
    let mut world = World::new(config());
    let guest = world.guest("t");
    let offer = world.answer(guest, "t", ask_upload("foo.png", "image/png", 5));
    world.fault(json!({ "fault": "refuse_rest", "status": 503, "scope": "uploads", "count": 1 }));
    assert_eq!(put(&mut world, &offer, b"image"), 503);
    assert_eq!(put(&mut world, &offer, b"image"), 200);
}
