//! Topics: which the application may want, and under which names their events come.

/// What the application may want; one stands for two, and the last ones are refused, which a plain socket has no word for.
pub(super) const TOPICS: [&str; 8] =
    ["v2.t.0", "v2.t.1", "v2.t.2", "v2.t.3", "v2.users.u?a&b", "v2.users.w?a", "v2.forbidden.a", "v2.forbidden.b"];
/// Under what names events happen.
pub(super) const NAMES: [&str; 8] =
    ["v2.t.0", "v2.t.1", "v2.t.2", "v2.t.3", "v2.users.u.a", "v2.users.u.b", "v2.users.w.a", "v2.nobody"];

/// Under which names the events of a topic come.
pub(super) fn names(topic: &str) -> impl Iterator<Item = String> {
    let (base, parts) = topic.split_once('?').unwrap_or((topic, ""));
    let parts: Vec<String> = if parts.is_empty() {
        vec![base.to_owned()]
    } else {
        parts.split('&').map(|part| format!("{base}.{part}")).collect()
    };
    parts.into_iter()
}

/// Whether a service permits a topic to nobody.
pub(super) fn is_forbidden(topic: &str) -> bool {
    topic.starts_with("v2.forbidden")
}
