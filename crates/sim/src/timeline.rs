//! A replayed trace for people: what happened when, what the client made of it, why it waited, and what each message
//! went through.

use std::collections::HashMap;
use std::fmt::Write;

use guestwire_core::trace::replay::{Difference, Replayed};
use serde_json::Value;

/// The whole of it as text, with its verdict in the last line.
#[must_use]
pub fn told(replayed: &Replayed) -> String {
    let mut text = String::new();
    let began = replayed.steps.first().map_or(0, |step| step.now.monotonic);
    let mut messages = Messages::default();
    for step in &replayed.steps {
        let at = step.now.monotonic.saturating_sub(began);
        let outputs: Vec<String> = step.outputs.iter().filter_map(output).collect();
        step.outputs.iter().for_each(|output| messages.see(at, output));
        // A moment that came to nothing is no news.
        if step.input["in"] != "time" || !outputs.is_empty() {
            line(&mut text, &seconds(at), &input(&step.input));
        }
        for output in outputs {
            line(&mut text, "", &output);
        }
    }
    messages.write(&mut text);
    line(&mut text, "", "");
    text.push_str(&verdict(replayed));
    text
}

/// Whether the second run was the first once more.
fn verdict(replayed: &Replayed) -> String {
    let count = replayed.steps.len();
    match &replayed.difference {
        None => format!("{count} inputs led to the same outputs and the same state, bit for bit\n"),
        Some(Difference::End) => format!("{count} inputs led to the same outputs, and yet to another state\n"),
        Some(Difference::Outputs { step, recorded, replayed }) => {
            let place = recorded.iter().zip(replayed).take_while(|(one, other)| one == other).count();
            let at = |outputs: &[Value]| outputs.get(place).map_or("nothing".to_owned(), Value::to_string);
            let (then, now) = (at(recorded), at(replayed));
            format!("it differs after input {}\n  recorded: {then}\n  replayed: {now}\n", step + 1)
        }
    }
}

fn line(text: &mut String, time: &str, what: &str) {
    // Writing into a string cannot fail.
    let _ok = writeln!(text, "{}", format!("{time:>12}  {what}").trim_end());
}

fn seconds(ms: u64) -> String {
    format!("{}.{:03} s", ms / 1_000, ms % 1_000)
}

fn input(entry: &Value) -> String {
    let mut text = word(&entry["in"]).to_owned();
    for (name, value) in entry.as_object().into_iter().flatten() {
        if !matches!(name.as_str(), "in" | "monotonic" | "wall") && !value.is_null() {
            let _ok = write!(text, " {name} {}", plain(value));
        }
    }
    text
}

/// A line for an output; an audit record says what the line beside it says, for machines.
fn output(entry: &Value) -> Option<String> {
    let detail = &entry["detail"];
    Some(match word(&entry["out"]) {
        "audit" => return None,
        "statechange" => format!("  {}", change(detail)),
        "delivery" => format!("  message {} {}", short(&detail["id"]), fate(detail)),
        name if !detail.is_null() => format!("  {name} {detail}"),
        name => {
            let members = entry.as_object().into_iter().flatten().filter(|(name, _)| *name != "out");
            members.fold(format!("  → {name}"), |text, (name, value)| format!("{text} {name} {}", plain(value)))
        }
    })
}

fn change(detail: &Value) -> String {
    let (from, to, step, why) =
        (word(&detail["from"]), word(&detail["to"]), word(&detail["step"]), word(&detail["why"]));
    let mut text = if from == to { to.to_owned() } else { format!("{from} → {to}") };
    if step != to {
        let _ok = write!(text, ", {step}");
    }
    let _ok = write!(text, ": {why}");
    if let Some(wait) = detail["wait"].as_f64() {
        let _ok = write!(text, "; waits {:.1} s before attempt {}", wait / 1_000.0, detail["attempt"]);
    }
    text
}

fn fate(detail: &Value) -> String {
    let mut text = word(&detail["state"]).to_owned();
    for (name, before) in [("via", "by"), ("reason", "because:")] {
        if let Some(value) = detail[name].as_str() {
            let _ok = write!(text, " {before} {value}");
        }
    }
    text
}

/// What each message went through, in the order in which they were first heard of.
#[derive(Default)]
struct Messages {
    order: Vec<String>,
    fates: HashMap<String, Vec<String>>,
}

impl Messages {
    fn see(&mut self, at: u64, output: &Value) {
        if output["out"] == "delivery" {
            let id = short(&output["detail"]["id"]).to_owned();
            let fates = self.fates.entry(id.clone()).or_insert_with(|| {
                self.order.push(id);
                Vec::new()
            });
            fates.push(format!("{} {}", seconds(at), fate(&output["detail"])));
        }
    }

    fn write(&self, text: &mut String) {
        if !self.order.is_empty() {
            line(text, "", "");
            line(text, "Messages", "");
        }
        for id in &self.order {
            line(text, id, &self.fates[id].join(", "));
        }
    }
}

fn word(value: &Value) -> &str {
    value.as_str().unwrap_or("?")
}

/// The first eight characters of an id, which tell it from the others in a window.
fn short(id: &Value) -> &str {
    let id = word(id);
    id.get(..8).unwrap_or(id)
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
