//! What `--help` says of the control surface: each route with its method and its body, and each fault.

/// Ends `--help`.
pub(super) const HELP: &str = r#"The control surface, for programs and pages of this machine. Bodies and answers are JSON:
  POST   /control/faults       {"fault":"close","code":1012,"after":{"messages":5}}, or a list of such: break something
  GET    /control/faults       what waits, or holds
  DELETE /control/faults       mend everything
  GET    /control/ledger       the messages that were taken, in order, each with its copies; ?conversation=… of one
  DELETE /control/ledger       forget them, and what was said in every conversation
  GET    /control/memory       bytes that are used, for what, and those that are allowed (--max-memory)
  DELETE /control/memory       forget all but what is connected and the faults: messages, files, sessions without a
                               socket, tokens and channels that nobody is connected with, what is remembered to report
  POST   /control/say          {"content":"Hello","conversation":"…"}: the agent speaks, in all conversations where none is
                               named; {"message":{…}} of web-messaging; "messageId" for an id of one's own
  GET    /control/connections  what is connected, and every handshake with its time and status
  GET    /control/requests     the REST requests, and how they were answered
  GET    /control/streams      tokens, channels with their topics, API calls, and each event with whom it reached
  POST   /control/emit         {"topic":"v2.users.1.presence","body":{…}}: an event happens; "correlationId", "count",
                               "every" and "after" in ms

A conversation is named by its id (webchat: the client's `session.id`), by the guest's token (web-messaging, where the
client's `session.id` is a name that the service never hears), by a channel's id (streams), or in each by the id of a
message that was taken from it (the client's `sent.id`).

Faults, with their own members:
  once, to each open socket, or to the next one:
    close code, reason · reset · silence ms · raw_frame text, binary · expire_session · restart ms · socket_closing ·
    auth_error code, message · evict_channel · revoke_token
  for the next "count" occasions, "lasts" ms, or until mended:
    refuse_socket status, retry_after · stall_socket ms · refuse_rest status, retry_after, scope ·
    foreign path, status, body, content_type, location, retry_after ·
    refuse_message code, retry_after · delay ms · lose_acks via · duplicate_acks · late ms · fail_upload code ·
    lose_heartbeats answers · corrupt_frames how (cut, binary, large, page, half_character, deep, texts, nulls, no_ids,
    numeric_ids, inexact_ids)
  Each may have "conversation", and "after":{"messages":5} or {"ms":300}; acts on sockets "on":"open".
  What each does: docs/gateway.md and crates/gateway/README.md."#;

#[cfg(test)]
mod tests {
    use super::HELP;

    const ROUTES: &str = include_str!("../routes.rs");
    const FAULTS: &str = include_str!("../../../sim/src/service/control.rs");

    /// The routes in the source, each with its method.
    fn routes() -> Vec<String> {
        let mut found = Vec::new();
        for route in
            ROUTES.split(".route(").filter(|route| route.starts_with("\"/control/") && !route.contains("{*rest}"))
        {
            let path = route.split('"').nth(1).unwrap();
            for method in ["get", "post", "put", "delete"] {
                if route.contains(&format!("{method}(control::")) {
                    found.push(format!("{} {path}", method.to_uppercase()));
                }
            }
        }
        found.sort();
        found
    }

    #[test]
    fn the_help_has_each_route_of_the_control_surface_and_no_other() {
        let line = |line: &str| {
            let mut words = line.split_whitespace();
            Some(format!("{} {}", words.next()?, words.next()?))
        };
        let mut told: Vec<String> = HELP.lines().filter_map(line).filter(|told| told.contains(" /control/")).collect();
        told.sort();
        assert!(told.len() > 5);
        assert_eq!(told, routes());
    }

    #[test]
    fn the_help_and_the_readme_have_each_fault() {
        let names: Vec<&str> = FAULTS
            .split("impl FaultKind")
            .nth(1)
            .unwrap()
            .lines()
            .filter_map(|line| line.split_once("=> \"")?.1.split('"').next())
            .collect();
        assert!(names.len() > 10);
        let words = |text: &'static str| text.split(|letter: char| !letter.is_ascii_lowercase() && letter != '_');
        for name in names {
            assert!(words(HELP.split("Faults,").nth(1).unwrap()).any(|word| word == name), "{name} is not in --help");
            let readme = include_str!("../../README.md");
            assert!(readme.contains(&format!("| `{name}` |")), "{name} is not in the README");
        }
    }
}
