//! Where the service is: secure everywhere but on loopback (webchat.md, Hosts; web-messaging.md, 1.1).

use crate::checkpoint::{Keep, Writer};
#[cfg(feature = "replay")]
use crate::checkpoint::{Malformed, Reader};
use crate::error::OptionError;
use crate::json::digits;
use crate::text;

/// The regions of Genesys Cloud by their AWS names, with their domains (web-messaging.md, 1.1, which has the domains; their short
/// forms are those of the names).
const REGIONS: &[(&str, &str)] = &[
    ("us-east-1", "mypurecloud.com"),
    ("us-east-2", "use2.us-gov-pure.cloud"),
    ("us-west-2", "usw2.pure.cloud"),
    ("ca-central-1", "cac1.pure.cloud"),
    ("mx-central-1", "mxc1.pure.cloud"),
    ("sa-east-1", "sae1.pure.cloud"),
    ("eu-west-1", "mypurecloud.ie"),
    ("eu-west-2", "euw2.pure.cloud"),
    ("eu-central-1", "mypurecloud.de"),
    ("eu-central-2", "euc2.pure.cloud"),
    ("eusc-de-east-1", "edee1.eusc-pure.cloud"),
    ("me-central-1", "mec1.pure.cloud"),
    ("ap-south-1", "aps1.pure.cloud"),
    ("ap-southeast-1", "apse1.pure.cloud"),
    ("ap-southeast-2", "mypurecloud.com.au"),
    ("ap-northeast-1", "mypurecloud.jp"),
    ("ap-northeast-2", "apne2.pure.cloud"),
    ("ap-northeast-3", "apne3.pure.cloud"),
];

/// What is wrong with a loopback name that nothing stands before.
const UNSAID: &str = "is on loopback, and does not say whether to speak http: or https: there";

/// A checked origin.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Host {
    authority: String,
    secure: bool,
    loopback: bool,
}

impl Host {
    /// Reads `acme.example`, `acme.example:8443`, `https://acme.example` or, on loopback only,
    /// `http://127.0.0.1:8787`. There the scheme is said: few have a certificate for it, and none would answer.
    pub fn parse(text: &str) -> Result<Self, OptionError> {
        let error = |problem: &'static str, remedy: &'static str| OptionError {
            option: "host".to_owned(),
            problem: problem.into(),
            remedy: remedy.into(),
        };
        let schemes = [("https://", true), ("wss://", true), ("http://", false), ("ws://", false)];
        let found = schemes.iter().find_map(|(scheme, secure)| Some((*secure, text.strip_prefix(scheme)?)));
        let (secure, rest) = found.unwrap_or((true, text));
        let authority = rest.strip_suffix('/').unwrap_or(rest).to_ascii_lowercase();
        let malformed = || error("is no host name", "give a name like acme.mypurecloud.com, with a port if need be");
        let name = host_name(&authority).ok_or_else(malformed)?;
        let loopback = is_loopback(name);
        if loopback && found.is_none() {
            let mut remedy = String::from("give http://");
            remedy.push_str(&authority);
            remedy.push_str(", or https:// where it has a certificate");
            return Err(OptionError { option: "host".to_owned(), problem: UNSAID.into(), remedy: remedy.into() });
        }
        if !secure && !loopback {
            return Err(error("is not secure", "use https:; plain http: is only for loopback"));
        }
        Ok(Self { authority, secure, loopback })
    }

    /// Reads a region of Genesys Cloud: its AWS name, or its domain, which may be any that there will be.
    pub fn of_region(text: &str) -> Result<Self, OptionError> {
        let known = REGIONS.iter().find(|(name, _)| name.eq_ignore_ascii_case(text));
        let none = || {
            OptionError {
            option: "region".to_owned(),
            problem: "is no region".into(),
            remedy: "give its AWS name, like eu-central-1, or its domain, like mypurecloud.de; plain http: is only for loopback"
                .into(),
        }
        };
        match Self::parse(known.map_or(text, |(_, domain)| domain)) {
            // A name that is not known has no dot; of a domain it would be taken for the top. Nothing stands before a number.
            Ok(host) if host.loopback || host.is_domain() => Ok(host),
            Err(error) if error.problem == UNSAID => Err(OptionError { option: "region".to_owned(), ..error }),
            _ => Err(none()),
        }
    }

    /// Reads the host in the address of a socket: `wss://events.example/stream`.
    pub fn of_url(text: &str) -> Result<Self, OptionError> {
        let parsed = Self::parse(&text[..text.len() - path(text).len()]);
        parsed.map_err(|error| OptionError {
            option: "url".to_owned(),
            problem: error.problem,
            remedy: "give an address like wss://events.example/stream; plain ws: is only for loopback".into(),
        })
    }

