//! The topics: what the application wants is kept, told to the service as it can be, and what came of it is answered.

use super::super::Client;
use super::Streaming;
use super::news::refused;
use crate::built::{InAsking, InStreams};
use crate::checkpoint::keep;
use crate::connection::{State, Step};
use crate::error::Report;
use crate::error::streaming::CannotSubscribe;
use crate::event::{Answer, Event, Found, Told, Topic, TopicRefused};
use crate::gather::gather;
use crate::io::HttpAnswer;
use crate::limits;
use crate::protocol::Request;
use crate::protocol::streaming::{Refused, Verdict};
use crate::time::Now;
use crate::topics;

/// What the application waits to know of.
#[derive(Clone, Debug)]
pub(super) struct Question {
    number: u32,
    topics: Vec<String>,
    /// They are wanted no more.
    leaving: bool,
}

impl Client {
    /// Wants events of these topics too. What becomes of them comes as an event with the number that this gives.
    pub fn subscribe(&mut self, now: Now, topics: &[String]) -> Result<u32, CannotSubscribe> {
        self.change_topics(now, topics, false)
    }

    /// Wants events of these topics no more.
    pub fn unsubscribe(&mut self, now: Now, topics: &[String]) -> Result<u32, CannotSubscribe> {
        self.change_topics(now, topics, true)
    }

    fn change_topics(&mut self, now: Now, topics: &[String], leaving: bool) -> Result<u32, CannotSubscribe> {
        self.arrive(now);
        let Some(streaming) = self.stream() else { return Err(CannotSubscribe::Unsupported) };
        if streaming.questions.len() == limits::TOPIC_QUESTIONS {
            return Err(CannotSubscribe::TooMany);
        }
        if leaving {
            streaming.topics.remove(topics);
        } else {
            streaming.topics.add(topics).map_err(CannotSubscribe::Topics)?;
        }
        streaming.numbers = streaming.numbers.wrapping_add(1);
        let number = streaming.numbers;
        streaming.questions.push(Question { number, topics: topics.to_vec(), leaving });
        streaming.changed = true;
        self.settle();
        if self.state == State::Closed {
            // Nothing comes, so nothing has to be told before what goes is gone.
            self.answer_questions();
        }
        Ok(number)
    }

    /// The topics that are wanted, in order, and how each stands.
    #[must_use]
    pub fn topics(&self) -> Vec<Topic> {
        let Some(streaming) = self.streaming.get() else { return Vec::new() };
        gather(streaming.topics.states().map(|(topic, state)| told(topic, Some(state))))
    }

    /// The request that tells the channel what it does not know.
    pub(super) fn subscription_request(&mut self) -> Option<Request> {
        let token = self.fresh_token()?;
        let streaming = self.streaming.get_mut()?;
        let whole = core::mem::take(&mut streaming.tell_all);
        let change = streaming.topics.begin(whole)?;
        let held = streaming.channel.as_ref()?;
        Some(self.dialect.streaming()?.channels()?.subscribe(&token, &held.channel, &change))
    }

    /// What the service made of it, topic by topic.
    pub(super) fn topics_told(&mut self, answer: &HttpAnswer) {
        let verdicts = self.verdicts(answer);
        if verdicts.is_some() {
            self.service_heard();
        }
        self.topics_done(verdicts);
    }

    pub(super) fn verdicts(&self, answer: &HttpAnswer) -> Option<Vec<Verdict>> {
        answer.json().and_then(|body| self.channels()?.verdicts(body))
    }

    pub(super) fn topics_done(&mut self, verdicts: Option<Vec<Verdict>>) {
        let Some(streaming) = self.stream() else { return };
        match verdicts {
            Some(verdicts) => streaming.topics.done(&verdicts),
            // It says that it is done, and no more.
            None => streaming.topics.confirmed(),
        }
        self.topics_changed();
    }

    /// It was not answered, or not for good.
    pub(super) fn topics_untold(&mut self) {
        if let Some(streaming) = self.stream() {
            streaming.topics.failed();
        }
    }

    /// It is refused as a whole, for good.
    pub(super) fn topics_refused(&mut self, answer: &HttpAnswer) {
        let why = self.why_refused(answer);
        if let Some(streaming) = self.stream() {
            streaming.topics.refused(&why);
        }
        self.topics_changed();
    }

