//! Where the service is: secure everywhere but on loopback (webchat.md, Hosts).

use crate::checkpoint::{Keep, Writer};
#[cfg(feature = "replay")]
use crate::checkpoint::{Malformed, Reader};
use crate::error::OptionError;

/// A checked origin.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Host {
    authority: String,
    secure: bool,
    loopback: bool,
}

impl Host {
    /// Reads `acme.example`, `acme.example:8443`, `https://acme.example` or, on loopback only,
    /// `http://127.0.0.1:8787`.
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
        let loopback = name == "localhost"
            || name.ends_with(".localhost")
            || name == "[::1]"
            || name.starts_with("127.") && is_ipv4(name);
        if !secure && !loopback {
            return Err(error("is not secure", "use https:; plain http: is only for loopback"));
        }
        Ok(Self { authority, secure, loopback })
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

/// The name in `name[:port]`, if both are well formed.
fn host_name(authority: &str) -> Option<&str> {
    let (name, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let end = rest.find(']')? + 2;
            (&authority[..end], authority[end..].strip_prefix(':').or(authority[end..].is_empty().then_some("0"))?)
        }
        None => authority.split_once(':').unwrap_or((authority, "0")),
    };
    let name_is_sound = if name.starts_with('[') {
        // Only what can stand in an IPv6 address; whether it is one, the platform knows.
        name[1..name.len() - 1].bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b':' || byte == b'.')
    } else {
        (1..=253).contains(&name.len())
            && name.split('.').all(|label| {
                (1..=63).contains(&label.len())
                    && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            })
    };
    let port_is_sound =
        !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok();
    (name_is_sound && port_is_sound).then_some(name)
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

/// Four numbers of 0 to 255. The standard library's parser costs more than all of this file.
fn is_ipv4(name: &str) -> bool {
    let number = |part: &str| part.len() <= 3 && part.parse::<u8>().is_ok() && !part.starts_with('+');
    name.split('.').count() == 4 && name.split('.').all(number)
}
