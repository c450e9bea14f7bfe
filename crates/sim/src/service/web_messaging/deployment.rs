//! The deployment: which there are, whose pages may use it, and what it says of itself.

use serde_json::{Value, json};

use super::frame;
use super::problem::Problem;
use super::request::Request;
use crate::service::faults::Scope;
use crate::service::limits::{NO_ROOM, NO_ROOM_RETRY};
use crate::service::{ConnectionId, Millis, RestAnswer, RetryAfter, Service};

impl Service {
    pub(super) fn is_deployment(&self, id: &str) -> bool {
        let deployments = &self.config.web_messaging.deployments;
        deployments.is_empty() || deployments.iter().any(|deployment| deployment == id)
    }

    /// Whether a page of this origin may come: its host is an allowed domain, or under one. The service's own name is
    /// allowed, since the mobile clients give that one, and without its scheme; in REST they give its domain alone.
    pub(super) fn is_origin_allowed(&self, origin: Option<&str>, base: &str) -> bool {
        let allowed = &self.config.web_messaging.allowed_domains;
        if allowed.is_empty() {
            return true;
        }
        let Some(origin) = origin.map(host_name) else {
            return false;
        };
        let within = |domain: &str| {
            let before = origin.len().checked_sub(domain.len());
            before.is_some_and(|before| {
                origin.get(before..).is_some_and(|end| end.eq_ignore_ascii_case(domain))
                    && (before == 0 || origin[..before].ends_with('.'))
            })
        };
        let own = host_name(base);
        let domain = own.split_once('.').map(|(_, domain)| domain).filter(|domain| domain.contains('.'));
        let is_own = origin.eq_ignore_ascii_case(own) || domain.is_some_and(|it| origin.eq_ignore_ascii_case(it));
        is_own || allowed.iter().any(|domain| within(host_name(domain)))
    }

    /// `getConfiguration`: also before there is a session.
    pub(super) fn give_configuration(
        &mut self,
        now: Millis,
        id: ConnectionId,
        request: &Request,
    ) -> Result<(), Problem> {
        if !self.is_deployment(request.text("deploymentId")?) {
            return Err(Problem::new(400, "Deployment not found"));
        }
        let mut body = self.media_facts();
        body["maxCustomDataBytes"] = self.config.web_messaging.max_custom_bytes.into();
        body["messageRoutingEnabled"] = true.into();
        body["sessionDurationSeconds"] = self.config.web_messaging.session_life.into();
        self.send(now, id, frame::response("GetConfigurationResponse", 200, body, request.tracing_id.as_deref()));
        Ok(())
    }

    /// `GET /webdeployments/v1/deployments/{id}/config.json`
    pub fn deployment_config(&mut self, now: Millis, deployment: &str, base: &str) -> RestAnswer {
        let answer = match self.known_deployment(now, deployment) {
            Ok(()) => RestAnswer::ok(self.deployment_facts(deployment, base)),
            Err(refusal) => refusal,
        };
        self.finish(now, "config", None, None, answer)
    }

    /// `GET /webdeployments/v1/deployments/{id}/domains.json`
    pub fn deployment_domains(&mut self, now: Millis, deployment: &str) -> RestAnswer {
        let answer = match self.known_deployment(now, deployment) {
            Ok(()) => {
                let domains = &self.config.web_messaging.allowed_domains;
                RestAnswer::ok(json!({ "allowAllDomains": domains.is_empty(), "allowedDomains": domains }))
            }
            Err(refusal) => refusal,
        };
        self.finish(now, "domains", None, None, answer)
    }

    fn known_deployment(&mut self, now: Millis, deployment: &str) -> Result<(), RestAnswer> {
        if let Some(foreign) = self.faults.foreign(now, Scope::Deployment, None) {
            return Err(RestAnswer::foreign(foreign));
        }
        if self.is_deployment(deployment) {
            return Ok(());
        }
        Err(self.messaging_refusal(404, "deployment.not.found", "Deployment not found", None))
    }

    fn deployment_facts(&self, deployment: &str, base: &str) -> Value {
        let config = &self.config.web_messaging;
        json!({
            "id": deployment,
            "version": "1",
            "languages": ["en-us"],
            "defaultLanguage": "en-us",
            "apiEndpoint": base,
            "messenger": {
                "enabled": true,
                "apps": {
                    "conversations": {
                        "messagingEndpoint": base.replacen("http", "ws", 1),
                        "showAgentTypingIndicator": true,
                        "showUserTypingIndicator": config.typing,
                        "autoStart": { "enabled": config.auto_start },
                        "conversationDisconnect": { "enabled": true, "type": "ReadOnly" },
                        "conversationClear": { "enabled": config.clear },
                        "notifications": { "enabled": false },
                        "markdown": { "enabled": true },
                        "humanize": { "enabled": false },
                        "sessionDurationSeconds": config.session_life,
                    },
                },
                "styles": { "primaryColor": "#0b5fff" },
                "launcherButton": { "visibility": "On" },
                "homeScreen": { "enabled": false },
                "fileUpload": {
                    "enableAttachments": config.attachments,
                    "modes": [{ "fileTypes": config.file_types, "maxFileSizeKB": config.max_file_kb }],
                },
            },
            "headlessMode": { "enabled": true },
            "position": { "alignment": "Auto", "sideSpace": 20, "bottomSpace": 20 },
            "journeyEvents": { "enabled": false },
            "status": "Active",
            "auth": { "enabled": config.authentication, "allowSessionUpgrade": config.authentication && config.session_upgrade },
        })
    }

    /// Which files may be sent.
    pub(super) fn media_facts(&self) -> Value {
        let config = &self.config.web_messaging;
        let types: Vec<Value> = config.file_types.iter().map(|kind| json!({ "type": kind })).collect();
        json!({
            "allowedMedia": { "inbound": { "fileTypes": types, "maxFileSizeKB": config.max_file_kb } },
            "blockedExtensions": config.blocked_extensions,
        })
    }

    /// There is no room for what was asked.
    pub(super) fn messaging_no_room(&mut self) -> RestAnswer {
        let retry = Some(RetryAfter::seconds(NO_ROOM_RETRY));
        self.messaging_refusal(503, "service.unavailable", NO_ROOM, retry)
    }

    /// A refusal in the form of the platform's REST.
    pub(super) fn messaging_refusal(
        &mut self,
        status: u16,
        code: &str,
        message: &str,
        retry_after: Option<RetryAfter>,
    ) -> RestAnswer {
        let body = json!({ "message": message, "code": code, "status": status, "contextId": self.ids.uuid() });
        RestAnswer::refusal(status, body, retry_after)
    }
}

/// The host in an origin, a URL's beginning, or a bare host with or without a port.
fn host_name(origin: &str) -> &str {
    let host = origin.split_once("://").map_or(origin, |(_, rest)| rest);
    let host = host.split('/').next().unwrap_or_default();
    match host.strip_prefix('[') {
        Some(_) => host.split_inclusive(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    }
}
