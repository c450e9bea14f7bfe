//! How bytes name what is done to a client. A letter names a kind and the letters or digits after it its particulars, so
//! that a kept file can be read: `c aS0` is "connect; the request is answered with a session". Every byte means something,
//! so that whatever a fuzzer makes up is a life. Blanks part, and a `#` begins a remark that ends with its line.

use arbitrary::Unstructured;

use crate::dialects::{DIALECTS, Dialect};

/// One thing that is done to a client, or that happens to it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Op {
    Connect,
    /// A message of so many characters.
    Send(usize),
    Cancel(usize),
    Close(Option<u64>),
    /// What it waits for comes, so many ms late.
    Wake(u64),
    Time,
    Pass(Clock, u64),
    Back(Clock, u64),
    Opened(Which),
    Closed(Which, u16),
    Frame(Which, Said),
    /// Status, `Retry-After`, `Date` and body.
    Answered(Which, u16, Option<&'static str>, Option<&'static str>, Body),
    Unanswered(Which),
    Token(bool),
    TokenRefused,
    Online,
    Offline,
    Visible,
    Resumed,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Clock {
    Both,
    Monotonic,
    Wall,
}

/// Which socket or request.
#[derive(Clone, Copy, Debug)]
pub(super) enum Which {
    Latest,
    Before,
    Wrong(u32),
}

/// What a frame says.
#[derive(Clone, Copy, Debug)]
pub(super) enum Said {
    Acknowledged(usize),
    /// The message, where it names one; its code; the wait that it asks for, s.
    Refused(Option<usize>, u16, Option<u64>),
    Agent(u8),
    /// It answers a heartbeat that went out so many ms ago.
    Alive(u64),
    /// The service is ready.
    Ready,
    /// What the history is read with.
    Key,
    Nonsense,
}

/// What an answer's body says.
#[derive(Clone, Copy, Debug)]
pub(super) enum Body {
    None,
    /// A session that lives so many seconds.
    Session(u64),
    Wait(u64),
    Message(usize),
    /// The history: the latest so many messages of so many in all.
    Page(usize, u64),
    Nonsense,
    /// Somebody else's page.
    Foreign,
}

const DURATIONS: [u64; 16] =
    [0, 1, 10, 100, 999, 1_000, 1_600, 2_500, 5_000, 10_000, 20_001, 60_000, 300_000, 3_600_000, 86_400_000, 1 << 52];
const SIZES: [usize; 8] = [3, 1, 0, 100, 1_000, 10_000, 16_384, 20_000];
const CODES: [u16; 16] =
    [1006, 1000, 1001, 1008, 1011, 1013, 4001, 4003, 4004, 4029, 4401, 4403, 4404, 1005, 0, 65_535];
const STATUSES: [u16; 18] = [200, 202, 401, 403, 404, 429, 503, 500, 408, 409, 410, 400, 425, 502, 302, 100, 0, 65_535];
const WAITS: [Option<&str>; 8] = [
    None,
    Some("0"),
    Some("1"),
    Some("120"),
    Some("3600"),
    Some("3601"),
    Some("Sat, 21 Nov 2026 12:00:30 GMT"),
    Some("99999999999999999999"),
];
const DATES: [Option<&str>; 3] = [None, Some("Sat, 21 Nov 2026 12:00:00 GMT"), Some("yesterday")];
const SECONDS: [u64; 8] = [3_600, 0, 1, 10, 29, 60, 100_000, 9_007_199_254_740_991];
const OPTIONS: [&str; 15] = [
    "",
    r#","window":1"#,
    r#","rest":false"#,
    r#","onSessionLost":"fail""#,
    r#","onSessionLost":"resend-uncertain""#,
    r#","maxMessages":3,"maxBytes":2000"#,
    r#","ttl":1000,"ackTimeout":{"min":100,"max":200}"#,
    r#","maxAttempts":2,"maxOpens":1"#,
    r#","trace":4"#,
    r#","trace":0,"socketAuth":"subprotocol""#,
    r#","closeCodes":{"1006":"stop","1000":"session-lost","1001":"renew"}"#,
    r#","backoff":{"base":1,"cap":1},"socketTimeout":100,"restTimeout":100,"sessionTimeout":100,"maxOpens":1000"#,
    // From here on in the second dialect.
    "",
    r#","onUncertain":"at-least-once","settleAfter":0"#,
    r#","startNew":true,"ttl":1000,"maxMessages":3,"trace":8"#,
];
/// Options before this place are of the first dialect.
const SECOND_DIALECT: usize = 12;
const CREDENTIALS: [&str; 3] = [
    r#"{"kind":"bearer","value":"credential-of-the-account"}"#,
    r#"{"kind":"provider"}"#,
    r#"{"kind":"apiKey","value":"credential-of-the-account"}"#,
];

/// The first two: which dialect and options, and which kind of credential.
pub(super) fn options(bytes: &mut Unstructured<'_>) -> (&'static Dialect, String) {
    skip(bytes);
    let place = index(byte(bytes)) % OPTIONS.len();
    let credential = pick(bytes, &CREDENTIALS);
    let dialect = &DIALECTS[usize::from(place >= SECOND_DIALECT)];
    (dialect, dialect.with(credential, OPTIONS[place]))
}

