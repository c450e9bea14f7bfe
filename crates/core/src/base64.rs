//! Base64 (RFC 4648): what a handshake and a request for a token need of it. By hand: the library that writes it, in constant
//! time, weighs 1.2 kB in the module (docs/size.md); a test holds the two together. No table is read, so that here too no
//! time depends on a token.

/// Which of the two alphabets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Alphabet {
    /// With `+` and `/`, padded (RFC 4648, 4).
    Standard,
    /// With `-` and `_`, not padded (RFC 4648, 5).
    Url,
}

/// Appends these bytes in Base64.
pub(crate) fn push(out: &mut String, bytes: &[u8], alphabet: Alphabet) {
    for chunk in bytes.chunks(3) {
        let byte = |place: usize| u32::from(chunk.get(place).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..4 {
            if place <= chunk.len() {
                out.push(digit((bits >> (18 - 6 * place) & 63) as u8, alphabet));
            } else if alphabet == Alphabet::Standard {
                out.push('=');
            }
        }
    }
}

fn digit(six: u8, alphabet: Alphabet) -> char {
    let (high, low) = if alphabet == Alphabet::Url { (b'-', b'_') } else { (b'+', b'/') };
    // Every choice is made for every digit; `at` is all ones from that value on.
    let at = |from: u8| 0_u8.wrapping_sub(u8::from(six >= from));
    let mut digit = six.wrapping_add(b'A');
    for (from, first) in [(26, b'a'), (52, b'0'), (62, high), (63, low)] {
        let chosen = six.wrapping_sub(from).wrapping_add(first);
        digit = digit & !at(from) | chosen & at(from);
    }
    char::from(digit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64ct::{Base64, Base64UrlUnpadded, Encoding};
    use proptest::prelude::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    proptest! {
        #![proptest_config(crate::drawn::examples())]

        #[test]
        fn it_is_what_the_library_writes(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
            for (alphabet, library) in [
                (Alphabet::Standard, Base64::encode_string(&bytes)),
                (Alphabet::Url, Base64UrlUnpadded::encode_string(&bytes)),
            ] {
                let mut ours = String::new();
                push(&mut ours, &bytes, alphabet);
                prop_assert_eq!(ours, library);
            }
        }
    }
}
