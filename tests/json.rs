//! The module reads JSON with the host's parser, native runs with their own. Whatever arrives, both
//! must take it for the same, or both refuse it: else the simulation would test another client.
#![cfg(target_arch = "wasm32")]

use guestwire_core::limits;
use guestwire_core::value::{self, Unreadable, Value};
use js_sys::JsString;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

const MOST: usize = limits::FRAME_BYTES;

fn in_the_module(text: &str, most: usize) -> Result<Value, Unreadable> {
    let (bytes, value) = guestwire::value::read(&JsString::from(text), most);
    if bytes <= most {
        assert_eq!(bytes, text.len(), "the length of {}", start(text));
    }
    value
}

/// Whether both take it, having found that they agree.
fn taken(text: &str, most: usize) -> bool {
    let (module, native) = (in_the_module(text, most), value::read(text, most));
    match (&module, &native) {
        (Ok(module), Ok(native)) => assert!(same(module, native), "{}: {module:?}, natively {native:?}", start(text)),
        (Err(_), Err(_)) => {}
        _ => panic!("{}: {module:?}, natively {native:?}", start(text)),
    }
    module.is_ok()
}

/// Equal to the bit; the order of names is the host's own.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one.to_bits() == other.to_bits(),
        (Value::List(one), Value::List(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Value::Map(one), Value::Map(other)) => {
            let sorted = |members: &[(String, Value)]| {
                let mut members = members.to_vec();
                members.sort_by(|a, b| a.0.cmp(&b.0));
                members
            };
            let pairs = sorted(one).into_iter().zip(sorted(other));
            one.len() == other.len() && pairs.into_iter().all(|(one, other)| one.0 == other.0 && same(&one.1, &other.1))
        }
        (one, other) => one == other,
    }
}

fn start(text: &str) -> String {
    text.chars().take(400).flat_map(char::escape_debug).collect()
}

fn nested(depth: usize, open: &str, close: &str) -> String {
    open.repeat(depth - 1) + "[]" + &close.repeat(depth - 1)
}

fn listed(count: usize, item: &str) -> String {
    format!("[{}]", vec![item; count].join(","))
}

#[wasm_bindgen_test]
fn both_readers_take_what_the_contract_allows() {
    let texts = [
        "null",
        "true",
        "false",
        "0",
        "-0",
        "-0.0",
        "7",
        "-7",
        "1.5",
        "1E5",
        "1e+5",
        "1e-5",
        "0e999",
        "1e-999",
        "9007199254740993",
        "-9007199254740993",
        "18446744073709551616",
        "123456789012345678901234567890",
        "1.7976931348623157e308",
        "5e-324",
        "2.2250738585072011e-308",
        "0.1",
        "123.456e-7",
        "9.95e-320",
        "\"\"",
        r#""plain""#,
        r#""\"\\\/\b\f\n\r\t""#,
        r#""\u0000\u001f\u007f""#,
        "\"\u{7f}\u{80}\u{2028}\u{2029}\"",
        r#""\ud83d\ude00""#,
        "\"😀\"",
        r#""\uD83D\uDE00 and \u00e9""#,
        "\"\u{feff}\"",
        "\"\u{fffd}\u{ffff}\"",
        "[]",
        "{}",
        "[[],{}]",
        " [ ] ",
        "\t{\r\n}\n",
        "\n\"x\"\n",
        "[1,2,3]",
        r#"{"a":{"b":[null]}}"#,
        r#"{"":1}"#,
        r#"{"__proto__":1}"#,
        r#"{"__proto__":{"a":1},"a":2}"#,
        r#"{"constructor":1,"toString":null}"#,
        r#"{"hasOwnProperty":false,"length":9}"#,
        r#"{"10":1,"9":2,"b":3,"-1":4,"01":5,"4294967295":6,"a":7}"#,
        r#"{"\u0061":1,"b":2}"#,
        r#"{"\ud83d\ude00":"\ud83d\ude00"}"#,
        r#"{"a":1,"a":2}"#,
        r#"{"a":{"b":1},"a":[]}"#,
        r#"{"a":1,"\u0061":2}"#,
        r#"{"__proto__":1,"__proto__":2}"#,
        r#"{"1":1,"1":2}"#,
        r#"{"type":"message","content":"hello","messageId":"7d444840-9dc0-11d1-b245-5ffdce74fad2"}"#,
    ];
    for text in texts {
        assert!(taken(text, MOST), "{}", start(text));
    }
}

