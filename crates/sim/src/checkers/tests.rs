//! Each checker is fed a history in which its law is broken, and one beside it in which it is not.

use super::{Checkers, Endpoint, Law, Limits, Seen};

/// What is broken by a history in which only what it is about is seen: not what the ends are founded on.
fn broken(history: &[(u64, Seen<'_>)]) -> Vec<Law> {
    let mut laws = all_broken(history);
    laws.retain(|law| !matches!(law, Law::Unfounded | Law::Unasked));
    laws
}

fn all_broken(history: &[(u64, Seen<'_>)]) -> Vec<Law> {
    let limits = Limits {
        opens: 2,
        asks: 2,
        settles_within: 400,
        ttl: 1_000,
        messages: 3,
        bytes: 30,
        duplicates_accepted: false,
    };
    let mut checkers = Checkers::new(limits);
    history.iter().for_each(|(at, seen)| checkers.see(*at, seen));
    checkers.violations().iter().map(|violation| violation.law).collect()
}

const A: Seen<'_> = accepted("a", 1);
const B: Seen<'_> = accepted("b", 1);

const fn accepted(id: &str, bytes: usize) -> Seen<'_> {
    Seen::Accepted { id, bytes }
}

fn told<'a>(id: &'a str, state: &'a str) -> Seen<'a> {
    Seen::Told { id, state }
}

#[test]
fn a_message_that_is_delivered_and_not_there_is_lost() {
    assert_eq!(broken(&[(0, A), (1, Seen::Taken("a")), (2, told("a", "delivered")), (3, Seen::Settled)]), []);
    assert_eq!(broken(&[(0, A), (2, told("a", "delivered"))]), [Law::Lost]);
}

fn file<'a>(state: &'a str, reason: &'a str) -> Seen<'a> {
    Seen::FileTold { id: "f", state, reason }
}

#[test]
fn a_file_that_is_sent_and_not_there_is_lost_and_one_that_goes_twice_is_a_duplicate() {
    let taken = Seen::FileTaken("f");
    assert_eq!(broken(&[(0, file("sending", "")), (1, taken), (2, file("sent", "")), (3, Seen::Settled)]), []);
    assert_eq!(broken(&[(0, file("sending", "")), (2, file("sent", ""))]), [Law::Lost]);
    assert_eq!(broken(&[(0, file("sending", "")), (1, taken), (2, taken)]), [Law::Duplicated]);
}

#[test]
fn an_end_of_a_file_that_is_not_true_is_found_and_so_is_one_that_has_none() {
    let taken = Seen::FileTaken("f");
    for state in ["detached", "failed"] {
        assert_eq!(broken(&[(0, file(state, "")), (1, Seen::Settled)]), []);
        assert_eq!(broken(&[(0, taken), (1, file(state, ""))]), [Law::Untrue]);
        assert_eq!(broken(&[(0, file(state, "")), (1, taken)]), [Law::Untrue]);
    }
    assert_eq!(broken(&[(0, file("failed", "unconfirmed")), (1, taken)]), [], "nobody could tell");
    assert_eq!(broken(&[(0, taken), (1, file("uploaded", "rejected"))]), [Law::Untrue]);
    assert_eq!(broken(&[(0, file("failed", "")), (1, file("uploaded", ""))]), [Law::Untrue]);
    assert_eq!(broken(&[(0, file("uploaded", "")), (1, Seen::Settled)]), [Law::Stuck]);
}

#[test]
fn a_message_that_stands_twice_is_a_duplicate() {
    assert_eq!(broken(&[(0, A), (1, Seen::Taken("a")), (2, Seen::Taken("a"))]), [Law::Duplicated]);
}

#[test]
fn an_end_that_is_not_true_is_found_before_and_after_it_was_told() {
    for state in ["rejected", "expired", "cancelled"] {
        assert_eq!(broken(&[(0, A), (1, told("a", state)), (2, Seen::Settled)]), []);
        assert_eq!(broken(&[(0, A), (1, Seen::Taken("a")), (2, told("a", state))]), [Law::Untrue]);
        assert_eq!(broken(&[(0, A), (1, told("a", state)), (2, Seen::Taken("a"))]), [Law::Untrue]);
    }
}

#[test]
fn a_second_end_and_an_unknown_message_are_found() {
    assert_eq!(broken(&[(0, A), (1, told("a", "unconfirmed")), (2, told("a", "expired"))]), [Law::Untrue]);
    assert_eq!(broken(&[(0, told("a", "sending"))]), [Law::Untrue]);
    assert_eq!(broken(&[(0, Seen::Taken("a"))]), [Law::Untrue]);
}

#[test]
fn delivered_messages_in_another_order_are_found_and_others_may_lie_between() {
    let order = |end: &'static str| {
        let taken = [(1, Seen::Taken("b")), (2, Seen::Taken("a"))];
        let ends = [(3, told("a", "delivered")), (4, told("b", end)), (5, Seen::Settled)];
        broken(&[&[(0, A), (0, B)], &taken[..], &ends[..]].concat())
    };
    assert_eq!(order("delivered"), [Law::Reordered]);
    assert_eq!(order("unconfirmed"), []);
}

#[test]
fn an_end_is_founded_on_what_reached_the_client() {
    let left = Seen::FrameSent { socket: 1, id: "a" };
    let posted = Seen::Requested { request: 1, endpoint: Endpoint::Messages, message: Some("a") };
    let framed = |taken| Seen::FrameAnswered { id: "a", taken, retry_after: None };
    let answered = |taken| Seen::RequestOver { request: 1, taken, retry_after: None };
    let ends = |before: &[Seen<'static>], state: &'static str| {
        let mut history = vec![(0, Seen::SocketAsked(1)), (0, Seen::RestSpeaks), (0, A), (0, Seen::Taken("a"))];
        if matches!(state, "rejected" | "expired") {
            history.pop();
        }
        history.extend(before.iter().map(|seen| (1, *seen)));
        history.push((1, told("a", state)));
        all_broken(&history)
    };
    let unfounded = [Law::Unfounded];
    for (ways, state, founded) in [
        (&[left][..], "delivered", false),
        (&[left, framed(false)], "delivered", false),
        (&[left, framed(true)], "delivered", true),
        (&[posted, answered(Some(true))], "delivered", true),
        (&[posted, answered(Some(false))], "delivered", false),
        (&[posted, answered(None)], "delivered", false),
        (&[], "unconfirmed", false),
        (&[left], "unconfirmed", true),
        (&[posted], "unconfirmed", true),
        (&[left, framed(true)], "unconfirmed", false),
        (&[left], "rejected", false),
        (&[Seen::Excluded("b")], "rejected", false),
        (&[Seen::Excluded("a")], "rejected", true),
        (&[left, framed(false)], "rejected", true),
        (&[posted, answered(Some(false))], "rejected", true),
        (&[posted, answered(None)], "rejected", false),
    ] {
        assert_eq!(ends(ways, state), if founded { &[][..] } else { &unfounded }, "{state} after {ways:?}");
    }
    // A new copy that is refused takes back no acknowledgement, and what comes after the end changes nothing.
    assert_eq!(ends(&[left, framed(true), framed(false)], "unconfirmed"), unfounded);
    assert_eq!(ends(&[left, framed(true), told("a", "delivered"), framed(false)], "delivered"), [Law::Untrue]);
}

#[test]
fn a_message_expires_no_sooner_than_its_time_is_over_by_either_clock() {
    let after = |monotonic, wall| {
        let accepted = [(0, Seen::Clocks { monotonic: 50, wall: 9_000 }), (0, A)];
        all_broken(&[&accepted[..], &[(1, Seen::Clocks { monotonic, wall }), (1, told("a", "expired"))]].concat())
    };
    assert_eq!(after(1_049, 9_999), [Law::Unfounded]);
    assert_eq!(after(1_050, 0), []);
    assert_eq!(after(50, 10_000), []);
}

#[test]
fn a_message_without_an_end_and_a_client_in_circles_are_stuck() {
    assert_eq!(broken(&[(0, A), (1, Seen::Settled)]), [Law::Stuck]);
    assert_eq!(broken(&[(0, Seen::Stuck("circles"))]), [Law::Stuck]);
    assert_eq!(broken(&[(0, Seen::Misrecorded("another end"))]), [Law::Recording]);
}

#[test]
fn what_does_not_settle_in_time_is_stuck() {
    assert_eq!(broken(&[(900, Seen::SettledIn(Some(400)))]), []);
    assert_eq!(broken(&[(900, Seen::SettledIn(Some(401)))]), [Law::Stuck]);
    assert_eq!(broken(&[(900, Seen::SettledIn(None))]), [Law::Stuck]);
}

#[test]
fn two_sockets_and_a_frame_on_a_dead_one_are_found() {
    assert_eq!(broken(&[(0, Seen::SocketAsked(1)), (1, Seen::SocketGone(1)), (2, Seen::SocketAsked(2))]), []);
    assert_eq!(broken(&[(0, Seen::SocketAsked(1)), (2, Seen::SocketAsked(2))]), [Law::TwoSockets]);
    assert_eq!(broken(&[(0, Seen::FrameSent { socket: 1, id: "a" })]), [Law::TwoSockets]);
}

#[test]
fn a_storm_is_found_and_as_many_opens_over_a_longer_time_are_none() {
    let opens = |gap: u64| {
        let open = |n: u32| {
            let at = u64::from(n) * gap;
            [(at, Seen::SocketAsked(n)), (at, Seen::SocketGone(n))]
        };
        broken(&(0..3).flat_map(open).collect::<Vec<_>>())
    };
    assert_eq!(opens(10_000), [Law::Storm]);
    assert_eq!(opens(10_001), []);
}

#[test]
fn too_many_requests_for_a_session_are_a_storm_and_requests_with_messages_are_none() {
    let requests = |endpoint, gap| {
        let asked = |request| (u64::from(request) * gap, Seen::Requested { request, endpoint, message: None });
        let over = |request| (u64::from(request) * gap, Seen::RequestOver { request, taken: None, retry_after: None });
        broken(&[asked(0), over(0), asked(1), over(1), asked(2)])
    };
    assert_eq!(requests(Endpoint::Guests, 10_000), [Law::Storm]);
    assert_eq!(requests(Endpoint::Guests, 10_001), []);
    assert_eq!(requests(Endpoint::Messages, 1), []);
    assert_eq!(requests(Endpoint::Probe, 1), []);
}

#[test]
fn a_message_of_the_agent_that_is_raised_twice_is_found() {
    assert_eq!(broken(&[(0, Seen::Raised("x")), (1, Seen::Raised("y"))]), []);
    assert_eq!(broken(&[(0, Seen::Raised("x")), (1, Seen::Raised("x"))]), [Law::RaisedTwice]);
    assert_eq!(broken(&[(0, Seen::Old("x")), (1, Seen::Raised("x"))]), [Law::Untrue]);
    assert_eq!(broken(&[(0, Seen::Old("x")), (1, Seen::Given("x")), (2, Seen::Raised("y"))]), []);
}

#[test]
fn a_message_of_the_agent_that_came_and_was_not_raised_is_found() {
    assert_eq!(broken(&[(0, Seen::Came("x")), (1, Seen::Raised("x")), (2, Seen::Came("x")), (3, Seen::Settled)]), []);
    assert_eq!(broken(&[(0, Seen::Came("x")), (1, Seen::Raised("y")), (3, Seen::Settled)]), [Law::NotRaised]);
}

#[test]
fn a_client_that_ends_by_itself_though_nothing_said_so_is_found() {
    use Seen::{Connects, Final, RequestOver, Session, Stopped};
    let ends = |before: &[Seen<'static>], reason: &'static str| {
        let history = before.iter().copied().chain([Stopped(reason)]).map(|seen| (0, seen));
        broken(&history.collect::<Vec<_>>())
    };
    assert_eq!(ends(&[Connects], "closed"), []);
    assert_eq!(ends(&[Connects], "attempts_exhausted"), [Law::Stopped]);
    assert_eq!(ends(&[Connects, Final("forbidden")], "forbidden"), []);
    assert_eq!(ends(&[Connects, Final("refused")], "forbidden"), [Law::Stopped]);
    assert_eq!(ends(&[Final("forbidden"), Connects], "forbidden"), [Law::Stopped]);
    let asks = |wait| RequestOver { request: 1, taken: None, retry_after: Some(wait) };
    assert_eq!(ends(&[asks(3_600_001), Connects], "rate_limited"), []);
    assert_eq!(ends(&[Connects, asks(3_600_000)], "rate_limited"), [Law::Stopped]);
    assert_eq!(ends(&[Connects, Session], "session_lost"), []);
    assert_eq!(ends(&[Session, Connects], "session_lost"), [Law::Stopped]);
    let delivered = [A, Seen::Taken("a"), told("a", "delivered")];
    assert_eq!(ends(&[&[Connects, Session], &delivered[..]].concat(), "session_lost"), [Law::Stopped]);
    assert_eq!(ends(&[&[Connects], &delivered[..], &[Session]].concat(), "session_lost"), []);
}

#[test]
fn two_writers_are_found_whichever_came_first() {
    let frame = Seen::FrameSent { socket: 1, id: "a" };
    let post = Seen::Requested { request: 7, endpoint: Endpoint::Messages, message: None };
    let open = (0, Seen::SocketAsked(1));
    assert_eq!(broken(&[open, (1, frame), (2, post)]), [Law::TwoWriters]);
    assert_eq!(broken(&[open, (1, post), (2, frame)]), [Law::TwoWriters]);
    let answered = Seen::FrameAnswered { id: "a", taken: false, retry_after: None };
    assert_eq!(broken(&[open, (1, frame), (2, answered), (3, post)]), []);
    let over = Seen::RequestOver { request: 7, taken: None, retry_after: None };
    assert_eq!(broken(&[open, (1, post), (2, over), (3, frame)]), []);
}

#[test]
fn an_undercut_wait_is_found_on_every_path() {
    for endpoint in [Endpoint::Guests, Endpoint::Messages] {
        let again = |at| {
            let first = [(0, Seen::Requested { request: 1, endpoint, message: None })];
            let over = [(5, Seen::RequestOver { request: 1, taken: None, retry_after: Some(2_000) })];
            broken(&[&first[..], &over, &[(at, Seen::Requested { request: 2, endpoint, message: None })]].concat())
        };
        assert_eq!(again(2_004), [Law::RetryAfter]);
        assert_eq!(again(2_005), []);
    }
    let asked = Seen::FrameAnswered { id: "a", taken: false, retry_after: Some(1_000) };
    let sent = Seen::FrameSent { socket: 1, id: "a" };
    assert_eq!(broken(&[(0, Seen::SocketAsked(1)), (0, asked), (999, sent)]), [Law::RetryAfter]);
    assert_eq!(broken(&[(0, Seen::SocketAsked(1)), (0, asked), (1_000, sent)]), []);
}

#[test]
fn a_buffer_over_its_limit_is_found() {
    let all = |bytes| ["a", "b", "c", "d"].map(|id| (0, accepted(id, bytes)));
    assert_eq!(broken(&all(10)[..3]), []);
    assert_eq!(broken(&all(0)), [Law::Memory]);
    assert_eq!(broken(&all(11)[..3]), [Law::Memory]);
    let room = (1, told("a", "delivered"));
    assert_eq!(broken(&[&all(0)[..3], &[(0, Seen::Taken("a")), room], &all(0)[3..]].concat()), []);
}

#[test]
fn a_client_that_counts_wrongly_what_it_holds_is_found() {
    let held = |messages, bytes| broken(&[(0, A), (0, B), (0, Seen::Buffered { messages, bytes })]);
    assert_eq!(held(2, 2), []);
    assert_eq!(held(1, 2), [Law::Memory]);
    assert_eq!(held(2, 1), [Law::Memory]);
}

#[test]
fn a_token_that_is_shown_is_found() {
    assert_eq!(broken(&[(0, Seen::Token("t0ken")), (1, Seen::Shown("at /x?access_token=t0ken"))]), [Law::Secret]);
    assert_eq!(broken(&[(0, Seen::Token("t0ken")), (1, Seen::Shown("at [secret]"))]), []);
}

#[test]
fn a_storm_of_heartbeats_is_found() {
    let asked = |gap: u64| broken(&(0..101).map(|n| (n * gap, Seen::QuestionSent)).collect::<Vec<_>>());
    assert_eq!(asked(200), [Law::Storm]);
    assert_eq!(asked(201), []);
}

#[test]
fn what_the_agent_said_must_be_raised_all_of_it_and_in_order() {
    let raised = |ids: [&'static str; 2]| {
        let ids = ids.map(|id| (0, Seen::Raised(id)));
        broken(&[ids[0], ids[1], (1, Seen::Said(&["a", "b"]))])
    };
    assert_eq!(raised(["a", "b"]), []);
    assert_eq!(raised(["b", "a"]), [Law::Disordered]);
    assert_eq!(raised(["b", "c"]), [Law::NotRaised]);
}

#[test]
fn what_only_resembles_a_message_founds_its_delivery_and_nothing_else_is_held_against_it() {
    let ends = |state| {
        let told = [(0, Seen::Accepted { id: "a", bytes: 1 }), (1, Seen::FrameSent { socket: 1, id: "a" })];
        let end = [(2, Seen::Resembled("a")), (3, Seen::Taken("a")), (4, Seen::Told { id: "a", state })];
        let seen = [vec![(0, Seen::SocketAsked(1))], told.to_vec(), end.to_vec()].concat();
        broken(&seen)
    };
    assert_eq!(ends("delivered"), []);
    assert_eq!(ends("unconfirmed"), []);
}

#[test]
fn what_the_service_does_not_take_must_not_leave() {
    let sent = |id| Seen::FrameSent { socket: 1, id };
    let opened = [(0, Seen::SocketAsked(1)), (0, A), (0, B)];
    let with = |seen: &[(u64, Seen<'static>)]| broken(&[&opened[..], seen].concat());
    assert_eq!(with(&[(1, Seen::Excluded("a")), (2, sent("b"))]), []);
    assert_eq!(with(&[(1, Seen::Excluded("a")), (2, sent("a"))]), [Law::Excess]);
    assert_eq!(with(&[(1, Seen::TypingSent), (5_001, Seen::TypingSent)]), []);
    assert_eq!(with(&[(1, Seen::TypingSent), (5_000, Seen::TypingSent)]), [Law::Excess]);
}

#[test]
fn a_conversation_that_has_ended_is_left_alone() {
    let sent = Seen::FrameSent { socket: 1, id: "a" };
    let ended = [(0, Seen::SocketAsked(1)), (0, A), (1, Seen::ReadOnly(true))];
    let with = |seen: &[(u64, Seen<'static>)]| broken(&[&ended[..], seen].concat());
    assert_eq!(with(&[(2, Seen::QuestionSent), (3, Seen::ReadOnly(false)), (4, sent), (5, Seen::TypingSent)]), []);
    assert_eq!(with(&[(2, sent)]), [Law::ReadOnly]);
    assert_eq!(with(&[(2, Seen::TypingSent)]), [Law::ReadOnly]);
}

#[test]
fn a_place_that_was_taken_is_not_fought_for() {
    for why in ["evicted", "logged_out"] {
        let taken = [(0, Seen::SocketAsked(1)), (1, Seen::Final(why)), (1, Seen::SocketGone(1))];
        let with = |seen: &[(u64, Seen<'static>)]| broken(&[&taken[..], seen].concat());
        assert_eq!(with(&[(2, Seen::Connects), (3, Seen::SocketAsked(2))]), []);
        assert_eq!(with(&[(2, Seen::SocketAsked(2))]), [Law::Fought]);
    }
    // Its own word shuts it out once.
    let gone = |socket: u32| {
        let at = 30_000 * u64::from(socket);
        [(at, Seen::Final("evicted")), (at, Seen::SocketGone(socket)), (at, Seen::SocketAsked(socket + 1))]
    };
    let left = [(0, Seen::SocketAsked(1)), (1, Seen::Leaves)];
    assert_eq!(broken(&[&left[..], &gone(1)].concat()), []);
    assert_eq!(broken(&[&left[..], &gone(1), &gone(2)].concat()), [Law::Fought]);
}

#[test]
fn whoever_writes_stops_and_begins_once() {
    assert_eq!(broken(&[(0, Seen::Typing(true)), (1, Seen::Typing(false)), (2, Seen::Quiet)]), []);
    assert_eq!(broken(&[(0, Seen::Typing(true)), (2, Seen::Quiet)]), [Law::Typing]);
    assert_eq!(broken(&[(0, Seen::Typing(true)), (1, Seen::Typing(true))]), [Law::Typing]);
    assert_eq!(broken(&[(0, Seen::Typing(false))]), [Law::Typing]);
}

const OPENED: Seen<'static> = Seen::Opened { socket: 1, takes_over: false };

fn happened(event: u64, sockets: &'static [u32]) -> Seen<'static> {
    Seen::Happened { event, topic: "t", sockets }
}

#[test]
fn what_is_missed_is_told_as_a_gap_before_what_comes_after_it() {
    let gap = Seen::Gap { waits: false, from: None };
    let (came, told) = (|event| Seen::EventCame { event, socket: 1 }, Seen::EventTold);
    let with = |seen: &[(u64, Seen<'static>)]| broken(&[seen, &[(100, Seen::Settled)]].concat());
    assert_eq!(with(&[(1, happened(1, &[1])), (2, came(1)), (2, told(1))]), []);
    assert_eq!(with(&[(1, happened(1, &[])), (2, gap), (3, happened(2, &[1])), (4, came(2)), (4, told(2))]), []);
    assert_eq!(with(&[(1, happened(1, &[]))]), [Law::Gap]);
    assert_eq!(
        with(&[(1, happened(1, &[])), (2, happened(2, &[1])), (3, came(2)), (3, told(2)), (4, gap)]),
        [Law::Gap]
    );
    assert_eq!(with(&[(1, happened(1, &[1])), (2, came(1))]), [Law::Gap], "it came, and was not told");
    assert_eq!(with(&[(1, gap), (2, happened(1, &[]))]), [Law::Gap], "the gap was told before");
    let late = Seen::Gap { waits: false, from: Some(70_000) };
    assert_eq!(
        broken(&[(1, happened(1, &[])), (80_000, late), (90_000, Seen::Settled)]),
        [Law::Gap],
        "it begins too late"
    );
    assert_eq!(broken(&[(20_000, happened(1, &[])), (80_000, late), (90_000, Seen::Settled)]), []);
    // What cannot be read is the first that has not come, and may be told for after what came later; what is wanted no more,
    // or when the client ended, is not missed.
    assert_eq!(with(&[(1, happened(1, &[1])), (2, Seen::Spoiled(1))]), [Law::Gap]);
    let later = [(2, happened(2, &[1])), (3, came(2)), (3, told(2)), (4, gap)];
    assert_eq!(with(&[&[(1, happened(1, &[1])), (2, Seen::Spoiled(1))], &later[..]].concat()), []);
    assert_eq!(with(&[&[(1, happened(1, &[1])), (2, Seen::Spoiled(2))], &later[..]].concat()), [Law::Gap]);
    assert_eq!(with(&[(1, happened(1, &[1])), (2, Seen::Unwanted("t"))]), []);
    assert_eq!(with(&[(1, happened(1, &[1])), (2, Seen::Unwanted("u"))]), [Law::Gap]);
    assert_eq!(with(&[(1, happened(1, &[1])), (2, Seen::Stopped("closed"))]), []);
}

#[test]
fn what_the_next_socket_brings_is_told_after_a_gap() {
    let opened = |takes_over| (2, Seen::Opened { socket: 2, takes_over });
    let event = |event, socket| [(event, Seen::EventCame { event, socket }), (event, Seen::EventTold(event))];
    let gap = (3, Seen::Gap { waits: false, from: None });
    let with = |seen: &[(u64, Seen<'static>)]| broken(&[&event(1, 1), seen, &event(4, 2)].concat());
    assert_eq!(with(&[opened(false)]), [Law::Gap]);
    assert_eq!(with(&[opened(false), gap]), []);
    assert_eq!(with(&[gap, opened(false)]), [Law::Gap], "the gap was another one's");
    assert_eq!(with(&[opened(true)]), [], "nothing is lost between two channels");
    assert_eq!(with(&[opened(false), (3, Seen::Stopped("closed")), (3, Seen::Connects)]), []);
    assert_eq!(broken(&[&[opened(false)], &event(4, 2)[..]].concat()), [], "nothing was told before");
}

#[test]
fn an_event_is_told_once_and_not_before_the_application_has_caught_up() {
    let (came, told) = (Seen::EventCame { event: 1, socket: 1 }, Seen::EventTold(1));
    let begins = [(0, happened(1, &[1, 2])), (1, came)];
    let with = |seen: &[(u64, Seen<'static>)]| broken(&[&begins[..], seen, &[(9, Seen::Settled)]].concat());
    assert_eq!(with(&[(1, told), (2, came)]), []);
    assert_eq!(with(&[(1, told), (2, came), (2, told)]), [Law::RaisedTwice]);
    assert_eq!(with(&[(1, Seen::Gap { waits: true, from: None }), (2, Seen::CaughtUp), (2, told)]), []);
    assert_eq!(with(&[(1, Seen::Gap { waits: true, from: None }), (2, told)]), [Law::Gap]);
    assert_eq!(with(&[(1, Seen::Gap { waits: true, from: None }), (2, told), (2, Seen::Stopped("closed"))]), []);
    assert_eq!(with(&[(1, told), (5, Seen::Astray("why"))]), [Law::Astray]);
}

#[test]
fn a_second_socket_is_one_that_takes_over() {
    let asked = Seen::SocketAsked;
    let one = [(0, asked(1)), (1, Seen::Handover)];
    let with = |seen: &[(u64, Seen<'static>)]| broken(&[&one[..], seen].concat());
    let over = [(2, asked(2)), (3, Seen::SocketGone(1))];
    assert_eq!(with(&over), []);
    assert_eq!(with(&[(2, asked(2)), (3, Seen::SocketGone(2)), (30_000, asked(3))]), [], "it is tried again");
    assert_eq!(with(&[&over[..], &[(30_000, asked(3))]].concat()), [Law::TwoSockets], "the handover is over");
    assert_eq!(with(&[(2, asked(2)), (30_000, asked(3))]), [Law::TwoSockets]);
}

#[test]
fn a_token_is_asked_for_once_a_life_and_once_a_refusal() {
    let given = Seen::TokenGiven { life: 600_000 };
    let at = |monotonic: u64| Seen::Clocks { monotonic, wall: monotonic };
    let first = [(0, at(0)), (0, given)];
    let with = |seen: &[(u64, Seen<'static>)]| broken(&[&first[..], seen].concat());
    assert_eq!(with(&[(590_000, at(590_000)), (590_000, given)]), []);
    assert_eq!(with(&[(300_000, at(300_000)), (300_000, given)]), [Law::Wasted]);
    assert_eq!(with(&[(5, Seen::TokenRefused), (9, at(9)), (9, given)]), []);
    assert_eq!(with(&[(5, Seen::TokenRefused), (9, given), (10, at(10)), (10, given)]), [Law::Wasted]);
    let unopened = [(5, Seen::Unopened); 3];
    assert_eq!(with(&[&unopened[..], &[(9, at(9)), (9, given)]].concat()), [], "it may be why");
    assert_eq!(with(&[&unopened[..2], &[(9, at(9)), (9, given)]].concat()), [Law::Wasted]);
    let doubted = [&unopened[..], &[(9, at(9)), (9, given)], &unopened[..]].concat();
    assert_eq!(with(&[&doubted[..], &[(19, at(19)), (19, given)]].concat()), [Law::Wasted], "the service may be down");
    assert_eq!(with(&[&[(3, OPENED)][..], &doubted[..], &[(15, OPENED)], &unopened[..], &[(19, given)]].concat()), []);
}

#[test]
fn what_has_not_left_is_posted_only_where_the_service_has_answered() {
    let accepted = |id| Seen::Accepted { id, bytes: 1 };
    let posted = |request, id| Seen::Requested { request, endpoint: Endpoint::Messages, message: Some(id) };
    let over = |request| Seen::RequestOver { request, taken: None, retry_after: None };
    let with = |seen: &[(u64, Seen<'static>)]| {
        let mut laws = all_broken(&[&[(0, accepted("a")), (0, accepted("b"))][..], seen].concat());
        laws.retain(|law| *law == Law::Unasked);
        laws
    };
    assert_eq!(with(&[(1, posted(1, "a"))]), [Law::Unasked]);
    assert_eq!(with(&[(1, Seen::RestSpeaks), (2, posted(1, "a"))]), []);
    assert_eq!(with(&[(1, Seen::RestSpeaks), (2, Seen::RestSilent), (3, posted(1, "a"))]), [Law::Unasked]);
    let again = [(1, Seen::RestSpeaks), (2, posted(1, "a")), (3, over(1)), (3, Seen::RestSilent), (4, posted(2, "a"))];
    assert_eq!(with(&again), [], "it has left before");
    assert_eq!(with(&[&again[..], &[(5, over(2)), (6, posted(3, "b"))]].concat()), [Law::Unasked]);
}

#[test]
fn a_session_is_given_up_where_something_said_so() {
    let told = Seen::Complained("session_replaced");
    assert_eq!(all_broken(&[(0, Seen::Grounds("session_replaced")), (1, told)]), []);
    assert_eq!(all_broken(&[(1, told)]), [Law::Unfounded]);
}

#[test]
fn what_took_a_channel_away_is_told_where_something_said_so_and_once() {
    let (grounds, told) = (Seen::Grounds("evicted"), Seen::Complained("evicted"));
    assert_eq!(all_broken(&[(0, grounds), (1, told), (2, Seen::Complained("topic_refused"))]), []);
    assert_eq!(all_broken(&[(1, told)]), [Law::Unfounded]);
    assert_eq!(all_broken(&[(0, grounds), (1, told), (2, told)]), [Law::Unfounded]);
    assert_eq!(all_broken(&[(0, Seen::Grounds("token_revoked")), (1, told)]), [Law::Unfounded], "of something else");
}

#[test]
fn a_place_that_is_given_up_for_a_while_is_not_taken_back_at_once() {
    let evicted = [(0, Seen::SocketAsked(1)), (1, Seen::MakesRoom), (1, Seen::SocketGone(1))];
    let with = |at: u64| broken(&[&evicted[..], &[(at, Seen::SocketAsked(2))]].concat());
    assert_eq!(with(60_001), []);
    assert_eq!(with(59_000), [Law::Fought]);
}

#[test]
fn topics_wait_for_as_long_as_was_asked() {
    let asked = |request| Seen::Requested { request, endpoint: Endpoint::Subscriptions, message: None };
    let after = |request, wait| Seen::RequestOver { request, taken: None, retry_after: Some(wait) };
    let over = |request| after(request, 5_000);
    assert_eq!(broken(&[(0, asked(1)), (1, over(1)), (5_001, asked(2))]), []);
    assert_eq!(broken(&[(0, asked(1)), (1, over(1)), (5_000, asked(2))]), [Law::RetryAfter]);
    let token = Seen::TokenGiven { life: 1 };
    assert_eq!(broken(&[(0, asked(1)), (1, over(1)), (2, token), (5_000, asked(2))]), [], "another token has its own");
    let years = |at| broken(&[(0, asked(1)), (1, after(1, 1 << 40)), (at, asked(2))]);
    assert_eq!((years(3_600_001), years(3_600_000)), (vec![], vec![Law::RetryAfter]), "an hour, and then it is asked");
}

#[test]
fn what_could_not_be_read_is_told_for_in_time_or_looked_up() {
    const QUIET: (u64, Seen<'_>) = (100_000, Seen::Quiet);
    let gap = |from| Seen::Gap { waits: false, from };
    let with = |seen: &[(u64, Seen<'static>)]| broken(&[seen, &[QUIET]].concat());
    assert_eq!(with(&[]), []);
    assert_eq!(with(&[(1, Seen::Spoiled(1))]), [Law::Dropped]);
    assert_eq!(with(&[(1, Seen::Spoiled(1)), (1, gap(None))]), []);
    assert_eq!(with(&[(1, gap(None)), (2, Seen::Spoiled(1))]), [Law::Dropped], "that one was told before");
    assert_eq!(with(&[(1, Seen::Spoiled(1)), (1, gap(None)), (9, Seen::Spoiled(1))]), [Law::Dropped]);
    assert_eq!(with(&[(1, Seen::Spoiled(1)), (9, Seen::Spoiled(1)), (60_000, gap(Some(0)))]), []);
    assert_eq!(with(&[(1, Seen::Spoiled(1)), (90_000, gap(Some(2)))]), [Law::Dropped], "it begins too late");
    assert_eq!(with(&[(30_000, Seen::Spoiled(1))]), [], "there is time yet");
    assert_eq!(with(&[(1, Seen::Spoiled(1)), (2, Seen::Stopped("closed"))]), []);
    let asked = Seen::Requested { request: 7, endpoint: Endpoint::History, message: None };
    let answered = |request| Seen::RequestOver { request, taken: None, retry_after: None };
    assert_eq!(with(&[(1, Seen::Spoiled(1)), (2, asked), (3, answered(7))]), []);
    assert_eq!(with(&[(1, Seen::Spoiled(1)), (2, asked), (3, answered(8))]), [Law::Dropped]);
    assert_eq!(with(&[(1, asked), (2, Seen::Spoiled(1)), (3, answered(7))]), [Law::Dropped], "it was asked before");
    let (spoiled, late) = ((4, Seen::Spoiled(1)), (5, gap(Some(5))));
    assert_eq!(
        with(&[(1, asked), (2, answered(7)), spoiled, late, (6, asked), (7, answered(7))]),
        [],
        "it is read yet"
    );
    assert_eq!(with(&[(1, asked), (2, answered(7)), spoiled, late]), [Law::Dropped], "it is not read");
}

const fn failed(cause: &str) -> Seen<'_> {
    Seen::Failed { cause, awake: true }
}

#[test]
fn what_fails_again_and_again_is_told_once() {
    let row = [(0, failed("a")), (20_000, failed("a")), (30_000, failed("a"))];
    let with = |more: &[(u64, Seen<'static>)]| broken(&[&row[..], more].concat());
    assert_eq!(with(&[(30_000, Seen::Repeats), (60_000, failed("a"))]), []);
    assert_eq!(with(&[(60_000, failed("a"))]), [Law::Silent]);
    assert_eq!(with(&[(30_000, Seen::Repeats), (60_000, failed("a")), (60_000, Seen::Repeats)]), [Law::Silent]);
    assert_eq!(with(&[(30_000, Seen::Repeats), (40_000, Seen::Ready), (60_000, failed("a"))]), []);
    // Nobody can say how long it was awake, or it has a reason.
    for excuse in [Seen::Interrupted, Seen::Network(false), Seen::Ready] {
        assert_eq!(with(&[(31_000, excuse), (60_000, failed("a"))]), []);
    }
    assert_eq!(broken(&[(0, failed("a")), (40_000, failed("b")), (80_000, failed("a")), (120_000, failed("b"))]), []);
    assert_eq!(broken(&[(0, failed("a")), (1, failed("a")), (2, failed("a")), (3, Seen::Repeats)]), [Law::Silent]);
    assert_eq!(with(&[(30_000, Seen::Network(false)), (30_000, Seen::Repeats)]), [Law::Silent]);
}
