//! Files that go with messages: what one is, what the service says may be sent, and where its bytes go. What is plainly
//! wrong is found here, before anything leaves.

use crate::checkpoint::keep;
use crate::content::Content;
use crate::error::FileError;
use crate::limits;
use crate::secret::Secret;
use uuid::Uuid;

/// A file as the guest offers it; its bytes stay with the driver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Its name, which is the guest's own text.
    pub(crate) name: Content,
    /// What follows the last dot of the name, in small letters; nothing, where it is no plain word.
    pub(crate) extension: String,
    /// Its type: `image/png`.
    pub(crate) kind: String,
    /// Bytes.
    pub(crate) size: u64,
}

impl Offer {
    /// Checks what is wrong with a file whatever the service. What has no type is bytes.
    pub fn new(name: &str, kind: &str, size: u64) -> Result<Self, FileError> {
        if size == 0 {
            return Err(FileError::Empty);
        }
        // By bytes: what is looked for is ASCII, and the name may be as long as a book.
        let bytes = name.as_bytes();
        let odd = |byte: &u8| byte.is_ascii_control() || matches!(byte, b'/' | b'\\');
        let dot = bytes.iter().rposition(|byte| *byte == b'.').filter(|dot| *dot > 0 && dot + 1 < bytes.len());
        let dot = dot.filter(|_| !bytes.iter().any(odd)).ok_or(FileError::Name)?;
        let characters = bytes.iter().filter(|byte| *byte & 0xc0 != 0x80).count();
        if characters >= limits::FILE_NAME_CHARS {
            return Err(FileError::NameTooLong);
        }
        let extension = &name[dot + 1..];
        let kind = kind.split(';').next().unwrap_or_default().trim_ascii();
        let kind = if kind.is_empty() { "application/octet-stream" } else { kind };
        let slash = kind.bytes().position(|byte| byte == b'/').filter(|slash| *slash > 0 && slash + 1 < kind.len());
        let sound = slash.is_some_and(|slash| kind.bytes().enumerate().all(|(at, byte)| at == slash || is_token(byte)));
        if !sound || kind.len() > limits::FILE_TYPE_BYTES {
            return Err(FileError::Type);
        }
        let plain =
            extension.len() <= limits::EXTENSION_BYTES && extension.bytes().all(|it| it.is_ascii_alphanumeric());
        Ok(Self {
            name: Content::new(name.to_owned()),
            extension: if plain { extension.to_ascii_lowercase() } else { String::new() },
            kind: kind.to_ascii_lowercase(),
            size,
        })
    }
}

/// RFC 9110, 5.6.2.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// What the service takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowed {
    /// Types: `image/png`, `image/*` or `*/*`. None were named: the service decides.
    pub types: Vec<String>,
    /// Extensions that it refuses, in small letters, without their dot.
    pub blocked: Vec<String>,
    /// Bytes.
    pub most: u64,
}

impl Default for Allowed {
    fn default() -> Self {
        Self { types: Vec::new(), blocked: Vec::new(), most: limits::FILE_BYTES }
    }
}

impl Allowed {
    /// Whether the service takes such a file.
    pub(crate) fn check(&self, offer: &Offer) -> Result<(), FileError> {
        let covers = |allowed: &String| match allowed.strip_suffix("/*") {
            Some("*") => true,
            Some(family) => offer.kind.split('/').next() == Some(family),
            None => *allowed == offer.kind,
        };
        if offer.size > self.most {
            Err(FileError::TooLarge)
        } else if self.blocked.contains(&offer.extension) || !self.types.is_empty() && !self.types.iter().any(covers) {
            Err(FileError::Type)
        } else {
            Ok(())
        }
    }
}

/// Where and how the bytes of a file are put. It is good once, for a while, for whoever knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    /// The file.
    pub attachment: Uuid,
    /// The address.
    pub url: Secret,
    /// Names and values; all of them are sent as they are, and no others.
    pub headers: Vec<(String, Secret)>,
}

/// Whether this can be an address that the service gives. Without encryption it is one only of a service that is met
/// without.
pub(crate) fn is_address(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty() && text.len() <= limits::ADDRESS_BYTES)
        && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Whether a header that the service wants with the bytes may be sent: its own, and what describes the bytes. Whatever