#[wasm_bindgen_test]
fn both_readers_refuse_what_is_no_json() {
    let texts = [
        "",
        " ",
        "\0",
        "{}\0",
        "\0{}",
        "\u{feff}{}",
        "{}\u{feff}",
        "\u{a0}1",
        "\u{2028}1",
        "\u{b}1",
        "\u{c}1",
        "1\u{85}",
        "nul",
        "True",
        "NaN",
        "-NaN",
        "Infinity",
        "-Infinity",
        "undefined",
        "-",
        "+1",
        "01",
        "-01",
        "1.",
        ".5",
        "1e",
        "1e+",
        "0x1f",
        "1_000",
        "1n",
        "'a'",
        "\"",
        "\"a",
        "\"\\\"",
        "\"\\x41\"",
        "\"\\u12\"",
        "\"\\u12G4\"",
        "\"\\v\"",
        "\"\n\"",
        "\"\t\"",
        "\"\u{1f}\"",
        "\"\0\"",
        "[1,]",
        "[,1]",
        "[1 2]",
        "[",
        "]",
        "[}",
        "{\"a\":1,}",
        "{,}",
        "{a:1}",
        "{'a':1}",
        "{\"a\"}",
        "{\"a\":}",
        "{1:1}",
        "{\"a\" 1}",
        "{\"a\":1 \"b\":2}",
        "1 2",
        "{}{}",
        "// a\n1",
        "1 // a",
        "/* a */ 1",
        "#1",
        "<html>",
        "KEEP_ALIVE",
        "[1]]",
        "{\"a\":1}}",
    ];
    for text in texts {
        assert!(!taken(text, MOST), "{}", start(text));
    }
}

