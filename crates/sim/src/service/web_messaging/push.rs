//! Devices that want to be told by push. They are noted, so that a mobile client's calls are answered; nothing is
//! ever pushed to them.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::service::budget::{Reservation, Use};
use crate::service::limits::{MAX_DEVICES, MAX_TOKEN, TOKEN_WEIGHT};
use crate::service::{Millis, RestAnswer, Service, weight};

/// The deployments and guests' tokens that are registered.
#[derive(Default)]
pub(super) struct Devices(BTreeMap<(String, String), Reservation>);

impl Service {
    /// `POST /api/v2/webmessaging/deployments/{deployment}/pushdevices/{token}`
    pub fn register_device(&mut self, now: Millis, deployment: &str, token: &str, body: &[u8]) -> RestAnswer {
        let answer = self.try_register(deployment, token, body);
        self.finish(now, "push", None, None, answer)
    }

    fn try_register(&mut self, deployment: &str, token: &str, body: &[u8]) -> RestAnswer {
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        if !self.is_deployment(deployment) {
            return self.messaging_refusal(404, "deployment.not.found", "Deployment not found", None);
        }
        if !["deviceToken", "language"].iter().all(|name| body[*name].is_string()) || token.len() > MAX_TOKEN {
            return self.messaging_refusal(400, "required.fields.missing", "deviceToken or language is missing", None);
        }
        if self.web_messaging.devices.0.len() >= MAX_DEVICES {
            return self.messaging_refusal(503, "service.unavailable", "too many devices", None);
        }
        let Ok(weight) =
            self.budget.reserve(Use::Tokens, TOKEN_WEIGHT + weight::text(deployment) + weight::text(token))
        else {
            return self.messaging_no_room();
        };
        self.web_messaging.devices.0.insert((deployment.to_owned(), token.to_owned()), weight);
        done()
    }

    /// `PATCH` there.
    pub fn update_device(&mut self, now: Millis, deployment: &str, token: &str) -> RestAnswer {
        let known = self.web_messaging.devices.0.contains_key(&(deployment.to_owned(), token.to_owned()));
        self.answer_device(now, known)
    }

    /// `DELETE` there.
    pub fn forget_device(&mut self, now: Millis, deployment: &str, token: &str) -> RestAnswer {
        let known = self.web_messaging.devices.0.remove(&(deployment.to_owned(), token.to_owned())).is_some();
        self.answer_device(now, known)
    }

    fn answer_device(&mut self, now: Millis, known: bool) -> RestAnswer {
        let answer = match known {
            true => done(),
            false => self.messaging_refusal(404, "device.not.found", "Device not found", None),
        };
        self.finish(now, "push", None, None, answer)
    }
}

fn done() -> RestAnswer {
    RestAnswer { status: 204, ..RestAnswer::ok(Value::Null) }
}
