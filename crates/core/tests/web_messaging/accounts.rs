//! What tests of guests who sign in have in common.

use crate::line::Line;
use guestwire_core::error::conversation::CannotAsk;
use guestwire_core::grant::Grant;
use guestwire_core::value;
use serde_json::{Value, json};

pub fn grant(code: &str) -> Grant {
    let given = json!({ "code": code, "redirectUri": "https://shop.example", "codeVerifier": "hush-verifier" });
    Grant::from_value(&value::read(&given.to_string(), 1_000).unwrap()).expect("a grant")
}

/// What one line asked for by REST last, and its body.
pub fn asked(line: &Line) -> (&'static str, String, Value) {
    let (_, request) = line.requests.last().expect("a request is out");
    let path = request.url.expose().rsplit("/token/").next().unwrap_or_default().to_owned();
    let body = request.body.as_deref().map_or(Value::Null, |body| serde_json::from_str(body).unwrap());
    (request.method, path, body)
}

pub fn states(line: &Line) -> Vec<Value> {
    line.told("authorization").iter().map(|told| told["state"].clone()).collect()
}

pub fn codes(line: &Line) -> Vec<Value> {
    line.told("error").iter().map(|told| told["code"].clone()).collect()
}

pub trait SigningIn {
    fn signs_in(&mut self) -> Result<(), CannotAsk>;
    fn signs_out(&mut self) -> Result<(), CannotAsk>;
    fn is_given(&mut self, jwt: &str);
    fn lets_in(&mut self, new: bool);
    fn unauthorised(&mut self, tracing: Option<&str>);
    fn comes_back(&mut self);
}

impl SigningIn for Line {
    fn signs_in(&mut self) -> Result<(), CannotAsk> {
        let asked = self.client.sign_in(self.now(), grant("hush-code"));
        self.drain();
        asked
    }

    fn signs_out(&mut self) -> Result<(), CannotAsk> {
        let asked = self.client.sign_out(self.now());
        self.drain();
        asked
    }

    fn is_given(&mut self, jwt: &str) {
        self.answer(200, &json!({ "jwt": jwt, "refreshToken": "hush-refresh" }));
    }

    fn lets_in(&mut self, new: bool) {
        self.says("SessionResponse", json!({ "connected": true, "newSession": new }), Some("greet"));
    }

    fn unauthorised(&mut self, tracing: Option<&str>) {
        self.says_with_code("string", 401, json!("User is unauthorized"), tracing);
    }

    /// …up to the moment at which the service is to say something.
    fn comes_back(&mut self) {
        for _ in 0..600 {
            if !self.requests.is_empty() {
                return;
            }
            self.run(100);
        }
        panic!("nothing is asked for");
    }
}

/// Signed in before the first word.
pub fn signed_in(options: Value) -> Line {
    let mut line = Line::new(options);
    line.signs_in().expect("may sign in");
    line.begin();
    line.is_given("hush-jwt-1");
    line.open();
    line.lets_in(true);
    line.key();
    line.page(&[], 0);
    line.frames.clear();
    line
}
