//! What a guest says beyond texts of their own: what others say too, replies, attributes.

use guestwire_core::draft::{Choice, Draft, Reply, ReplyKind};

use crate::world::chance::Chance;

/// Said again and again, so that one can be taken for another. There is something in each that services write anew.
pub(super) const COMMON: [&str; 5] = [
    "yes of this life \n",
    "no  of this life & \u{200b}any",
    "hello of this life",
    "**hello** of caf\u{e9} life :smile:\nhttps://page.example",
    "4111111111111111 of this life",
];
/// The kinds of replies.
const KINDS: [ReplyKind; 5] = ReplyKind::ALL;

/// What is said, and what it is told by in a history.
pub(in crate::world) struct Words {
    pub(in crate::world) draft: Draft,
    pub(in crate::world) likeness: String,
    /// Bytes of attributes.
    pub(in crate::world) attributes: usize,
}

/// What is alike of alike texts, as far as the judges care.
pub(super) fn rough(text: &str) -> String {
    text.chars().filter(|one| one.is_alphanumeric()).collect()
}

/// What is told by a payload begins like this.
pub(super) const PAYLOAD: &str = "payload ";

/// What a history shows of a reply is told by its payload.
pub(super) fn payload(payload: &str) -> String {
    format!("{PAYLOAD}{payload}")
}

pub(super) fn draw(chance: &mut Chance) -> Option<Words> {
    let kind = chance.below(8);
    if kind < 3 {
        return None;
    }
    let common = chance.pick(&COMMON);
    let mut draft = Draft::default();
    let mut likeness = common.to_owned();
    if kind < 6 {
        draft.text = common.to_owned();
    } else {
        let said = if chance.one_in(4) { common.to_owned() } else { format!("payload of {common}") };
        let kind = chance.pick(&KINDS);
        let several = matches!(kind, ReplyKind::ListPicker | ReplyKind::Form);
        let form = if kind == ReplyKind::Form { "a form of this life" } else { "" };
        let count = if several { 1 + chance.below(3) } else { 1 };
        let choice = |number| Choice {
            id: if form.is_empty() { String::new() } else { format!("field-{number}") },
            text: common.to_owned(),
            payload: said.clone(),
        };
        let choices: Vec<Choice> = (0..count).map(choice).collect();
        likeness = payload(&choices.iter().map(|choice| choice.payload.as_str()).collect::<Vec<_>>().join("\u{1f}"));
        let originating = (several || chance.one_in(3)).then(|| "an offer of this life".to_owned());
        let text = if several { common.to_owned() } else { String::new() };
        draft.reply = Some(Reply { kind, choices, originating, text, form: form.to_owned() });
    }
    if chance.one_in(3) {
        let bytes = chance.pick(&[20, 20, 200, 1_000, 2_000, 2_500]);
        let value = "of this life ".chars().cycle().take(bytes).collect();
        draft.attributes.push(("attribute of this life".to_owned(), value));
    }
    let attributes = draft.attributes.iter().map(|(name, value)| name.len() + value.len()).sum();
    Some(Words { draft, likeness, attributes })
}
