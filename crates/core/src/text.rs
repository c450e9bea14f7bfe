//! Taking texts apart at one byte of ASCII. The library's search for a character is made for long texts, and weighs a kilobyte.

/// What stands before the first of these, and what behind it.
pub(crate) fn split_once(text: &str, by: u8) -> Option<(&str, &str)> {
    let place = text.bytes().position(|byte| byte == by)?;
    Some((&text[..place], &text[place + 1..]))
}

/// What stands before the last of these, and what behind it.
pub(crate) fn rsplit_once(text: &str, by: u8) -> Option<(&str, &str)> {
    let place = text.bytes().rposition(|byte| byte == by)?;
    Some((&text[..place], &text[place + 1..]))
}

/// What stands between these, one part at least.
pub(crate) fn split(text: &str, by: u8) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((part, behind)) = split_once(rest, by) {
        parts.push(part);
        rest = behind;
    }
    parts.push(rest);
    parts
}

/// A number by which a text is known again (FNV-1a, 64 bits).
pub(crate) fn mark(text: &str) -> u64 {
    let mut mark = MARK;
    stir(&mut mark, text.as_bytes());
    mark
}

/// What such a number begins with.
pub(crate) const MARK: u64 = 0xcbf2_9ce4_8422_2325;

/// Adds bytes to it.
#[inline(never)]
pub(crate) fn stir(mark: &mut u64, bytes: &[u8]) {
    // The end counts too, or `ab`, `c` would be `a`, `bc`.
    for &byte in bytes.iter().chain(&[0xff]) {
        *mark = (*mark ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    proptest! {
        #![proptest_config(crate::drawn::examples())]

        #[test]
        fn a_text_comes_apart_as_the_library_has_it(text in "[a.é]{0,12}") {
            prop_assert_eq!(split_once(&text, b'.'), text.split_once('.'));
            prop_assert_eq!(rsplit_once(&text, b'.'), text.rsplit_once('.'));
            prop_assert_eq!(split(&text, b'.'), text.split('.').collect::<Vec<_>>());
        }
    }
}
