//! A guest of `web-messaging`, as raw as a test wants it.

use serde_json::{Value, json};

use crate::world::{Answer, Socket, World};

pub(crate) const DEPLOYMENT: &str = "11111111-2222-4333-8444-555555555555";
pub(crate) const TOKEN: &str = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee";
pub(crate) const ORIGIN: (&str, &str) = ("origin", "https://shop.example");

pub(crate) fn address() -> String {
    format!("/v1?deploymentId={DEPLOYMENT}&application=test-1.0")
}

pub(crate) fn configure_session() -> Value {
    json!({ "action": "configureSession", "deploymentId": DEPLOYMENT, "token": TOKEN, "startNew": false })
}

pub(crate) fn text(tracing_id: &str, text: &str) -> Value {
    json!({
        "action": "onMessage", "token": TOKEN, "tracingId": tracing_id,
        "message": { "type": "Text", "text": text },
    })
}

impl World {
    /// A socket that has said nothing.
    pub(crate) async fn open_messaging(&self) -> Socket {
        match self.try_open_with(&address(), &[ORIGIN]).await {
            Ok((socket, _)) => socket,
            Err(answer) => panic!("the socket was refused: {answer:?}"),
        }
    }

    /// A socket in the session of [`TOKEN`].
    pub(crate) async fn messenger(&self) -> Socket {
        let mut socket = self.open_messaging().await;
        let answer = socket.ask(&configure_session()).await;
        assert_eq!(answer["class"], "SessionResponse", "{answer}");
        socket
    }

    pub(crate) async fn history(&self, socket: &mut Socket, query: &str) -> Answer {
        let jwt = socket.ask(&json!({ "action": "getJwt", "token": TOKEN })).await;
        let jwt = format!("bearer {}", jwt["body"]["jwt"].as_str().expect("a JWT"));
        let path = format!("/api/v2/webmessaging/messages{query}");
        self.request("GET", &path, &[("Authorization", &jwt), ORIGIN], "").await
    }
}

impl Socket {
    /// Says something and returns the next frame.
    pub(crate) async fn ask(&mut self, frame: &Value) -> Value {
        self.say(frame.to_string()).await;
        self.hear_json().await
    }
}