#[wasm_bindgen_test]
fn both_readers_replace_what_a_value_cannot_hold_and_take_the_rest() {
    let texts = [
        (r#""\ud800""#, r#""\ufffd""#),
        (r#""\udfff""#, r#""\ufffd""#),
        (r#""\ude00\ud83d""#, r#""\ufffd\ufffd""#),
        (r#""\ud83d""#, r#""\ufffd""#),
        (r#""\ud83dx\ude00""#, r#""\ufffdx\ufffd""#),
        (r#""\ud83d\ud83d\ude00""#, r#""\ufffd\ud83d\ude00""#),
        (r#""\\ud83d \\\ud83d\"""#, r#""\\ud83d \\\ufffd\"""#),
        (r#"{"\ud800":1}"#, r#"{"\ufffd":1}"#),
        (r#"{"a":"\udc00"}"#, r#"{"a":"\ufffd"}"#),
        (r#"["\ud800"]"#, r#"["\ufffd"]"#),
        (r#"{"type":"message","content":"\ud83d"}"#, r#"{"type":"message","content":"\ufffd"}"#),
        ("1e999", "null"),
        ("-1e999", "null"),
        ("1e309", "null"),
        ("1.7976931348623159e308", "null"),
        ("[1e400]", "[null]"),
        (r#"{"expiresIn":1e999,"a":"1e999"}"#, r#"{"expiresIn":null,"a":"1e999"}"#),
        // What a later one hides.
        (r#"{"a":"\ud800","a":1}"#, r#"{"a":1}"#),
        (r#"{"a":1e999,"a":1}"#, r#"{"a":1}"#),
    ];
    for (text, meant) in texts {
        assert!(taken(text, MOST), "{}", start(text));
        assert!(same(&in_the_module(text, MOST).unwrap(), &value::read(meant, MOST).unwrap()), "{}", start(text));
    }
    let digits = "1".repeat(400);
    assert_eq!(in_the_module(&digits, MOST), Ok(Value::Null));
    assert!(taken(&digits, MOST) && taken(&digits[..300], MOST));
    for text in ["01e999", "1e999e", r#""\ud8""#, r#"\ud800"#, r#"{"a":1e999,}"#, r#"["\ud800]"#] {
        assert!(!taken(text, MOST), "{}", start(text));
    }
}

/// The host tells two such names apart; natively they are one. No service says them, so this stands as it is.
#[wasm_bindgen_test]
fn only_names_that_differ_in_what_was_replaced_are_two_for_one_reader_alone() {
    let text = r#"{"\ud800":1,"\ud801":2}"#;
    let name = "\u{fffd}".to_owned();
    let members = vec![(name.clone(), Value::Number(1.0)), (name.clone(), Value::Number(2.0))];
    assert_eq!(in_the_module(text, MOST), Ok(Value::Map(members)));
    assert_eq!(value::read(text, MOST), Ok(Value::Map(vec![(name, Value::Number(2.0))])));
}

#[wasm_bindgen_test]
fn both_readers_leave_out_what_stands_too_deep() {
    for (open, close) in [("[", "]"), (r#"{"a":"#, "}"), ("[0,", "]"), (r#"[{"a":"#, "}]")] {
        let levels = if open.len() > 5 { 2 } else { 1 };
        for depth in [1, 2, 15, 16, 17, 31, 32, 33, 64, 127, 128, 129, 1_000] {
            let text = nested(depth, open, close);
            let deep = (depth - 1) * levels + 1;
            assert!(taken(&text, MOST), "{deep} deep, of {open}");
            // An item beside the innermost list is as deep as that.
            let cut = in_the_module(&text, MOST).unwrap().is_cut();
            assert_eq!(cut, deep > limits::VALUE_DEPTH, "{deep} deep, of {open}");
        }
    }
    assert!(!taken(&"[".repeat(100_000), MOST));
    assert!(taken(&nested(100_000, "[", "]"), MOST));
    let with_an_item = |depth| nested(depth, "[", "]").replace("[]", "[7]");
    for (depth, cut) in [(limits::VALUE_DEPTH - 1, false), (limits::VALUE_DEPTH, true)] {
        assert!(taken(&with_an_item(depth), MOST));
        assert_eq!(in_the_module(&with_an_item(depth), MOST).unwrap().is_cut(), cut);
    }
    let beside = format!(r#"{{"content":"hello","deep":{}}}"#, nested(40, "[", "]"));
    assert!(taken(&beside, MOST));
    assert_eq!(in_the_module(&beside, MOST).unwrap().get("content"), Some(&Value::Text("hello".to_owned())));
}

#[wasm_bindgen_test]
fn both_readers_take_as_many_values_as_the_bytes_hold() {
    for (count, item) in [(100_000, "0"), (20_000, r#"{"a":[]}"#), (87_000, "[]")] {
        assert!(taken(&listed(count, item), MOST), "{count} of {item}");
    }
    assert!(taken(&format!("{{{}}}", vec![r#""a":1"#; 20_000].join(",")), MOST));
}

#[wasm_bindgen_test]
fn both_readers_measure_in_bytes() {
    for content in ["x", "é", "…", "😀"] {
        let text = format!("\"{}\"", content.repeat(100));
        assert!(taken(&text, text.len()));
        assert!(!taken(&text, text.len() - 1));
        assert!(!taken(&text, 10));
    }
    let large = format!("\"{}\"", "x".repeat(MOST - 2));
    assert!(taken(&large, MOST));
    assert_eq!(in_the_module(&(large + " "), MOST), Err(Unreadable::TooLarge));
}

/// A socket never gives such a text, since its frames were UTF-8.
#[wasm_bindgen_test]
fn a_bare_lone_surrogate_is_replaced_where_a_character_may_stand() {
    let read = |units: &[u16]| guestwire::value::read(&JsString::from_char_code(units), MOST).1;
    assert_eq!(read(&[0x22, 0xd800, 0x22]), Ok(Value::Text("\u{fffd}".to_owned())));
    assert_eq!(read(&[0x22, 0xdc00, 0xd83d, 0x22]), Ok(Value::Text("\u{fffd}\u{fffd}".to_owned())));
    for units in [&[0xd83d][..], &[0x5b, 0xdfff, 0x5d]] {
        assert_eq!(read(units), Err(Unreadable::NotJson));
    }
}

#[wasm_bindgen_test]
fn a_thousand_texts_leave_nothing_behind_whether_they_could_be_read_or_not() {
    for text in ["{", "null", r#"{"a":[1,"\ud800"]}"#, r#"{"a":[1,"b"]}"#] {
        let read = || drop(in_the_module(text, MOST));
        read();
        let before = wasm_bindgen::externref_heap_live_count();
        (0..1_000).for_each(|_| read());
        assert_eq!(wasm_bindgen::externref_heap_live_count(), before, "{text}");
    }
}

/// Marsaglia's xorshift; the seed stands in the test.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) as usize % most
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }

    fn text(&mut self) -> String {
        const PARTS: &[&str] = &[
            "a",
            "Z",
            " ",
            "é",
            "…",
            "😀",
            "\\n",
            "\\\"",
            "\\\\",
            "\\/",
            "\\u0000",
            "\\u00e9",
            "\\ud83d\\ude00",
            "\\uD83D",
            "\\ude00",
            "\u{7f}",
            "\u{2028}",
            "\u{feff}",
            "__proto__",
            "messageId",
            "0",
            "-1",
            "{",
            "]",
        ];
        (0..self.below(6)).map(|_| self.one(PARTS)).collect()
    }

    fn digits(&mut self, least: usize, most: usize) -> String {
        let count = least + self.below(most - least + 1);
        (0..count).map(|_| char::from(b'0' + self.below(10) as u8)).collect()
    }

    fn number(&mut self) -> String {
        let mut text = String::from(self.one(&["", "-"]));
        match self.below(4) {
            0 => text.push('0'),
            _ => {
                text.push(char::from(b'1' + self.below(9) as u8));
                text.push_str(&self.digits(0, 22));
            }
        }
        if self.below(2) == 0 {
            text.push('.');
            text.push_str(&self.digits(1, 20));
        }
        if self.below(3) == 0 {
            text.push_str(self.one(&["e", "E", "e+", "e-", "E-"]));
            text.push_str(&self.below(330).to_string());
        }
        text
    }

    fn value(&mut self, depth: usize) -> String {
        let space = self.one(&["", "", "", " ", "\n", "\t\r"]);
        let value = match self.below(if depth > 6 { 5 } else { 9 }) {
            0 => self.one(&["null", "true", "false"]).to_owned(),
            1 | 2 => self.number(),
            3 | 4 => format!("\"{}\"", self.text()),
            5 | 6 => {
                let items: Vec<String> = (0..self.below(5)).map(|_| self.value(depth + 1)).collect();
                format!("[{}]", items.join(","))
            }
            _ => {
                // Names do not repeat: see the test of names that differ in what was replaced.
                let members: Vec<String> = (0..self.below(5))
                    .map(|place| format!("\"{}{}{place}\":{}", self.text(), self.0 % 1_000_003, self.value(depth + 1)))
                    .collect();
                format!("{{{}}}", members.join(","))
            }
        };
        format!("{space}{value}{space}")
    }

    /// The text with something wrong in it, or not.
    fn damaged(&mut self, text: &str) -> String {
        const BITS: &[&str] = &[
            "\"", "\\", "{", "}", "[", "]", ",", ":", "-", ".", "e", "0", "1", "+", "\\u", "\\ud800", "\\udc00",
            "d83d", "null", "\n", "\0", "\u{feff}", "\u{a0}", "//", "NaN", "1e999", "😀", " ",
        ];
        let mut all: Vec<char> = text.chars().collect();
        for _ in 0..=self.below(3) {
            let place = self.below(all.len() + 1);
            match self.below(4) {
                0 => all.truncate(place),
                1 if place < all.len() => drop(all.remove(place)),
                _ => {
                    let bit = self.one(BITS);
                    all.splice(place..place, bit.chars());
                }
            }
        }
        all.into_iter().collect()
    }
}

#[wasm_bindgen_test]
fn both_readers_agree_about_thousands_of_texts() {
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let (mut sound, mut refused) = (0, 0);
    for _ in 0..3_000 {
        let text = dice.value(0);
        sound += usize::from(taken(&text, MOST));
        let damaged = dice.damaged(&text);
        refused += usize::from(!taken(&damaged, MOST));
    }
    // Else this would test one half only.
    assert!(sound > 2_000, "{sound} of 3000 were taken");
    assert!(refused > 1_000, "{refused} of 3000 were refused");
}
