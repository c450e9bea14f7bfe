//! The binary: what it prints, when it stops, and what it never writes down.

use std::net::SocketAddr;
use std::process::Stdio;

use guestwire_gateway::{DEMO_CLIENT, DEMO_SECRET, DEMO_TOKEN};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::world::{in_time, message, request};

fn command(flags: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_guestwire-gateway"));
    command.args(flags).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

async fn start(flags: &[&str]) -> (Child, SocketAddr) {
    start_at("127.0.0.1:0", flags).await
}

async fn start_at(addr: &str, flags: &[&str]) -> (Child, SocketAddr) {
    let mut child = command(&[&["--addr", addr], flags].concat()).spawn().expect("it starts");
    let stdout = child.stdout.as_mut().expect("piped");
    let mut line = String::new();
    in_time(BufReader::new(stdout).read_line(&mut line)).await.expect("a line");
    let addr = line.trim().strip_prefix("listening on http://").expect("the address");
    (child, addr.parse().expect("an address"))
}

async fn stderr(child: &mut Child) -> String {
    let mut text = String::new();
    let stderr = child.stderr.as_mut().expect("piped");
    in_time(stderr.read_to_string(&mut text)).await.expect("text");
    text
}

#[tokio::test]
async fn it_stops_when_stdin_is_closed_if_that_was_asked_for() {
    let (mut child, addr) = start(&["--exit-with-stdin"]).await;
    assert!(request(addr, "GET", "/control/ledger", &[], "").await.is_ok());
    drop(child.stdin.take());
    assert!(in_time(child.wait()).await.expect("ended").success());
}

#[cfg(unix)]
#[tokio::test]
async fn it_stops_when_told_and_says_goodbye() {
    let (mut child, _) = start(&[]).await;
    drop(child.stdin.take());
    let pid = child.id().expect("it runs").to_string();
    let killed = Command::new("kill").args(["-TERM", &pid]).status().await.expect("kill runs");
    assert!(killed.success());
    assert!(in_time(child.wait()).await.expect("ended").success());
}

#[tokio::test]
async fn no_token_and_no_content_is_ever_logged() {
    let (mut child, addr) = start(&["--exit-with-stdin", "--log", "debug", "--bearer", "own-token-12345"]).await;
    let json = ("Content-Type", "application/json");
    let create = async |token: &str| {
        let bearer = format!("Bearer {token}");
        let headers = [("Authorization", bearer.as_str()), json];
        request(addr, "POST", "/api/v2/webchat/guests", &headers, r#"{"guest":{"email":"me@home"}}"#).await
    };
    assert_eq!(create(DEMO_TOKEN).await.expect("an answer").status, 401, "the demo's is gone");
    let session = create("own-token-12345").await.expect("an answer").json();
    let text = |name: &str| session[name].as_str().expect("a text").to_owned();
    let (id, token) = (text("webchatInstanceId"), text("token"));
    let bearer = format!("Bearer {token}");
    let path = format!("/api/v2/webchat/instances/{id}/messages");
    request(addr, "POST", &path, &[("Authorization", &bearer), json], &message("a")).await.expect("an answer");
    let url = format!("ws://{addr}/api/v2/webchat/instances/{id}/websocket?access_token={token}");
    let stream = tokio::net::TcpStream::connect(addr).await.expect("it listens");
    let (socket, _) = in_time(tokio_tungstenite::client_async(url, stream)).await.expect("a socket");
    drop(socket);
    let form = ("Content-Type", "application/x-www-form-urlencoded");
    let body = format!("grant_type=client_credentials&client_id={DEMO_CLIENT}&client_secret={DEMO_SECRET}");
    let given = request(addr, "POST", "/oauth/token", &[form], &body).await.expect("an answer").json();
    let access = given["access_token"].as_str().expect("a token").to_owned();
    let bearer = format!("Bearer {access}");
    let path = "/api/v2/notifications/channels";
    let made = request(addr, "POST", path, &[("Authorization", &bearer)], "").await.expect("an answer").json();
    let channel = made["id"].as_str().expect("an id").to_owned();
    for path in [format!("channels/{channel}"), format!("events?access_token={access}")] {
        let stream = tokio::net::TcpStream::connect(addr).await.expect("it listens");
        let url = format!("ws://{addr}/{path}");
        in_time(tokio_tungstenite::client_async(url, stream)).await.expect("a socket");
    }
    drop(child.stdin.take());
    in_time(child.wait()).await.expect("ended");
    let log = stderr(&mut child).await;
    assert!(log.contains("/api/v2/webchat/guests"), "there is a log: {log}");
    for secret in [&token, "own-token-12345", DEMO_TOKEN, "hello", "me@home", &access, &channel] {
        assert!(!log.contains(secret), "{secret} stands in the log: {log}");
    }
}

#[tokio::test]
async fn an_address_that_others_reach_needs_to_be_meant() {
    let mut refused = command(&["--addr", "0.0.0.0:0"]).spawn().expect("it starts");
    let status = in_time(refused.wait()).await.expect("ended");
    assert!(!status.success());
    assert!(stderr(&mut refused).await.contains("--allow-remote"));
    let meant = ["--allow-remote", "--exit-with-stdin"];
    let (_child, addr) = start_at("0.0.0.0:0", &meant).await;
    assert!(addr.ip().is_unspecified());
}

#[tokio::test]
async fn what_cannot_be_served_is_said_at_once() {
    let (_child, addr) = start(&["--exit-with-stdin"]).await;
    for (flags, said) in [
        (vec!["--www", "/no/such/directory"], "/no/such/directory"),
        (vec!["--addr", "127.0.0.1:0", "--rate", "0"], "--rate"),
        (vec!["--replay", "1001"], "--replay"),
        (vec!["--token-life", "0"], "--token-life"),
        (vec!["--addr", "somewhere"], "--addr"),
        (vec!["--max-memory", "1000"], "--max-memory"),
    ] {
        let mut child = command(&flags).spawn().expect("it starts");
        assert!(!in_time(child.wait()).await.expect("ended").success(), "{flags:?}");
        let why = stderr(&mut child).await;
        assert!(why.contains(said), "{flags:?}: {why}");
    }
    let taken = addr.to_string();
    let mut second = command(&["--addr", &taken]).spawn().expect("it starts");
    assert!(!in_time(second.wait()).await.expect("ended").success());
    assert!(stderr(&mut second).await.contains("cannot listen"));
}

#[tokio::test]
async fn the_help_names_every_flag() {
    let output = in_time(command(&["--help"]).output()).await.expect("it runs");
    let help = String::from_utf8(output.stdout).expect("text");
    for flag in [
        "addr",
        "allow-remote",
        "www",
        "bearer",
        "api-key",
        "forbidden-token",
        "token-life",
        "socket-auth",
        "rate",
        "max-content",
        "max-frame",
        "max-connections",
        "max-memory",
        "dedupe",
        "replay",
        "echo",
        "no-heartbeat-ack",
        "no-expose-headers",
        "no-control",
        "log",
        "exit-with-stdin",
    ] {
        assert!(help.contains(&format!("--{flag}")), "--{flag} is missing");
    }
}

#[tokio::test]
async fn so_much_memory_is_allowed_as_was_said() {
    let (_child, addr) = start(&["--exit-with-stdin", "--max-memory", "5000000"]).await;
    let memory = request(addr, "GET", "/control/memory", &[], "").await.expect("an answer").json();
    assert_eq!(memory["allowed"], 5_000_000);
    assert!(memory["used"].as_u64().is_some_and(|used| used > 0), "this connection: {memory}");
}

#[tokio::test]
async fn the_flags_reach_the_service() {
    let (_child, addr) = start(&[
        "--exit-with-stdin",
        "--api-key",
        "own-key-123456",
        "--forbidden-token",
        "barred-token-1",
        "--token-life",
        "77",
        "--no-control",
    ])
    .await;
    let create = async |key: &str| {
        let headers = [("api_key", key), ("Content-Type", "application/json")];
        request(addr, "POST", "/api/v2/webchat/guests", &headers, r#"{"guest":{}}"#).await.expect("an answer")
    };
    let session: Value = create("own-key-123456").await.json();
    assert_eq!(session["expiresIn"], 77);
    assert_eq!(create("barred-token-1").await.status, 403);
    let control = request(addr, "GET", "/control/ledger", &[], "").await.expect("an answer");
    assert_eq!(control.status, 404);
}
