//! Who may use the control surface: programs and pages of this machine. `Host` is checked because a
//! page of any site can point its own name at 127.0.0.1 (DNS rebinding) and then has our origin.

use std::net::{IpAddr, SocketAddr};

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::answer::refusal;
use crate::server::Peer;

/// Lets loopback callers through and refuses all others with 403.
pub(crate) async fn loopback_only(request: Request, next: Next) -> Response {
    let Some(peer) = request.extensions().get::<Peer>().cloned() else {
        return refusal(StatusCode::FORBIDDEN, "the caller's address is unknown");
    };
    if let Err(why) = check(peer.addr, request.uri(), request.headers()) {
        return refusal(StatusCode::FORBIDDEN, why);
    }
    peer.link.serves_control();
    let mut response = next.run(request).await;
    // One request a connection: a restart spares those that answer for the control surface.
    let close = HeaderValue::from_static("close");
    response.headers_mut().insert(header::CONNECTION, close);
    response
}

/// What a proxy adds to what it passes on. One on this machine speaks for whoever speaks to it.
const FORWARDED: [&str; 7] =
    ["forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-forwarded-server", "x-real-ip"];

fn check(peer: SocketAddr, target: &Uri, headers: &HeaderMap) -> Result<(), &'static str> {
    if !peer.ip().to_canonical().is_loopback() {
        return Err("the control surface answers this machine only");
    }
    if FORWARDED.iter().any(|name| headers.contains_key(*name)) {
        return Err("the control surface answers nobody through a proxy");
    }
    // Two names, or one in the target besides: the one that is looked at may not be the one that was meant.
    if target.authority().is_some() || headers.get_all(header::HOST).iter().nth(1).is_some() {
        return Err("the control surface answers to one Host, and to a path alone");
    }
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    if !host.is_some_and(is_loopback_authority) {
        return Err("the control surface answers to loopback names only (Host)");
    }
    match headers.get(header::ORIGIN) {
        Some(origin) if !is_loopback_origin(origin) => {
            Err("the control surface answers pages of loopback origins only (Origin)")
        }
        Some(_) => Ok(()),
        None => match headers.get("sec-fetch-site") {
            Some(site) if site == "cross-site" => {
                Err("the control surface answers pages of loopback origins only (Sec-Fetch-Site)")
            }
            _ => Ok(()),
        },
    }
}

/// `http://localhost:5173`, `https://[::1]` and the like.
pub(crate) fn is_loopback_origin(origin: &HeaderValue) -> bool {
    let Ok(origin) = origin.to_str() else {
        return false;
    };
    let authority = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
    authority.is_some_and(is_loopback_authority)
}

/// A host with or without a port.
fn is_loopback_authority(authority: &str) -> bool {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((host, port)) => (host, port),
            None => return false,
        },
        None => match authority.find(':') {
            Some(colon) => authority.split_at(colon),
            None => (authority, ""),
        },
    };
    let port = port.strip_prefix(':').map_or(port.is_empty(), |port| port.parse::<u16>().is_ok());
    port && is_loopback_host(host)
}

fn is_loopback_host(host: &str) -> bool {
    let name = host.to_ascii_lowercase();
    // RFC 6761, section 6.3: browsers resolve every name under localhost to this machine.
    name == "localhost" || name.ends_with(".localhost") || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_are_loopback() {
        for good in ["localhost", "LOCALHOST:80", "127.0.0.1:8787", "127.9.9.9", "[::1]:1", "a.localhost"] {
            assert!(is_loopback_authority(good), "{good}");
        }
        for bad in [
            "",
            ":80",
            "evil.example",
            "127.0.0.1.evil.example",
            "localhost.evil.example",
            "10.0.0.1",
            "[::1",
            "[::2]",
            "localhost:",
            "localhost:x",
            "127.0.0.1:80@evil.example",
            "0.0.0.0",
            "xlocalhost",
        ] {
            assert!(!is_loopback_authority(bad), "{bad}");
        }
    }

    #[test]
    fn only_pages_of_this_machine_have_a_loopback_origin() {
        for (origin, good) in [
            ("http://localhost:5173", true),
            ("https://127.0.0.1", true),
            ("null", false),
            ("https://evil.example", false),
            ("file://", false),
            ("http://localhost/", false),
            ("chrome-extension://localhost", false),
        ] {
            assert_eq!(is_loopback_origin(&HeaderValue::from_static(origin)), good, "{origin}");
        }
    }
}
