//! The guest's journey on the site, which the service lays beside the conversation (`journeyContext`, web-messaging.md, 2).

use super::reader::Reader;
use crate::content::Content;
use crate::json::Object;

/// What a journey may say, as the schema has it.
const PARTS: [(&str, [&str; 2]); 2] = [("customer", ["id", "idType"]), ("customerSession", ["id", "type"])];

/// The object as it stands in a frame; none: nothing is said of it.
pub(super) fn journey(all: &Reader<'_>) -> Option<Content> {
    if !all.has("journeyContext") {
        return None;
    }
    let given = all.nested("journeyContext", &["customer", "customerSession", "triggeringAction"]);
    let mut journey = Object::default();
    for (name, members) in PARTS {
        if given.has(name) {
            let part = given.nested(name, &members);
            let object = members.iter().fold(Object::default(), |object, name| object.text(name, &part.text(name, "")));
            journey = journey.object(name, object);
        }
    }
    if given.has("triggeringAction") {
        let action = given.nested("triggeringAction", &["id", "actionMap"]);
        let map = action.nested("actionMap", &["id", "version"]);
        let object = Object::default().text("id", &map.text("id", ""));
        let object = object.whole("version", map.whole("version", 0, 0, u64::from(u32::MAX)));
        journey = journey.object(
            "triggeringAction",
            Object::default().text("id", &action.text("id", "")).object("actionMap", object),
        );
    }
    Some(Content::new(journey.finish()))
}