    /// On a plain event socket what is asked for is a frame.
    pub(in crate::client) fn tell_plain_socket(&mut self) {
        let Some(generation) = self.generation() else { return };
        let Some(streaming) = self.streaming.get_mut() else { return };
        let whole = core::mem::take(&mut streaming.tell_all);
        let Some(change) = streaming.topics.begin(whole) else { return };
        let Some(dialect) = self.dialect.streaming() else { return };
        // Where topics are told whole, the word for the last that goes is like the word for the first that comes, and
        // would be taken for it. Where what goes has a frame of its own, what confirms topics says nothing of it.
        let confirms = dialect.confirms() && (change.whole || !change.add.is_empty());
        let frames = dialect.subscription(&change);
        for text in frames {
            self.audit("subscribe", None, text.len(), None);
            self.emit_frame(generation, text);
        }
        if confirms {
            self.await_confirmation();
        } else {
            self.topics_confirmed();
        }
    }

    /// All that was asked for is done.
    pub(super) fn topics_confirmed(&mut self) {
        self.confirmation_came();
        if let Some(streaming) = self.stream() {
            streaming.topics.confirmed();
        }
        self.topics_changed();
    }

    /// What a plain event socket was told is refused as a whole; on one that confirms nothing it cannot be told.
    pub(super) fn confirmation_refused(&mut self, why: &Refused) {
        self.confirmation_came();
        if let Some(streaming) = self.stream() {
            streaming.topics.refused(why);
        }
        self.topics_changed();
        if self.step == Step::Greeting {
            self.ready("subscribed");
        }
    }

    /// Some of what a plain event socket was told is refused. Where nothing of it is left, nothing is confirmed either.
    pub(super) fn named_topics_refused(&mut self, code: u16, topics: &[String]) {
        let Some(streaming) = self.stream() else { return };
        let none_left = streaming.topics.refuse(topics, &refused(code));
        if none_left && self.awaits_confirmation() {
            return self.confirmation_refused(&refused(code));
        }
        self.topics_changed();
    }

    fn topics_changed(&mut self) {
        let Some(streaming) = self.stream() else { return };
        streaming.changed = true;
        let fresh = streaming.topics.freshly_refused();
        for (topic, why) in fresh {
            let at = self.now.wall;
            self.audit("topic_refused", None, 0, None);
            let refused = TopicRefused { topic, reason: why.reason, missing: why.missing, at };
            self.tell(Event::Stream(InStreams::new(Told::Refused(refused))));
        }
    }

    /// Answers what can be answered by now.
    pub(super) fn answer_questions(&mut self) {
        let active = self.state.is_active();
        let Some(streaming) = self.stream() else { return };
        if !core::mem::take(&mut streaming.changed) {
            return;
        }
        for (number, told) in streaming.answered_questions(active) {
            let found = Ok(Found::Topics(InStreams::new(told)));
            self.tell(Event::Answer(InAsking::new(Answer { number, found })));
        }
    }

    /// Nobody will answer, or not for long.
    pub(super) fn refuse_questions(&mut self, report: &Report) {
        let Some(streaming) = self.stream() else { return };
        for question in core::mem::take(&mut streaming.questions) {
            let found = Err(report.clone());
            self.tell(Event::Answer(InAsking::new(Answer { number: question.number, found })));
        }
    }
}

impl Streaming {
    /// By their numbers, and how what they are about stands.
    fn answered_questions(&mut self, active: bool) -> Vec<(u32, Vec<Topic>)> {
        let mut answered = Vec::new();
        if self.questions.is_empty() {
            return answered;
        }
        let (topics, questions) = (&self.topics, &mut self.questions);
        let (state, leaving) = (topics.standing(), topics.leaving());
        let open = |question: &Question| {
            question.topics.iter().any(|topic| {
                if question.leaving { active && leaving(topic) } else { state(topic) == Some(&topics::State::Pending) }
            })
        };
        for question in core::mem::take(questions) {
            if open(&question) {
                questions.push(question);
            } else {
                let told = gather(question.topics.iter().map(|topic| told(topic, state(topic))));
                answered.push((question.number, told));
            }
        }
        answered
    }
}

fn told(topic: &str, state: Option<&topics::State>) -> Topic {
    let why = match state {
        Some(topics::State::Refused { why, .. }) => Some(why.clone()),
        _ => None,
    };
    Topic { topic: topic.to_owned(), state: state.map_or("unsubscribed", topics::State::name), why }
}

keep!(Question { number, topics, leaving });
