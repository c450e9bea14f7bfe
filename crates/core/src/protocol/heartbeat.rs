//! A heartbeat, and the `KEEP_ALIVE` frame (streaming.md, "Heartbeat frame") that is shared by the dialects that have it.

use crate::json::Object;
use uuid::Uuid;

/// A heartbeat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Beat {
    /// The connection's name.
    pub connection: Uuid,
    /// When it goes out, epoch ms; its answer repeats it.
    pub wall: u64,
    /// How the connection is (streaming.md).
    pub state: &'static str,
    /// How long until the next one, ms.
    pub interval: u64,
    /// It asks at once whether the link lives.
    pub probe: bool,
}

/// Writes a heartbeat of at most so many bytes. None where it would be longer: refused before sending, never truncated.
#[must_use]
pub fn frame(beat: &Beat, most: usize) -> Option<String> {
    let &Beat { connection, wall, state, interval, .. } = beat;
    let with_size = |size: usize| {
        Object::default()
            .text("connectionId", connection.as_hyphenated().encode_lower(&mut Uuid::encode_buffer()))
            .text("type", "KEEP_ALIVE")
            .whole("timestamp", wall)
            .object(
                "intervalMatrix",
                Object::default()
                    .whole("current", interval)
                    .text("state", state)
                    .whole("nextExpected", wall.saturating_add(interval)),
            )
            .object(
                "sizeDirective",
                Object::default()
                    .whole("bytes", size as u64)
                    .whole("maxAllowed", most as u64)
                    .bool("compression", false),
            )
            .finish()
    };
    // The frame tells its own length, digits of the length included: a fixed point.
    let mut text = with_size(0);
    while text != with_size(text.len()) {
        text = with_size(text.len());
    }
    (text.len() <= most).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits;
    use crate::value::{Value, read};
    use proptest::prelude::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn a_heartbeat_is_written_as_the_contract_has_it() {
        let connection = Uuid::from_u128(0x0123_4567_89ab_4cde_8f01_2345_6789_abcd);
        let beat = Beat { connection, wall: 1_732_150_000_000, state: "STABLE", interval: 20_000, probe: false };
        assert_eq!(
            frame(&beat, limits::HEARTBEAT_BYTES).unwrap(),
            concat!(
                r#"{"connectionId":"01234567-89ab-4cde-8f01-23456789abcd","type":"KEEP_ALIVE","timestamp":1732150000000,"#,
                r#""intervalMatrix":{"current":20000,"state":"STABLE","nextExpected":1732150020000},"#,
                r#""sizeDirective":{"bytes":250,"maxAllowed":1024,"compression":false}}"#
            )
        );
    }

    proptest! {
        #![proptest_config(crate::drawn::examples())]

        #[test]
        fn a_heartbeat_tells_its_own_length_exactly(bits: u128, wall in 0u64..1 << 52, interval in 1u64..45_000, pad in 0usize..800) {
            let state = "S".repeat(pad);
            let beat = Beat { connection: Uuid::from_u128(bits), wall, state: state.leak(), interval, probe: false };
            match frame(&beat, 1_024) {
                Some(text) => {
                    let told = read(&text, 2_000).unwrap();
                    let bytes = told.get("sizeDirective").and_then(|it| it.get("bytes")).and_then(Value::whole);
                    prop_assert_eq!(bytes, Some(text.len() as u64));
                    prop_assert!(text.len() <= 1_024);
                }
                None => prop_assert!(pad > 700),
            }
        }

        #[test]
        fn a_heartbeat_fits_into_the_least_that_it_may_be_told_to_whatever_its_figures(
            bits: u128, wall: u64, interval in 1u64..=45_000, most in limits::HEARTBEAT_BYTES_LEAST..=1_024,
            state in prop::sample::select(vec!["STABLE", "DEGRADED", "RECONNECTING"])
        ) {
            let beat = Beat { connection: Uuid::from_u128(bits), wall, state, interval, probe: false };
            let text = frame(&beat, most);
            prop_assert!(text.is_some_and(|text| text.len() <= most && text.ends_with("\"compression\":false}}")));
            prop_assert_eq!(frame(&beat, 200), None, "refused, not cut");
        }
    }
}
