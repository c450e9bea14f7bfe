//! What is asked about the conversation as a whole, and what is said of its end (2, 3.1, 5.3).

use super::sent::event;
use super::{WebMessaging, frame};
use crate::config::JourneyIn;
use crate::json::Object;
use crate::limits;
use crate::offer::OfferAnswer;
use crate::protocol::conversation::{Conversing, Lasts, Question};
use crate::secret::Secret;
use crate::session::GuestSession;
use crate::value::Value;

impl Conversing for WebMessaging {
    fn leave_frame(&self, session: &GuestSession) -> String {
        frame(session, "closeSession", Question::Leave.name()).bool("closeAllConnections", true).finish()
    }

    fn enter_frame(&self, session: &GuestSession, question: Question, jwt: Option<&Secret>) -> String {
        let action = if jwt.is_some() { "configureAuthenticatedSession" } else { "configureSession" };
        let frame = frame(session, action, question.name()).text("deploymentId", &self.deployment);
        let mut frame = frame.bool("startNew", question == Question::Enter);
        // A guest who signs in may have told it with their grant.
        let told = jwt.is_some() && self.journey_in == JourneyIn::Exchange;
        if let Some(journey) = self.journey.as_ref().filter(|_| !told) {
            frame = frame.json("journeyContext", journey);
        }
        match jwt {
            Some(jwt) => frame.object("data", Object::default().text("code", jwt.expose())),
            None => frame,
        }
        .finish()
    }

    fn presence_frame(&self, session: &GuestSession, question: Question, along: &[(String, String)]) -> String {
        let kind = if question == Question::Clear { "Clear" } else { "Join" };
        let presence = Object::default().text("type", kind);
        event(session, question.name(), ("Presence", "presence"), presence, along)
    }

    fn offer_frame(&self, session: &GuestSession, answer: &OfferAnswer) -> String {
        let said =
            Object::default().text("type", if answer.accepted { "OfferingAccepted" } else { "OfferingRejected" });
        let (names, id) =
            if answer.video { (("Video", "video"), "offeringId") } else { (("CoBrowse", "coBrowse"), "sessionId") };
        let said = if let Some(given) = &answer.id { said.text(id, given) } else { said };
        event(session, Question::Offer.name(), names, said, &[])
    }

    fn lasts(&self, frame: &Value) -> Lasts {
        let body = frame.get("body").unwrap_or(&Value::Null);
        // In what is answered to a greeting they are numbers, in the metadata of an echo texts.
        let said = |name: &str| {
            let beside = || body.get("metadata")?.get(name)?.whole();
            body.get(name).and_then(Value::whole).or_else(beside).filter(|&seconds| seconds > 0)
        };
        let life = said("durationSeconds").map(|seconds| seconds.min(limits::SESSION_LIFE_MOST) * 1_000);
        Lasts { life, until: said("expirationDate").map(|seconds| seconds.saturating_mul(1_000)) }
    }
}