/// says who we are, or where this goes, is not the service's to set.
pub(crate) fn is_header(name: &str, value: &str) -> bool {
    const BYTES: [&str; 6] =
        ["cache-control", "content-disposition", "content-encoding", "content-language", "content-md5", "content-type"];
    let small = name.to_ascii_lowercase();
    let own = small.starts_with("x-amz-") || small.starts_with("x-goog-") || small.starts_with("x-ms-");
    (own || BYTES.contains(&small.as_str()))
        && small.bytes().all(is_token)
        && name.len() + value.len() <= limits::IDENTIFIER_BYTES
        && value.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ')
}

keep!(Offer { name, extension, kind, size });
keep!(Allowed { types, blocked, most });

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn what_is_no_file_s_name_is_refused() {
        for name in ["", "photo", ".png", "photo.", "a/b.png", "a\\b.png", "a\nb.png"] {
            assert_eq!(Offer::new(name, "image/png", 1), Err(FileError::Name), "{name:?}");
        }
        let name = |stem: usize| "é".repeat(stem) + ".png";
        assert!(Offer::new(&name(1_019), "image/png", 1).is_ok());
        assert_eq!(Offer::new(&name(1_020), "image/png", 1), Err(FileError::NameTooLong));
        assert_eq!(Offer::new("a.png", "image/png", 0), Err(FileError::Empty));
    }

    #[test]
    fn a_type_is_two_words_and_its_parameters_are_left_out() {
        let kind = |kind| Offer::new("a.txt", kind, 1).map(|offer| offer.kind);
        assert_eq!(kind("text/plain; charset=utf-8").as_deref(), Ok("text/plain"));
        assert_eq!(kind("IMAGE/Png").as_deref(), Ok("image/png"));
        assert_eq!(kind("").as_deref(), Ok("application/octet-stream"));
        for wrong in ["png", "/png", "image/", "image/p ng", "image/png\r\nx: y"] {
            assert_eq!(kind(wrong), Err(FileError::Type), "{wrong:?}");
        }
    }

    #[test]
    fn what_the_service_takes_is_asked_of_it() {
        let all = Allowed::default();
        let some = Allowed { types: vec!["image/*".into(), "text/plain".into()], blocked: vec!["exe".into()], most: 9 };
        let check = |allowed: &Allowed, name, kind, size| allowed.check(&Offer::new(name, kind, size).unwrap());
        assert_eq!(check(&all, "a.exe", "any/thing", 10_240_000), Ok(()));
        assert_eq!(check(&all, "a.exe", "any/thing", 10_240_001), Err(FileError::TooLarge));
        assert_eq!(check(&some, "a.png", "image/png", 9), Ok(()));
        assert_eq!(check(&some, "a.txt", "text/plain", 9), Ok(()));
        assert_eq!(check(&some, "a.txt", "text/html", 9), Err(FileError::Type));
        assert_eq!(check(&some, "a.EXE", "image/png", 9), Err(FileError::Type));
        assert_eq!(check(&some, "a.png", "image/png", 10), Err(FileError::TooLarge));
        let any = Allowed { types: vec!["*/*".into()], ..some };
        assert_eq!(check(&any, "a.bin", "", 1), Ok(()));
    }

    #[test]
    fn the_service_sets_no_header_that_says_who_we_are() {
        for (name, value) in [("x-amz-tagging", "a=b&c=d e"), ("Content-Type", "image/png"), ("X-Amz-Acl", "private")] {
            assert!(is_header(name, value), "{name}");
        }
        for (name, value) in [
            ("Authorization", "bearer x"),
            ("cookie", "a=b"),
            ("host", "elsewhere"),
            ("x-http-method-override", "DELETE"),
            ("x-amz-\r\nhost", "a"),
            ("x-amz-tagging", "a\r\nhost: b"),
            ("x-amz-tagging", "é"),
            ("", "a"),
        ] {
            assert!(!is_header(name, value), "{name:?}");
        }
        assert!(!is_header("x-amz-tagging", &"a".repeat(5_000)));
    }

    #[test]
    fn an_address_is_one_of_the_web() {
        assert!(is_address("https://uploads.example/a?b=c") && is_address("http://127.0.0.1:8787/uploads/a"));
        for wrong in ["", "https://", "ftp://a", "javascript:alert(1)", "file:///a", "//a", "https://a b", "https://é"]
        {
            assert!(!is_address(wrong), "{wrong:?}");
        }
        assert!(!is_address(&("https://".to_owned() + &"a".repeat(10_000))));
    }
}
