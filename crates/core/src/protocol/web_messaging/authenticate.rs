//! Signing in, staying it and signing out (1.2, 5.8). Secrets stand in bodies and headers, in no address.

use super::WebMessaging;
use crate::config::JourneyIn;
use crate::json::{self, Object};
use crate::limits;
use crate::protocol::Request;
use crate::protocol::authorisation::Authorising;
use crate::secret::Secret;
use crate::value::Value;

impl WebMessaging {
    fn token_request(&self, method: &'static str, path: &str, jwt: Option<&Secret>, body: Option<String>) -> Request {
        let mut all = String::from("/api/v2/webdeployments/token/");
        all.push_str(path);
        let header = match jwt {
            Some(jwt) => ("Authorization", super::bearer(jwt)),
            None => ("Content-Type", Secret::new(String::from("application/json"))),
        };
        let headers = vec![("Origin", self.rest_origin.clone()), header];
        Request { method, url: Secret::new(self.rest.http(&all)), headers, body }
    }
}

impl Authorising for WebMessaging {
    fn exchange_request(&self, grant: &Secret) -> Request {
        let mut body = Object::default().text("deploymentId", &self.deployment).open();
        body.push_str(r#","oauth":"#);
        body.push_str(grant.expose());
        if let Some(journey) = self.journey.as_ref().filter(|_| self.journey_in != JourneyIn::Greeting) {
            body.push_str(r#","journeyContext":"#);
            body.push_str(journey);
        }
        body.push('}');
        self.token_request("POST", "oauthcodegrantjwtexchange", None, Some(body))
    }

    fn refresh_request(&self, refresh_token: &Secret) -> Request {
        let body = Object::default().text("refreshToken", refresh_token.expose()).finish();
        self.token_request("POST", "refresh", None, Some(body))
    }

    fn revoke_request(&self, jwt: &Secret) -> Request {
        self.token_request("DELETE", "revoke", Some(jwt), None)
    }

    fn authorised(&self, body: &Value) -> Option<(Secret, Option<Secret>)> {
        let given = |name: &str| {
            let sound = |token: &&str| token.len() <= limits::AUTHORISATION_BYTES && json::is_plain(token);
            body.get(name)?.text().filter(sound).map(|token| Secret::new(token.to_owned()))
        };
        Some((given("jwt")?, given("refreshToken")))
    }
}