/// The next thing to be done; none: that is all.
pub(super) fn next(bytes: &mut Unstructured<'_>) -> Option<Op> {
    skip(bytes);
    if bytes.is_empty() {
        return None;
    }
    const KINDS: &[u8] = b"csxqwitmkrboOdDfFaAuUpgnNvV";
    let letter = byte(bytes);
    let kind = if KINDS.contains(&letter) { letter } else { KINDS[usize::from(letter) % KINDS.len()] };
    Some(match kind {
        b'c' => Op::Connect,
        b's' => Op::Send(pick(bytes, &SIZES)),
        b'x' => Op::Cancel(place(bytes)),
        b'q' => Op::Close(pick(bytes, &[None, Some(0), Some(500), Some(u64::MAX)])),
        b'w' => Op::Wake(pick(bytes, &DURATIONS)),
        b'i' => Op::Time,
        b't' => Op::Pass(Clock::Both, pick(bytes, &DURATIONS)),
        b'm' => Op::Pass(Clock::Monotonic, pick(bytes, &DURATIONS)),
        b'k' => Op::Pass(Clock::Wall, pick(bytes, &DURATIONS)),
        b'r' => Op::Back(Clock::Monotonic, pick(bytes, &DURATIONS)),
        b'b' => Op::Back(Clock::Wall, pick(bytes, &DURATIONS)),
        b'o' => Op::Opened(Which::Latest),
        b'O' => Op::Opened(wrong(bytes)),
        b'd' => Op::Closed(Which::Latest, pick(bytes, &CODES)),
        b'D' => Op::Closed(wrong(bytes), pick(bytes, &CODES)),
        b'f' => Op::Frame(Which::Latest, said(bytes)),
        b'F' => Op::Frame(wrong(bytes), said(bytes)),
        b'a' => answered(Which::Latest, bytes),
        b'A' => answered(wrong(bytes), bytes),
        b'u' => Op::Unanswered(Which::Latest),
        b'U' => Op::Unanswered(wrong(bytes)),
        b'p' => Op::Token(pick(bytes, &[true, false])),
        b'g' => Op::TokenRefused,
        b'n' => Op::Online,
        b'N' => Op::Offline,
        b'v' => Op::Visible,
        _ => Op::Resumed,
    })
}

fn answered(which: Which, bytes: &mut Unstructured<'_>) -> Op {
    let (status, retry_after) = (pick(bytes, &STATUSES), pick(bytes, &WAITS));
    let date = pick(bytes, &DATES);
    let body = match byte(bytes) {
        b'S' => Body::Session(pick(bytes, &SECONDS)),
        b'W' => Body::Wait(pick(bytes, &SECONDS)),
        b'M' => Body::Message(place(bytes)),
        b'P' => Body::Page(place(bytes), pick(bytes, &SECONDS)),
        b'N' => Body::Nonsense,
        b'F' => Body::Foreign,
        _ => Body::None,
    };
    Op::Answered(which, status, retry_after, date, body)
}

fn said(bytes: &mut Unstructured<'_>) -> Said {
    match byte(bytes) % 8 {
        // 'a', 'r', 'm', 'k', 'n', 't' and 'g' by the letter's low bits, and every other byte beside them.
        1 => Said::Acknowledged(place(bytes)),
        2 => {
            let place = pick(bytes, &[None, Some(0), Some(1), Some(2)]);
            Said::Refused(place, pick(bytes, &STATUSES), pick(bytes, &[None, Some(0), Some(2), Some(3_601)]))
        }
        5 => Said::Agent(byte(bytes)),
        3 => Said::Alive(pick(bytes, &[0, 1, 1_000, u64::MAX])),
        4 => Said::Key,
        7 => Said::Ready,
        6 => Said::Nonsense,
        _ => Said::Acknowledged(0),
    }
}

fn wrong(bytes: &mut Unstructured<'_>) -> Which {
    match byte(bytes) {
        b'-' => Which::Before,
        other => Which::Wrong(u32::from(other) % 16),
    }
}

/// So many before the latest.
fn place(bytes: &mut Unstructured<'_>) -> usize {
    index(byte(bytes)) % 8
}

fn pick<T: Copy>(bytes: &mut Unstructured<'_>, among: &[T]) -> T {
    among[index(byte(bytes)) % among.len()]
}

/// `0` to `9`, then `a` to `z`.
fn index(byte: u8) -> usize {
    match byte {
        b'0'..=b'9' => usize::from(byte - b'0'),
        b'a'..=b'z' => usize::from(byte - b'a') + 10,
        other => usize::from(other),
    }
}

/// The next byte; 0 where there is none.
fn byte(bytes: &mut Unstructured<'_>) -> u8 {
    bytes.arbitrary().unwrap_or(0)
}

fn skip(bytes: &mut Unstructured<'_>) {
    let blank = |bytes: &Unstructured<'_>| bytes.peek_bytes(1).map(|next| next[0]);
    while let Some(next @ (b' ' | b'\n' | b'#')) = blank(bytes) {
        byte(bytes);
        while next == b'#' && blank(bytes).is_some_and(|next| next != b'\n') {
            byte(bytes);
        }
    }
}