    /// The host of this name in the same domain. On loopback all are one.
    #[must_use]
    pub fn named(&self, name: &str) -> Self {
        let mut host = self.clone();
        if !host.loopback {
            host.authority.insert_str(0, name);
        }
        host
    }

    /// `https://…` with a path that begins with a slash.
    #[must_use]
    pub fn http(&self, path: &str) -> String {
        self.address("http", path)
    }

    /// `wss://…` with a path that begins with a slash.
    #[must_use]
    pub fn socket(&self, path: &str) -> String {
        self.address("ws", path)
    }

    /// Whether this is the address of a socket at the host of this name in the same domain; on loopback, at any there.
    pub(crate) fn has_socket(&self, name: &str, address: &str) -> bool {
        let (secure, rest) = match (address.strip_prefix("wss://"), address.strip_prefix("ws://")) {
            (Some(rest), _) => (true, rest),
            (None, Some(rest)) => (false, rest),
            (None, None) => return false,
        };
        let (authority, path) = rest.split_at(rest.len() - path(rest).len());
        let authority = authority.to_ascii_lowercase();
        let sound = path.starts_with('/') && path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#');
        sound
            && if self.loopback {
                host_name(&authority).is_some_and(is_loopback)
            } else {
                secure && authority == self.named(name).authority
            }
    }

    /// Whether hosts can be named in it.
    fn is_domain(&self) -> bool {
        host_name(&self.authority).is_some_and(|name| text::split_once(name, b'.').is_some() && !is_ipv4(name))
    }

    /// The name, with its port if it has one.
    pub(crate) fn authority(&self) -> &str {
        &self.authority
    }

    /// Whether the platform's word that there is no network says nothing about this host.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.loopback
    }

    fn address(&self, scheme: &str, path: &str) -> String {
        let mut address = String::from(scheme);
        address.push_str(if self.secure { "s://" } else { "://" });
        address.push_str(&self.authority);
        address.push_str(path);
        address
    }
}

/// What follows the authority in an address, with its slash or question mark.
pub(super) fn path(url: &str) -> &str {
    // By its bytes: the library's search for a text in a text weighs a kilobyte.
    let authority = url.as_bytes().windows(3).position(|bytes| bytes == b"://").map_or(0, |place| place + 3);
    let end = url[authority..].find(['/', '?', '#']).map_or(url.len(), |place| authority + place);
    &url[end..]
}

/// The name in `name[:port]`, if both are well formed.
fn host_name(authority: &str) -> Option<&str> {
    let (name, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let (inside, rest) = text::split_once(rest, b']')?;
            (&authority[..inside.len() + 2], rest.strip_prefix(':').or(rest.is_empty().then_some("0"))?)
        }
        None => text::split_once(authority, b':').unwrap_or((authority, "0")),
    };
    let labels = text::split(name, b'.');
    let name_is_sound = if name.starts_with('[') {
        // Only what can stand in an IPv6 address; whether it is one, the platform knows.
        name[1..name.len() - 1].bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b':' || byte == b'.')
    } else {
        (1..=253).contains(&name.len())
            && labels.iter().all(|label| {
                (1..=63).contains(&label.len())
                    && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            })
            && (!labels.last().is_some_and(|last| is_number(last)) || is_ipv4(name))
    };
    (name_is_sound && digits(port, u16::MAX.into()).is_some()).then_some(name)
}

fn is_loopback(name: &str) -> bool {
    name == "localhost" || name.ends_with(".localhost") || name == "[::1]" || name.starts_with("127.") && is_ipv4(name)
}

/// A checkpoint says what kind of place it is, and not which.
impl Keep for Host {
    fn keep(&self, to: &mut Writer) {
        self.secure.keep(to);
        self.loopback.keep(to);
    }

    #[cfg(feature = "replay")]
    fn restore(from: &mut Reader<'_>) -> Result<Self, Malformed> {
        let (secure, loopback) = (Keep::restore(from)?, Keep::restore(from)?);
        Ok(Self { authority: crate::trace::STAND_IN.to_owned(), secure, loopback })
    }
}

/// Platforms take a name that ends in such a label for an IPv4 address, in whatever writing: `1` is `0.0.0.1` to them, and `0x7f.1` is
/// `127.0.0.1` (WHATWG URL, "ends in a number").
fn is_number(label: &str) -> bool {
    let hex = label.starts_with("0x");
    label.bytes().skip(if hex { 2 } else { 0 }).all(|byte| byte.is_ascii_digit() || hex && byte.is_ascii_hexdigit())
}

/// Four numbers of 0 to 255, with no zeros before them, which platforms would read as octal. The standard library's parser costs more than
/// all of this file.
fn is_ipv4(name: &str) -> bool {
    let parts = text::split(name, b'.');
    let number = |part: &str| digits(part, 255).is_some() && (part.len() == 1 || !part.starts_with('0'));
    parts.len() == 4 && parts.iter().all(|part| number(part))
}
